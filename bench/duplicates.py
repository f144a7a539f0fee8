"""The scan of what is on file, at 1,000,000 customers. Run: python -m bench.duplicates [--customers N] [--pairs N] [--sample N]

A throw-away SQLite database in a temporary folder (with LIUKE_DATABASE_URL: that PostgreSQL, which must be empty) is filled by bulk rows:
people with sealed numbers and addresses, whole birthdays for three in five, companies for one in twenty; then known duplicates are planted,
an equal number of each kind. Printed: seconds and peak memory of the first scan and of a second one on which nothing is new, the share of
the planted pairs that was found, and beside it a plain baseline: the same evidence by comparing all pairs of a sample, its time scaled up
to the whole by the number of pairs. The baseline's answer on the sample must be among the scan's. The goal: under 10 minutes, under 4 GB.
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import tempfile
import time
from collections.abc import Iterator
from datetime import date
from itertools import combinations
from typing import Any

SURNAMES = (
    "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎余潘杜戴夏钟汪田任姜"
    "范方石姚谭廖邹熊金陆郝孔白崔康毛邱秦江史顾侯邵孟龙万段漕钱汤尹黎易常武乔贺赖龚文"
)
GIVEN = (
    "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红建国志远书思文华倩晓燕海波鹏飞宇欣怡佳雨晨子轩博俊凯浩然梓涵若琳诗"
    "雅瑶曦嘉懿煜城烨霖昊天弘益苑越泽修杰绍辉修洁黎昕思聪展鹏笑愚志强炫明雪松思源智渊思淼晓啸天宇浩文轩鹭洋振家乐驹晓博文博昊"
    "焱立果金鑫锦程"
)
ROADS = [f"{a}{b}路" for a in "江滨文建人解和中长平学新大东西南北天庆" for b in "南民晖设放安山苑兴海院华宁湖风河"]
TRADES = ["物流", "贸易", "建材", "餐饮", "科技", "汽配", "纺织", "装饰", "医药", "广告"]
TYPO = {"远": "元", "明": "名", "芳": "方", "伟": "纬", "丽": "利", "军": "君", "娟": "涓", "辉": "晖", "静": "净", "波": "博"}
NAMES = 60_000
"""Different names of people; a million people have some as often as one in two thousand."""
KINDS = ("phone", "birthday_sound", "address", "last4_name", "company")


def people(customers: int, planted: int, dice: random.Random) -> Iterator[tuple[dict[str, Any], str]]:
    """Rows of cards and, for a planted one, of which kind it repeats the card before."""
    weights = [1 / (place + 5) for place in range(len(SURNAMES))]
    names = [dice.choices(SURNAMES, weights)[0] + "".join(dice.choices(GIVEN, k=dice.choice((1, 2, 2, 2)))) for _ in range(NAMES)]
    every = max((customers - planted) // max(planted, 1), 1)
    made = kept = 0
    while made < customers:
        if dice.random() < 0.05:
            core = "".join(dice.choices(GIVEN, k=3)) + dice.choice(TRADES)
            row = {"kind": "organisation", "name": f"杭州{core}有限公司", "core": core, "birth": None, "gender": ""}
        else:
            name = dice.choice(names)
            birth = date.fromordinal(dice.randrange(711_000, 731_500)) if dice.random() < 0.6 else None
            row = {"kind": "person", "name": name, "birth": birth, "gender": dice.choice(("male", "female"))}
        row["phone"] = f"+861{dice.randrange(30, 99)}{dice.randrange(10**8):08d}" if dice.random() < 0.95 else ""
        house = f"{dice.randrange(1, 900)}号{dice.randrange(1, 20)}幢{dice.randrange(1, 4)}单元{dice.randrange(101, 2404)}室"
        row["address"] = f"浙江省杭州市滨江区{dice.choice(ROADS)}{house}" if dice.random() < 0.5 else ""
        yield row, ""
        made += 1
        if made > every * kept and kept < planted and made < customers:
            kind = KINDS[kept % len(KINDS)]
            if (twin := _twin(row, kind, dice)) is not None:
                yield twin, kind
                made += 1
                kept += 1


def _twin(row: dict[str, Any], kind: str, dice: random.Random) -> dict[str, Any] | None:
    """The same customer, entered a second time by somebody who knew less or heard wrong; None where this card does not allow the kind."""
    bare = {**row, "phone": "", "address": "", "birth": None, "gender": ""}
    if kind == "phone" and row["phone"]:
        return {**bare, "phone": row["phone"], "name": dice.choice((row["name"], "王先生"))}
    if kind == "company" and row["kind"] == "organisation":
        return {**bare, "name": f"{row['core']}（杭州）股份有限公司"}
    if row["kind"] != "person":
        return None
    heard = next((row["name"].replace(sign, like) for sign, like in TYPO.items() if sign in row["name"]), row["name"])
    if kind == "birthday_sound" and row["birth"]:
        return {**bare, "birth": row["birth"], "name": heard}
    if kind == "address" and row["address"]:
        return {
            **bare,
            "address": row["address"].removeprefix("浙江省").replace("杭州市滨江区", "杭州滨江").replace("幢", "-"),
            "name": row["name"],
        }
    if kind == "last4_name" and row["phone"]:
        return {**bare, "phone": f"+861{dice.randrange(30, 99)}{dice.randrange(10**4):04d}{row['phone'][-4:]}", "name": row["name"]}
    return None


def fill(customers: int, planted: int) -> list[tuple[int, int, str]]:
    """Write the rows; the pairs that were planted, with their kind."""
    from functools import cache

    from django.core.management import call_command
    from django.db import transaction

    from liuke.customers import phones
    from liuke.customers.models import Customer, Phone
    from liuke.exchange import bulk
    from liuke.kernel import pinyin
    from liuke.team.models import Unit

    call_command("migrate", verbosity=0)
    unit = Unit.objects.create(name="杭州滨江店", kind="store")
    twins: list[tuple[int, int, str]] = []
    numbers: list[tuple[int, str]] = []
    sort_key = cache(pinyin.sort_key)

    def cards() -> Iterator[tuple[object, ...]]:
        for pk, (row, kind) in enumerate(people(customers, planted, random.Random(5)), 1):
            if kind:
                twins.append((pk - 1, pk, kind))
            if row["phone"]:
                numbers.append((pk, row["phone"]))
            birth = row["birth"]
            yield (
                pk, f"C{pk:07d}", row["kind"], row["name"], True, row["gender"],
                *((birth.year, birth.month, birth.day) if birth else (None,) * 3),
                row["address"], unit.pk, "2024-01-05", sort_key(row["name"])[:300], "",
            )  # fmt: skip

    columns = (
        "id", "number", "kind", "name", "name_known", "gender", "birth_year", "birth_month", "birth_day", "address", "unit_id", "opened_on",
        "pinyin", "search",
    )  # fmt: skip
    with transaction.atomic():
        bulk.insert(Customer, columns, cards())
        bulk.insert(Phone, phones.COLUMNS, (phones.phone_row(pk, number, 0) for pk, number in numbers))
    return twins


def baseline(sample: int) -> tuple[float, set[tuple[int, int]]]:
    """Every two of the first `sample` cards compared: seconds, and the pairs that are worth a look."""
    from liuke.duplicates.reading import facts_of
    from liuke.duplicates.rules import evidence, proposed

    began = time.perf_counter()
    facts = facts_of(list(range(1, sample + 1)))
    found = {(a, b) for (a, one), (b, other) in combinations(sorted(facts.items()), 2) if proposed(evidence(one, other))}
    return time.perf_counter() - began, found


def peak() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024**2


def main() -> None:
    asked = argparse.ArgumentParser(description=__doc__)
    asked.add_argument("--customers", type=int, default=1_000_000)
    asked.add_argument("--pairs", type=int, default=20_000, help="planted duplicates")
    asked.add_argument("--sample", type=int, default=3_000, help="cards of which the baseline compares every two")
    options = asked.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        os.environ |= {"LIUKE_DATA": folder, "LIUKE_SECRET_KEY": "bench", "DJANGO_SETTINGS_MODULE": "liuke.site.settings"}
        import django

        django.setup()
        began = time.perf_counter()
        twins = fill(options.customers, options.pairs)
        print(f"filled in {time.perf_counter() - began:,.0f} s, {peak():.2f} GB", flush=True)
        child = os.fork()  # a process of its own, so that the peak is the scan's
        if not child:
            report(options.customers, options.sample, twins)
            os._exit(0)
        _, status = os.waitpid(child, 0)
        raise SystemExit(os.waitstatus_to_exitcode(status))


def report(customers: int, sample: int, twins: list[tuple[int, int, str]]) -> None:
    from django.db import connection

    from liuke.duplicates.models import DuplicatePair
    from liuke.duplicates.scanning import scan

    connection.close()
    resting = peak()
    for which in ("first scan", "second scan"):
        began = time.perf_counter()
        look = scan()
        print(
            f"{which:12} {time.perf_counter() - began:8.1f} s   peak {peak():.2f} GB (of which {resting:.2f} before)  ",
            f"{look.pairs:,} pairs",
            flush=True,
        )
    found = set(DuplicatePair.objects.values_list("a", "b"))
    for kind in KINDS:
        planted = [(a, b) for a, b, each in twins if each == kind]
        hits = sum(pair in found for pair in planted)
        print(f"  planted {kind:15} {hits:,} of {len(planted):,} found")
    print(f"  not planted     {len(found - {(a, b) for a, b, _ in twins}):,} (look alike by chance)")
    crowds = [f"{code} {n}" for code, n, _ in look.crowded[:5]]
    print(f"  too crowded to pair: {', '.join(crowds) or 'none'}")
    took, plain = baseline(sample)
    scaled = took * (customers / sample) ** 2
    print(
        f"all pairs of {sample:,}: {took:.1f} s, so of {customers:,} about {scaled / 86_400:,.0f} days;",
        f"{len(plain - found)} of its {len(plain)} pairs missed by the scan",
    )


if __name__ == "__main__":
    main()
