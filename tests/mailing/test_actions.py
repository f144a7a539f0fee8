"""Whom a run goes to, and the rules it is asked by."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.audit.models import AuditEntry
from liuke.custody import exporting
from liuke.custody.labels import ExportState
from liuke.custody.models import Export
from liuke.customers.labels import EventKind
from liuke.customers.models import Contact, Customer, Event
from liuke.deals.models import Deal
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.mailing import recipients as choosing
from liuke.mailing.actions import KEPT, Draft, ask, drop_letter, keep_letter
from liuke.mailing.labels import Reason
from liuke.mailing.models import Letter, Mailing
from liuke.mailing.queries import customers_of, ready_letters
from liuke.mailing.recipients import chosen, recipients, sorted_out
from liuke.privacy.models import Consent
from liuke.segments.filters import Filter
from tests.cast import Cast, assemble, card
from tests.standing_rows import a_run, a_standing

ADDRESS = "浙江省杭州市滨江区江南大道 100 号 310051"
TEXT = Draft("多谢惠顾", "多谢您", "尊敬的{称呼}：\n祝您平安。")


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


def happened(customer: Customer, kind: EventKind, on: date) -> None:
    Event.objects.create(customer=customer, kind=kind, on=on)


def people(cast: Cast) -> dict[str, Customer]:
    """One customer for each reason, two who get a letter."""
    made = {name: card(cast.chen, name, address=ADDRESS) for name in ("收甲", "收乙", "故人", "勿扰", "拒收", "迁居", "歇业", "回来")}
    made["无名"] = card(cast.chen, "C9001", address=ADDRESS, name_known=False)
    made["无址"] = card(cast.chen, "无址")
    day = clock.today() - timedelta(days=90)
    happened(made["故人"], EventKind.DIED, day)
    happened(made["迁居"], EventKind.MOVED_AWAY, day)
    happened(made["歇业"], EventKind.CLOSED_DOWN, day)
    happened(made["回来"], EventKind.MOVED_AWAY, day)
    Deal.objects.create(customer=made["回来"], on=day + timedelta(days=1), amount_cents=100, came=True)
    Deal.objects.create(customer=made["故人"], on=day + timedelta(days=1), amount_cents=100, came=True)
    Customer.objects.filter(pk=made["勿扰"].pk).update(do_not_contact=True)
    Consent.objects.create(customer=made["拒收"], purpose="mail", given=False, on=day, source="phone", by=cast.chen)
    return made


def names(ids: tuple[int, ...]) -> set[str]:
    return set(Customer.objects.filter(pk__in=ids).values_list("name", flat=True))


def test_everybody_left_out_has_his_reason(cast: Cast) -> None:
    people(cast)
    found = chosen(cast.he, Filter(), None)
    assert names(found.send) == {"收甲", "收乙", "回来"}
    assert {reason: names(ids) for reason, ids in found.left.items()} == {
        Reason.GONE: {"故人", "迁居", "歇业"},
        Reason.LEAVE_ALONE: {"勿扰"},
        Reason.OPTED_OUT: {"拒收"},
        Reason.NO_NAME: {"C9001"},
        Reason.NO_ADDRESS: {"无址"},
        Reason.UNSEEN: set(),
    }
    assert found.counts == {"gone": 3, "leave_alone": 1, "opted_out": 1, "no_name": 1, "no_address": 1}


def test_only_those_in_sight_count(cast: Cast) -> None:
    mine, theirs = card(cast.chen, "张书远", address=ADDRESS), card(cast.ding, "王淑芬", address=ADDRESS)
    assert chosen(cast.he, Filter(), None).send == (mine.pk,)
    found = sorted_out(cast.he, [theirs.pk, mine.pk])
    assert found.send == (mine.pk,) and found.counts == {"unseen": 1}
    assert [each.id for each in recipients(cast.he, [theirs.pk, mine.pk], None, clock.today())] == [mine.pk]


def test_what_a_letter_knows_of_a_person(cast: Cast) -> None:
    someone = card(cast.chen, "欧阳山", address=ADDRESS, gender="male")
    run = a_run(clock.today())
    today = clock.today()
    a_standing(
        run, someone, stage="C", stage_by_rule="C", stage_code="C.regular", stage_since=today, rule_since=today, abc="B", type="general",
        last_deal=date(2025, 4, 22),
    )  # fmt: skip
    (it,) = recipients(cast.he, [someone.pk], run, date(2026, 3, 1), "88886666")
    assert (it.salutation, it.addressee, it.postcode, it.address) == (
        "欧阳先生",
        "欧阳山先生收",
        "310051",
        "浙江省杭州市滨江区江南大道 100 号",
    )
    assert it.values == {
        "name_title": "欧阳先生", "name": "欧阳山", "last_visit": "2025年4月22日", "staff": "陈思远", "staff_phone": "88886666",
        "store": "杭州滨江店",
    }  # fmt: skip


def test_a_firm_is_addressed_through_its_contact(cast: Cast) -> None:
    firm = card(cast.chen, "杭州云栖物流有限公司", address=ADDRESS, kind="organisation")
    (alone,) = recipients(cast.he, [firm.pk], None, clock.today())
    assert (alone.salutation, alone.addressee) == ("贵公司", "杭州云栖物流有限公司收")
    Contact.objects.create(customer=firm, name="沈国庆")
    (known,) = recipients(cast.he, [firm.pk], None, clock.today())
    assert (known.salutation, known.addressee) == ("沈国庆", "杭州云栖物流有限公司\n沈国庆收")


def test_who_left_is_no_salesperson_any_more(cast: Cast) -> None:
    someone = card(cast.chen, "张书远", address=ADDRESS)
    type(cast.chen).objects.filter(pk=cast.chen.pk).update(is_active=False)
    (it,) = recipients(cast.he, [someone.pk], None, clock.today())
    assert it.values["staff"] == ""


def test_the_number_of_queries_does_not_grow(cast: Cast) -> None:
    counts = []
    for upto in (2, 20):
        for n in range(Customer.objects.count(), upto):
            card(cast.chen, f"客户{n}", address=ADDRESS)
        with CaptureQueriesContext(connection) as seen:
            found = chosen(cast.he, Filter(), None)
            assert len(list(recipients(cast.he, found.send, None, clock.today()))) == upto
        counts.append(len(seen))
    assert counts[0] == counts[1]


def test_too_long_a_list_is_refused(cast: Cast, monkeypatch: pytest.MonkeyPatch) -> None:
    people(cast)
    monkeypatch.setattr(choosing, "MOST", 3)
    with pytest.raises(Refused) as refused:
        chosen(cast.he, Filter(), None)
    assert refused.value.code == "mailing.many"


def test_a_run_waits_for_the_yes_of_somebody_else(cast: Cast) -> None:
    made = people(cast)
    run = ask(cast.he, Filter({"unit": str(cast.binjiang.pk)}), ("门店 杭州滨江店",), TEXT, seen=3)
    assert run.export.state == ExportState.WAITING, "three letters need it as three hundred do: the addresses are whole"
    assert (run.letters, run.export.rows, run.export.clear, run.export.listing) == (3, 3, True, "mailing")
    assert run.left_out == {"gone": 3, "leave_alone": 1, "opted_out": 1, "no_name": 1, "no_address": 1}
    assert [each.name for each in customers_of(run, cast.he, "opted_out", 10)] == ["拒收"]
    assert {each.pk for each in customers_of(run, cast.he, "", 10)} == {made[name].pk for name in ("收甲", "收乙", "回来")}
    assert [entry.verb for entry in AuditEntry.objects.order_by("seq")] == ["export.ask", "mailing.ask"]
    with pytest.raises(Export.DoesNotExist):
        exporting.file_for(cast.zhao, run.export_id)
    with pytest.raises(Refused) as refused:
        exporting.approve(cast.he, run.export_id, 3)
    assert refused.value.code == "permission"


def test_a_manager_does_not_say_yes_to_his_own(cast: Cast) -> None:
    people(cast)
    run = ask(cast.zhao, Filter(), (), TEXT, seen=3)
    with pytest.raises(Refused) as refused:
        exporting.approve(cast.zhao, run.export_id, 3)
    assert refused.value.code == "export.own"
    assert exporting.approve(cast.fang, run.export_id, 3).state == ExportState.APPROVED


@pytest.mark.parametrize("who", ["chen", "lin", "fang", "root"])
def test_other_roles_send_no_letters(cast: Cast, who: str) -> None:
    people(cast)
    for act in (lambda: ask(getattr(cast, who), Filter(), (), TEXT, seen=3), lambda: keep_letter(getattr(cast, who), TEXT)):
        with pytest.raises(Refused) as refused:
            act()
        assert refused.value.code == "permission"
    assert not Mailing.objects.exists() and not Letter.objects.exists() and not AuditEntry.objects.exists()


def refused_with(cast: Cast, code: str, draft: Draft = TEXT, seen: int = 3, wanted: Filter | None = None) -> None:
    with pytest.raises(Refused) as refused:
        ask(cast.he, wanted or Filter(), (), draft, seen=seen)
    assert refused.value.code == code
    assert not Mailing.objects.exists() and not Export.objects.exists() and not AuditEntry.objects.exists()


def test_refusals_change_nothing(cast: Cast) -> None:
    people(cast)
    refused_with(cast, "mailing.changed", seen=2)
    refused_with(cast, "mailing.nobody", wanted=Filter({"q": "无址"}))
    refused_with(cast, "letter.slot", Draft("信", "", "您好{谁}。"))
    refused_with(cast, "letter.empty", Draft("信", "", ""))
    type(cast.fang).objects.filter(role__in=("custodian", "manager")).update(is_active=False)
    refused_with(cast, "export.nobody")


def test_letters_are_kept_by_name_and_are_ones_own(cast: Cast) -> None:
    first = keep_letter(cast.he, TEXT)
    again = keep_letter(cast.he, Draft("多谢惠顾", "换了", "您好。"))
    assert (again.pk, Letter.objects.get().title) == (first.pk, "换了")
    assert [each.name for each in ready_letters(cast.he)] == ["多谢惠顾", "好久没见", "节日问候", "多谢惠顾"]
    assert [each.own for each in ready_letters(cast.xu)] == [False] * 3
    with pytest.raises(Letter.DoesNotExist):
        drop_letter(cast.xu, first.pk)
    assert Letter.objects.count() == 1
    drop_letter(cast.he, first.pk)
    assert not Letter.objects.exists()


def test_a_letter_without_a_name_or_too_many_are_refused(cast: Cast) -> None:
    with pytest.raises(Refused) as refused:
        keep_letter(cast.he, Draft(" ", "", "您好。"))
    assert refused.value.code == "letter.name"
    Letter.objects.bulk_create(Letter(user=cast.he, name=str(n), body="您好。") for n in range(KEPT))
    with pytest.raises(Refused) as refused:
        keep_letter(cast.he, TEXT)
    assert refused.value.code == "letter.many"
    assert Letter.objects.count() == KEPT


def test_the_packs_letters_speak_the_readers_language(cast: Cast) -> None:
    assert "{称呼}" in ready_letters(cast.he)[0].body
    with translation.override("en"):
        assert ready_letters(cast.he)[0].body.startswith("Dear {name_title},")


def test_expired_runs_are_seen_but_not_fetched(cast: Cast) -> None:
    people(cast)
    run = ask(cast.he, Filter(), (), TEXT, seen=3)
    assert exporting.expire(timezone.now() + timedelta(days=8)) == 1
    assert list(Mailing.objects.visible_to(cast.he)) == [run]
    assert list(Mailing.objects.visible_to(cast.xu)) == []
    assert list(Mailing.objects.visible_to(cast.fang)) == [run]
