"""Waves: draw whom to ask, open, close; a customer asked one by one; codes for the stores."""

from __future__ import annotations

import secrets
from collections import Counter
from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone

from liuke.audit.actions import record
from liuke.customers.locks import lock_cards
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.kernel.text import clean
from liuke.notices.actions import tell_each
from liuke.satisfaction import links
from liuke.satisfaction.drawing import draw, fingerprint
from liuke.satisfaction.labels import Drawn
from liuke.satisfaction.models import Invitation, OpenLink, Survey, SurveyVersion, Wave
from liuke.satisfaction.population import PURPOSE, Population, Size, population, size
from liuke.standing.queries import current_run, standings
from liuke.team.labels import UnitKind
from liuke.team.models import Unit, User
from liuke.team.permissions import require
from liuke.team.queries import pack, units_in_scope
from liuke.work.wishes import refusing

MOST = 20_000
"""People of one wave."""
LONGEST = 366


@dataclass(frozen=True)
class Wish:
    """A wave as it was asked for. `margin` (0.05: five points) or `count` says how many; `answering`: the share expected to answer."""

    survey: int
    name: str
    unit: int
    drawn: str
    opens_on: date
    ends_on: date | None
    margin: Decimal | None = None
    count: int | None = None
    answering: float = 0.3
    grades: tuple[str, ...] = ()
    codes: bool = False


def preview(actor: User, wish: Wish) -> tuple[Population, Size]:
    """Who could be asked, and how many would be. Refuses as `launch`."""
    require(actor, "survey.edit")
    home = _unit(actor, wish.unit)
    _sized(wish)
    people = population(actor, home, wish.drawn, pack().surveys, clock.today(), wish.grades)
    return people, size(people, float(wish.margin) if wish.margin else None, wish.count, wish.answering)


@transaction.atomic
def launch(actor: User, wish: Wish) -> Wave:
    """Draw and open a wave with the newest version of a survey; who keeps the customers is told that there are links to send.

    Refuses wave.name, wave.days, wave.margin, wave.nobody, wave.many, survey.unit, survey.put_away, permission.
    """
    require(actor, "survey.edit")
    survey = Survey.objects.visible_to(actor).select_for_update(no_key=True, of=("self",)).get(pk=wish.survey)
    if survey.put_away_at is not None:
        raise Refused("survey.put_away", "这份问卷收起来了，先拿出来再用。")
    home, name = _unit(actor, wish.unit), clean(wish.name, 60)
    if not name:
        raise Refused("wave.name", "请给这一轮起个名字。")
    if wish.drawn not in Drawn.values:
        raise Refused("wave.drawn", "请选怎么抽。")
    if wish.ends_on is not None and not wish.opens_on <= wish.ends_on <= wish.opens_on + timedelta(LONGEST):
        raise Refused("wave.days", "结束不能早于开始，一轮最长一年。")
    if wish.ends_on is not None and wish.ends_on < clock.today():
        raise Refused("wave.days", "结束的日子已经过了。")
    version = SurveyVersion.objects.filter(survey=survey).order_by("-number")[0]
    made = Wave(
        version=version, name=name, unit=home, drawn=wish.drawn, margin=wish.margin, opens_on=wish.opens_on, ends_on=wish.ends_on, by=actor
    )
    ids: list[int] = []
    if wish.drawn in (Drawn.SERVICE, Drawn.OPEN):
        made.save()
        if wish.drawn == Drawn.OPEN or wish.codes:
            _codes(made)
    else:
        people, many = preview(actor, wish)
        if not many.to_ask:
            raise Refused("wave.nobody", "没有可以问的客户：近一年没来过，或者刚问过、请您不要打扰。")
        if many.to_ask > MOST:
            raise Refused("wave.many", "一轮最多问 %(n)s 位。", n=f"{MOST:,}")
        made.seed = secrets.token_hex(8)
        ids = draw(people.strata, many.to_ask, made.seed)
        made.population, made.left_out, made.fingerprint = people.size, people.left_out, fingerprint(ids)
        made.save()
        _invite_all(made, ids, people)
        if wish.codes:
            _codes(made)
    record(actor, "wave.launch", made, survey=survey.pk, version=version.number, asked=len(ids))
    return made


def _sized(wish: Wish) -> None:
    if wish.margin is not None and not Decimal("0.01") <= wish.margin <= Decimal("0.3"):
        raise Refused("wave.margin", "误差请填 1 到 30 个百分点。")
    if wish.margin is None and (wish.count is None or wish.count < 1):
        raise Refused("wave.margin", "请填想要的误差，或者问多少位。")
    if not 0.01 <= wish.answering <= 1:
        raise Refused("wave.answering", "预计答的比例请填 1 到 100。")


def _unit(actor: User, pk: int) -> Unit:
    home = units_in_scope(actor).filter(pk=pk).first()
    if home is None:
        raise Refused("survey.unit", "请选一个单位。")
    return home


def _invite_all(wave: Wave, ids: list[int], people: Population) -> None:
    now, rows = timezone.now(), []
    for pk in sorted(ids):
        salt, digest = links.fresh()
        unit, grade = people.of[pk]
        rows.append(Invitation(wave=wave, customer_id=pk, unit_id=unit, grade=grade, salt=salt, digest=digest, at=now))
    Invitation.objects.bulk_create(rows, batch_size=500)
    keepers = Customer.objects.filter(pk__in=Invitation.objects.filter(wave=wave).values("customer"), owner__is_active=True)
    counts = Counter(keepers.values_list("owner_id", flat=True))
    told = {user: {"name": wave.name, "n": count} for user, count in counts.items() if user is not None}
    tell_each(told, "survey.send", link=people_page(wave), about=f"satisfaction.wave:{wave.pk}")


def people_page(wave: Wave) -> str:
    return f"/satisfaction/waves/{wave.pk}/people/"


def _codes(wave: Wave) -> None:
    stores = Unit.objects.filter(wave.unit.within(), kind=UnitKind.STORE).order_by("path")
    rows = []
    for store in stores:
        salt, digest = links.fresh()
        rows.append(OpenLink(wave=wave, unit=store, salt=salt, digest=digest))
    OpenLink.objects.bulk_create(rows)


@transaction.atomic
def close(actor: User, pk: int) -> Wave:
    """No more answers from now on. Refuses wave.closed; raises Wave.DoesNotExist."""
    require(actor, "survey.edit")
    wave = Wave.objects.visible_to(actor).get(pk=pk)
    if wave.past(clock.today()) or not Wave.objects.filter(pk=pk, closed_at__isnull=True).update(closed_at=timezone.now()):
        raise Refused("wave.closed", "这一轮已经结束了。")
    record(actor, "wave.close", wave)
    return wave


@transaction.atomic
def reopen(actor: User, pk: int) -> Wave:
    """Undo `close`. Refuses wave.open, and wave.past after its last day."""
    require(actor, "survey.edit")
    wave = Wave.objects.visible_to(actor).get(pk=pk)
    if wave.past(clock.today()):
        raise Refused("wave.past", "收到的日子已经过了，请再开一轮。")
    if not Wave.objects.filter(pk=pk, closed_at__isnull=False).update(closed_at=None):
        raise Refused("wave.open", "这一轮没有提前结束。")
    record(actor, "wave.reopen", wave)
    return wave


# ── one customer ─────────────────────────────────────────────────────────────


@transaction.atomic
def invite(actor: User, wave_id: int, customer_id: int, served_on: date | None = None) -> Invitation:
    """Ask one customer in sight in a running wave: the one who was just served (`served_on`), or somebody who was not drawn.

    Asked already, it is the same invitation. Refuses survey.over, survey.alone, survey.consent, permission; raises
    Wave.DoesNotExist, Customer.DoesNotExist.
    """
    require(actor, "survey.ask")
    wave = Wave.objects.running(clock.today()).filter(pk=wave_id, unit__in=_around(actor)).first()
    if wave is None:
        raise Refused("survey.over", "这次调查已经结束了。")
    lock_cards([customer_id])
    card = Customer.objects.visible_to(actor).get(pk=customer_id)
    turn = served_on.isoformat() if served_on and wave.drawn == Drawn.SERVICE else ""
    if (there := Invitation.objects.filter(wave=wave, customer=card, turn=turn).first()) is not None:
        return there
    refuse_unwilling(card)
    salt, digest = links.fresh()
    grade = standings(current_run()).filter(customer=card).values_list("abc", flat=True).first() or "C"
    made = Invitation.objects.create(
        wave=wave, customer=card, turn=turn, unit_id=card.unit_id, grade=grade, salt=salt, digest=digest, at=timezone.now()
    )
    record(actor, "survey.invite", card, wave=wave.pk)
    return made


def refuse_unwilling(card: Customer) -> None:
    """Refuses survey.alone, survey.consent."""
    if card.do_not_contact:
        raise Refused("survey.alone", "客户请您不要打扰，不发问卷。")
    if refusing(PURPOSE, [card.pk]):
        raise Refused("survey.consent", "客户说过不接受满意度调查。")


def _around(actor: User) -> list[int]:
    """The units whose waves reach the user's customers: his own part of the tree, and what stands above it."""
    unit = actor.scope_unit
    if unit is None or not unit.path:
        return []
    below = Unit.objects.filter(unit.within()).values_list("pk", flat=True)
    return [*below, *(int(part) for part in unit.path.strip("/").split("/"))]
