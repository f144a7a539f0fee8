"""Word about cards that are out too long, and about lists that somebody asked for."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from django.db.models import Count
from django.utils.translation import gettext

from liuke.custody.labels import ExportState
from liuke.custody.models import CheckOut, Export
from liuke.notices.actions import settle, tell, tell_each
from liuke.notices.words import register
from liuke.team.models import User


def register_words() -> None:
    register("check_out.late", lambda slots: gettext("您借出的 %(n)s 张卡过了时间，请归还。") % slots)
    register("export.waiting", lambda slots: gettext("%(who)s要导出 %(rows)s 行，等您批。") % slots)
    register("export.refused", lambda slots: gettext("%(who)s没批您要的导出，请看理由。") % slots)
    register("export.ready", lambda slots: gettext("您要的导出批了，文件做好了，24 小时内下载。"))
    register("export.failed", lambda slots: gettext("您要的导出没有做成，请看原因。"))


def remind(now: datetime) -> int:
    """Each who has cards out past their time hears how many, once while it is unread. How many people."""
    late = CheckOut.objects.filter(returned_at__isnull=True, until__lte=now, user__is_active=True)
    counts = dict(late.order_by().values_list("user").annotate(Count("pk")))
    return tell_each({user: {"n": n} for user, n in counts.items()}, "check_out.late", link="/check-outs/", about="late")


def _about(export: Export) -> str:
    return f"export:{export.pk}"


def tell_waiting(export: Export, deciders: Sequence[int]) -> None:
    slots = {"who": export.actor.name, "rows": export.rows}
    tell(deciders, "export.waiting", slots=slots, link=f"/exports/{export.pk}/", about=_about(export))


def nobody_waits(export: Export) -> None:
    settle("export.waiting", _about(export))


def tell_decided(actor: User, export: Export) -> None:
    """Nobody else has to decide any more; a no is told, a yes is told when the file is there."""
    nobody_waits(export)
    if export.state == ExportState.REFUSED:
        tell([export.actor_id], "export.refused", slots={"who": actor.name}, link=f"/exports/{export.pk}/", about=_about(export))


def tell_made(export: Export) -> None:
    """Who had to wait for somebody's yes hears that the file is there; the others look on while it is made."""
    if export.decided_by_id is not None:
        tell([export.actor_id], "export.ready", link=f"/exports/{export.pk}/", about=_about(export))


def tell_failed(export: Export) -> None:
    tell([export.actor_id], "export.failed", link=f"/exports/{export.pk}/", about=_about(export))
