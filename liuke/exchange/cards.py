"""Who is it: the cards on file that the rows of a customers file may mean, found with a handful of queries for the whole file."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any

from liuke.customers.models import Customer, Phone
from liuke.customers.phones import with_number
from liuke.deals.models import Asset
from liuke.exchange.check import Rows, Values
from liuke.exchange.load_deals import locked
from liuke.exchange.words import refuse
from liuke.kernel.batches import batches
from liuke.kernel.birthday import Birthday
from liuke.kernel.refusal import Refused

BIRTH = ("birth_year", "birth_month", "birth_day", "birth_lunar", "birth_leap")
COLUMNS = (
    "number", "name", "name_known", "kind", "gender", *BIRTH, "phone", "wechat", "address", "hobbies", "personality", "family",
    "occupation", "income_band", "education", "channel", "best_time", "avoid", "monthly_contacts", "service_need", "do_not_contact",
    "credit_code", "industry", "size", "region", "early_adopter", "key_account", "tier", "unit_id", "owner_id", "source", "remarks",
    "opened_on", "confirmed_on",
)  # fmt: skip
KNOWN_BY = frozenset(("number", "name", "name_known", "unit_id", "phone", "address", "credit_code", *BIRTH))
ASSET = ("name", "year", "mileage", "acquired_on")


@dataclass(slots=True)
class Card:
    """One customer of the file.

    `id` 0 until written, for a new one. `values`: columns as they stand (on file, or given). `said`: which columns each row of the file
    spoke of; what it said is how the card stands, since a contradiction is refused. `after`: columns that change. `assets`: by plate,
    else by "/" and name; one that is new or changed has "changed", and one on file that changed has what it was as "before". `row`:
    where the card first stands.
    """

    id: int
    version: int
    values: dict[str, Any]
    phones: list[str]
    assets: dict[str, dict[str, Any]]
    row: int
    said: list[tuple[int, frozenset[str]]] = field(default_factory=list)
    after: dict[str, Any] = field(default_factory=dict)
    new_phones: list[str] | None = None

    def contradicted(self, columns: dict[str, Any]) -> int | None:
        """The row of the file that said something else of this card, if one did."""
        for row, said in self.said:
            if any(column in said and self.now(column) != value for column, value in columns.items()):
                return row
        return None

    def now(self, column: str) -> Any:
        """The column as it will be."""
        return self.after.get(column, self.values.get(column))


@dataclass
class Keys:
    """Everything in the file by which a card could be known."""

    numbers: set[str] = field(default_factory=set)
    phones: set[str] = field(default_factory=set)
    plates: set[str] = field(default_factory=set)
    codes: set[str] = field(default_factory=set)
    names: set[str] = field(default_factory=set)


class Register:
    """The cards on file that have one of the keys, and the file's own new ones, by each way of knowing them."""

    def __init__(self) -> None:
        self.by_number: dict[str, Card] = {}
        self.by_phone: dict[str, list[Card]] = {}
        self.by_plate: dict[str, list[Card]] = {}
        self.by_code: dict[str, list[Card]] = {}
        self.by_name: dict[str, list[Card]] = {}
        # Cards known by nothing but their name: the third 王伟 of the file is the third one on file.
        self.bare: dict[str, list[Card]] = {}

    def add(self, card: Card) -> None:
        values = card.values
        if values.get("number"):
            self.by_number[values["number"]] = card
        for phone in card.phones:
            self.by_phone.setdefault(phone, []).append(card)
        for plate in card.assets:
            self.by_plate.setdefault(plate, []).append(card)
        if values.get("credit_code"):
            self.by_code.setdefault(values["credit_code"], []).append(card)
        name = values.get("name")
        if name:
            self.by_name.setdefault(name, []).append(card)
            if not card.phones and not card.assets and not values.get("credit_code") and not _birth(values) and not values.get("address"):
                self.bare.setdefault(name, []).append(card)

    def find(self, values: Values, bare_used: dict[str, int]) -> Card | Refused | None:
        """The card a row means: by number; else phone and name; else plate or credit code and name; else name with birthday or address.

        None is a new one. Where the number is given nothing else is asked.
        """
        if "number" in values:
            return self.by_number.get(values["number"])
        name = values["name"]
        ways = (
            ("电话", [card for phone in values.get("phone", ()) for card in self.by_phone.get(phone, ())]),
            ("车牌", self.by_plate.get(values.get("plate", ""), [])),
            ("信用代码", self.by_code.get(values.get("credit_code", ""), [])),
            ("姓名和生日", [card for card in self.by_name.get(name, ()) if _same_birth(card.values, values.get("birthday"))]),
            (
                "姓名和地址",
                [card for card in self.by_name.get(name, ()) if values.get("address") and card.values.get("address") == values["address"]],
            ),
        )
        for how, candidates in ways:
            fitting = {id(card): card for card in candidates if card.values.get("name") == name}
            if len(fitting) == 1:
                return next(iter(fitting.values()))
            if fitting:
                return refuse("customer.ambiguous", how=how)
        if any(code in values for code in ("phone", "plate", "credit_code", "birthday", "address")):
            return None
        place = bare_used.get(name, 0)
        bare_used[name] = place + 1
        known = self.bare.get(name, ())
        return known[place] if place < len(known) else None

    def know_phones(self, card: Card, phones: Iterable[str]) -> None:
        """Numbers a card got from a later row of the file."""
        for phone in phones:
            cards = self.by_phone.setdefault(phone, [])
            if not any(each is card for each in cards):
                cards.append(card)

    def others_with(self, phones: Iterable[str], name: str) -> int:
        """How many cards have one of these numbers under another name."""
        found = {id(card) for phone in phones for card in self.by_phone.get(phone, ()) if card.values.get("name") != name}
        return len(found)


def keys_of(rows: Rows) -> Keys:
    """All keys of a file."""
    keys = Keys()
    for _, values in rows:
        if "number" in values:
            keys.numbers.add(values["number"])
        elif "name" in values:
            keys.names.add(values["name"])
        keys.phones.update(values.get("phone", ()))
        if "plate" in values:
            keys.plates.add(values["plate"])
        if "credit_code" in values:
            keys.codes.add(values["credit_code"])
    return keys


def register(keys: Keys, said: Iterable[str]) -> Register:
    """Loads the cards that may be meant, with the columns by which they are known and those that the file has (`said`).

    The number of queries grows with the file's size by the piece, not by the row."""
    ids: set[int] = set()
    for column, wanted in (("number", keys.numbers), ("credit_code", keys.codes), ("name", keys.names)):
        for piece in batches(sorted(wanted)):
            ids.update(Customer.objects.filter(**{f"{column}__in": piece}).values_list("pk", flat=True))
    for piece in batches(sorted(keys.phones)):
        ids.update(Phone.objects.filter(with_number(piece)).values_list("customer_id", flat=True))
    for piece in batches(sorted(keys.plates)):
        ids.update(Asset.objects.filter(identifier__in=piece, gone_on__isnull=True).values_list("customer_id", flat=True))
    found = Register()
    columns = [column for column in COLUMNS if column in KNOWN_BY or column in said]
    for some in batches(sorted(ids)):
        phones: dict[int, list[str]] = {}
        for pk, number in (
            Phone.objects.filter(customer_id__in=some).order_by("customer_id", "position", "pk").values_list("customer_id", "number")
        ):
            phones.setdefault(pk, []).append(number)
        assets: dict[int, dict[str, dict[str, Any]]] = {}
        for row in (
            Asset.objects.filter(customer_id__in=some, gone_on__isnull=True)
            .order_by("pk")
            .values("id", "customer_id", "identifier", *ASSET)
        ):
            assets.setdefault(row["customer_id"], {}).setdefault(row["identifier"] or f"/{row['name']}", row)
        for row in locked(Customer.objects.filter(pk__in=some).order_by("pk")).values("id", "version", *columns):
            pk = row["id"]
            found.add(Card(pk, row["version"], row, phones.get(pk, []), assets.get(pk, {}), 0))
    return found


def _birth(values: dict[str, Any]) -> tuple[Any, ...] | None:
    birth = tuple(values.get(column) for column in BIRTH)
    return birth if any(birth[:3]) else None


def _same_birth(values: dict[str, Any], birthday: Birthday | None) -> bool:
    """Only a whole birthday, year and all, tells one 王伟 from another."""
    if birthday is None or birthday.year is None or birthday.month is None or birthday.day is None:
        return False
    return _birth(values) == (birthday.year, birthday.month, birthday.day, birthday.lunar, birthday.leap)
