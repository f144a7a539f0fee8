"""Two cards become one and two again: every row of every kind, and every refusal."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import date, timedelta

import pytest
import time_machine
from django.apps import apps
from django.conf import settings
from django.db import connection
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from liuke.audit.models import AuditEntry
from liuke.customers import completeness
from liuke.customers.models import Customer, FactChange, FieldChange
from liuke.deals.actions import index_assets
from liuke.deals.mirror import touch_months
from liuke.deals.models import Deal, MirrorMonth
from liuke.duplicates import scanning
from liuke.duplicates.labels import PairState
from liuke.duplicates.merging import merge
from liuke.duplicates.models import DuplicatePair, Merge
from liuke.duplicates.moving import hanging_on, unique_with
from liuke.duplicates.policies import POLICIES
from liuke.duplicates.undoing import undo_merge
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.standing import actions as standing
from liuke.standing.models import Signal, Standing
from liuke.trials.labels import Arm
from liuke.trials.models import Assignment, Trial
from liuke.work.actions import catch_up, plan
from liuke.work.models import Enrolment, Task
from tests.cast import Cast, assemble, card
from tests.duplicates.filling import differences, everything, kinds, make
from tests.trials.rounds import KEY, a_trial, later
from tests.work.cast import DAY, NOON, Company
from tests.work.cast import company as small_company

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast() -> Cast:
    return assemble()


def two(cast: Cast, **fields: object) -> tuple[Customer, Customer]:
    keep = card(cast.chen, "张书远", "13800001234", number="K1")
    away = card(cast.zhou, "张书远", "13900005678 13800001234", number="K2", **fields)
    return keep, away


def settle(*cards: Customer) -> None:
    """What rows made by hand have not seen to: search words and completeness."""
    for one in cards:
        index_assets(one)
    completeness.refresh([one.pk for one in cards])


def refused(call, *args) -> str:
    before = everything()
    with pytest.raises((Refused, Customer.DoesNotExist, Merge.DoesNotExist)) as problem:
        call(*args)
    assert everything() == before
    return getattr(problem.value, "code", "not there")


# ── every kind of row ────────────────────────────────────────────────────────


def test_a_model_that_is_unique_by_its_card_has_a_policy() -> None:
    without = [
        model._meta.label_lower
        for model, names in hanging_on()
        if any(unique_with(model, name) for name in names) and model._meta.label_lower not in POLICIES
    ]
    assert without == []
    known = {model._meta.label_lower for model in apps.get_models()}
    assert POLICIES.keys() <= known


def test_rows_of_every_kind_go_over_and_come_back(cast: Cast) -> None:
    keep, away = two(cast)
    for model in kinds():
        for variant in range(3):
            make(model, keep, variant)
            make(model, away, variant + 3)
    settle(keep, away)
    before = everything()
    for model in kinds():
        if model is FactChange:  # not compared: insight is told of both cards
            continue
        names = next(names for each, names in hanging_on() if each is model)
        assert any(row[f"{name}_id"] == away.pk for row in before[model._meta.label_lower].values() for name in names), model
    done = merge(cast.zhao, keep.pk, away.pk)
    assert not Customer.objects.filter(pk=away.pk).exists()
    store = Merge.objects.get().store
    for model, names in hanging_on():
        label = model._meta.label_lower
        if label not in before:
            continue
        removed = {row["id"] for row in store["removed"].get(label, [])}
        here = {row.pk for row in model._base_manager.all()}
        assert before[label].keys() - removed - {away.pk if label == "customers.customer" else None} <= here, label
        for name in names:
            assert not model._base_manager.filter(**{name: away.pk}).exists()
            stayed = [pk for pk, row in before[label].items() if row[f"{name}_id"] == away.pk and pk not in removed]
            if label not in ("duplicates.duplicatepair",):
                assert model._base_manager.filter(pk__in=stayed, **{name: keep.pk}).count() == len(stayed), label
    # What a person wrote down is never taken away, but for what the survivor has already.
    computed = {"standing.standing", "standing.signal", "standing.stagechange", "work.budgetleft", "churn.stay"}
    twins = {"customers.phone", "keepers.poolentry", "keepers.poolexclusion", "privacy.personalrequest", "customers.transferrow"}
    twins |= {"trials.assignment", "care.guest", "visits.placement", "visits.meetingguest", "satisfaction.interview", "churn.bookchange"}
    assert store["removed"].keys() <= computed | twins | {"verification.samplecard", "supervision.reviewedcard"}
    for gone in store["removed"].get("visits.meetingguest", []):
        stays = apps.get_model("visits.meetingguest").objects.get(meeting=gone["meeting_id"], customer=keep)
        assert gone["said"] and gone["said"] in stays.said
    undone = undo_merge(cast.zhao, done.pk)
    assert undone.stayed == ()
    assert differences(before, everything()) == []


@given(st.data())
@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=list(HealthCheck), phases=[Phase.generate])
def test_any_two_cards_come_back_as_they_were(cast: Cast, data: st.DataObject) -> None:
    words = st.sampled_from(["", "钓鱼", "喝茶", "孩子上小学"])
    fields = ("hobbies", "family", "remarks", "wechat", "address", "occupation", "tier")
    marks = ("do_not_contact", "early_adopter")
    n = Customer.objects.count()
    pair = [
        card(
            data.draw(st.sampled_from([cast.chen, cast.zhou])), data.draw(st.sampled_from(["张书远", "张淑媛"])),
            data.draw(st.sampled_from(["", "13800001234", "13900005678 13800001234", "13700009876"])), number=f"R{n + place}",
            birth_month=data.draw(st.sampled_from([None, 4])), birth_day=12, opened_on=date(2024, 1, 1 + place),
            next_contact_on=data.draw(st.sampled_from([None, date(2026, 12, 1), date(2026, 12, 9)])),
            extra=data.draw(st.sampled_from([{}, {"mileage": 3}, {"mileage": 4, "plate": "浙A"}])),
            **{name: data.draw(words) for name in fields}, **{name: data.draw(st.booleans()) for name in marks},
        )
        for place in range(2)
    ]  # fmt: skip
    keep, away = pair
    models = kinds()
    for place, which, variant in data.draw(
        st.lists(st.tuples(st.integers(0, len(models) - 1), st.booleans(), st.integers(0, 9)), max_size=25)
    ):
        make(models[place], pair[which], variant)
    choices = {name: data.draw(st.sampled_from(["keep", "away"])) for name in fields if getattr(keep, name) and getattr(away, name)}
    settle(keep, away)
    before = everything()
    done = merge(cast.zhao, keep.pk, away.pk, choices)
    undo_merge(cast.zhao, done.pk)
    assert differences(before, everything()) == []


# ── fields ───────────────────────────────────────────────────────────────────


def test_empty_fields_are_filled_and_chosen_ones_taken(cast: Cast) -> None:
    keep = card(
        cast.chen, "张书远", "13800001234", number="K1", hobbies="钓鱼", remarks="爱喝茶", wechat="shuyuan1", extra={"mileage": 3},
        opened_on=date(2024, 5, 1), confirmed_on=date(2025, 1, 1),
    )  # fmt: skip
    away = card(
        cast.zhou, "张淑远", "13900005678 13800001234", number="K2", hobbies="摄影", remarks="要靠窗", wechat="shuyuan2", tier="gold",
        extra={"mileage": 9, "colour": "白"}, opened_on=date(2024, 2, 1), confirmed_on=date(2025, 6, 1), next_contact_on=date(2026, 12, 1),
        do_not_contact=True, birth_year=1985, birth_month=4, birth_day=12,
    )  # fmt: skip
    choices = {"wechat": "away", "remarks": "both", "phone": "away", "extra.mileage": "away", "number": "away"}
    done = merge(cast.fang, keep.pk, away.pk, choices)
    keep.refresh_from_db()
    assert (keep.name, keep.hobbies, keep.wechat, keep.remarks) == ("张书远", "钓鱼", "shuyuan2", "爱喝茶\n要靠窗")
    assert (keep.tier, keep.do_not_contact, keep.extra, keep.number) == ("gold", True, {"mileage": 9, "colour": "白"}, "K2")
    assert (keep.birth_year, keep.birth_month, keep.birth_day) == (1985, 4, 12)
    assert (keep.opened_on, keep.confirmed_on, keep.next_contact_on) == (date(2024, 2, 1), date(2025, 6, 1), date(2026, 12, 1))
    assert (keep.owner, keep.unit, keep.version) == (cast.chen, cast.binjiang, 2)
    assert list(keep.phones.values_list("number", "position")) == [("+8613900005678", 0), ("+8613800001234", 1)]
    assert keep.phone == "+8613900005678"
    told = {change.field: (change.old, change.new) for change in FieldChange.objects.filter(customer=keep)}
    assert told["wechat"] == ("shuyuan1", "shuyuan2")
    assert told["phone"] == ("+8613800001234", "+8613900005678、+8613800001234")
    undo_merge(cast.fang, done.pk)
    keep.refresh_from_db()
    assert (keep.phone, keep.wechat, keep.number, keep.tier) == ("+8613800001234", "shuyuan1", "K1", "")
    assert not FieldChange.objects.exists()


def test_a_choice_that_is_none_is_refused(cast: Cast) -> None:
    keep, away = two(cast, hobbies="钓鱼")
    assert refused(merge, cast.zhao, keep.pk, away.pk, {"hobbies": "neither"}) == "duplicates.choice"
    assert refused(merge, cast.zhao, keep.pk, away.pk, {"password": "keep"}) == "duplicates.choice"
    assert refused(merge, cast.zhao, keep.pk, away.pk, {"name": "both"}) == "duplicates.choice"


def test_nobody_comes_to_stand_above_himself(cast: Cast) -> None:
    keep = card(cast.chen, "远航物流", kind="organisation", number="K1")
    away = card(cast.chen, "远航物流有限公司", kind="organisation", number="K2")
    between = card(cast.chen, "远航仓储", kind="organisation", number="K3", parent=away)
    Customer.objects.filter(pk=keep.pk).update(parent=between)
    settle(keep, away, between)
    before = everything()
    done = merge(cast.zhao, keep.pk, away.pk)
    keep.refresh_from_db()
    between.refresh_from_db()
    assert (keep.parent_id, between.parent_id) == (None, keep.pk)
    undo_merge(cast.zhao, done.pk)
    assert differences(before, everything()) == []


# ── refusals ─────────────────────────────────────────────────────────────────


def test_refusals_change_nothing_and_are_on_the_log(cast: Cast) -> None:
    keep, away = two(cast)
    company = card(cast.chen, "远航物流", kind="organisation", number="K3")
    great = card(cast.chen, "大客户", number="K4", key_account=True)
    east = type(cast.fang).objects.create(username="east", name="东区保管", role="custodian", unit=cast.east)
    far = card(cast.ding, "葛建华", number="K5")
    erased = card(cast.chen, "已删除", number="K6", extra={"erased": "2026-03-05"})
    for code, actor, one, other in (
        ("duplicates.self", cast.fang, keep.pk, keep.pk),
        ("duplicates.kind", cast.fang, keep.pk, company.pk),
        ("duplicates.key_account", cast.fang, keep.pk, great.pk),
        ("customer.erased", cast.zhao, keep.pk, erased.pk),
        ("not there", east, keep.pk, far.pk),
        ("not there", east, far.pk, keep.pk),
        ("not there", cast.fang, keep.pk, 987_654),
        ("permission", cast.he, keep.pk, away.pk),
    ):
        assert refused(merge, actor, one, other) == code
        entry = AuditEntry.objects.latest("seq")
        rule = "out_of_sight" if code == "not there" else code
        assert (entry.verb, entry.actor, entry.detail) == ("duplicates.refused", actor.pk, {"rule": rule, "keep": one, "away": other})
    assert merge(cast.zhao, keep.pk, great.pk).counts == {}


def test_a_card_merged_away_is_not_merged_again_and_says_where_it_went(cast: Cast) -> None:
    keep, away = two(cast)
    third = card(cast.chen, "张书元", number="K3")
    done = merge(cast.fang, keep.pk, away.pk)
    assert refused(merge, cast.fang, third.pk, away.pk) == "duplicates.gone"
    assert refused(merge, cast.fang, away.pk, third.pk) == "duplicates.gone"
    undo_merge(cast.fang, done.pk)
    assert refused(undo_merge, cast.fang, done.pk) == "duplicates.undone"
    assert AuditEntry.objects.latest("seq").detail == {"rule": "duplicates.undone", "merge": done.pk}
    assert Merge.objects.get().store is None


def test_merges_are_undone_in_reverse_order(cast: Cast) -> None:
    a, b = two(cast)
    c = card(cast.chen, "张书元", number="K3")
    Deal.objects.create(customer=b, on=date(2026, 3, 5), amount_cents=100)
    settle(a, b, c)
    before = everything()
    first = merge(cast.fang, a.pk, b.pk)
    second = merge(cast.fang, c.pk, a.pk)
    assert Deal.objects.get().customer_id == c.pk
    assert refused(undo_merge, cast.fang, first.pk) == "duplicates.later"
    undo_merge(cast.fang, second.pk)
    undo_merge(cast.fang, first.pk)
    assert differences(before, everything()) == []


def test_a_number_given_away_meanwhile_stops_the_way_back(cast: Cast) -> None:
    keep, away = two(cast)
    done = merge(cast.fang, keep.pk, away.pk)
    card(cast.chen, "别人", number="K2")
    assert refused(undo_merge, cast.fang, done.pk) == "duplicates.number_taken"


def test_an_undo_out_of_sight_does_not_exist(cast: Cast) -> None:
    keep, away = two(cast)
    done = merge(cast.fang, keep.pk, away.pk)
    north = type(cast.fang).objects.create(username="north", name="北区保管", role="custodian", unit=cast.north)
    binjiang = type(cast.fang).objects.create(username="store", name="店里保管", role="custodian", unit=cast.binjiang)
    assert refused(undo_merge, north, done.pk) == "not there"
    assert refused(undo_merge, binjiang, done.pk) == "not there"  # he sees the survivor, but never saw the card that would come back
    assert Merge.objects.get().undone_at is None


# ── what happened since ──────────────────────────────────────────────────────


def test_what_was_changed_since_stays_and_is_told_what_was_added_stays(cast: Cast) -> None:
    keep, away = two(cast, hobbies="钓鱼", tier="gold")
    old = Deal.objects.create(customer=away, on=date(2026, 3, 5), amount_cents=100)
    done = merge(cast.fang, keep.pk, away.pk)
    Customer.objects.filter(pk=keep.pk).update(hobbies="摄影")
    new = Deal.objects.create(customer=keep, on=date(2026, 3, 6), amount_cents=200)
    undone = undo_merge(cast.fang, done.pk)
    assert undone.stayed == ("hobbies",)
    keep.refresh_from_db()
    assert (keep.hobbies, keep.tier) == ("摄影", "")
    assert (Deal.objects.get(pk=old.pk).customer_id, Deal.objects.get(pk=new.pk).customer_id) == (away.pk, keep.pk)
    assert Customer.objects.get(pk=away.pk).hobbies == "钓鱼"
    entry = AuditEntry.objects.get(verb="duplicates.unmerge")
    assert entry.detail == {"merge": done.pk, "away": away.pk, "stayed": ["hobbies"]}


def test_the_log_and_the_row_hold_no_personal_values(cast: Cast) -> None:
    keep, away = two(cast, wechat="shuyuan2", address="杭州滨江江南大道288号")
    merge(cast.fang, keep.pk, away.pk)
    entry = AuditEntry.objects.get(verb="duplicates.merge")
    assert entry.object == keep.pk
    assert entry.detail["away"] == away.pk and entry.detail["counts"] == {"customers.phone": 1}
    assert "wechat" in entry.detail["fields"]
    assert "shuyuan2" not in str(entry.detail)
    with connection.cursor() as cursor:
        cursor.execute("SELECT store FROM duplicates_merge")
        assert cursor.fetchone()[0].startswith("~s1.")


# ── insight, work, pairs ─────────────────────────────────────────────────────


@pytest.fixture
def mirror(tmp_path, monkeypatch):
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    monkeypatch.setattr(settings, "DATA", tmp_path)
    return tmp_path


def deals(customer: Customer, *ago: int) -> None:
    days = [clock.today() - timedelta(days=n) for n in ago]
    Deal.objects.bulk_create([Deal(customer=customer, on=day, amount_cents=50_000) for day in days])
    touch_months(days)


def test_insight_and_the_mirror_follow_at_once(cast: Cast, mirror) -> None:
    keep, away = two(cast)
    deals(keep, 300, 220)
    deals(away, 140, 60)
    settle(keep, away)
    standing.run(clock.today())
    behind = set(MirrorMonth.objects.values_list("month", "changed"))
    before = everything()
    done = merge(cast.fang, keep.pk, away.pk)
    assert {month for month, _ in behind ^ set(MirrorMonth.objects.values_list("month", "changed"))} == {
        f"{clock.today() - timedelta(days=n):%Y-%m}" for n in (140, 60)
    }
    assert catch_up() == [keep.pk]
    row = Standing.objects.get(customer=keep)
    assert (row.deal_days, row.last_deal) == (4, clock.today() - timedelta(days=60))
    assert not Standing.objects.filter(customer_id=away.pk).exists()
    undo_merge(cast.fang, done.pk)
    assert differences(before, everything()) == []
    catch_up()
    assert {row.customer_id: row.deal_days for row in Standing.objects.all()} == {keep.pk: 2, away.pk: 2}


def test_the_day_after_a_merge_goes_on_from_the_day_before(cast: Cast, mirror) -> None:
    keep, away = two(cast)
    third = card(cast.chen, "何美玲", number="K3")
    for one, ago in ((keep, (300, 220)), (away, (140, 60)), (third, (90, 30))):
        deals(one, *ago)
    yesterday = clock.today() - timedelta(days=1)
    standing.run(yesterday)
    done = merge(cast.fang, keep.pk, away.pk)
    run = standing.run(clock.today())
    assert (run.customers, run.book_id) == (2, standing.run_before(clock.today()).book_id)  # not begun anew
    rows = {row.customer_id: row.deal_days for row in standing.standings(run)}
    assert rows == {keep.pk: 4, third.pk: 2}
    # Undone after a run without the card: what was said of it held until that run, and it is judged anew.
    undo_merge(cast.fang, done.pk)
    assert Standing.objects.get(customer_id=away.pk).until == clock.today()
    catch_up()
    assert {row.customer_id: row.deal_days for row in standing.standings(run)} == {keep.pk: 2, away.pk: 2, third.pk: 2}


def test_one_contact_stays_open_and_promises_stay(cast: Cast) -> None:
    keep, away = two(cast)

    def contact(customer: Customer, playbook: str, worth: int) -> Task:
        enrolment = Enrolment.objects.create(customer=customer, playbook=playbook, version=1, signal="no_visit", started_on=clock.today())
        return Task.objects.create(
            customer=customer, assignee=customer.owner, enrolment=enrolment, playbook=playbook, signal="no_visit", channel="phone",
            minutes=8, value_per_minute_cents=worth, created_for=clock.today(), due_on=clock.today(),
        )  # fmt: skip

    lesser, better = contact(keep, "service_due", 100), contact(away, "service_due", 200)
    promise = Task.objects.create(
        kind="promise", customer=away, assignee=cast.zhou, enrolment=better.enrolment, playbook="service_due", signal="no_visit",
        channel="phone", minutes=5, must=True, created_for=clock.today(), due_on=clock.today(),
    )  # fmt: skip
    settle(keep, away)
    before = everything()
    done = merge(cast.fang, keep.pk, away.pk)
    assert set(Task.objects.filter(customer=keep, state="open").values_list("pk", flat=True)) == {better.pk, promise.pk}
    assert list(Enrolment.objects.filter(ended_on=None).values_list("pk", "customer")) == [(better.enrolment_id, keep.pk)]
    assert Task.objects.get(pk=lesser.pk).stopped_why == "stronger"
    undo_merge(cast.fang, done.pk)
    assert differences(before, everything()) == []


def test_pairs_of_the_card_that_goes_become_the_survivors(cast: Cast) -> None:
    keep, away = two(cast)
    others = [card(cast.chen, f"甲{n}", number=f"K{n + 3}") for n in range(3)]
    pair = DuplicatePair.objects.create
    pair(a=keep, b=away, score=0.9, reasons=["phone"])
    pair(a=keep, b=others[0], score=0.6, reasons=["plate"])
    pair(a=away, b=others[0], score=0.6, reasons=["phone"], state=PairState.APART, decided_by=cast.fang, decided_reasons=["phone"])
    moved = pair(a=away, b=others[1], score=0.6, reasons=["phone"], state=PairState.APART, decided_reasons=["phone"])
    settle(keep, away)
    before = everything()
    done = merge(cast.fang, keep.pk, away.pk)
    assert {(one.a_id, one.b_id): one.state for one in DuplicatePair.objects.all()} == {
        (keep.pk, others[0].pk): "apart",
        (keep.pk, others[1].pk): "apart",
    }
    assert DuplicatePair.objects.get(b=others[1]).pk == moved.pk
    undo_merge(cast.fang, done.pk)
    assert differences(before, everything()) == []
    scanning.scan()
    assert DuplicatePair.objects.get(a=keep, b=away).state == "open"


# ── left alone on purpose ────────────────────────────────────────────────────


@pytest.fixture
def company(db) -> Iterator[Company]:
    with time_machine.travel(NOON, tick=False):
        yield small_company()


def grouped(company: Company, *arms: str, plan_on: date | None = DAY) -> list[Customer]:
    """Cards of one person, each in its own group of one round, and the plan of the day."""
    trial = a_trial()
    people = [company.absent(f"K{n}") for n in range(len(arms))]
    for one, arm in zip(people, arms, strict=True):
        if arm:
            Assignment.objects.create(trial=trial, customer=one, stratum="A", arm=arm, on=DAY)
    if plan_on:
        plan(plan_on)
    settle(*people)
    return people


def under_way() -> list[tuple[str, str | None]]:
    """Of what is open: playbook and group."""
    return list(Enrolment.objects.filter(ended_on=None).values_list("playbook", "assignment__arm"))


def merged_and_back(company: Company, keep: Customer, away: Customer) -> None:
    """The merge that follows is one that comes back row by row."""
    before = everything()
    undo_merge(company.guoping, merge(company.guoping, keep.pk, away.pk).pk)
    assert differences(before, everything()) == []


@pytest.mark.parametrize("again", [False, True])
def test_who_is_left_alone_stays_so_with_the_other_cards_contact(company: Company, again: bool) -> None:
    keep, away = grouped(company, Arm.ALONE, Arm.TREATED)
    task = Task.objects.get()
    if again:  # his being left alone had ended: his group has not
        Enrolment.objects.filter(customer=keep).update(ended_on=DAY, why="signal")
        settle(keep, away)
    merged_and_back(company, keep, away)
    assert Task.objects.open().get() == task
    merge(company.guoping, keep.pk, away.pk)
    task.refresh_from_db()
    assert (task.state, task.stopped_why) == ("stopped", "cancelled")
    assert under_way() == ([] if again else [(KEY, Arm.ALONE)])
    for day in (0, 1, 5):
        with time_machine.travel(NOON + timedelta(day), tick=False):
            plan(later(day))
        assert not Task.objects.open().exists()
        assert len(under_way()) <= 1
    new = company.signal(keep, "insurance_30", 2, **{"days_left('insurance')": 29})
    type(new).objects.filter(pk=new.pk).update(started_on=later(5))
    plan(later(5))  # another matter that began later
    assert Task.objects.open().count() == 1


def test_another_playbook_that_came_with_the_other_card_goes_on_beside_it(company: Company) -> None:
    """He stays in the group he fell into, and what was begun on the other card is not ended as if its cause were gone."""
    keep, away = grouped(company, Arm.ALONE, "", plan_on=None)
    Signal.objects.filter(customer=away).delete()
    company.signal(away, "insurance_30", 2, **{"days_left('insurance')": 29})
    plan(DAY)
    settle(keep, away)
    merged_and_back(company, keep, away)
    merge(company.guoping, keep.pk, away.pk)
    task = Task.objects.open().get()
    again = company.signal(keep, "insurance_30", 2, **{"days_left('insurance')": 29})  # as insight says it of the one card
    for day in (0, 1, 5):
        with time_machine.travel(NOON + timedelta(day), tick=False):
            plan(later(day))
        assert Task.objects.open().get() == task
        assert sorted(under_way()) == sorted([("insurance_before", None), (KEY, Arm.ALONE)])
    with time_machine.travel(NOON + timedelta(5), tick=False):
        Signal.objects.filter(pk=again.pk).update(ended_on=later(5))
        plan(later(5))  # its cause is gone: it ends, and he is left alone as before
    task.refresh_from_db()
    assert (task.stopped_why, under_way()) == ("signal", [(KEY, Arm.ALONE)])


def test_who_is_contacted_goes_on_though_the_other_card_was_left_alone(company: Company) -> None:
    away, keep = grouped(company, Arm.ALONE, Arm.TREATED)
    merged_and_back(company, keep, away)
    merge(company.guoping, keep.pk, away.pk)
    assert under_way() == [(KEY, Arm.TREATED)]
    assert Task.objects.open().get().customer_id == keep.pk
    plan(later(1))
    assert Task.objects.open().count() == 1


def test_a_group_that_is_not_the_survivors_leaves_nobody_alone(company: Company) -> None:
    away, keep = grouped(company, Arm.ALONE, Arm.TREATED)
    Task.objects.all().delete()
    Enrolment.objects.filter(customer=keep).delete()
    settle(keep, away)
    merged_and_back(company, keep, away)
    merge(company.guoping, keep.pk, away.pk)
    assert under_way() == []
    assert Enrolment.objects.get().why == "cancelled"
    plan(later(1))
    assert under_way() == [(KEY, Arm.TREATED)]
    assert Task.objects.open().count() == 1


def test_a_group_that_comes_with_the_other_card_leaves_him_alone(company: Company) -> None:
    away, keep = grouped(company, Arm.ALONE, "", plan_on=None)
    Trial.objects.update(planned=1)  # no place for the other card
    plan(DAY)
    assert Task.objects.open().get().customer_id == keep.pk
    settle(keep, away)
    merged_and_back(company, keep, away)
    merge(company.guoping, keep.pk, away.pk)
    assert under_way() == [(KEY, Arm.ALONE)]
    assert not Task.objects.open().exists()


def test_two_that_are_left_alone_are_left_alone_once(company: Company) -> None:
    keep, away = grouped(company, Arm.ALONE, Arm.ALONE)
    mine = Enrolment.objects.get(customer=keep)
    merged_and_back(company, keep, away)
    merge(company.guoping, keep.pk, away.pk)
    assert Enrolment.objects.get(ended_on=None) == mine
    plan(later(1))
    assert not Task.objects.exists()


@pytest.mark.parametrize(("asked", "days"), [(True, 0), (False, 61)], ids=["asked for", "days over"])
def test_what_he_asked_for_or_comes_after_his_days_stays(company: Company, asked: bool, days: int) -> None:
    keep, away = grouped(company, Arm.ALONE, Arm.TREATED)
    Task.objects.update(asked=asked)
    with time_machine.travel(NOON + timedelta(days), tick=False):
        merged_and_back(company, keep, away)
        merge(company.guoping, keep.pk, away.pk)
        assert under_way() == [(KEY, None)]
        assert Task.objects.open().get().customer_id == keep.pk
        new = company.signal(keep, "insurance_30", 2, **{"days_left('insurance')": 29})
        type(new).objects.filter(pk=new.pk).update(started_on=later(days))
        plan(later(days))
        assert Task.objects.open().count() == 1
        assert len(under_way()) == 1
