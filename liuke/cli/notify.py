"""`liuke notify …`: send what is due, or try one way out of the house."""

from __future__ import annotations

from typing import Annotated

import typer

from liuke.cli.say import fail, note, out_json, plain_refusals
from liuke.notify import actions, collecting, sending
from liuke.notify.labels import FAULTS, DeliveryState
from liuke.notify.models import Channel, Delivery
from liuke.team.labels import Role
from liuke.team.models import User


@plain_refusals
def run(json: Annotated[bool, typer.Option("--json", help="JSON")] = False) -> None:
    """写好该发的，发出该发的；平时每分钟自己跑一次。 / Write up what is new, send what is due; runs by itself every minute."""
    made = collecting.collect()
    done = sending.send_due()
    if json:
        out_json({"written": made, "sent": done.sent, "failed": done.failed})
    else:
        typer.echo(f"新写 {made} 条，发出 {done.sent} 条，没发成 {done.failed} 条")


@plain_refusals
def test(channel: Annotated[str, typer.Argument(help="渠道的编号或名称 / number or name of the channel")]) -> None:
    """在一条渠道上试发一条，说清成没成。 / Send a trial by one channel, and say whether it went."""
    way = _way(channel)
    actor = User.objects.filter(role=Role.ADMIN, is_active=True).order_by("pk").first()
    if actor is None:
        fail("没有管理员。")
    made = actions.test(actor, way.pk)
    sending.send_due()
    now = Delivery.objects.get(pk=made.pk)
    if now.state == DeliveryState.SENT:
        typer.echo(f"{way.name}：发出去了")
        return
    why = str(FAULTS.get(now.error, FAULTS["error"])) % {"number": now.number} if now.error else "还没轮到，过一会儿再看"
    fail(f"{way.name}：{why}", 1)


def _way(text: str) -> Channel:
    found = list(Channel.objects.defer("url", "secret").order_by("pk"))
    fitting = [way for way in found if text in (str(way.pk), way.name)]
    if len(fitting) == 1:
        return fitting[0]
    for way in found:
        note(f"{way.pk}  {way.get_kind_display()}  {way.name}")
    fail(f"没有叫“{text}”的渠道。" if not fitting else f"叫“{text}”的渠道不止一条，请写编号。")


def register(app: typer.Typer) -> None:
    group = typer.Typer(no_args_is_help=True, help="往外发通知 / word outside the house")
    group.command("run")(run)
    group.command("test")(test)
    app.add_typer(group, name="notify")
