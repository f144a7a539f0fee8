"""Versions of playbooks and scripts: what is saved stands at once, every fault is told at its field, a refusal changes nothing."""

from copy import deepcopy
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from liuke.audit.models import AuditEntry
from liuke.kernel.refusal import Refused
from liuke.packs import load_pack
from liuke.playbooks import actions, queries
from liuke.playbooks.models import PlaybookVersion, ScriptVersion
from liuke.playbooks.rules import Faulty, body_of, changes, playbook_of

PACK = load_pack("auto_dealer")


def body(key: str = "overdue_visit", **changed: Any) -> dict[str, Any]:
    return {**deepcopy(body_of(PACK.playbook(key))), **changed}


def script(key: str = "retention", **changed: Any) -> dict[str, Any]:
    return {**deepcopy(body_of(next(each for each in PACK.scripts if each.key == key))), **changed}


def refused(verb: Any, *given: Any, **more: Any) -> Refused:
    """The refusal of a verb that then has changed nothing."""
    before = list(PlaybookVersion.objects.values()), list(ScriptVersion.objects.values()), AuditEntry.objects.count(), queries.pack()
    with pytest.raises(Refused) as told:
        verb(*given, **more)
    after = list(PlaybookVersion.objects.values()), list(ScriptVersion.objects.values()), AuditEntry.objects.count(), queries.pack()
    assert after == before
    return told.value


def places(refusal: Refused) -> list[tuple[str, str]]:
    assert isinstance(refusal, Faulty)
    return [(".".join(str(part) for part in fault.path), str(fault.said)) for fault in refusal.faults]


# ── saving ──


def test_a_saved_version_stands_in_place_of_the_packs(cast):
    assert queries.pack() is PACK
    steps = body()["steps"]
    steps[0]["minutes"] = 12
    saved = actions.save_playbook(cast.xu, "overdue_visit", body(steps=steps), why="十分钟说不完")
    assert (saved.version, saved.pack, saved.by, saved.why) == (2, "auto_dealer", cast.xu, "十分钟说不完")
    now = queries.pack()
    assert (now.playbook("overdue_visit").steps[0].minutes, now.playbook("overdue_visit").version) == (12, 2)
    assert [p.key for p in now.playbooks] == [p.key for p in PACK.playbooks]
    assert now.playbook("late_visit") is PACK.playbook("late_visit")
    assert queries.base_pack() is PACK
    entry = AuditEntry.objects.get(verb="playbook.save")
    assert entry.detail == {"key": "overdue_visit", "version": 2}  # no word of what was written


def test_the_pack_is_put_together_once_and_read_with_one_query(cast):
    actions.save_playbook(cast.xu, "overdue_visit", body(must=True))
    first = queries.pack()
    from liuke.team.models import Company

    Company.objects.create(name="启程汽车服务集团", pack="auto_dealer")
    with CaptureQueriesContext(connection) as asked:
        assert queries.pack() is first
    assert len(asked) == 1
    actions.save_playbook(cast.xu, "overdue_visit", body(must=False))
    assert queries.pack() is not first


def test_what_the_company_writes_may_go_without_english(cast):
    steps = body()["steps"]
    steps[0]["say"] = {"zh": "这么久没见您，车还好吗？", "en": ""}
    actions.save_playbook(cast.xu, "overdue_visit", body(steps=steps))
    say = queries.pack().playbook("overdue_visit").steps[0].say
    assert (say("zh"), say("en")) == ("这么久没见您，车还好吗？", "这么久没见您，车还好吗？")


def test_only_the_operations_centre_and_the_manager_write(cast):
    assert refused(actions.save_playbook, cast.chen, "overdue_visit", body(must=True)).code == "permission"
    assert refused(actions.save_script, cast.he, "retention", script()).code == "permission"
    assert actions.save_playbook(cast.zhao, "overdue_visit", body(must=True)).version == 2


def test_an_unknown_playbook_and_a_key_that_is_changed(cast):
    assert refused(actions.save_playbook, cast.xu, "nobody", body()).code == "playbook.unknown"
    actions.save_playbook(cast.xu, "overdue_visit", {**body(must=True), "key": "late_visit"})
    assert queries.pack().playbook("overdue_visit").must
    assert queries.pack().playbook("late_visit") is PACK.playbook("late_visit")


def test_two_who_had_the_same_version_before_them(cast):
    actions.save_playbook(cast.xu, "overdue_visit", body(must=True), seen=1)
    told = refused(actions.save_playbook, cast.zhao, "overdue_visit", body(), seen=1)
    assert (told.code, str(told)) == ("playbook.newer", "许文涛刚刚存了新的一版，您写的还在。请先看过那一版再存。")
    assert actions.save_playbook(cast.zhao, "overdue_visit", body(), seen=2).version == 3


# ── faults at their fields ──


def test_an_unknown_slot(cast):
    steps = body()["steps"]
    steps[1]["say"] = {"zh": "{nickname}最近忙吗？", "en": ""}
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(steps=steps))
    assert places(told) == [("steps.1.say.zh", "不认识空位 {nickname}，能用的有 {name_title} {staff} {store} {asset} {benefit}")]


def test_an_unknown_slot_of_a_script(cast):
    blocks = script()["blocks"]
    blocks[2]["lines"][0] = {"zh": "给您{discount}。", "en": ""}
    told = refused(actions.save_script, cast.xu, "retention", script(blocks=blocks))
    assert places(told) == [("blocks.2.lines.0.zh", "不认识空位 {discount}，能用的有 {name_title} {staff} {store} {asset}")]


def test_the_english_of_before_keeps_nobody_from_changing_the_chinese(cast):
    steps = body()["steps"]
    assert "{" not in steps[1]["say"]["en"]
    steps[1]["say"]["zh"] = "{name_title}最近忙吗？"
    saved = actions.save_playbook(cast.xu, "overdue_visit", body(steps=steps))
    assert saved.version == 2
    steps[1]["say"]["en"] = "Are you busy, {nickname}?"
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(steps=steps), seen=2)
    assert [where for where, _ in places(told)] == ["steps.1.say.en"]


def test_unknown_signal_script_and_follower(cast):
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(signals=["overdue_visit", "nothing"], script="whisper"))
    assert places(told) == [("signals.1", "没有叫 nothing 的信号"), ("script", "没有叫 whisper 的话术")]
    after = {"refused": {"do": "playbook", "playbook": "nobody", "days": 3}}
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(outcomes=after))
    assert places(told) == [("outcomes.refused.playbook", "没有叫 nobody 的打法")]


def test_steps_out_of_order(cast):
    steps = body()["steps"]
    steps[0]["day"], steps[1]["day"] = 9, 2
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(steps=steps))
    assert places(told) == [("steps", "步骤的天数要从小到大，不能重复")]


def test_a_playbook_that_loops_names_the_chain(cast):
    actions.save_playbook(cast.xu, "late_visit", body("late_visit", outcomes={"reached": {"do": "playbook", "playbook": "overdue_visit"}}))
    after = {"refused": {"do": "playbook", "playbook": "late_visit", "days": 3}}
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(outcomes=after))
    assert places(told) == [("outcomes.refused.playbook", "打法转回了自己，中间没有歇：久未到店 → 该来没来 → 久未到店")]
    rested = {"refused": {"do": "playbook", "playbook": "late_visit", "days": 60}}
    assert actions.save_playbook(cast.xu, "overdue_visit", body(outcomes=rested)).version == 2


def test_limits_of_offers(cast):
    offer = {"benefit": {"zh": "工时八折", "en": ""}, "limits_cents": {"rep": 50_000, "supervisor": 20_000}}
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(offer=offer))
    assert places(told) == [("offer.limits_cents.rep", "自己能给的不能比主管能给的多")]


def test_many_faults_are_told_at_once(cast):
    steps = body()["steps"]
    steps[0]["minutes"], steps[0]["channel"] = 0, "pigeon"
    told = refused(actions.save_playbook, cast.xu, "overdue_visit", body(steps=steps, goal={"zh": "", "en": ""}))
    assert [path for path, _said in places(told)] == ["goal", "steps.0.channel", "steps.0.minutes"]


def test_care_carries_no_offer(cast):
    told = refused(
        actions.save_playbook, cast.xu, "steady", body("steady", offer={"benefit": {"zh": "小事", "en": ""}, "limits_cents": {}})
    )
    assert ("offer", "日常关怀不带优惠") in places(told)


# ── one of the company's own ──


def test_a_playbook_of_its_own_takes_over_a_signal(cast):
    made = actions.add_playbook(cast.xu, body("late_visit", name={"zh": "雨季检查", "en": ""}, signals=["late_visit"]))
    assert (made.key, made.version) == ("own_1", 1)
    now = queries.pack()
    assert now.signal("late_visit").playbook == "own_1"
    assert now.playbooks_for("late_visit")[0].name.zh == "雨季检查"
    told = refused(actions.add_playbook, cast.xu, body("late_visit", signals=["late_visit"]))
    assert places(told) == [("signals.0", "信号“该来没来”已经由打法“雨季检查”接手")]
    told = refused(actions.add_playbook, cast.xu, body("late_visit", signals=[], stages=[]))
    assert places(told) == [("signals", "没有信号或阶段用到打法 own_2")]


def test_switched_off_it_gives_the_signal_back(cast):
    actions.add_playbook(cast.xu, body("late_visit", name={"zh": "雨季检查", "en": ""}, signals=["late_visit"]))
    actions.switch_playbook(cast.xu, "own_1", True)
    assert (queries.pack().signal("late_visit").playbook, queries.pack().playbook("own_1").off) == ("late_visit", True)
    assert refused(actions.switch_playbook, cast.xu, "own_1", True).code == "playbook.same"
    actions.switch_playbook(cast.xu, "own_1", False)
    assert queries.pack().signal("late_visit").playbook == "own_1"
    assert list(AuditEntry.objects.order_by("seq").values_list("verb", flat=True)) == ["playbook.add", "playbook.off", "playbook.on"]


# ── back ──


def test_back_to_an_older_version_and_to_the_packs_own(cast):
    actions.save_playbook(cast.xu, "overdue_visit", body(must=True))
    actions.save_playbook(cast.xu, "overdue_visit", body(hold_out=False))
    again = actions.back_to(cast.xu, PlaybookVersion, "overdue_visit", 2)
    assert (again.version, queries.pack().playbook("overdue_visit").must) == (4, True)
    assert refused(actions.back_to, cast.xu, PlaybookVersion, "overdue_visit", 2).code == "playbook.same"
    actions.own_again(cast.xu, PlaybookVersion, "overdue_visit")
    assert queries.pack().playbook("overdue_visit") is PACK.playbook("overdue_visit")
    assert refused(actions.own_again, cast.xu, PlaybookVersion, "overdue_visit").code == "playbook.same"
    with pytest.raises(PlaybookVersion.DoesNotExist):
        actions.back_to(cast.xu, PlaybookVersion, "overdue_visit", 77)


def test_a_save_is_taken_back_and_the_one_before_stands(cast):
    first = actions.save_playbook(cast.xu, "overdue_visit", body(must=True))
    second = actions.save_playbook(cast.xu, "overdue_visit", body(hold_out=False))
    assert refused(actions.withdraw, cast.xu, PlaybookVersion, first.pk).code == "playbook.gone_on"
    actions.withdraw(cast.zhao, PlaybookVersion, second.pk)
    assert queries.pack().playbook("overdue_visit").must
    assert refused(actions.withdraw, cast.xu, PlaybookVersion, second.pk).code == "playbook.withdrawn"
    assert actions.save_playbook(cast.xu, "overdue_visit", body()).version == 4  # a number is never given twice


def test_what_others_lead_to_is_not_taken_away(cast):
    made = actions.add_playbook(cast.xu, body("late_visit", signals=["late_visit"]))
    actions.save_playbook(cast.xu, "overdue_visit", body(outcomes={"refused": {"do": "playbook", "playbook": "own_1", "days": 90}}))
    told = refused(actions.withdraw, cast.xu, PlaybookVersion, made.pk)
    assert (told.code, str(told)) == ("playbook.back", "退回去以后和别的对不上：没有叫 own_1 的打法")


def test_scripts_have_versions_of_their_own(cast):
    blocks = script()["blocks"]
    blocks[0]["lines"][0] = {"zh": "好久没见您了。", "en": ""}
    saved = actions.save_script(cast.xu, "retention", script(blocks=blocks))
    assert saved.version == 2
    playbook = queries.pack().playbook("overdue_visit")
    assert queries.pack().script_of(playbook).blocks[0].lines[0].zh == "好久没见您了。"
    assert refused(actions.save_script, cast.xu, "retention", script(scenario="care")).code == "script.scenario"
    actions.own_again(cast.xu, ScriptVersion, "retention")
    assert queries.pack().scripts == PACK.scripts


# ── what was begun ──


def test_a_version_that_was_begun_is_found_again(cast):
    steps = body()["steps"]
    actions.save_playbook(cast.xu, "overdue_visit", body(steps=steps[:1]))
    taken_back = actions.save_playbook(cast.xu, "overdue_visit", body(steps=steps[:2], must=True))
    actions.withdraw(cast.xu, PlaybookVersion, taken_back.pk)
    now = queries.pack()
    with CaptureQueriesContext(connection) as asked:
        held = queries.playbooks_at(now, [("overdue_visit", 2), ("late_visit", 1), ("nobody", 1)])
    assert len(asked) == 1  # only for "nobody"
    assert set(held) == {("overdue_visit", 2), ("late_visit", 1)}
    held = queries.playbooks_at(now, [("overdue_visit", 1), ("overdue_visit", 3), ("overdue_visit", 9)])
    assert (held["overdue_visit", 1], held["overdue_visit", 3].must) == (PACK.playbook("overdue_visit"), True)
    assert held["overdue_visit", 9].version == 2  # not to be found any more: the standing one


def test_what_no_longer_fits_the_pack_gives_way_to_the_packs_own(cast):
    actions.save_playbook(cast.xu, "late_visit", body("late_visit", must=True))
    PlaybookVersion.objects.create(pack="auto_dealer", key="overdue_visit", version=2, body=body(script="gone"))
    PlaybookVersion.objects.create(pack="auto_dealer", key="rival", version=2, body={"shape": "of another time"})
    now = queries.pack()
    assert (now.playbook("overdue_visit"), now.playbook("rival")) == (PACK.playbook("overdue_visit"), PACK.playbook("rival"))
    assert now.playbook("late_visit").must
    assert sorted(queries.own().unusable) == ["overdue_visit", "rival"]


# ── what changed ──


def test_changes_value_by_value():
    old = playbook_of(body())
    steps = body()["steps"]
    steps[0]["minutes"] = 12
    new = playbook_of(body(steps=steps, must=True, version=7))
    assert [(each.path, each.old, each.new) for each in changes(old, new)] == [
        (("must",), False, True),
        (("steps", 0, "minutes"), 10, 12),
    ]
    assert changes(old, old) == ()
