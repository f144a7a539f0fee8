"""Server time of the list, search, filters and the card at 100,000 customers. Run: python -m bench.pages [--customers N] [--times N]

A throw-away SQLite database in a temporary folder is filled by bulk SQL, then each page is asked for through Django's test client, as a
manager who sees everybody, then as a supervisor, then as a rep. Printed per page: median, 95th percentile, the same of the process's
own work (the database is in the process; what neighbours on the machine take is not counted), queries. The goal: a 95th percentile under
100 ms.
"""

from __future__ import annotations

import argparse
import gc
import json
import os
import random
import statistics
import tempfile
import time
from collections.abc import Iterable, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any, NamedTuple, cast

SURNAMES = "王李张刘陈杨赵黄周吴徐孙胡朱高林何郭马罗梁宋郑谢韩唐冯于董萧程曹袁邓许傅沈曾彭吕苏卢蒋蔡贾丁魏薛叶阎"
GIVEN = "伟芳娜秀英敏静丽强磊军洋勇艳杰娟涛明超兰霞平刚桂玉萍红建国志远书思文华倩晓燕海波鹏飞宇欣怡佳雨晨子轩"
STORES = 9
REPS_PER_STORE = 6


def fill(customers: int, seed: int = 7) -> None:
    """Everything a page reads, by bulk SQL. The same every time."""
    from django.conf import settings
    from django.db import connection, transaction
    from django.db.models import DateTimeField
    from django.utils import timezone

    from liuke.customers.models import Customer, Phone
    from liuke.customers.phones import COLUMNS, phone_row
    from liuke.customers.rules import index_text
    from liuke.deals.models import Contract, Deal
    from liuke.interactions.models import Interaction
    from liuke.kernel import pinyin
    from liuke.standing.models import Book, Run, Signal, Standing
    from liuke.team.models import Unit, User
    from liuke.vault.fields import SealedTextField

    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    dice = random.Random(seed)
    today = timezone.localdate()
    group = Unit.objects.create(name="启程汽车服务集团", kind="group")
    regions = [Unit.objects.create(name=name, kind="region", parent=group) for name in ("华东区", "华北区", "华南区")]
    stores = [Unit.objects.create(name=f"{regions[n % 3].name}{n}店", kind="store", parent=regions[n % 3]) for n in range(STORES)]
    reps = [
        User.objects.create(username=f"rep{n}", name=f"业务员{n}", role="rep", unit=stores[n // REPS_PER_STORE])
        for n in range(STORES * REPS_PER_STORE)
    ]
    User.objects.create(username="manager", name="赵国平", role="manager", unit=group)
    User.objects.create(username="supervisor", name="何静", role="supervisor", unit=regions[0])
    now = timezone.now()

    def a_run(as_of: date) -> Run:
        book = Book.objects.create(began_on=as_of)
        return Run.objects.create(as_of=as_of, book=book, pack="auto_dealer", started_at=now, finished_at=now, customers=customers)

    run, earlier = a_run(today), a_run(today.replace(day=1) - timedelta(days=1))
    names = [s + a + b for s in SURNAMES for a in GIVEN[:24] for b in [*GIVEN[24:46], ""]]
    searched = {name: (pinyin.sort_key(name), pinyin.search_tokens(name)) for name in names}

    def insert(model: Any, columns: str, rows: Iterable[Sequence[object]]) -> None:
        """Rows by executemany; columns that are not named and may not be empty get the model's own default."""
        fields = columns.split()
        rest = [f for f in model._meta.concrete_fields if f.column not in fields and not f.primary_key and not f.null]
        values = [now if isinstance(f, DateTimeField) else f.get_db_prep_save(f.get_default(), connection) for f in rest]
        names = [*fields, *(f.column for f in rest)]
        quoted, marks = ",".join(f'"{name}"' for name in names), ",".join(["%s"] * len(names))
        whole = ((*row, *values) for row in rows)
        if connection.vendor == "postgresql":
            connection.ensure_connection()
            raw: Any = connection.connection
            with raw.cursor() as cursor, cursor.copy(f"COPY {model._meta.db_table} ({quoted}) FROM STDIN") as copy:
                for row in whole:
                    copy.write_row(row)
            return
        with connection.cursor() as cursor:
            cursor.executemany(f"INSERT INTO {model._meta.db_table} ({quoted}) VALUES ({marks})", whole)

    numbers: list[tuple[int, str]] = []
    sealed = cast(SealedTextField, Customer._meta.get_field("phone")).seal

    def cards() -> Iterable[Sequence[object]]:
        for n in range(1, customers + 1):
            name = dice.choice(names)
            rep = reps[n % len(reps)]
            number = f"C{n:07d}"
            owner = None if dice.random() < 0.01 else rep.pk
            phone = f"+861{dice.randrange(30, 99)}{dice.randrange(10**8):08d}"
            numbers.append((n, phone))
            soon = today + timedelta(days=dice.randrange(30)) if dice.random() < 0.5 else None
            yield (
                n, number, "person", name, sealed(phone), dice.choice(["", "silver", "gold", "platinum"]), rep.unit_id, owner,
                today - timedelta(days=dice.randrange(60, 1500)), soon, searched[name][0],
                f"{searched[name][1]} {index_text('', number, '')}", now - timedelta(days=1),
            )  # fmt: skip

    with transaction.atomic():
        insert(
            Customer,
            "id number kind name phone tier unit_id owner_id opened_on next_contact_on pinyin search created_at",
            cards(),
        )
        seal = cast(SealedTextField, Phone._meta.get_field("number")).seal
        rows = (phone_row(n, number, 0) for n, number in numbers)
        insert(Phone, " ".join(COLUMNS), ((n, seal(number), *found) for n, number, *found in rows))

    def standing(of: Run) -> Iterable[Sequence[object]]:
        for n in range(1, customers + 1):
            days = dice.randrange(0, 700)
            stage, grade = dice.choice("ABCDDEE"), dice.choices("ABC", (2, 3, 5))[0]
            last = of.as_of - timedelta(days=days)
            risk = int(dice.paretovariate(1.2) * 10000) if stage in "CD" else dice.randrange(0, 5000)
            yield (
                of.book_id, n, of.as_of, last - timedelta(days=500), last,
                dice.randrange(1, 30), dice.randrange(10**6), dice.randrange(10**6),
                dice.randrange(1, 6), dice.randrange(1, 6), dice.randrange(1, 6), 74.0, last + timedelta(days=74), grade,
                dice.choice(["loyal", "switcher", "none"]), dice.choice(["key", "fan", "general", "zombie"]), stage, stage, "D.elapsed",
                of.as_of, of.as_of, dice.randrange(100) / 100, "band", 740000, risk,
            )  # fmt: skip

    columns = (
        "book_id customer_id since first_deal last_deal deal_days amount_all_cents amount_12m_cents r f m cycle_days due_on abc attitude "
        "type stage stage_by_rule stage_code stage_since rule_since leave_share leave_by expected_cents value_at_risk_cents"
    )
    with transaction.atomic():
        for of in (run, earlier):
            insert(Standing, columns, standing(of))
        insert(
            Signal,
            "customer_id key family severity slots started_on",
            (
                (n, "not_back", "churn", 2, json.dumps({"recency_days": 143, "cycle_days": 68, "elapsed_cycles": 2.1}), today)
                for n in range(1, customers + 1, 4)
            ),
        )
        insert(
            Deal,
            "customer_id on kind amount_cents came content unit_id",
            (
                (n, today - timedelta(days=dice.randrange(900)), "sale", dice.randrange(10**6), True, "大保养", stores[0].pk)
                for n in range(1, customers + 1)
                for _ in range(6)
            ),
        )
        insert(
            Contract,
            "customer_id kind name starts_on ends_on amount_cents",
            (
                (n, "insurance", "商业险", today - timedelta(days=300), today + timedelta(days=dice.randrange(-100, 265)), 1)
                for n in range(1, customers + 1, 2)
            ),
        )
        insert(
            Interaction,
            "customer_id at on direction way two_way asked outcome summary",
            (
                (n, now - timedelta(days=n % 400), today - timedelta(days=n % 400), "out", "phone", True, False, "reached", "聊了几句")
                for n in range(1, customers + 1)
            ),
        )


PAGES = (
    ("list", "/customers/"),
    ("list, page 20", "/customers/?page=20"),
    ("list by name", "/customers/?sort=name"),
    ("list by last visit", "/customers/?sort=-last"),
    ("list by next contact", "/customers/?sort=next"),
    ("A in decline", "/customers/?grade=A&stage=D"),
    ("overdue", "/customers/?outcome=overdue"),
    ("contracts in 60 days", "/customers/?expires=insurance:60"),
    ("nobody's", "/customers/?owner=none"),
    ("one store, 90–180 days", "/customers/?unit=5&last=90-180"),
    ("signal", "/customers/?signal=not_back"),
    ("from C to D", "/customers/?then=C&stage=D"),
    ("search 王", "/customers/?q=王"),
    ("search 张伟", "/customers/?q=张伟"),
    ("search zw", "/customers/?q=zw"),
    ("search 5678", "/customers/?q=5678"),
    ("palette zs", "/palette/?q=zs"),
    ("palette 5678", "/palette/?q=5678"),
)


class Timing(NamedTuple):
    """One page for one person: milliseconds by the clock (median, 95th percentile) and of this process's own work, and queries."""

    who: str
    page: str
    median: float
    p95: float
    cpu_p95: float
    queries: int

    def __str__(self) -> str:
        return f"{self.who:11} {self.page:24} {self.median:7.1f} {self.p95:7.1f} {self.cpu_p95:7.1f} {self.queries:7}"


def p95(values: Sequence[float]) -> float:
    return sorted(values)[min(int(len(values) * 0.95), len(values) - 1)]


def as_served() -> None:
    """The heap as the web process has it (site/wsgi.py): what was loaded or made before the first page is left out of collections."""
    gc.collect()
    gc.freeze()


def measure(times: int) -> list[Timing]:
    from django.conf import settings
    from django.db import connection
    from django.test import Client
    from django.test.utils import CaptureQueriesContext

    from liuke.customers.models import Customer
    from liuke.team.models import User

    found = []
    for username in ("manager", "supervisor", "rep7"):
        user = User.objects.get(username=username)
        client = Client()
        client.force_login(user, backend=settings.AUTHENTICATION_BACKENDS[0])
        ids = list(Customer.objects.visible_to(user).order_by("?").values_list("pk", flat=True)[: times + 1])
        pages = [*PAGES, ("card", "/customers/{id}/"), ("preview", "/customers/{id}/preview/"), ("counts of views", "/customers/counts/")]
        for name, address in pages:
            fragment = "true" if name.startswith(("palette", "preview", "counts")) else ""
            fragment = "true" if name.startswith(("palette", "preview", "counts")) else ""
            with CaptureQueriesContext(connection) as queries:
                answer = client.get(address.format(id=ids[-1]), HTTP_HX_REQUEST=fragment)
                asked = len(queries)
            assert answer.status_code == 200, (name, answer.status_code)
            spent, worked = [], []
            for n in range(times):
                start, cpu = time.perf_counter(), time.process_time()
                client.get(address.format(id=ids[n]), HTTP_HX_REQUEST=fragment)
                spent.append((time.perf_counter() - start) * 1000)
                worked.append((time.process_time() - cpu) * 1000)
            found.append(Timing(username, name, statistics.median(spent), p95(spent), p95(worked), asked))
            print(found[-1], flush=True)
    return found


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--times", type=int, default=20)
    parser.add_argument("--keep", help="a folder for the data, used again when it is there")
    wanted = parser.parse_args()
    with tempfile.TemporaryDirectory() as folder:
        data = Path(wanted.keep or folder)
        data.mkdir(parents=True, exist_ok=True)
        os.environ |= {"LIUKE_DATA": str(data), "LIUKE_DATABASE_URL": "", "DJANGO_SETTINGS_MODULE": "liuke.site.settings"}
        fresh = not (data / "liuke.sqlite3").exists()
        import django

        django.setup()
        from django.core.management import call_command

        from liuke.vault import keys

        if fresh:
            call_command("migrate", verbosity=0)
            keys.make()
            start = time.perf_counter()
            fill(wanted.customers)
            print(f"{wanted.customers:,} customers made in {time.perf_counter() - start:.0f} s")
        print(f"{'who':11} {'page':24} {'median':>7} {'p95':>7} {'cpu p95':>7} {'queries':>7}")
        as_served()
        rows = measure(wanted.times)
        for name, column in (("by the clock", 3), ("of own work", 4)):
            worst = max(rows, key=lambda row: row[column])
            print(f"worst 95th percentile {name}: {worst[column]:.0f} ms ({worst.who}, {worst.page})")


if __name__ == "__main__":
    main()
