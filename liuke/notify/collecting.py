"""From notices to messages that are to leave the house: at once where something cannot wait, else once a day.

A notice is taken up in the same transaction in which its message is written; a message's key makes it one of a kind. So whatever stops
half way, the next turn goes on, and nobody is written to twice for the same thing.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from liuke.notices.labels import Kind, kind_of
from liuke.notices.models import Notice
from liuke.notices.words import at_any_hour, known
from liuke.notify.labels import ChannelKind, DeliveryKind
from liuke.notify.letter import letters
from liuke.notify.models import Channel, Delivery
from liuke.notify.rules import clock_time, digest_due, in_quiet_hours, letter_week
from liuke.notify.wishes import Wish, wishes
from liuke.team.calendar import changes
from liuke.team.models import User
from liuke.team.queries import pack

LOOK_BACK = timedelta(days=3)
"""What is older when it is first seen is not sent any more; it stands behind the bell."""
PIECE = 500
Row = tuple[Notice, bool]
"""A notice, and whether its reader wants it by e-mail."""


@dataclass
class _Turn:
    """What one turn has gathered."""

    urgent: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    daily: dict[int, list[Row]] = field(default_factory=lambda: defaultdict(list))
    done: list[int] = field(default_factory=list)
    made: list[Delivery] = field(default_factory=list)


def collect(now: datetime | None = None) -> int:
    """Write the messages that are due. How many are new."""
    when = now or timezone.now()
    with translation.override(settings.LANGUAGE_CODE), transaction.atomic():
        return _collect(when)


def _collect(now: datetime) -> int:
    telling, local, changed = pack().telling, timezone.localtime(now), changes()
    quiet = in_quiet_hours(local.time(), clock_time(telling.quiet_from), clock_time(telling.quiet_to))
    due = not quiet and digest_due(local, clock_time(telling.digest_at), changed)
    ways = list(Channel.objects.filter(on=True).select_related("unit"))
    mail = next((way for way in ways if way.kind == ChannelKind.MAIL), None)
    groups = [way for way in ways if way.kind != ChannelKind.MAIL]
    # Whoever collects at the same moment waits here, and then finds nothing left.
    fresh = list(
        Notice.objects.select_for_update(no_key=True)
        .filter(sent_on_at__isnull=True, at__lte=now, key__in=known())
        .order_by("pk")
        .only("user_id", "key", "urgent", "read_at", "at")
    )
    people = {user.pk: user for user in User.objects.filter(pk__in={each.user_id for each in fresh}).select_related("unit")}
    wanted = wishes(people.values()) if mail is not None else {}
    told_today = _told_today(local) if due else set()
    turn = _Turn()
    for each in fresh:
        _sort(turn, each, now, wanted.get(each.user_id), quiet=quiet, due=due and each.user_id not in told_today, groups=bool(groups))
    if mail is not None:
        by_mail = {user: rows for user, rows in turn.urgent.items() if any(wants for _each, wants in rows)}
        turn.made += [_mail(mail, user, rows, DeliveryKind.URGENT, local) for user, rows in by_mail.items()]
        turn.made += [_mail(mail, user, rows, DeliveryKind.DIGEST, local) for user, rows in turn.daily.items()]
    for group in groups:
        if group.urgent and (some := _of_unit(group, turn.urgent, people)):
            turn.made.append(_group_urgent(group, some, people))
    if due:
        turn.made += _group_digests([group for group in groups if group.digest], local)
    if not quiet and (week := letter_week(local, clock_time(telling.digest_at), changed)):
        turn.made += letters(week, mail, [group for group in groups if group.letter])
    for one in turn.made:
        one.made_at, one.next_at = now, now
    before = set(Delivery.objects.filter(key__in=[one.key for one in turn.made]).values_list("key", flat=True))
    Delivery.objects.bulk_create(turn.made, ignore_conflicts=True, batch_size=PIECE)
    for start in range(0, len(turn.done), PIECE):
        Notice.objects.filter(pk__in=turn.done[start : start + PIECE]).update(sent_on_at=now)
    return sum(one.key not in before for one in turn.made)


def _sort(turn: _Turn, each: Notice, now: datetime, wish: Wish | None, *, quiet: bool, due: bool, groups: bool) -> None:
    """Into what goes now, what waits for its hour (left as it is), and what goes nowhere."""
    if each.read_at is not None or each.at < now - LOOK_BACK:
        turn.done.append(each.pk)
        return
    chosen = wish is not None and kind_of(each.key) in wish.kinds
    if each.urgent and (groups or (chosen and wish is not None and wish.urgent)):
        if quiet and each.key not in at_any_hour():
            return
        turn.urgent[each.user_id].append((each, chosen and wish is not None and wish.urgent))
        turn.done.append(each.pk)
    elif chosen and wish is not None and wish.digest:
        if due:
            turn.daily[each.user_id].append((each, True))
            turn.done.append(each.pk)
    else:
        turn.done.append(each.pk)


def _told_today(local: datetime) -> set[int]:
    """Who has had his message of the day."""
    found = Delivery.objects.filter(key__startswith=f"digest:{local.date()}:", user__isnull=False)
    return {pk for pk in found.values_list("user_id", flat=True) if pk is not None}


# ── words ────────────────────────────────────────────────────────────────────


def by_kind(keys: Iterable[str]) -> list[str]:
    """任务 3 条, 承诺 1 条: counts by kind, in the order of the kinds."""
    counts = Counter(kind_of(key) for key in keys)
    said = [(kind, counts[kind]) for kind in Kind if counts[kind]]
    return [ngettext("%(kind)s %(n)s 条", "%(kind)s %(n)s 条", n) % {"kind": kind.label, "n": n} for kind, n in said]


def _mail(mail: Channel, user: int, rows: Sequence[Row], kind: DeliveryKind, local: datetime) -> Delivery:
    mine = [each for each, wanted in rows if wanted]
    if kind == DeliveryKind.URGENT:
        title = _("留客：%(n)s 件事不能等") % {"n": len(mine)}
        key = f"urgent:u{user}:{rows[0][0].pk}"
    else:
        title = _("留客：%(n)s 条通知没看") % {"n": len(mine)}
        key = f"digest:{local.date()}:u{user}"
    any_hour = any(each.key in at_any_hour() for each in mine)
    lines = by_kind(each.key for each in mine)
    return Delivery(channel=mail, user_id=user, kind=kind, key=key, title=title, lines=lines, link="/notices/", any_hour=any_hour)


def _of_unit(group: Channel, rows: dict[int, list[Row]], people: dict[int, User]) -> dict[int, list[Row]]:
    """Of what was gathered, what is of the people this group hears of."""
    path = (group.unit.path or "-") if group.unit else ""
    return {pk: rows[pk] for pk in rows if pk in people and _path(people[pk]).startswith(path)}


def _path(user: User) -> str:
    return (user.unit.path or "") if user.unit else ""


def _group_urgent(group: Channel, rows: dict[int, list[Row]], people: dict[int, User]) -> Delivery:
    lines = [
        _("%(who)s：%(what)s") % {"who": people[pk].name, "what": _("，").join(by_kind(each.key for each, _wanted in some))}
        for pk, some in rows.items()
    ]
    every = [each for some in rows.values() for each, _wanted in some]
    title = _("留客：%(n)s 件事不能等") % {"n": len(every)}
    any_hour = any(each.key in at_any_hour() for each in every)
    first = min(each.pk for each in every)
    return Delivery(channel=group, kind=DeliveryKind.URGENT, key=f"urgent:c{group.pk}:{first}", title=title, lines=lines,
                    link="/notices/", any_hour=any_hour)  # fmt: skip


def _group_digests(groups: Sequence[Channel], local: datetime) -> list[Delivery]:
    """Who of the group's people has how much unread; nothing where nobody has. One query, however many groups."""
    keys = {group.pk: f"digest:{local.date()}:c{group.pk}" for group in groups}
    there = set(Delivery.objects.filter(key__in=keys.values()).values_list("key", flat=True)) if groups else set()
    waiting = [group for group in groups if keys[group.pk] not in there]
    if not waiting:
        return []
    unread = Notice.objects.unread().filter(key__in=known(), user__is_active=True)
    rows = unread.values_list("user__name", "user__unit__path", "urgent", "user")
    made = []
    for group in waiting:
        path = (group.unit.path or "-") if group.unit else ""
        counts: dict[tuple[int, str], list[int]] = defaultdict(lambda: [0, 0])
        for name, unit, urgent, user in rows:
            if (unit or "").startswith(path):
                counts[user, name][0] += 1
                counts[user, name][1] += int(urgent)
        if counts:
            title = _("留客：%(n)s 位同事有通知没看") % {"n": len(counts)}
            most_first = sorted(counts.items(), key=lambda item: (-item[1][1], -item[1][0], item[0][1]))
            lines = [_unread(name, *n) for (_user, name), n in most_first]
            made.append(Delivery(channel=group, kind=DeliveryKind.DIGEST, key=keys[group.pk], title=title, lines=lines, link="/notices/"))
    return made


def _unread(name: str, unread: int, urgent: int) -> str:
    if urgent:
        return _("%(who)s：%(n)s 条，其中 %(m)s 条不能等") % {"who": name, "n": unread, "m": urgent}
    return _("%(who)s：%(n)s 条") % {"who": name, "n": unread}
