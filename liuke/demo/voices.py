"""What customers said and did beside buying: scores in their own words, wishes, referrals, prices asked, complaints, goodbyes."""

from __future__ import annotations

from datetime import date, timedelta

from liuke.demo import words
from liuke.demo.rows import EventRow, Life
from liuke.kernel.clock import months_before

AGENT = -1


def fill(life: Life, today: date) -> None:
    """Events of one life up to today. Lives written by hand bring their own."""
    if life.fixed:
        return
    for step in (_scores, _wishes, _friends, _prices, _outings, _complaints, _goodbye, _staff_notes):
        step(life, today)
    life.events = sorted((event for event in life.events if event.on <= today), key=lambda event: event.on)


def _by(life: Life) -> int:
    return life.rep if life.rep is not None else 0


def _after(life: Life, on: date, least: int, most: int) -> date:
    return on + timedelta(days=life.random.randint(least, most))


def _scores(life: Life, today: date) -> None:
    random = life.random
    for visit in life.visits:
        if random.random() < 0.34:
            score = min(max(round(visit.mood + random.gauss(0, 0.3)), 1), 5)
            life.events.append(EventRow("satisfaction", _after(life, visit.on, 1, 4), score, random.choice(words.SCORED[score]), AGENT))
        if random.random() < 0.03:
            willing = min(max(round(visit.mood * 2 + random.gauss(-0.6, 1.2)), 0), 10)
            life.events.append(EventRow("recommend", _after(life, visit.on, 2, 6), willing, "", AGENT))


def _wishes(life: Life, today: date) -> None:
    random = life.random
    for visit in life.visits:
        if random.random() < 0.028:
            note = random.choice(words.NEEDS)
            life.events.append(EventRow("need_recorded", visit.on, None, note, _by(life)))
            if random.random() < 0.55:
                life.events.append(EventRow("need_met", _after(life, visit.on, 9, 90), None, f"办了：{note}", _by(life)))
    if not life.visits and random.random() < 0.05:
        life.events.append(EventRow("need_recorded", _after(life, life.opened, 0, 20), None, random.choice(words.NEEDS), _by(life)))


def _friends(life: Life, today: date) -> None:
    random = life.random
    for visit in life.visits:
        if visit.mood > 4.4 and random.random() < 0.014:
            came, note = _after(life, visit.on, 5, 60), random.choice(words.REFERRED)
            life.events.append(EventRow("referral_came", came, None, note, _by(life)))
            if random.random() < 0.45:
                life.events.append(EventRow("referral_bought", _after(life, came, 0, 30), None, note, _by(life)))


def _prices(life: Life, today: date) -> None:
    random, last = life.random, life.last
    if last is None:
        return
    if random.random() < 0.035 + 0.09 * life.temper.price:
        asked = _after(life, last, 5, 150)
        for _ in range(random.choice((1, 1, 2))):
            life.events.append(EventRow("price_asked", asked, None, random.choice(words.PRICES), _by(life)))
            asked = _after(life, asked, 4, 30)
    if random.random() < (0.1 if life.gone else 0.025):
        life.events.append(EventRow("rival_seen", _after(life, last, 20, 160), None, random.choice(words.RIVALS), _by(life)))
    if life.left is not None and random.random() < 0.09:
        elsewhere = life.left + timedelta(days=random.randint(5, 120))
        life.events.append(EventRow("bought_elsewhere", elsewhere, None, random.choice(words.ELSEWHERE), _by(life)))
    if random.random() < 0.004:
        life.events.append(EventRow("points_drained", _after(life, last, 10, 90), None, "一次兑完了洗车券", AGENT))
    if not life.gone and (today - last).days < 200 and random.random() < 0.012:
        asked = today - timedelta(days=random.randint(1, 14))
        life.events.append(EventRow("advice_asked", asked, None, random.choice(words.ADVICE), _by(life)))


def _outings(life: Life, today: date) -> None:
    """Each year's events of the company: those who still come are asked, a few go."""
    random = life.random
    year = today.year - 3
    while year <= today.year:
        for month, day, name in words.OUTINGS:
            on = date(year, month, day)
            fan = life.temper.care > 4.3 and (life.left is None or life.left > on)
            if life.opened < on <= today and fan and random.random() < 0.016:
                life.events.append(EventRow("event_attended", on, None, name, _by(life)))
        year += 1


def _complaints(life: Life, today: date) -> None:
    random = life.random
    for visit in life.visits:
        if visit.mood < 3.4 and random.random() < 0.035:
            opened = _after(life, visit.on, 0, 6)
            life.events.append(EventRow("severe_complaint_opened", opened, None, random.choice(words.COMPLAINTS), AGENT))
            closed = _after(life, opened, 2, 25)
            # One in twelve drags on, but never for more than two months.
            settled = random.random() < 0.92 or opened < today - timedelta(days=60)
            if settled and closed < today - timedelta(days=random.randint(0, 20)):
                life.events.append(EventRow("severe_complaint_closed", closed, None, "当面谈妥，客户认可。", AGENT))


def _goodbye(life: Life, today: date) -> None:
    random = life.random
    if life.left is None or life.fate == "drop":
        return
    kind, notes = {
        "told": ("told_leaving", words.LEAVING),
        "moved": ("moved_away", words.MOVED),
        "closed": ("closed_down", ("公司注销了。", "厂搬走了，车队散了。")),
        "died": ("died", ("家人来电告知。",)),
    }[life.fate]
    life.events.append(EventRow(kind, life.left, None, random.choice(notes), _by(life)))


def _staff_notes(life: Life, today: date) -> None:
    """Words of staff that stand for what the deals alone would not show."""
    random = life.random
    year_ago = months_before(today, 12)
    last = life.last
    if last is not None and life.gone and 120 < (today - last).days < 400 and random.random() < 0.05:
        life.events.append(EventRow("long_absent", max(_after(life, last, 100, 300), last), None, "好久没见他的车了。", _by(life)))
    if len(life.visits) >= 6 and not life.gone and random.random() < 0.03 and life.visits[-2].on > year_ago:
        life.events.append(EventRow("regular_visits", life.visits[-2].on, None, "每次都按点来，不用催。", _by(life)))
