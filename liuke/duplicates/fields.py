"""The two cards field by field: what is the same, what only one has, where they contradict; and the card that comes of the choices."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any, Literal

from django.utils.translation import gettext

from liuke.customers.fields import BIRTHDAY, birthday_of, label
from liuke.customers.models import Customer
from liuke.kernel.refusal import Refused
from liuke.team.queries import pack

State = Literal["same", "keep", "away", "differ"]
KEEP, AWAY, BOTH = "keep", "away", "both"
EXTRA = "extra."
FIELDS = (
    "name", "number", "kind", "gender", "birthday", "phone", "wechat", "address", "hobbies", "personality", "family", "occupation",
    "income_band", "education", "channel", "best_time", "avoid", "monthly_contacts", "service_need", "do_not_contact", "credit_code",
    "industry", "size", "region", "parent", "early_adopter", "key_account", "tier", "unit", "owner", "source", "remarks",
)  # fmt: skip
JOINED = frozenset({"hobbies", "personality", "family", "avoid", "remarks"})
"""Words in which both may stand, one behind the other."""
BY_THEMSELVES = ("opened_on", "confirmed_on", "next_contact_on")
"""The first opening, the last confirmation, the next contact that comes first: nobody is asked."""
COLUMNS = {"birthday": BIRTHDAY, "name": ("name", "name_known"), "parent": ("parent_id",), "unit": ("unit_id",), "owner": ("owner_id",)}


@dataclass(frozen=True)
class Line:
    """One field of the two cards. `state`: the same, filled on one only, or contradicting; `chosen` what is taken unless one says so."""

    field: str
    state: State
    keep: Any
    away: Any

    @property
    def chosen(self) -> str:
        return AWAY if self.state == "away" else KEEP

    @property
    def may_be_both(self) -> bool:
        return self.state == "differ" and self.field in JOINED

    @property
    def label(self) -> str:
        if self.field.startswith(EXTRA):
            key = self.field.removeprefix(EXTRA)
            return next((field.name.zh for field in pack().fields if field.key == key), key)
        return gettext("生日") if self.field == "birthday" else label(self.field)


def compare(keep: Customer, away: Customer) -> list[Line]:
    """All fields in which either card says something, in the order of a card."""
    lines = [_line(field, value_of(keep, field), value_of(away, field)) for field in FIELDS]
    for key in dict.fromkeys([*keep.extra, *away.extra]):
        lines.append(_line(f"{EXTRA}{key}", keep.extra.get(key), away.extra.get(key)))
    return [line for line in lines if line.keep or line.away]


def _line(field: str, keep: Any, away: Any) -> Line:
    if keep == away:
        return Line(field, "same", keep, away)
    if not keep:
        return Line(field, "away", keep, away)
    return Line(field, "differ" if away else "keep", keep, away)


def value_of(card: Customer, field: str) -> Any:
    """A field as it is compared: None or "" where nothing is said."""
    if field == "birthday":
        return birthday_of(card)
    if field == "name":
        return card.name if card.name_known else ""
    if field in ("parent", "unit", "owner"):
        return getattr(card, f"{field}_id")
    return getattr(card, field)


def merged(keep: Customer, away: Customer, choices: Mapping[str, str]) -> dict[str, Any]:
    """The survivor's columns that become other than they are, from what was chosen per field ("keep", "away", "both").

    Refuses a choice for a field that is not there, or one that cannot be made.
    """
    lines = {line.field: line for line in compare(keep, away)}
    for field, choice in choices.items():
        line = lines.get(field)
        if line is None or choice not in (KEEP, AWAY, BOTH) or (choice == BOTH and not line.may_be_both):
            raise Refused("duplicates.choice", "请选每一项留哪一边的。")
    new: dict[str, Any] = {}
    extra = dict(keep.extra)
    for field, line in lines.items():
        choice = choices.get(field, line.chosen)
        if field.startswith(EXTRA):
            if choice == AWAY and line.away not in (None, ""):
                extra[field.removeprefix(EXTRA)] = line.away
        elif choice == BOTH:
            new[field] = _both(field, line.keep, line.away)
        elif choice == AWAY and field != "phone":  # which number is the first is settled among the rows
            new |= {column: getattr(away, column) for column in COLUMNS.get(field, (field,))}
    new["extra"] = extra
    new["opened_on"] = min(keep.opened_on, away.opened_on)
    new["confirmed_on"] = max((day for day in (keep.confirmed_on, away.confirmed_on) if day), default=None)
    first = min((keep, away), key=lambda card: card.next_contact_on or date.max)
    new |= {"next_contact_on": first.next_contact_on, "next_contact_by_id": first.next_contact_by_id}
    return {column: value for column, value in new.items() if getattr(keep, column) != value}


def _both(field: str, keep: str, away: str) -> str:
    text = f"{keep}\n{away}" if field == "remarks" else f"{keep}；{away}"
    most = 2000 if field == "remarks" else getattr(Customer._meta.get_field(field), "max_length", 0)
    if len(text) > most:
        raise Refused("duplicates.too_long", "“%(field)s”两边合起来太长，请选一边。", field=label(field))
    return text


def no_circle(keep: Customer, away: Customer, parent: int | None) -> int | None:
    """The survivor's superior unit, so that nobody is above himself: none where going up leads back to him or to the card that goes."""
    seen, at = {keep.pk, away.pk}, parent
    while at is not None:
        if at in seen:
            return None
        seen.add(at)
        at = Customer.objects.filter(pk=at).values_list("parent", flat=True).first()
    return parent
