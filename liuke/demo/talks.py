"""Calls and messages: the thank-you after a visit, the reminder before the next, renewals, greetings; and those that customers made."""

from __future__ import annotations

from datetime import date, time, timedelta

from liuke.demo.rows import Life, TalkRow
from liuke.demo.words import OUTINGS, TALKS
from liuke.kernel.birthday import Birthday

AGENT = -1
SEVERAL = 6


def fill(life: Life, today: date) -> None:
    """Contacts of one life up to yesterday: what is done today is still to be done. Lives written by hand bring their own."""
    if life.fixed:
        return
    desk = _Desk(life, today)
    if not life.visits:
        desk.prospect()
    for number in range(len(life.visits)):
        desk.around(number)
    desk.absent()
    desk.insurance()
    desk.greetings()
    desk.lately()
    life.talks.sort(key=lambda talk: (talk.on, talk.at))


class _Desk:
    def __init__(self, life: Life, today: date) -> None:
        self.life, self.today, self.random = life, today, life.random
        self.by = life.rep if life.rep is not None else 0
        self.keen = 0.35 + 0.6 * life.temper.tidy
        self.car = life.assets[0].name if life.assets else "车"
        self.way = life.card.get("channel") or ("wechat" if life.card.get("wechat") and self.random.random() < 0.45 else "phone")

    def write(self, on: date, text: str, outcome: str = "reached", by: int | None = None, way: str = "", **more: bool) -> None:
        """A contact on a day before today; none on a later one."""
        if not self.life.opened <= on < self.today:
            return
        hour = self.random.choices(range(9, 21), (3, 7, 7, 2, 2, 4, 5, 5, 4, 3, 2, 1))[0]
        who = self.by if by is None else by
        answered = outcome != "not_reached"
        kind = way or (self.way if self.random.random() < 0.7 else "phone")
        self.life.talks.append(TalkRow(on, time(hour, self.random.randint(0, 59)), kind, outcome, text, who, answered=answered, **more))

    def reach(self, on: date, text: str, share: float = 0.7, by: int | None = None, way: str = "") -> bool:
        """Try to reach him; what came of it. True when he answered."""
        luck = self.random.random()
        if luck < share:
            self.write(on, text, "reached", by, way)
            return True
        rest = (luck - share) / (1 - share)
        outcome = "not_reached" if rest < 0.72 else "later" if rest < 0.9 else "refused"
        words = {"not_reached": "missed", "later": "later", "refused": "refused"}[outcome]
        self.write(on, self.random.choice(TALKS[words]), outcome, by, way)
        return False

    def say(self, kind: str, answer: str = "", job: str = "保养") -> str:
        """A sentence of a kind, with an answer of another."""
        said = self.random.choice(TALKS[answer]) if answer else ""
        text = self.random.choice(TALKS[kind])
        return text.format(answer=said, job=job, car=self.car, feel=said, n=self.random.randint(2, 6))

    # ── occasions ──

    def around(self, number: int) -> None:
        """After a visit, and before the next one."""
        life, random = self.life, self.random
        visit = life.visits[number]
        following = life.visits[number + 1].on if number + 1 < len(life.visits) else life.due.on if life.due else None
        if random.random() < 0.42 * self.keen:
            feel = "feel_good" if visit.mood >= 3.4 else "feel_bad"
            job = next((deal.content.split("、")[0] for deal in life.deals if deal.on == visit.on and deal.kind == "sale"), "保养")
            self.reach(visit.on + timedelta(days=random.randint(2, 6)), self.say("after", feel, job), 0.78, AGENT, "phone")
        if following is not None and (following - visit.on).days > 25 and random.random() < 0.5 * self.keen:
            soon = following - timedelta(days=random.randint(3, 20))
            if not self.reach(soon, self.say("due", "due_yes" if random.random() < 0.6 else "due_maybe"), 0.66) and random.random() < 0.4:
                self.reach(soon + timedelta(days=2), self.say("due", "due_yes"), 0.6)
        if random.random() < 0.12:
            on = visit.on - timedelta(days=random.randint(1, 8))
            way = "wechat" if life.card.get("wechat") and random.random() < 0.5 else "phone"
            self.write(on, random.choice(TALKS["asked"]), "", None, way, outgoing=False, asked=True)

    def absent(self) -> None:
        """Those who stay away are called a few times, then hardly any more."""
        life, random = self.life, self.random
        if life.last is None or life.left is None or life.fate in ("died", "closed"):
            return
        on = life.last + timedelta(days=round(life.temper.cycle * random.uniform(1.1, 1.6)))
        for attempt in range(SEVERAL):
            if on >= self.today or random.random() > 0.75 * self.keen / (1 + 0.35 * attempt):
                return
            self.reach(on, self.say("absent", "absent_answer"), 0.42)
            on += timedelta(days=round(random.uniform(25, 110) * (1 + 0.4 * attempt)))

    def insurance(self) -> None:
        for contract in self.life.contracts:
            if contract.kind == "insurance" and self.random.random() < 0.55 * self.keen:
                before = contract.ends_on - timedelta(days=self.random.randint(8, 45))
                self.reach(before, self.say("insurance", "insurance_answer"), 0.7)

    def greetings(self) -> None:
        """Birthdays, kept by those who keep their cards well, and a word after the company's events."""
        life, card = self.life, self.life.card
        if self.random.random() > 0.5 * self.keen:
            return
        born = Birthday(None, card.get("birth_month"), card.get("birth_day"), bool(card.get("birth_lunar")))
        for year in range(self.today.year - 2, self.today.year + 1):
            on = born.in_year(year)
            if on is not None and on > life.opened and not (life.gone and self.random.random() < 0.6):
                silent = self.random.random() < 0.35
                text = "生日祝福，没回。" if silent else self.random.choice(TALKS["birthday"])
                self.write(on, text, "not_reached" if silent else "reached", None, "wechat")
        for event in life.events:
            if event.kind == "event_attended":
                name = next((name for _, _, name in OUTINGS if name == event.note), "活动")
                self.write(event.on, f"来了{name}，聊得开心。", "reached", None, "event", asked=True)

    def prospect(self) -> None:
        on = self.life.opened + timedelta(days=self.random.randint(0, 9))
        for attempt in range(SEVERAL):
            if self.random.random() > self.keen / (1 + 0.5 * attempt):
                return
            self.reach(on, self.say("prospect", "prospect_answer"), 0.5)
            on += timedelta(days=self.random.randint(8, 60))

    def lately(self) -> None:
        """In the last weeks somebody pressed his people harder: for some the month's contacts are used up."""
        life, random = self.life, self.random
        if life.gone and life.last is not None and (self.today - life.last).days > 500:
            return
        if random.random() < 0.035 + 0.03 * self.keen:
            for _ in range(random.choice((1, 2, 2, 3))):
                self.reach(self.today - timedelta(days=random.randint(1, 29)), self.say("due", "due_maybe"), 0.5)
