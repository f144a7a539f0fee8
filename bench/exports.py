"""A list of 100,000 customers as a file: what the product does, against a plain script that writes the same cells.

    python bench/exports.py [--customers 100000] [--rounds 3]

The product: `exchange.exports.making.make` of an approved export, masked: sealed numbers opened, sight asked for each batch, the file
written beside and renamed, the log written. Plain: one SQL join of the same columns (the masked number, WeChat and address stand ready in a
table of their own, so that it opens no seal), csv.writer or XlsxWriter with constant_memory, no check, no log. Each side runs in a process
of its own, in turn; the cells of both are compared before anything is timed. Printed: seconds of the process's own work (median), ratio,
rows a second, peak memory.
"""

from __future__ import annotations

import argparse
import csv
import json
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
FORMATS = ("csv", "xlsx")
COLUMNS = ("number name kind phone wechat address grade tier stage last_days amount risk owner unit next_contact opened_on source").split()
SQL = """
SELECT c.number, c.name, CASE c.kind WHEN 'person' THEN '个人' ELSE '企业' END, m.phone, m.wechat, m.address, s.abc, c.tier, s.stage,
       s.last_deal, s.amount_12m_cents, CASE s.stage WHEN 'E' THEN NULL ELSE s.value_at_risk_cents END, o.name, u.name,
       c.next_contact_on, c.opened_on, c.source
FROM customers_customer c JOIN bench_masked m ON m.id = c.id JOIN standing_standing s ON s.customer_id = c.id
JOIN team_unit u ON u.id = c.unit_id LEFT JOIN team_user o ON o.id = c.owner_id ORDER BY c.pinyin, c.id
"""


def start(folder: str) -> None:
    os.environ |= {"LIUKE_DATA": folder, "DJANGO_SETTINGS_MODULE": "liuke.site.settings"}
    sys.path.insert(0, str(ROOT))
    import django

    django.setup()


def fill(customers: int) -> None:
    """Customers with a number, WeChat and address each, their standing, and beside them the masked values for the plain side."""
    from django.core.management import call_command
    from django.db import connection
    from django.utils import timezone

    from liuke.customers.models import Customer, Phone
    from liuke.kernel import pinyin
    from liuke.kernel.masks import mask_address, mask_wechat
    from liuke.kernel.phone import mask_phone
    from liuke.standing.models import Book, Run, Standing
    from liuke.team.models import Unit, User
    from liuke.vault import keys

    keys.make()
    call_command("migrate", verbosity=0)
    dice, today = random.Random(7), timezone.localdate()
    group = Unit.objects.create(name="启程汽车服务集团", kind="group")
    stores = [Unit.objects.create(name=f"门店{n}", kind="store", parent=group) for n in range(9)]
    reps = [User.objects.create(username=f"rep{n}", name=f"业务员{n}", role="rep", unit=stores[n % 9]) for n in range(54)]
    User.objects.create(username="manager", name="赵国平", role="manager", unit=group)
    User.objects.create(username="custodian", name="方敏", role="custodian", unit=group)
    names = [s + a + b for s in "王李张刘陈杨赵黄周吴" for a in "伟芳娜秀英敏静丽强磊" for b in "军洋勇艳杰娟涛明超兰"]
    keyed = {name: pinyin.sort_key(name) for name in names}
    cards, numbers, plain = [], [], []
    for pk in range(1, customers + 1):
        name, rep = dice.choice(names), reps[pk % 54]
        phone, wechat = f"+861{dice.randrange(30, 99)}{dice.randrange(10**8):08d}", f"wx{pk}"
        address = f"浙江省杭州市滨江区江南大道 {pk} 号"
        soon = today + timedelta(days=dice.randrange(30)) if dice.random() < 0.5 else None
        cards.append(
            Customer(
                pk=pk, number=f"C{pk:07d}", name=name, phone=phone, wechat=wechat, address=address, tier=dice.choice(["", "gold"]),
                unit=rep.unit, owner=rep, opened_on=today - timedelta(days=dice.randrange(60, 1500)), next_contact_on=soon,
                pinyin=keyed[name], source="朋友介绍",
            )
        )  # fmt: skip
        numbers.append(Phone(customer_id=pk, number=phone, digest=str(pk)))
        plain.append((pk, mask_phone(phone), mask_wechat(wechat), mask_address(address)))
    Customer.objects.bulk_create(cards, batch_size=500)
    Phone.objects.bulk_create(numbers, batch_size=2000)
    book = Book.objects.create(began_on=today)
    Run.objects.create(
        as_of=today, book=book, pack="auto_dealer", started_at=timezone.now(), finished_at=timezone.now(), customers=customers
    )
    rows = []
    for pk in range(1, customers + 1):
        stage = dice.choice("ABCDE")
        rows.append(
            Standing(
                book=book, customer_id=pk, since=today, last_deal=today - timedelta(days=dice.randrange(700)), deal_days=3,
                amount_12m_cents=dice.randrange(10**6), value_at_risk_cents=dice.randrange(10**6), cycle_days=74.0, abc=dice.choice("ABC"),
                stage=stage, stage_by_rule=stage, stage_since=today, rule_since=today,
            )
        )  # fmt: skip
    Standing.objects.bulk_create(rows, batch_size=500)
    with connection.cursor() as cursor:
        cursor.execute("CREATE TABLE bench_masked (id integer primary key, phone text, wechat text, address text)")
        cursor.executemany("INSERT INTO bench_masked VALUES (%s, %s, %s, %s)", plain)


def ours(format: str, target: str) -> None:
    """The product's file, copied to `target`."""
    from liuke.custody import export_files, exporting
    from liuke.exchange.exports import making
    from liuke.exchange.exports.registry import find
    from liuke.team.models import User

    manager, custodian = User.objects.get(username="manager"), User.objects.get(username="custodian")
    listing = find(manager, "customers")
    assert listing is not None
    rows = listing.count(manager, "sort=name")
    wanted = exporting.Wanted("customers", "sort=name", (), tuple(COLUMNS), format, "utf-8", False, "测速", rows)
    export = exporting.ask(manager, wanted)
    exporting.approve(custodian, export.pk, rows)
    begin = time.process_time()
    assert making.make(export.pk)
    tell(time.process_time() - begin)
    export_files.path_of(export.stored).rename(target)


def plain(format: str, target: str) -> None:
    """The same cells by a plain script."""
    from django.db import connection
    from django.utils import timezone

    from liuke.exchange.exports.writing import yuan
    from liuke.standing.labels import Stage

    words, today = {stage.value: str(stage.label) for stage in Stage}, timezone.localdate()

    def cells() -> Iterator[list[Any]]:
        with connection.cursor() as cursor:
            cursor.execute(SQL)
            while found := cursor.fetchmany(2000):
                for row in found:
                    line = list(row)
                    line[8] = words[line[8]]
                    line[9] = (today - line[9]).days if not isinstance(line[9], str) else (today - today.fromisoformat(line[9])).days
                    line[14], line[15] = line[14] and str(line[14]), str(line[15])
                    yield line

    begin = time.process_time()
    if format == "csv":
        with open(target, "w", encoding="utf-8-sig", newline="") as file:
            out = csv.writer(file)
            out.writerow(COLUMNS)
            for line in cells():
                line[10], line[11] = yuan(line[10]), "" if line[11] is None else yuan(line[11])
                out.writerow(line)
    else:
        import xlsxwriter

        book = xlsxwriter.Workbook(target, {"constant_memory": True})
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, COLUMNS)
        for at, line in enumerate(cells(), 1):
            line[10], line[11] = line[10] / 100, None if line[11] is None else line[11] / 100
            sheet.write_row(at, 0, line)
        book.close()
    tell(time.process_time() - begin)


def tell(seconds: float) -> None:
    peak = next(line for line in Path("/proc/self/status").read_text().splitlines() if line.startswith("VmHWM"))  # of this program alone
    print(json.dumps({"seconds": seconds, "mb": int(peak.split()[1]) / 1024}))


def read(path: Path, format: str) -> list[list[str]]:
    """The cells of a file as text, heading and last line left out."""
    if format == "csv":
        with path.open(encoding="utf-8-sig", newline="") as file:
            return [row for row in csv.reader(file) if len(row) == len(COLUMNS)][1:]
    from python_calamine import CalamineWorkbook

    rows = CalamineWorkbook.from_path(str(path)).get_sheet_by_index(0).to_python()
    return [[str(cell)[:19] for cell in row] for row in rows[1:]]


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--customers", type=int, default=100_000)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--side", nargs=4, metavar=("SIDE", "FORMAT", "FOLDER", "TARGET"), help=argparse.SUPPRESS)
    options = parser.parse_args()
    if options.side:
        side, format, folder, target = options.side
        start(folder)
        {"ours": ours, "plain": plain}[side](format, target)
        return
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as folder:
        start(folder)
        fill(options.customers)
        for format in FORMATS:
            found: dict[str, list[dict[str, float]]] = {"ours": [], "plain": []}
            for turn in range(options.rounds):
                files = {side: Path(folder) / f"{side}.{format}" for side in found}
                for side, path in files.items():
                    path.unlink(missing_ok=True)
                    command = [sys.executable, __file__, "--side", side, format, folder, str(path)]
                    answer = subprocess.run(command, check=True, capture_output=True, text=True)
                    found[side].append(json.loads(answer.stdout.splitlines()[-1]))
                if turn == 0:
                    cells = {side: read(path, format) for side, path in files.items()}
                    assert len(cells["ours"]) == options.customers
                    assert cells["ours"] == cells["plain"], next(pair for pair in zip(*cells.values(), strict=True) if pair[0] != pair[1])
                    del cells
            seconds = {side: round(statistics.median(one["seconds"] for one in runs), 2) for side, runs in found.items()}
            mb = {f"{side}_mb": round(max(one["mb"] for one in runs)) for side, runs in found.items()}
            ratio = round(seconds["ours"] / seconds["plain"], 2)
            rate = round(options.customers / seconds["ours"])
            print(json.dumps({"format": format, "rows": options.customers, **seconds, "ratio": ratio, "rows_a_second": rate, **mb}))


if __name__ == "__main__":
    main()
