"""Which customer a row of deals, contracts, payments or contacts belongs to."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from liuke.customers import completeness, phones
from liuke.customers.models import Customer, FactChange, Phone
from liuke.customers.phones import with_number
from liuke.customers.rules import index_text
from liuke.deals.models import Asset
from liuke.duplicates.queries import merged_numbers
from liuke.exchange import bulk
from liuke.exchange.orders import Who
from liuke.exchange.words import refuse
from liuke.kernel import pinyin
from liuke.kernel.batches import batches
from liuke.kernel.phone import mask_phone
from liuke.kernel.refusal import Refused
from liuke.team.models import User
from liuke.team.queries import home_unit


@dataclass
class NewCustomer:
    """A customer that the file names and nobody knows yet; gets its id when it is written."""

    who: Who
    opened_on: date
    id: int = 0


Found = int | NewCustomer | Refused


class People:
    """Finds the customers of a whole file with a handful of queries. `scope`: the units the actor may see, None for all."""

    def __init__(self, scope: set[int] | None, create: bool) -> None:
        self.scope, self.create = scope, create
        self.found: dict[Who, Found] = {}
        self.new: list[NewCustomer] = []
        self._new: dict[tuple[str, ...], NewCustomer] = {}

    def learn(self, first_days: dict[Who, date]) -> None:
        """Settle these customers. `first_days`: the earliest date the file has for each, the day a new card is opened."""
        units: dict[int, int] = {}
        numbers = {who.number for who in first_days if who.number is not None}
        by_number: dict[str, int] = {}
        for piece in batches(sorted(numbers)):
            for pk, number, unit in Customer.objects.filter(number__in=piece).values_list("pk", "number", "unit_id"):
                by_number[number] = pk
                units[pk] = unit
        # What an old file says of a card that was made part of another is of that one.
        went = merged_numbers(numbers - by_number.keys())
        for some in batches(sorted(set(went.values()))):
            units.update(Customer.objects.filter(pk__in=some).values_list("pk", "unit_id"))
        by_number |= went
        others = [who for who in first_days if who.number is None]
        by_phone = self._by_phone({phone for who in others for phone in who.phones}, units)
        by_plate = self._by_plate({who.plate for who in others if who.plate}, units)
        for who, day in first_days.items():
            found: int | Refused | None = by_number.get(who.number) if who.number is not None else _match(who, by_phone, by_plate)
            if isinstance(found, int) and self.scope is not None and units[found] not in self.scope:
                self.found[who] = refuse("customer.out_of_scope")
            else:
                self.found[who] = self._unknown(who, day) if found is None else found

    def _by_phone(self, phones: set[str], units: dict[int, int]) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for piece in batches(sorted(phones)):
            rows = Phone.objects.filter(with_number(piece)).values_list("number", "customer_id", "customer__name", "customer__unit_id")
            for number, pk, name, unit in rows:
                found.setdefault(number, {})[pk] = name
                units[pk] = unit
        return found

    def _by_plate(self, plates: set[str], units: dict[int, int]) -> dict[str, dict[int, str]]:
        found: dict[str, dict[int, str]] = {}
        for piece in batches(sorted(plates)):
            rows = Asset.objects.filter(identifier__in=piece, gone_on__isnull=True)
            for plate, pk, name, unit in rows.values_list("identifier", "customer_id", "customer__name", "customer__unit_id"):
                found.setdefault(plate, {})[pk] = name
                units[pk] = unit
        return found

    def _unknown(self, who: Who, day: date) -> NewCustomer | Refused:
        named = who.name is not None and bool(who.phones)
        if not self.create:
            return refuse("deal.unknown_customer", customer=_shown(who)) if who.number or named or who.plate else refuse("deal.no_customer")
        if who.number is None and not named:
            return refuse("customer.new_without_number")
        keys = [("number", who.number)] if who.number is not None else [("phone", phone, who.name or "") for phone in who.phones]
        known = next((self._new[key] for key in keys if key in self._new), None)
        if known is None:
            known = NewCustomer(who, day)
            self.new.append(known)
        elif known.who.name is None and who.name is not None:
            known.who = who
        known.opened_on = min(known.opened_on, day)
        for key in keys:
            self._new[key] = known
        return known

    def write_new(self, load_id: int, actor: User | None) -> None:
        """Insert the new customers and give them their ids."""
        if not self.new:
            return
        unit = (actor.unit if actor is not None and actor.unit is not None else None) or home_unit()
        if unit is None:
            raise refuse("file.no_unit")
        ids = bulk.reserve(Customer, len(self.new))
        for new in self.new:
            new.id = next(ids)
        taken = numbers_taken(new.id for new in self.new if new.who.number is None)
        bulk.insert(
            Customer,
            ("id", "number", "name", "name_known", "phone", "unit_id", "opened_on", "pinyin", "search", "aliases", "load_id"),
            (_card(new, taken, unit.pk, load_id) for new in self.new),
        )
        bulk.insert(
            Phone,
            phones.COLUMNS,
            (phones.phone_row(new.id, phone, place) for new in self.new for place, phone in enumerate(new.who.phones)),
        )
        bulk.insert(
            Asset,
            ("customer_id", "name", "identifier", "load_id"),
            ((new.id, new.who.plate, new.who.plate, load_id) for new in self.new if new.who.plate),
        )
        completeness.refresh(new.id for new in self.new)


def _match(who: Who, by_phone: dict[str, dict[int, str]], by_plate: dict[str, dict[int, str]]) -> int | Refused | None:
    """Phone and name; else the plate. A phone or a plate alone will do where it belongs to one customer only."""
    for how, candidates in (
        ("电话", {pk: name for phone in who.phones for pk, name in by_phone.get(phone, {}).items()}),
        ("车牌", by_plate.get(who.plate or "", {})),
    ):
        fitting = [pk for pk, name in candidates.items() if who.name is None or name == who.name]
        if len(fitting) == 1:
            return fitting[0]
        if len(fitting) > 1:
            return refuse("customer.ambiguous", how=how)
    return None


def _shown(who: Who) -> str:
    if who.number is not None:
        return who.number
    phones = "、".join(mask_phone(phone) for phone in who.phones[:1])
    return " ".join(part for part in (who.name, phones, who.plate if not who.name else None) if part)


def _card(new: NewCustomer, taken: set[str], unit: int, load_id: int) -> tuple[object, ...]:
    who = new.who
    number = who.number or own_number(new.id, taken)
    name = who.name or number
    aliases = who.plate or ""
    return (
        new.id,
        number,
        name,
        who.name is not None,
        who.phones[0] if who.phones else "",
        unit,
        new.opened_on.isoformat(),
        pinyin.sort_key(name)[:300],
        index_text(name, number, aliases),
        aliases,
        load_id,
    )


def numbers_taken(ids: Iterable[int]) -> set[str]:
    """Which of the numbers that these ids would get are in use."""
    wanted = [f"K{pk:06d}" for pk in ids]
    return {number for piece in batches(wanted) for number in Customer.objects.filter(number__in=piece).values_list("number", flat=True)}


def own_number(pk: int, taken: set[str]) -> str:
    """The number of a customer who came without one, as cards typed in get it."""
    number = f"K{pk:06d}"
    return f"{number}-{pk}" if number in taken else number


def facts_changed(customer_ids: Iterable[int]) -> None:
    """Leave word for insight."""
    bulk.insert(FactChange, ("customer_id",), ((pk,) for pk in sorted(set(customer_ids))))
