"""The one verb: make the company, once."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from datetime import date, timedelta
from random import Random

from django.conf import settings
from django.db import transaction

from liuke.audit.actions import record
from liuke.audit.models import AuditEntry
from liuke.customers import completeness
from liuke.customers.models import Customer
from liuke.deals.mirror import touch_months
from liuke.demo.checks import check_cards
from liuke.demo.company import LOG_INS, PASSWORD, found
from liuke.demo.complained import complain
from liuke.demo.gathered import gather, write_gathering
from liuke.demo.improved import improve
from liuke.demo.keeping import keep_house, write_consents
from liuke.demo.learned import write_lessons
from liuke.demo.lives import SEED, generate, outline
from liuke.demo.measured import write_rounds
from liuke.demo.morning import begin_day, spend_morning
from liuke.demo.overseen import oversee
from liuke.demo.promised import give_words, keep_words
from liuke.demo.rows import Life
from liuke.demo.ruled import set_up
from liuke.demo.surveyed import survey_all
from liuke.demo.talked import write_needs, write_talks
from liuke.demo.visiting import plan_ahead, settle_areas, write_past
from liuke.demo.won_back import win_back
from liuke.demo.writing import write
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.playbooks.queries import pack
from liuke.standing import actions as standing
from liuke.standing.fitting import REFIT_DAYS
from liuke.standing.models import Run
from liuke.work import actions as work

__all__ = ["LOG_INS", "PASSWORD", "make_demo"]

VERB = "demo.make"
MONTH_ENDS, DAYS = 6, 8


def make_demo(say: Callable[[str], object]) -> None:
    """Fill an empty company with the made-up one, as of today: people, cards, deals, insight of the last months, today's tasks.

    Twice is no harm: what is there is left alone. Refused ("demo.not_empty") when there are customers that are not the demo's. A run that
    was cut short after the cards is finished by the next one.
    """
    today = clock.today(settings.TIME_ZONE)
    made = AuditEntry.objects.filter(verb=VERB).first()
    if made is None:
        if Customer.objects.exists():
            raise Refused("demo.not_empty", "这个数据库里已经有客户，演示要用空的数据文件夹。")
        _fill(today, say)
    else:
        today = date.fromisoformat(made.detail["as_of"])
        if Run.objects.filter(finished_at__isnull=False, as_of__gte=today).exists():
            say("演示数据已经在了，不再重做。")
            return
        say("上次做到一半，接着算。")
    begun = time.perf_counter()
    there = set(Run.objects.filter(finished_at__isnull=False).values_list("as_of", flat=True))
    for day in days_of_insight(today):
        if day not in there:
            with transaction.atomic():  # nobody else is here yet, and one commit a day is many times faster than one a row
                # One model for the month ends, another for the days that are looked at.
                standing.run(day, refit_days=365 if day <= today - timedelta(days=DAYS) else REFIT_DAYS)
    say(f"算完近 {MONTH_ENDS} 个月月末和近 {DAYS} 天的洞察（{time.perf_counter() - begun:.0f} 秒）。")
    planned = work.plan(today)
    say(f"排好今天的事：{planned.enrolled:,} 位客户。")
    keep_house(today, say)
    plan_ahead(today, say)
    give_words(today, say)
    complain(today, say)
    survey_all(today, say)
    begin_day(today, say)
    gather(today, say)
    spend_morning(today, say)
    oversee(today, say)
    win_back(today, say)
    improve(today, say)


def days_of_insight(today: date) -> list[date]:
    """The days that insight is computed for, in order: the last month ends and the last days, so that stages have a history."""
    ends, first = [], today.replace(day=1)
    for _ in range(MONTH_ENDS):
        ends.append(first - timedelta(days=1))
        first = clock.months_before(first, 1)
    return sorted({*ends, *(today - timedelta(days=n) for n in range(DAYS))})


def _fill(today: date, say: Callable[[str], object]) -> None:
    say(f"正在做演示数据：启程汽车服务集团，到 {today.isoformat()} 为止……")
    lives = generate(today, outline(today))
    with transaction.atomic():
        stores = found(Random(f"{SEED} staff"), today)  # noqa: S311 - made-up names, not secrets
        write(lives, stores, outline(today), today)
        write_rounds(lives, stores, pack(), today)
        set_up(today)
        write_talks(lives, stores, pack(), today, Random(f"{SEED} talks"))  # noqa: S311 - made-up answers, not secrets
        write_needs(today, Random(f"{SEED} needs"))  # noqa: S311
        write_lessons(stores, pack(), today, Random(f"{SEED} lessons"))  # noqa: S311
        write_gathering(today, Random(f"{SEED} gathering"))  # noqa: S311
        settle_areas(stores)
        write_past(stores, today, Random(f"{SEED} visits"))  # noqa: S311 - made-up days, not secrets
        completeness.mend()
        check_cards(today, Random(f"{SEED} checks"))  # noqa: S311 - made-up answers, not secrets
        keep_words(today, Random(f"{SEED} words"))  # noqa: S311
        write_consents(today, Random(f"{SEED} consents"))  # noqa: S311
        touch_months({deal.on for life in lives for deal in life.deals})
        record(None, VERB, None, as_of=today, **_counts(lives))
    counts = _counts(lives)
    say(f"写好 {counts['customers']:,} 位客户、{counts['deals']:,} 笔成交、{counts['contacts']:,} 次接触。")


def _counts(lives: Sequence[Life]) -> dict[str, int]:
    return {
        "customers": len(lives),
        "deals": sum(len(life.deals) for life in lives),
        "contacts": sum(len(life.talks) for life in lives),
    }
