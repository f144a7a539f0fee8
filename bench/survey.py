"""Five hundred people answer one survey at once, against the product as it is served (web, worker and scheduler on this machine).

    python -m bench.survey [--people 500] [--seconds 30] [--burst] [--cold] [--json]

Each opens his own link, reads for a few seconds and sends his answer; all of them within `--seconds`. Every tenth sends it twice at once.
`--burst`: all answers are sent in one second, after everybody has the page: more than two cores can work off in that second, so it shows
that none is lost and how long the queue gets. `--cold`: nobody opens a page before the first of them does.
With LIUKE_DATABASE_URL on that database (which must be empty), else on a new SQLite file. Times are those of the server's answer as the
client sees them, in milliseconds; `load` is the machine's over a minute, before and after: others' work on it slows ours.
Goal: none lost, none twice, 95th percentile of answers under 300 ms. Exit code 1 when it is missed.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import random
import re
import signal
import socket
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from urllib.parse import urlencode

ROOT = Path(__file__).resolve().parent.parent
GOAL = 300.0
TOKEN = re.compile(r'name="csrfmiddlewaretoken" value="([^"]+)"')


def prepare(people: int) -> list[str]:
    """A company with a wave for everybody; the links."""
    import django

    django.setup()
    from django.core.management import call_command

    call_command("migrate", verbosity=0, interactive=False)
    from liuke.customers.models import Customer
    from liuke.deals.models import Deal
    from liuke.kernel import clock
    from liuke.satisfaction import building, links, waves
    from liuke.satisfaction.models import Invitation
    from liuke.team.labels import Role, UnitKind
    from liuke.team.models import Company, Unit, User
    from liuke.vault.actions import check

    check()
    Company.objects.create(name="测速公司")
    group = Unit.objects.create(name="测速公司", kind=UnitKind.GROUP)
    store = Unit.objects.create(name="测速店", kind=UnitKind.STORE, parent=group)
    manager = User.objects.create(username="manager", name="经理", role=Role.MANAGER, unit=group)
    cards = [Customer(number=f"S{n:05d}", name=f"客户{n:05d}", unit=store, owner=manager, opened_on=clock.today()) for n in range(people)]
    for card in cards:
        card.index()
    Customer.objects.bulk_create(cards, batch_size=500)
    Deal.objects.bulk_create(Deal(customer=card, on=clock.today(), amount_cents=1, unit=store) for card in cards)
    survey = building.create(manager, "测速", group.pk, form="three_levels")
    wave = waves.launch(manager, waves.Wish(survey.pk, "测速", group.pk, "random", clock.today(), None, count=people))
    return [links.token_of(row) for row in Invitation.objects.filter(wave=wave).order_by("pk")]


def kept() -> list[dict[str, object]]:
    from liuke.satisfaction.models import Answer

    return list(Answer.objects.order_by("pk").values("invitation", "values"))


class Person:
    """One browser: its link, its cookie, and how long the server took each time."""

    def __init__(self, port: int, token: str, number: int) -> None:
        self.port, self.path, self.number = port, f"/s/{token}/", number
        self.cookie = self.field = ""
        self.opened = 0.0
        self.answered: list[tuple[float, int]] = []

    async def open(self) -> None:
        begun = time.perf_counter()
        status, head, body = await self._ask("GET", b"")
        self.opened = (time.perf_counter() - begun) * 1000
        if status != 200:
            raise RuntimeError(f"{status} for the page")
        cookie = re.search(r"csrftoken=([^;]+)", head, re.IGNORECASE) or re.search(r"__Host-csrf=([^;]+)", head)
        field = TOKEN.search(body)
        self.cookie, self.field = cookie[1] if cookie else "", field[1] if field else ""

    async def answer(self) -> None:
        told = {"overall": self.number % 5 + 1, "quality": 4, "price": 3, "words": f"第{self.number}位", "done": "words"}
        body = urlencode({**told, "csrfmiddlewaretoken": self.field}).encode()
        begun = time.perf_counter()
        status, _head, _body = await self._ask("POST", body)
        self.answered.append(((time.perf_counter() - begun) * 1000, status))

    async def _ask(self, method: str, body: bytes) -> tuple[int, str, str]:
        reader, writer = await asyncio.open_connection("127.0.0.1", self.port)
        lines = [
            f"{method} {self.path} HTTP/1.1", "Host: 127.0.0.1", "Connection: close", "Accept-Language: zh-CN",
            f"Cookie: csrftoken={self.cookie}", "Content-Type: application/x-www-form-urlencoded", f"Content-Length: {len(body)}",
        ]  # fmt: skip
        writer.write("\r\n".join(lines).encode() + b"\r\n\r\n" + body)
        await writer.drain()
        raw = await reader.read()
        writer.close()
        head, _, rest = raw.partition(b"\r\n\r\n")
        return int(head.split(b" ", 2)[1]), head.decode("latin-1"), rest.decode("utf-8", "replace")


async def run(port: int, tokens: list[str], seconds: float, burst: bool, cold: bool) -> list[Person]:
    people = [Person(port, token, number) for number, token in enumerate(tokens)]
    for _ in range(0 if cold else 30):  # a product that has been running: every process has served a page before
        await asyncio.gather(*[person.open() for person in people[:8]])
    dice = random.Random(20261122)

    async def one(person: Person, comes: float, reads: float) -> None:
        await asyncio.sleep(comes)
        await person.open()
        await asyncio.sleep(reads)
        await asyncio.gather(*[person.answer() for _ in range(2 if person.number % 10 == 0 else 1)])

    if burst:
        for start in range(0, len(people), 20):
            await asyncio.gather(*[person.open() for person in people[start : start + 20]])
        await asyncio.gather(*[_later(person, dice.random()) for person in people])
    else:
        reading = [dice.uniform(1, min(8, seconds / 3)) for _ in people]
        await asyncio.gather(*[one(person, dice.uniform(0, seconds - reads), reads) for person, reads in zip(people, reading, strict=True)])
    return people


async def _later(person: Person, wait: float) -> None:
    await asyncio.sleep(wait)
    await asyncio.gather(*[person.answer() for _ in range(2 if person.number % 10 == 0 else 1)])


def quantile(numbers: list[float], share: float) -> float:
    ordered = sorted(numbers)
    return round(ordered[min(int(len(ordered) * share), len(ordered) - 1)], 1) if ordered else 0.0


def serve(port: int, environment: dict[str, str]) -> subprocess.Popen[bytes]:
    child = subprocess.Popen(
        [sys.executable, "-m", "liuke.cli.main", "serve", "--port", str(port)], env=environment, cwd=ROOT, stdout=subprocess.DEVNULL
    )
    for _ in range(240):
        time.sleep(0.5)
        try:
            with socket.create_connection(("127.0.0.1", port), 1):
                time.sleep(2)
                return child
        except OSError:
            continue
    raise SystemExit("the server did not come up")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--people", type=int, default=500)
    parser.add_argument("--seconds", type=float, default=30)
    parser.add_argument("--burst", action="store_true")
    parser.add_argument("--cold", action="store_true")
    parser.add_argument("--json", action="store_true")
    given = parser.parse_args()
    with tempfile.TemporaryDirectory(prefix="liuke-bench-") as data:
        os.environ |= {"LIUKE_DATA": data, "DJANGO_SETTINGS_MODULE": "liuke.site.settings", "PYTHONPATH": str(ROOT)}
        os.environ.setdefault("LIUKE_DATABASE_URL", "")
        tokens = prepare(given.people)
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            port = free.getsockname()[1]
        child = serve(port, dict(os.environ))
        try:
            begun, load = time.perf_counter(), [round(os.getloadavg()[0], 1)]
            people = asyncio.run(run(port, tokens, given.seconds, given.burst, given.cold))
            lasted = time.perf_counter() - begun
            load.append(round(os.getloadavg()[0], 1))
        finally:
            child.send_signal(signal.SIGTERM)
            child.wait(30)
        rows = kept()
    posts = [one for person in people for one in person.answered]
    first = {200} | {409}
    lost = given.people - len({row["invitation"] for row in rows})
    twice = len(rows) - len({row["invitation"] for row in rows})
    strange = sorted({status for _, status in posts} - first)
    times = [took for took, _ in posts]
    summary = {
        "people": given.people, "seconds": round(lasted, 1), "burst": given.burst, "cold": given.cold, "load": load,
        "answers": len(rows), "lost": lost, "twice": twice,
        "told_already": sum(status == 409 for _, status in posts), "strange": strange,
        "page_ms": {f"p{part}": quantile([person.opened for person in people], part / 100) for part in (50, 95)},
        "answer_ms": {"p50": quantile(times, 0.5), "p95": quantile(times, 0.95), "p99": quantile(times, 0.99), "max": round(max(times), 1)},
    }  # fmt: skip
    summary["goal_kept"] = lost == 0 and twice == 0 and not strange and summary["answer_ms"]["p95"] < GOAL  # type: ignore[index]
    sys.stdout.write(json.dumps(summary) + "\n" if given.json else "\n".join(f"{key:14} {value}" for key, value in summary.items()) + "\n")
    return 0 if summary["goal_kept"] else 1


if __name__ == "__main__":
    sys.exit(main())
