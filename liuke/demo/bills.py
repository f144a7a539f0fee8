"""What was done on each visit and what it cost; packages, insurance, membership; the cars' mileage."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import date, timedelta
from random import Random

from liuke.demo.rows import AssetRow, ContractRow, DealRow, EventRow, Life, LineRow, Place, Visit
from liuke.demo.words import (
    CODES,
    JOBS,
    JOBS_ELECTRIC,
    PACKAGES,
    PART_CODES,
    PART_WEIGHTS,
    PARTS,
    SEASON_JOBS,
    SMALL_JOBS,
)
from liuke.kernel.clock import months_before

TYRES = {"更换轮胎两条": 2, "更换轮胎四条": 4}
TIER_NAMES = {"silver": "银卡", "gold": "金卡", "platinum": "白金"}
TIERS = ((22_000_00, "platinum"), (9_000_00, "gold"), (3_000_00, "silver"))
BUYS_PACKAGE, BUYS_AGAIN = 0.045, 0.75
WARRANTY = 0.05
REFUND = 0.012
TEN_YUAN = 1000


def fill(life: Life, today: date) -> None:
    """Deals with lines, refunds, contracts, tier and mileage of one life, from its visits. Lives written by hand bring their own jobs."""
    desk = _Desk(life, today)
    for number, visit in enumerate(life.visits):
        desk.serve(visit, number)
    if not life.fixed:
        desk.tiers()
        _mileage(life, today)


class _Desk:
    """Goes through one customer's visits in order and remembers what he holds."""

    def __init__(self, life: Life, today: date) -> None:
        self.life, self.today, self.random = life, today, life.random
        self.package: ContractRow | None = None
        self.cheaper = life.gone and life.temper.price > 0.7 and self.random.random() < 0.5

    def serve(self, visit: Visit, number: int) -> None:
        life, random = self.life, self.random
        asset = random.randrange(len(life.assets)) if len(life.assets) > 1 else 0 if life.assets else None
        by = _rep(life, random)
        if visit.jobs is not None:
            self._write(visit.on, visit.jobs, asset, by)
            return
        car = life.assets[asset] if asset is not None else AssetRow("", "", 2020, 0, None)
        if self.package and self.package.times_left and self.package.ends_on >= visit.on:
            self._from_package(visit, asset, by, car)
            return
        if random.random() < WARRANTY:
            life.deals.append(DealRow(visit.on, "service", 0, "保修检查", asset, by, (LineRow("LAB-00", "保修检查", 1, 0),)))
            return
        chance = BUYS_AGAIN if self.package else BUYS_PACKAGE if number >= 1 and not car.electric else 0.0
        if random.random() < chance:
            self._sell_package(visit.on, asset, by, car)
            return
        late = 0.5 if self.cheaper and number >= len(life.visits) - 2 else 1.0
        jobs = _jobs(random, visit.on, number, car, life.temper.price, late)
        if life.kind != "person":  # a fleet sends several at a time
            for _ in range(random.choice((0, 1, 1, 2))):
                jobs += _jobs(random, visit.on, number, car, life.temper.price, late)[:1]
        self._write(visit.on, jobs, asset, by)

    def _write(self, on: date, jobs: Sequence[tuple[str, int]], asset: int | None, by: int) -> None:
        lines = tuple(line for name, cents in jobs for line in _lines(self.random, name, cents))
        cents = sum(line.quantity * line.unit_cents for line in lines)
        content = "、".join(name for name, _ in jobs)
        self.life.deals.append(DealRow(on, "sale", cents, content, asset, by, lines))
        if self.life.fixed or self.random.random() >= REFUND:
            return
        back = on + timedelta(days=self.random.randint(1, 9))
        if back <= self.today:
            name, whole = jobs[-1]
            part = whole if self.random.random() < 0.3 else max(whole // 2 // TEN_YUAN * TEN_YUAN, TEN_YUAN)
            code = PART_CODES.get(name, "REF-00")
            self.life.deals.append(DealRow(back, "refund", -part, f"退款：{name}", asset, by, (LineRow(code, name, -1, part),)))

    def _from_package(self, visit: Visit, asset: int | None, by: int, car: AssetRow) -> None:
        package = self.package
        assert package is not None and package.times_left is not None and package.times_total is not None
        package.times_left -= 1
        words = f"小保养（{package.name}第 {package.times_total - package.times_left} 次）"
        self.life.deals.append(DealRow(visit.on, "service", 0, words, asset, by, (LineRow("PKG-01", "套餐内小保养", 1, 0),)))
        if self.random.random() < 0.42:
            self._write(visit.on, _jobs(self.random, visit.on, 3, car, self.life.temper.price, 1.0), asset, by)

    def _sell_package(self, on: date, asset: int | None, by: int, car: AssetRow) -> None:
        name, times, years, yuan, _ = self.random.choices(PACKAGES, [row[-1] for row in PACKAGES])[0]
        cents = round(yuan * car.level / 10) * TEN_YUAN
        ends = months_before(on, -12 * years) - timedelta(days=1)
        # The first of the times is used on the day itself.
        self.package = ContractRow("service_package", f"{name}（{times} 次）", on, ends, cents, asset, times, times - 1)
        self.life.contracts.append(self.package)
        line = LineRow("PKG-00", name, 1, cents)
        self.life.deals.append(DealRow(on, "sale", cents, f"{name}（{times} 次）", asset, by, (line,)))
        self.life.events.append(EventRow("package_bought", on, None, name, by))

    def tiers(self) -> None:
        """Membership begins with a tier, follows what was spent, and is renewed by whoever still comes."""
        spent, tier, life = 0, "", self.life
        reached: list[tuple[date, str]] = []
        for deal in sorted(life.deals, key=lambda deal: deal.on):
            spent += deal.cents
            now = next((name for least, name in TIERS if spent >= least * (2.2 if life.kind != "person" else 1)), "")
            if now and now != tier and _rank(now) > _rank(tier):
                tier = now
                reached.append((deal.on, tier))
        if not reached or life.random.random() < 0.12:
            return
        life.card["tier"] = tier
        for on, name in reached[1:]:
            life.events.append(EventRow("tier_raised", on, None, f"升为{TIER_NAMES[name]}", _rep(life, life.random)))
        begins = reached[0][0]
        while True:
            ends = months_before(begins, -12) - timedelta(days=1)
            name = [name for on, name in reached if on <= begins][-1]
            life.contracts.append(ContractRow("membership", f"{TIER_NAMES[name]}会员", begins, ends, 0))
            if ends >= self.today or life.random.random() > (0.985 if _comes(life, ends) else 0.45):
                return
            begins = ends + timedelta(days=1)


def insure(life: Life, today: date) -> None:
    """Insurance bought through us, renewed year after year, or lapsed; some of those who end soon are renewed already."""
    random = life.random
    if not life.assets or not life.visits or random.random() > 0.76:
        return
    both = random.random() < 0.35
    asset = random.randrange(len(life.assets))
    begins = life.visits[0].on + timedelta(days=random.randint(0, 364))
    while begins <= today:
        if not _comes(life, begins):
            return
        price = round(random.uniform(2600, 5200) * life.assets[asset].level) * 100
        ends = months_before(begins, -12) - timedelta(days=1)
        life.contracts.append(ContractRow("insurance", "商业险", begins, ends, price, asset))
        if both:
            life.contracts.append(ContractRow("compulsory", "交强险", begins, ends, 950_00, asset))
        left = (ends - today).days
        if left >= 0:
            if left < 60 and random.random() < 0.4 * (60 - left) / 60:
                life.contracts.append(ContractRow("insurance", "商业险", ends + timedelta(days=1), months_before(ends, -12), price, asset))
            return
        renews = 0.945 if _comes(life, ends) else 0.3
        if random.random() > (renews if left < -30 else min(renews, 0.72)):
            return
        begins = ends + timedelta(days=1)


def number(lives: Sequence[Life], places: Sequence[Place]) -> None:
    """Work order numbers, counted per store and day: BJ26-0422-17."""
    counted: Counter[tuple[int, date]] = Counter()
    for life in lives:
        life.deals.sort(key=lambda deal: deal.on)
        for deal in life.deals:
            counted[life.store, deal.on] += 1
            deal.number = f"{CODES[life.store]}{deal.on:%y-%m%d}-{counted[life.store, deal.on]:02d}"


def _rank(tier: str) -> int:
    return ("", "silver", "gold", "platinum").index(tier)


def _comes(life: Life, on: date) -> bool:
    """Whether he was still ours on that day."""
    return life.left is None or life.left > on


def _rep(life: Life, random: Random) -> int:
    """Who wrote the work order: mostly the owner."""
    if life.rep is not None and random.random() < 0.8:
        return life.rep
    return random.randrange(4)


def _jobs(random: Random, on: date, number: int, car: AssetRow, price: float, late: float) -> list[tuple[str, int]]:
    menu = JOBS_ELECTRIC if car.electric else JOBS
    weights: list[float] = [float(row[3]) for row in menu]
    for place, (name, *_) in enumerate(menu):
        if SEASON_JOBS.get(on.month) == name:
            weights[place] *= 2.6
        elif name == "大保养" and number % 3 != 2:
            weights[place] *= 0.45
        elif name == "年检代办" and on.year - car.year < 3:
            weights[place] = 0.5
    name, low, high, _ = random.choices(menu, weights)[0]
    factor = car.level * (1.0 - 0.22 * price) * late
    found = [(name, _price(random, low, high, factor))]
    if random.random() < 0.24:
        extra = random.choice([row for row in menu if row[0] in SMALL_JOBS and row[0] != name])
        found.append((extra[0], _price(random, extra[1], extra[2], factor)))
    return found


def _price(random: Random, low: int, high: int, factor: float) -> int:
    return max(round(random.triangular(low, high, low + (high - low) * 0.35) * factor / 10), 3) * TEN_YUAN


def _lines(random: Random, name: str, cents: int) -> list[LineRow]:
    """The lines of a job; they sum up to its price exactly."""
    parts = PARTS.get(name, (name,))
    count = TYRES.get(name, 1)
    if count > 1:
        each = cents * 88 // 100 // count // TEN_YUAN * TEN_YUAN
        rest = cents - each * count
        tail = [(part, rest // (len(parts) - 1)) for part in parts[1:]]
        tail[-1] = (tail[-1][0], rest - sum(money for _, money in tail[:-1]))
        return [
            LineRow(PART_CODES["轮胎"], "轮胎", count, each),
            *(LineRow(PART_CODES.get(part, ""), part, 1, money) for part, money in tail),
        ]
    weights = [PART_WEIGHTS.get(part, 1.0) * random.uniform(0.85, 1.15) for part in parts]
    shares = [round(cents * weight / sum(weights)) // 100 * 100 for weight in weights]
    shares[0] += cents - sum(shares)
    return [LineRow(PART_CODES.get(part, "SVC-00"), part, 1, share) for part, share in zip(parts, shares, strict=True)]


def _mileage(life: Life, today: date) -> None:
    for car in life.assets:
        seen = min(life.last or today, today)
        years = max((seen - date(car.year, 7, 1)).days / 365, 0.2)
        yearly = life.random.lognormvariate(9.5, 0.4) * (1.8 if life.kind != "person" else 1.0)
        car.mileage = round(years * yearly / 10) * 10
