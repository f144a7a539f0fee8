"""A customer of whom something is on file in every room, and the search for him in every column of every table."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any

from django.apps import apps
from django.db import connection
from django.utils import timezone

from liuke.custody import actions as custody
from liuke.customers import actions as customers
from liuke.customers.models import Contact, Customer, FactChange
from liuke.deals import actions as deals
from liuke.deals.models import DealLine, Payment
from liuke.exchange.models import Load, LoadRow
from liuke.interactions import actions as interactions
from liuke.kernel import clock
from liuke.privacy.consent import record_consent
from liuke.segments.models import SavedView
from liuke.standing.labels import LeaveBy
from liuke.standing.models import Book, LeaveOverride, Run, Signal, StageChange, Standing
from liuke.work.models import Enrolment, Result, Task
from tests.cast import Cast, assemble, card

NAME, PHONE, WECHAT, PLATE = "张书远", "13812345678", "zhang_sy88", "浙A7123Q"
ADDRESS = "浙江省杭州市滨江区江南大道1号"
TRACES = (
    NAME, PHONE, "138****5678", "12345678", "138 1234 5678", WECHAT, PLATE, "7123q", "浙A·7123Q", ADDRESS, "江南大道", "shuyuan",
    "打高尔夫",
)  # fmt: skip


@dataclass(frozen=True)
class World:
    cast: Cast
    person: Customer
    other: Customer
    company: Customer
    task: Task


def build() -> World:
    """张书远, with something in every room; 王淑芬, of whom nothing may change; an organisation at which he is a contact."""
    cast = assemble()
    today, now = clock.today(), timezone.now()
    kept = customers.create(
        cast.chen,
        {"name": NAME, "phone": PHONE, "wechat": WECHAT, "address": ADDRESS, "birthday": "1985-08-15", "gender": "male",
         "hobbies": "打高尔夫", "family": "张书远的女儿上小学", "remarks": "江南大道的老客户", "source": "张书远自己来的"},
    )  # fmt: skip
    other = card(cast.chen, "王淑芬", "13800009999", wechat="wang_sf")
    company = card(cast.chen, "杭州启明物流有限公司", kind="organisation")
    Contact.objects.create(customer=company, person=kept, name=NAME, title="车队长", phone="+8613812345678", wechat=WECHAT)
    custody.check_out(cast.chen, kept.pk, f"给{NAME}回电话")
    customers.edit(cast.chen, kept.pk, {"phone": "13812345678", "occupation": f"{NAME}开物流公司"}, kept.version)
    deals.enter_asset(cast.chen, kept.pk, f"{NAME}的朗逸", PLATE)
    made = deals.enter_deal(cast.chen, kept.pk, today, 128_000, "sale", f"{PLATE} 换右前大灯，{NAME}自取")
    DealLine.objects.create(deal=made, position=0, name=f"{NAME}订的大灯", quantity=1, unit_price=1280)
    deals.enter_contract(cast.chen, kept.pk, "membership", today - timedelta(days=400), today - timedelta(days=30), f"{NAME}金卡", 99_800)
    Payment.objects.create(customer=kept, deal=made, on=today, amount_cents=128_000, method=f"微信 {WECHAT}")
    interactions.record(cast.chen, kept.pk, "phone", "reached", f"{NAME}说138-1234-5678已停用")
    customers.record_event(cast.chen, kept.pk, "satisfaction", today, 2, f"{NAME}说没人告诉他要等多久")
    record_consent(cast.chen, kept.pk, "marketing", False, "spoken", today, f"{NAME}说别再发了")
    task = _work(cast, kept, now, today)
    _insight(cast, kept, today)
    warned = [["renamed", {"old": NAME}]]
    load = Load.objects.create(dataset="customers", name=f"{NAME}.xlsx", stored="x", size=1, actor=cast.he, warnings=warned)
    LoadRow.objects.create(load=load, kind="customer", object_id=kept.pk, version=1, before={"name": NAME, "phones": ["+8613812345678"]})
    LoadRow.objects.create(load=load, kind="deal", object_id=made.pk, version=1, before={"content": NAME})
    SavedView.objects.create(user=cast.chen, name=f"找{NAME}", query="q=%E5%BC%A0%E4%B9%A6%E8%BF%9C&grade=A")
    custody.check_out(cast.chen, kept.pk, f"再给{NAME}打一次")
    FactChange.objects.all().delete()
    kept.refresh_from_db()
    return World(cast, kept, other, company, task)


def _work(cast: Cast, kept: Customer, now: Any, today: date) -> Task:
    enrolment = Enrolment.objects.create(customer=kept, playbook="overdue_visit", version=1, signal="overdue_visit", started_on=today)
    common = {"customer": kept, "assignee": cast.chen, "enrolment": enrolment, "playbook": "overdue_visit", "signal": "overdue_visit",
              "channel": "phone", "minutes": 8, "created_for": today, "due_on": today}  # fmt: skip
    done = Task.objects.create(**common, state="done", done_on=today, done_at=now, done_by=cast.chen)
    Result.objects.create(task=done, outcome="reached", note=f"{NAME}答应周五来", by=cast.chen, at=now)
    return Task.objects.create(**common, reasons=[["overdue_visit", {"recency_days": 212, "cycle_days": 74, "said": NAME}]])


def _insight(cast: Cast, kept: Customer, today: date) -> None:
    now = timezone.now()
    book = Book.objects.create(began_on=today)
    Run.objects.create(as_of=today, book=book, pack="auto_dealer", started_at=now, finished_at=now, customers=1)
    Standing.objects.create(
        book=book, customer=kept, since=today, first_deal=today, last_deal=today, deal_days=1, amount_all_cents=128_000,
        amount_12m_cents=128_000, abc="A", type="general", stage="A", stage_by_rule="A", stage_code="A.first", stage_since=today,
        rule_since=today, leave_share=0.68, model_share=0.68, leave_by=LeaveBy.BAND, value_at_risk_cents=50_000,
    )  # fmt: skip
    StageChange.objects.create(customer=kept, on=today, old="", new="A", cause="A.first")
    Signal.objects.create(
        customer=kept, key="overdue_visit", family="churn", severity=3, started_on=today, slots={"recency_days": 212, "cycle_days": 74}
    )
    LeaveOverride.objects.create(
        customer=kept,
        share=0.2,
        model_share=0.68,
        reason=f"{NAME}已说定年底来换胎",
        by=cast.chen,
        on=today,
        expires_on=today + timedelta(30),
    )


def every_row(of: Iterable[str] = ()) -> dict[str, list[dict[str, Any]]]:
    """Every row of every model, as Python sees it: sealed columns opened."""
    tables = connection.introspection.table_names()
    return {
        model._meta.label_lower: list(model._default_manager.order_by("pk").values())
        for model in apps.get_models()
        if model._meta.db_table in tables and (not of or model._meta.label_lower in of)
    }


def found_in_models(words: Iterable[str]) -> list[str]:
    """model.column: value, wherever one of the words stands."""
    wanted = [word.lower() for word in words]
    return [
        f"{label}.{column}: {value}"
        for label, rows in every_row().items()
        for row in rows
        for column, value in row.items()
        if any(word in str(value).lower() for word in wanted)
    ]


def found_in_tables(words: Iterable[str]) -> list[str]:
    """table.column: value over every table the database has, models or not (the words of the search index among them), read as they lie."""
    wanted = [word.lower() for word in words]
    told = []
    with connection.cursor() as cursor:
        for table in connection.introspection.table_names(cursor):
            cursor.execute(f"SELECT * FROM {connection.ops.quote_name(table)}")
            names = [column[0] for column in cursor.description]
            for row in cursor.fetchall():
                for name, value in zip(names, row, strict=True):
                    text = bytes(value).decode("utf-8", "ignore") if isinstance(value, bytes | memoryview) else str(value)
                    if any(word in text.lower() for word in wanted):
                        told.append(f"{table}.{name}: {text[:80]}")
    return told
