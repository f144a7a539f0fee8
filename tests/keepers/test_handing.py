"""Customers change hands with all that hangs on them, and come back as a whole."""

from dataclasses import replace
from datetime import timedelta

import pytest
import time_machine
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.audit.models import AuditEntry
from liuke.custody.models import CheckOut
from liuke.customers import handover as cards
from liuke.customers.models import Customer, FactChange, FieldChange, Transfer, TransferRow
from liuke.keepers import actions as pool
from liuke.keepers import handing, sharing
from liuke.keepers.facts import facts_of
from liuke.keepers.models import HandOver, HandOverPart, HandOverWork, PoolEntry
from liuke.keepers.nightly import Night, run
from liuke.keepers.sharing import Asked
from liuke.kernel.refusal import Refused
from liuke.team.labels import Role
from liuke.team.models import User
from liuke.work import handing as moving
from liuke.work.labels import TaskKind
from liuke.work.models import Task
from tests.cast import card
from tests.keepers.world import DAY, NOON, insight, old, task

BACK = DAY + timedelta(14)


@pytest.fixture
def hands(cast):
    """陈思远 keeps three customers, 周倩文 one, 丁磊 in another region one."""
    for owner, name in ((cast.chen, "张书远"), (cast.chen, "葛建华"), (cast.chen, "何美玲"), (cast.zhou, "罗志强"), (cast.ding, "孙莉")):
        card(owner, name)
    return cast


def ids(*names):
    return list(Customer.objects.filter(name__in=names).values_list("pk", flat=True))


def keepers():
    return dict(Customer.objects.values_list("name", "owner__name"))


def world():
    models = (HandOver, HandOverPart, HandOverWork, Transfer, TransferRow, FieldChange, FactChange, Task, CheckOut, PoolEntry)
    return [list(model.objects.order_by("pk").values()) for model in models], list(Customer.objects.order_by("pk").values())


def refused(act, code, verb="handover.make"):
    before, logged = world(), AuditEntry.objects.count()
    with pytest.raises(Refused) as told:
        act()
    assert told.value.code == code
    assert world() == before
    last = AuditEntry.objects.order_by("-seq").first()
    assert (AuditEntry.objects.count(), last.verb, last.detail) == (logged + 1, "keepers.refused", {"act": verb, "rule": code})
    return str(told.value)


def test_everything_of_a_person_goes_for_good(hands):
    zhang = Customer.objects.get(name="张书远")
    works = [
        task(zhang),
        task(zhang, TaskKind.PROMISE),
        task(zhang, TaskKind.PROMISE, state="done"),
        task(zhang, TaskKind.PROMISE, assignee=hands.lin),
    ]
    out = CheckOut.objects.create(customer=zhang, user=hands.chen, purpose="回访", at=NOON, until=NOON + timedelta(hours=9))
    Customer.objects.filter(pk=zhang.pk).update(next_contact_on=DAY)
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], reason="调到总部"))
    assert keepers() == {"张书远": "周倩文", "葛建华": "周倩文", "何美玲": "周倩文", "罗志强": "周倩文", "孙莉": "丁磊"}
    zhang.refresh_from_db()
    assert (zhang.unit, zhang.next_contact_on) == (hands.jiangning, DAY)
    assert [Task.objects.get(pk=one.pk).assignee for one in works] == [hands.zhou, hands.zhou, hands.chen, hands.lin]
    out.refresh_from_db()
    assert out.returned_at == NOON
    assert (made.count, made.everything, made.kind, made.reason, made.tell) == (3, True, "for_good", "调到总部", True)
    told = Task.objects.filter(kind=TaskKind.HAND_OVER).order_by("pk")
    assert [(one.assignee, one.must, one.state, one.reasons) for one in told] == [
        (hands.zhou, False, "open", [["handover", {"from": "陈思远", "until": ""}]])
    ] * 3
    entry = AuditEntry.objects.get(verb="handover.make")
    assert (entry.detail["customers"], entry.detail["to"], entry.detail["person"]) == (3, [hands.zhou.pk], hands.chen.pk)


def test_undo_gives_everything_back_where_nobody_touched_it(hands):
    zhang, ge = Customer.objects.get(name="张书远"), Customer.objects.get(name="葛建华")
    promise, other = task(zhang, TaskKind.PROMISE), task(ge)
    done = task(zhang, TaskKind.PROMISE)
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    Task.objects.filter(pk=done.pk).update(state="done", done_by=hands.zhou)
    cards.transfer(hands.he, [ge.pk], hands.lin.pk)
    back = handing.undo(hands.he, made.pk)
    assert (back.back, [one.name for one in back.stayed]) == (2, ["葛建华"])
    assert keepers() == {"张书远": "陈思远", "葛建华": "林倩", "何美玲": "陈思远", "罗志强": "周倩文", "孙莉": "丁磊"}
    assert Customer.objects.get(name="张书远").unit == hands.binjiang
    assert Task.objects.get(pk=promise.pk).assignee == hands.chen
    assert Task.objects.get(pk=done.pk).assignee == hands.zhou
    assert Task.objects.get(pk=other.pk).assignee == hands.zhou  # goes with the card that stayed
    told = dict(Task.objects.filter(kind=TaskKind.HAND_OVER).values_list("customer__name", "state"))
    assert told == {"张书远": "stopped", "何美玲": "stopped", "葛建华": "open"}
    refused(lambda: handing.undo(hands.he, made.pk), "handover.undone", "handover.undo")


def test_two_hand_overs_in_a_row_and_the_second_undone(hands):
    first = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    second = handing.hand_over(hands.he, Asked(person=hands.zhou.pk, customers=ids("张书远"), to=[hands.lin.pk]))
    told = Task.objects.get(customer__name="张书远", kind=TaskKind.HAND_OVER)
    assert (told.assignee, told.state) == (hands.lin, "open")  # one is enough
    handing.undo(hands.he, second.pk)
    told.refresh_from_db()
    assert (told.assignee, told.state) == (hands.zhou, "open")
    assert handing.undo(hands.he, first.pk).back == 3


def test_a_cover_leaves_the_store_and_ends_by_itself(hands):
    zhang = Customer.objects.get(name="张书远")
    promise = task(zhang, TaskKind.PROMISE)
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], kind="cover", until=BACK, reason="休产假"))
    assert keepers()["张书远"] == "周倩文" and Customer.objects.get(name="张书远").unit == hands.binjiang
    assert not Task.objects.filter(kind=TaskKind.HAND_OVER).exists()
    given_meanwhile = task(Customer.objects.get(name="张书远"), TaskKind.PROMISE)
    assert given_meanwhile.assignee == hands.zhou
    cards.transfer(hands.he, ids("葛建华"), hands.lin.pk)
    with time_machine.travel(NOON + timedelta(13)):
        assert handing.end_covers() == 0
    with time_machine.travel(NOON + timedelta(20)):  # some nights were missed
        assert handing.end_covers() == 1
        assert handing.end_covers() == 0
    assert keepers() == {"张书远": "陈思远", "葛建华": "林倩", "何美玲": "陈思远", "罗志强": "周倩文", "孙莉": "丁磊"}
    assert {Task.objects.get(pk=one.pk).assignee for one in (promise, given_meanwhile)} == {hands.chen}
    made.refresh_from_db()
    assert (made.went_back, made.running) == (2, False)
    assert AuditEntry.objects.get(verb="handover.return").actor is None
    refused(lambda: handing.undo(hands.he, made.pk), "handover.returned", "handover.undo")
    refused(lambda: handing.end_cover(hands.he, made.pk), "handover.returned", "handover.end")


def test_a_cover_can_end_early_and_never_goes_back_to_who_has_left(hands):
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], kind="cover", until=BACK))
    assert handing.end_cover(hands.he, made.pk).back == 3
    again = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], kind="cover", until=BACK))
    User.objects.filter(pk=hands.chen.pk).update(is_active=False)
    with time_machine.travel(NOON + timedelta(14)):
        assert handing.end_covers() == 1
    assert keepers()["张书远"] == "周倩文"
    again.refresh_from_db()
    assert again.went_back == 0


def test_what_is_covered_already_is_not_handed_on(hands):
    handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], kind="cover", until=BACK))
    said = refused(lambda: handing.hand_over(hands.he, Asked(person=hands.zhou.pk, to=[hands.lin.pk])), "handover.covered")
    assert said == "有 3 位正由别人代管（陈思远的客户，到2026-12-04），请先结束那次代管。"


def test_shared_out_by_value_and_by_store(hands):
    insight({"张书远": 900_000, "葛建华": 500_000, "何美玲": 300_000})
    asked = Asked(person=hands.chen.pk, to=[hands.lin.pk, hands.zhou.pk])
    seen = sharing.preview(hands.he, asked)
    assert [(part.to.name, len(part.cards), part.value_cents) for part in seen.parts] == [("林倩", 1, 900_000), ("周倩文", 2, 800_000)]
    assert (seen.count, seen.unit_changes) == (3, 2)
    seen = sharing.preview(hands.he, replace(asked, split="unit"))
    assert [(part.to.name, len(part.cards)) for part in seen.parts] == [("林倩", 3)]
    made = handing.hand_over(hands.he, asked)
    assert {part.to.name: (part.count, part.value_at_risk_cents) for part in made.parts.select_related("to")} == {
        "林倩": (1, 900_000), "周倩文": (2, 800_000),
    }  # fmt: skip
    assert keepers()["张书远"] == "林倩"
    told = Task.objects.get(customer__name="张书远")
    assert (told.value_at_risk_cents, told.value_per_minute_cents) == (900_000, 3_600)


def test_ticked_customers_of_several_and_of_nobody(hands):
    card(None, "田伟", unit=hands.binjiang)
    seen = sharing.preview(hands.he, Asked(customers=ids("张书远", "罗志强", "田伟", "孙莉"), to=[hands.zhou.pk]))
    assert (seen.count, seen.already) == (2, 1)
    made = handing.hand_over(hands.he, Asked(customers=ids("张书远", "罗志强", "田伟", "孙莉"), to=[hands.zhou.pk]))
    assert keepers() == {"张书远": "周倩文", "葛建华": "陈思远", "何美玲": "陈思远", "罗志强": "周倩文", "孙莉": "丁磊", "田伟": "周倩文"}
    assert (made.person, made.everything) == (None, False)
    handing.undo(hands.he, made.pk)
    assert keepers()["田伟"] is None


def test_who_does_not_want_to_be_contacted_is_not_told(hands):
    Customer.objects.filter(name="张书远").update(do_not_contact=True)
    handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    assert set(Task.objects.values_list("customer__name", flat=True)) == {"葛建华", "何美玲"}


def test_a_warning_of_the_pool_ends_with_the_keeper(hands):
    kept = old(hands.chen, "黄凯")
    run()
    handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk]))
    assert PoolEntry.objects.get(customer=kept).left_why == "kept"
    assert run().warned == 0


def test_other_rooms_rows_go_along(hands, monkeypatch):
    held = {1: ("张书远", hands.chen.pk), 2: ("罗志强", hands.zhou.pk)}

    class Samples:
        def move(self, old, customers, new):
            names = dict(Customer.objects.filter(pk__in=customers).values_list("name", "pk"))
            moved = [(pk, names[name]) for pk, (name, who) in held.items() if who == old and name in names]
            held.update({pk: (held[pk][0], new) for pk, _ in moved})
            return moved

        def give_back(self, ids, holder, to):
            mine = [pk for pk in ids if held[pk][1] == holder]
            held.update({pk: (held[pk][0], to) for pk in mine})
            return len(mine)

    monkeypatch.setattr(moving, "MOVERS", dict(moving.MOVERS))
    moving.register("verification.sample", Samples())
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.lin.pk]))
    assert held == {1: ("张书远", hands.lin.pk), 2: ("罗志强", hands.zhou.pk)}
    assert handing.undo(hands.he, made.pk).work == 1
    assert held[1] == ("张书远", hands.chen.pk)


@pytest.mark.parametrize(
    ("who", "asked", "code"),
    [
        ("chen", {"to": ["zhou"]}, "permission"),
        ("xu", {"to": ["zhou"]}, "permission"),
        ("he", {"to": ["chen"]}, "handover.self"),
        ("he", {"to": ["zhou", "chen"]}, "handover.self"),
        ("he", {"to": []}, "handover.to"),
        ("he", {"to": ["ding"]}, "handover.to"),
        ("he", {"to": ["zhou", "zhou"]}, "handover.to_twice"),
        ("zhao", {"to": ["xu"]}, "handover.role"),
        ("he", {"to": ["gone"]}, "handover.inactive"),
        ("zhao", {"to": ["nowhere"]}, "handover.to"),
        ("he", {"person": "ding", "to": ["zhou"]}, "handover.person"),
        ("he", {"person": "lin", "to": ["zhou"]}, "handover.none"),
        ("he", {"person": None, "to": ["zhou"]}, "handover.none"),
        ("he", {"to": ["zhou"], "kind": "cover"}, "handover.until"),
        ("he", {"to": ["zhou"], "kind": "cover", "until": DAY}, "handover.until"),
        ("he", {"to": ["zhou"], "until": BACK}, "handover.until_for_good"),
        ("he", {"to": ["zhou"], "kind": "lend"}, "handover.kind"),
        ("zhao", {"to": ["store"], "kind": "cover", "until": BACK}, "handover.sight"),
    ],
)  # fmt: skip
def test_refusals_change_nothing(hands, who, asked, code):
    people = {
        "gone": User.objects.create(username="gone", name="吴芳", role=Role.REP, unit=hands.jiangning, is_active=False),
        "nowhere": User.objects.create(username="nowhere", name="郑爽", role=Role.REP),
        "store": User.objects.create(username="store", name="马丽", role=Role.AGENT, unit=hands.jiangning),
    }

    def pk(name):
        return None if name is None else (people.get(name) or getattr(hands, name)).pk

    given = {"person": "chen", **asked}
    wanted = Asked(**{**given, "person": pk(given["person"]), "to": [pk(name) for name in given["to"]]})
    refused(lambda: handing.hand_over(getattr(hands, who), wanted), code)


def test_one_customer_to_two_people_is_refused(hands):
    [zhang] = ids("张书远")
    given = {hands.zhou.pk: [zhang], hands.lin.pk: [zhang]}
    refused(lambda: handing.hand_over(hands.he, Asked(person=hands.chen.pk, given=given)), "handover.twice")
    made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, given={hands.zhou.pk: [zhang], hands.lin.pk: ids("何美玲")}))
    assert made.count == 2 and keepers()["葛建华"] == "陈思远" and keepers()["何美玲"] == "林倩"


def test_who_sees_a_part_only_cannot_undo(hands):
    made = handing.hand_over(hands.zhao, Asked(customers=ids("张书远", "孙莉"), to=[hands.zhou.pk]))
    Customer.objects.filter(name="孙莉").update(unit=hands.beijing, owner=hands.ding)
    said = refused(lambda: handing.undo(hands.he, made.pk), "transfer.not_all_seen", "handover.undo")
    assert said == "这次转交里有 1 位您看不到，一位都没动，请赵国平来撤销。"
    far = handing.hand_over(hands.zhao, Asked(customers=ids("孙莉"), to=[hands.zhao.pk]))
    before = world()
    for act in (handing.undo, handing.end_cover):
        with pytest.raises(HandOver.DoesNotExist):
            act(hands.he, far.pk)
    assert world() == before
    with pytest.raises(HandOver.DoesNotExist):
        handing.undo(hands.he, 987_654_321)


def test_the_number_of_queries_does_not_grow(hands):
    def asked(n):
        for place in range(n):
            kept = card(hands.chen, f"客户{n}{place}")
            task(kept)
        with CaptureQueriesContext(connection) as there:
            made = handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk, hands.lin.pk]))
        with CaptureQueriesContext(connection) as back:
            handing.undo(hands.he, made.pk)
        return len(there), len(back)

    asked(3)
    one, many = asked(1), asked(60)
    # Rows are written a few dozen at a time.
    assert (many[0] - one[0], many[1] - one[1]) <= (2, 2)


def test_who_can_be_handed_over(hands):
    User.objects.filter(pk=hands.zhou.pk).update(is_active=False)
    assert [(one.name, n) for one, n in sharing.people(hands.he)] == [("周倩文", 1), ("陈思远", 3)]
    assert [(one.name, n) for one, n in sharing.people(hands.zhao)] == [("周倩文", 1), ("陈思远", 3), ("丁磊", 1)]
    assert sharing.people(hands.root) == []


def warnings():
    rows = PoolEntry.objects.filter(left_on=None).order_by("customer__pinyin")
    return [(one.customer.name, str(one.from_owner or ""), one.silent_since, one.warned_on, one.falls_on, one.fell_on) for one in rows]


def at(days):
    return time_machine.travel(NOON + timedelta(days), tick=False)


@pytest.fixture
def warned(cast):
    """Two of 陈思远's are warned, nobody's customer is in the pool."""
    for owner, name in ((cast.chen, "张书远"), (cast.chen, "葛建华"), (None, "田伟")):
        old(owner, name, 300, unit=cast.binjiang)
    run()
    return cast


def test_undo_gives_the_warnings_back_as_they_were(warned):
    before = warnings()
    assert len(before) == 3
    with at(2):
        made = handing.hand_over(warned.he, Asked(customers=ids("张书远", "葛建华", "田伟"), to=[warned.zhou.pk]))
        assert warnings() == []
        assert run().warned == 0
    with at(3):
        assert handing.undo(warned.he, made.pk).back == 3
        assert warnings() == before
        run()
        assert warnings() == before  # silence did not start anew
    with at(3.5):
        again = handing.hand_over(warned.he, Asked(customers=ids("张书远", "葛建华", "田伟"), to=[warned.lin.pk]))
        cards.transfer(warned.he, ids("葛建华"), warned.zhou.pk)
    with at(4):
        assert handing.undo(warned.he, again.pk).back == 2
        assert warnings() == [one for one in before if one[0] != "葛建华"]
        assert run() == Night()
    with at(7):
        assert run() == Night(fell=1)
    assert keepers() == {"张书远": None, "葛建华": "周倩文", "田伟": None}


def test_after_a_cover_a_warning_runs_on(warned):
    with at(2):
        made = handing.hand_over(warned.he, Asked(person=warned.chen.pk, to=[warned.zhou.pk], kind="cover", until=BACK))
    with at(12):
        handing.end_cover(warned.he, made.pk)
        back = [("葛建华", "陈思远"), ("张书远", "陈思远")]
        rows = [one for one in warnings() if one[1]]
        assert sorted(one[:2] for one in rows) == sorted(back)
        assert {one[2:] for one in rows} == {(DAY - timedelta(300), DAY + timedelta(10), DAY + timedelta(17), None)}
        run()
        assert [one for one in warnings() if one[1]] == rows
    with at(16):
        assert run().fell == 0
    with at(17):
        assert run().fell == 2


def test_a_change_of_owner_that_stays_starts_the_silence_anew(warned):
    with at(1):
        made = handing.hand_over(warned.he, Asked(person=warned.chen.pk, to=[warned.zhou.pk]))
        cards.transfer(warned.he, ids("张书远"), warned.lin.pk)
    with at(2):
        handing.undo(warned.he, made.pk)
        known = facts_of(list(Customer.objects.select_related("owner")), DAY + timedelta(2))
    since = {Customer.objects.get(pk=pk).name: one.kept_since for pk, one in known.items()}
    assert since == {"张书远": DAY + timedelta(1), "葛建华": DAY - timedelta(300), "田伟": DAY - timedelta(300)}


def test_giving_back_and_taking_again_does_not_start_the_silence_anew(warned):
    zhang = Customer.objects.get(name="张书远")
    with at(1):
        entry = pool.give_back(warned.chen, zhang.pk, "顾不过来")
        pool.undo_give_back(warned.chen, entry.pk)
        zhang.refresh_from_db()
        assert facts_of([zhang], DAY + timedelta(1))[zhang.pk].kept_since == DAY - timedelta(300)
        assert run().warned == 1


def test_the_look_says_whom_it_makes_tell_and_the_act_makes_as_many(hands):
    Customer.objects.filter(name="张书远").update(do_not_contact=True)
    asked = Asked(person=hands.chen.pk, to=[hands.zhou.pk])
    seen = sharing.preview(hands.he, asked)
    assert (seen.introductions, [part.introductions for part in seen.parts]) == (2, [2])
    assert sharing.preview(hands.he, replace(asked, tell=False)).introductions == 0
    handing.hand_over(hands.he, asked)
    assert Task.objects.filter(kind=TaskKind.HAND_OVER, assignee=hands.zhou).count() == 2


def test_a_cover_asks_for_the_day_of_return(hands):
    said = refused(lambda: handing.hand_over(hands.he, Asked(person=hands.chen.pk, to=[hands.zhou.pk], kind="cover")), "handover.until")
    assert said == "请填哪天回来。"
