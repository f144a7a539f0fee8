"""What stands on the cards: names, telephones that nobody has, cars and plates, and the person as far as the owner wrote him down."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from random import Random
from typing import Any

from liuke.demo import words
from liuke.demo.rows import AssetRow, ContactRow, Life, Place
from liuke.kernel.credit_code import check_sign

NO_DISTRICT = "91990001"
"""Begins the credit codes: a business registered in a district that does not exist."""
CODE_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
OTHER_PROVINCE = ("沪A", "浙B", "苏B", "皖A", "川G", "湘B", "粤B", "赣A")
_RANKED = [1 / (place + 6) for place in range(len(words.SURNAMES))]


def person_name(random: Random, male: bool) -> str:
    """A surname, common ones more often, and one or two characters."""
    pool = words.GIVEN_MALE if male else words.GIVEN_FEMALE
    given = "".join(random.sample(pool, 2 if random.random() < 0.72 else 1))
    if random.random() < 0.004:
        return random.choice(words.COMPOUND) + given
    return random.choices(words.SURNAMES, _RANKED)[0] + given


class Registry:
    """Gives out what must not be given twice: telephone numbers, plates, names of organisations."""

    def __init__(self, places: Sequence[Place]) -> None:
        self.places = places
        self._taken: set[str] = set()

    def take(self, word: str) -> str:
        """Keep a word for somebody. Raises ValueError when it is given away already."""
        if word in self._taken:
            raise ValueError(f"twice: {word}")
        self._taken.add(word)
        return word

    def phone(self, random: Random) -> str:
        """A number in normal form with 0000 or 0001 in the middle, which is nobody's; the last four never begin with a nought."""
        while True:
            number = f"+86{random.choice(words.MOBILE_PREFIXES)}{random.choice(('0000', '0001'))}{random.randint(1000, 9999)}"
            if number not in self._taken:
                return self.take(number)

    def plate(self, random: Random, head: str, electric: bool) -> str:
        """A plate of the town, or now and then of another; six signs after the letter for an electric car."""
        while True:
            if random.random() < 0.06:
                head = random.choice(OTHER_PROVINCE)
            tail = [str(random.randint(0, 9)) for _ in range(5)]
            if electric:
                tail = ["D", *tail]
            else:
                for place in random.sample(range(5), random.choice((0, 1, 1, 2))):
                    tail[place] = random.choice(words.LETTERS)
            if head + "".join(tail) not in self._taken:
                return self.take(head + "".join(tail))

    def organisation(self, random: Random, place: Place) -> tuple[str, str]:
        """A name of town, word and trade, and the industry."""
        while True:
            kind, industry = random.choice(words.ORGANISATION_KINDS)
            name = f"{place.name[:2]}{random.choice(words.ORGANISATION_WORDS)}{kind}"
            if name not in self._taken:
                return self.take(name), industry

    def keep(self, life: Life) -> None:
        """Give nobody else what a life written by hand has. To be called before the others are described."""
        for word in [*life.phones, *(car.plate for car in life.assets), *(contact.phone for contact in life.contacts)]:
            self.take(word)
        if life.kind != "person":
            self.take(life.card["name"])

    # ── a card ──

    def describe(self, life: Life, today: date) -> None:
        """Fill in card, phones, contacts and assets of a life."""
        random = life.random
        if life.kind == "person":
            self._person(life, random, today)
        else:
            self._organisation(life, random)
        self._common(life, random, today)
        self._cars(life, random, today)

    def _person(self, life: Life, random: Random, today: date) -> None:
        male = random.random() < 0.62
        card = life.card
        card["name"] = person_name(random, male)
        if random.random() < 0.96:
            card["gender"] = "male" if male else "female"
        t = life.temper.tidy
        _birthday(card, random, today, t)
        some = {
            "hobbies": ("、".join(random.sample(words.HOBBIES, random.choice((1, 1, 2)))), 0.55),
            "personality": (random.choice(words.PERSONALITIES), 0.6),
            "family": (random.choice(words.FAMILIES), 0.6),
            "occupation": (random.choice(words.OCCUPATIONS), 0.75),
            "income_band": (random.choices(words.INCOMES, (2, 5, 5, 3, 1))[0], 0.45),
            "education": (random.choices(words.EDUCATIONS, (3, 5, 6, 1))[0], 0.4),
            "best_time": (random.choice(words.BEST_TIMES), 0.6),
            "avoid": (random.choice(words.AVOIDS), 0.3),
            "remarks": (random.choice(words.REMARKS), 0.45),
        }
        for name, (value, share) in some.items():
            if random.random() < min(share * t * 1.25, 0.97):
                card[name] = value
        if random.random() < 0.5 + 0.4 * t:
            card["wechat"] = f"wx_{random.choice('abcdefghkmnpqrstuvwxyz')}{random.randint(100000, 999999)}"
        if random.random() < 0.35 * t + 0.1:
            card["extra"] = {"drives_himself": random.random() < 0.85}

    def _organisation(self, life: Life, random: Random) -> None:
        card = life.card
        card["name"], card["industry"] = self.organisation(random, self.places[life.store])
        first = NO_DISTRICT + "".join(random.choice(CODE_SIGNS) for _ in range(9))
        card["credit_code"] = first + check_sign(first)
        card["size"] = random.choices(words.ORGANISATION_SIZES, (2, 5, 3, 1))[0]
        card["region"] = words.STREETS[self.places[life.store].name][0]
        for title in random.sample(words.TITLES, random.choice((1, 2, 2, 3))):
            name = person_name(random, random.random() < 0.6)
            life.contacts.append(ContactRow(name, title, self.phone(random), "管派车" if title == "车队主管" else ""))

    def _common(self, life: Life, random: Random, today: date) -> None:
        card, t = life.card, life.temper.tidy
        if random.random() < 0.985:
            life.phones = [self.phone(random)]
            if random.random() < 0.07:
                life.phones.append(self.phone(random))
        area, streets = words.STREETS[self.places[life.store].name]
        if random.random() < 0.35 + 0.5 * t:
            house = f"{random.randint(3, 980)} 号 {random.randint(1, 28)} 幢 {random.randint(1, 28)}{random.randint(1, 4):02d} 室"
            card["address"] = f"{area}{random.choice(streets)} {house}"
        card["source"] = random.choices(words.SOURCES, (9, 4, 4, 2, 3, 2, 3, 3))[0]
        if random.random() < 0.55 * t + 0.1:
            card["channel"] = random.choices(("phone", "wechat", "sms"), (5, 8, 1))[0]
        if random.random() < 0.12:
            card["monthly_contacts"] = random.choice((1, 1, 2, 3))
        if random.random() < 0.4:
            card["service_need"] = random.choices(("high", "mid", "low"), (2, 5, 3))[0]
        if not life.gone and random.random() < 0.04:
            card["next_contact_on"] = today + timedelta(days=random.randint(0, 20))
        card["do_not_contact"] = random.random() < 0.012
        card["early_adopter"] = random.random() < 0.05
        if random.random() < 0.35 + 0.5 * t:
            old = min(int(random.expovariate(1 / 150)), (today - life.opened).days)
            card["confirmed_on"] = today - timedelta(days=old)

    def _cars(self, life: Life, random: Random, today: date) -> None:
        place = self.places[life.store]
        if life.kind != "person":
            count = random.choices(range(3, 13), range(12, 2, -1))[0]
            life.card["extra"] = {"fleet_size": count}
            life.card["key_account"] = count >= 8
        elif not life.visits and random.random() < 0.55:
            count = 0
        else:
            count = random.choices((1, 2, 3), (88, 11, 1))[0]
        for _ in range(count):
            name, level = _model(random, life.temper.level)
            electric = name.endswith("EV")
            known = life.visits[0].on if life.visits else today
            year = max(min(known.year - int(random.expovariate(1 / 3.2)), known.year), 2009)
            bought = date(year, random.randint(1, 12), random.randint(1, 28))
            if bought > known:
                bought = date(year - 1, bought.month, bought.day)
            life.assets.append(AssetRow(name, self.plate(random, place.plate, electric), bought.year, 0, bought, None, level, electric))


def _model(random: Random, level: float) -> tuple[str, float]:
    """A model whose price level suits the owner."""
    return random.choices(words.VEHICLES, [1 / (0.08 + abs(own - level)) for _, own in words.VEHICLES])[0]


def _birthday(card: dict[str, Any], random: Random, today: date, tidy: float) -> None:
    if random.random() > 0.25 + 0.6 * tidy:
        return
    if random.random() < 0.9:
        card["birth_year"] = today.year - min(max(round(random.gauss(41, 10)), 19), 78)
    if random.random() < 0.93:
        card["birth_lunar"] = random.random() < 0.16
        card["birth_month"] = random.randint(1, 12)
        card["birth_day"] = random.randint(1, 30 if card["birth_lunar"] else 28)
