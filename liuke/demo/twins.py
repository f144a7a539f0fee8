"""People who are on file twice, as in every company: a colleague of another store opened a card, or the name was heard otherwise."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from liuke.demo.rows import Life

PAIRS = 46
SOUNDS_LIKE = (
    ("静", "婧"), ("伟", "玮"), ("敏", "旻"), ("洁", "婕"), ("磊", "蕾"), ("军", "钧"), ("丽", "莉"), ("霞", "遐"),
    ("刚", "钢"), ("杰", "捷"), ("英", "瑛"), ("平", "萍"), ("芳", "方"), ("琳", "霖"), ("欣", "新"), ("宇", "语"),
)  # fmt: skip


def make_twins(lives: Sequence[Life], random: Random) -> int:
    """Let some who never bought be somebody else who did: by the same number, or the same birthday or address. How many.

    Nobody written by hand is touched, and every customer stays a customer: only what stands on the card changes.
    """
    people = [life for life in lives if life.kind == "person" and not life.fixed]
    empty = [life for life in people if not life.visits and not life.assets]
    buyers = [life for life in people if life.visits and life.phones]
    random.shuffle(empty)
    random.shuffle(buyers)
    made = 0
    for twin, whole in zip(empty[:PAIRS], buyers, strict=False):
        way = random.choices(("phone", "birthday", "address"), (30, 10, 6))[0]
        if way == "birthday" and not (whole.card.get("birth_year") and whole.card.get("birth_month")):
            way = "phone"
        if way == "address" and not whole.card.get("address"):
            way = "phone"
        twin.card["name"] = otherwise(whole.card["name"], random) if random.random() < 0.5 else whole.card["name"]
        twin.card["gender"] = whole.card.get("gender", "")
        if way == "phone":
            twin.phones = [whole.phones[0]]
        elif way == "birthday":
            twin.card |= {name: value for name, value in whole.card.items() if name.startswith("birth_")}
        else:
            twin.card["address"] = whole.card["address"].replace(" ", "")
        made += 1
    return made


def otherwise(name: str, random: Random) -> str:
    """The name as somebody may have heard it: one sign that sounds the same, where there is one; else as it is."""
    changes = [(a, b) for one, two in SOUNDS_LIKE for a, b in ((one, two), (two, one)) if a in name[1:]]
    if not changes:
        return name
    old, new = random.choice(changes)
    return name[0] + name[1:].replace(old, new, 1)
