"""Reading a pack: what is wrong is told with its line, its field and a Chinese sentence."""

import os
from decimal import Decimal
from pathlib import Path

import pytest

from liuke.packs import PackError, Problem, available, load_pack
from liuke.packs.loader import parse_pack

SAMPLE = (Path(__file__).parent / "sample.yaml").read_text("utf-8")


def problems(old: str, new: str, *, also: str = "") -> tuple[Problem, ...]:
    """The faults of the sample after one change; the text that is changed must be there exactly once."""
    assert SAMPLE.count(old) == 1, old
    with pytest.raises(PackError) as caught:
        parse_pack((SAMPLE.replace(old, new) + also).encode(), Path("sample.yaml"))
    return caught.value.problems


def line_of(text: str) -> int:
    return SAMPLE[: SAMPLE.index(text)].count("\n") + 1


def test_the_sample_is_whole():
    pack = parse_pack(SAMPLE.encode(), Path("sample.yaml"))
    assert (pack.key, pack.hold_out_share, pack.thresholds.decline_elapsed) == ("sample", Decimal("0.10"), "1.75")
    assert [p.key for p in pack.playbooks_for("overdue")] == ["come_back"]
    assert pack.contact_budget.quiet_from == "21:00"


@pytest.mark.parametrize(
    ("old", "new", "field", "message"),
    [
        ("severity: 3", "severity: 4", "signals[0].severity", "不能大于 3"),
        ("severity: 3", "severity: 高", "signals[0].severity", "要写整数"),
        ("severity: 1", "severity: 1\n    colour: red", "signals[1].colour", "没有这一项，可能拼错了"),
        ("family: service", "family: care", "signals[1].family", "只能是 churn, growth、service"),
        ("playbook: come_back", "playbook: comeback", "signals[0].playbook", "没有叫 comeback 的打法"),
        ("script: retention", "script: nowhere", "playbooks[0].script", "没有叫 nowhere 的话术"),
        ("elapsed_cycles >= 1.75", "cycles > 1", "signals[0].condition", "看不懂 cycles > 1：没有叫 cycles 的数（第 1 个字符）"),
        ("elapsed_cycles >= 1.75", "visits() > 1", "signals[0].condition", "看不懂 visits() > 1：没有叫 visits 的算法（第 1 个字符）"),
        ("elapsed_cycles >= 1.75", "days_left('insurance') < 7", "signals[0].condition", "没有叫 insurance 的合约"),
        ("elapsed_cycles >= 1.75", "count('price_ask', 90) > 1", "signals[0].condition", "没有叫 price_ask 的事件"),
        ("decline_elapsed: 1.75", "decline_elapse: 1.75", "thresholds.decline_elapse", "没有叫 decline_elapse 的阈值"),
        ("minutes: 6", "minutes: 0", "playbooks[0].steps[1].minutes", "不能小于 1"),
        ("not_reached: {do: retry, days: 1}", "not_reached: {do: retry}", "outcomes.not_reached.days", "再试要写几天以后"),
        ("还好吗？", "'{staff}还好吗？'", "playbooks[0].steps[1].say", "中英文的空位不一样：{staff}还好吗？"),
        ("还好吗？", "还好吗?", "playbooks[0].steps[1].say", "中文旁边要用全角标点：还好吗?"),
        ("还好吗？", "还好吗！", "playbooks[0].steps[1].say", "不用感叹号：还好吗！"),
        ("还好吗？", "「还好吗」", "playbooks[0].steps[1].say", "建议说的话由页面加「」，这里不写：「还好吗」"),
        ("还好吗？", "还好 吗？", "playbooks[0].steps[1].say", "中文里不打空格：还好 吗？"),
        ("{zh: 用着好吗？, en: Are you happy?}", "{zh: 用着好吗？}", "playbooks[1].steps[0].say.en", "缺少这一项"),
        ("{zh: 用着好吗？, en: Are you happy?}", '{zh: 用着好吗？, en: ""}', "playbooks[1].steps[0].say", "缺少英文文字"),
        ("用着好吗？", "这个打八折好吗？", "playbooks[1].steps[0].say.zh", "日常关怀里不提八折"),
    ],
)
def test_a_fault_is_told_with_its_line_and_field(old: str, new: str, field: str, message: str):
    (problem,) = problems(old, new)
    assert problem == Problem(line_of(old) + new.count("\n"), field, message)


def test_steps_come_in_order_of_days():
    assert problems("- day: 5", "- day: 0") == (Problem(line_of("    steps:"), "playbooks[0].steps", "步骤的天数要从小到大，不能重复"),)


def test_a_sentence_over_forty_characters():
    (problem,) = problems("还好吗？", "还" * 41)
    assert (problem.field, problem.message[:16]) == ("playbooks[0].steps[1].say", "中文 41 字，最多 40 字：")


def test_unknown_and_unfillable_slots():
    known = "能用的有 {name_title} {staff} {store} {asset}"
    told = {
        "nickname": f"不认识空位 {{nickname}}，{known}", "benefit": f"这里填不出 {{benefit}}，{known}",
        "contract_end": f"这里填不出 {{contract_end}}，{known}",
    }  # fmt: skip
    for slot, message in told.items():
        (problem,) = problems("say: {zh: 还好吗？, en: Are you well?}", f"say: {{zh: '好{{{slot}}}', en: 'Well {{{slot}}}'}}")
        assert problem == Problem(line_of("还好吗"), "playbooks[0].steps[1].say.zh", message)


def test_the_words_of_evidence_are_expressions():
    (problem,) = problems('"{recency_days}天没来。"', '"{recency_day}天没来。"')
    assert problem.message == "中英文的空位不一样：{recency_day}天没来。"
    found = problems('zh: "{recency_days}天没来。"\n      en: "{recency_days} days', 'zh: "{days}天没来。"\n      en: "{days} days')
    assert [(p.field, p.message) for p in found] == [
        ("signals[0].evidence.zh", "看不懂 days：没有叫 days 的数（第 1 个字符）"),
        ("signals[0].evidence.en", "看不懂 days：没有叫 days 的数（第 1 个字符）"),
    ]


def test_care_carries_no_offer():
    offer = "    offer:\n      benefit: {zh: 有便利, en: ease}\n      limits_cents: {rep: 1000, supervisor: 1000}\n"
    found = problems("say: {zh: 用着好吗？", "say: {zh: 用着好吗？", also=offer)
    assert [(p.line, p.field, p.message) for p in found] == [
        (line_of("playbook: hello"), "signals[1].playbook", "关怀的信号不带优惠，打法 hello 却有 offer"),
        (SAMPLE.count("\n") + 1, "playbooks[1].offer", "日常关怀不带优惠"),
    ]


def test_every_stage_and_outcome_must_be_there():
    assert [p.message for p in problems("stages: [B, C, D, E]", "stages: [B, D]")] == ["阶段 C 没有打法", "阶段 E 没有打法"]
    assert [p.message for p in problems("  deal: {do: stop}\n", "")] == ["没有写 deal 之后怎么办"]


def test_a_key_may_be_used_once():
    found = problems("- key: hello", "- key: come_back")
    assert Problem(line_of("- key: hello"), "playbooks[1].key", "come_back 用了两次") in found


def test_all_faults_at_once_in_order_of_line():
    text = SAMPLE.replace("severity: 3", "severity: 9").replace("minutes: 2", "minutes: x")
    with pytest.raises(PackError) as caught:
        parse_pack(text.encode(), Path("sample.yaml"))
    assert str(caught.value).splitlines() == [
        f"sample.yaml 第 {line_of('severity: 3')} 行，signals[0].severity：不能大于 3",
        f"sample.yaml 第 {line_of('minutes: 2')} 行，playbooks[1].steps[0].minutes：要写整数",
    ]


@pytest.mark.parametrize(
    ("source", "line", "message"),
    [
        (b"", 1, "文件是空的，或者不是 名称: 内容 的写法"),
        (b"- a\n- b\n", 1, "文件是空的，或者不是 名称: 内容 的写法"),
        (b"key: a\nname: b\nkey: c\n", 3, "key 写了两次"),
        (b"key: &x a\nname: *x\n", 2, "不能用 * 引用别处的内容，请写全"),
        (b"key: a\nname: !!python/name:os.system x\n", 2, "不能用 ! 开头的标记"),
        (b"key: a\nname: \xff\xfe\n", 2, "文件要用 UTF-8 编码"),
        (b"key: a\n\nname: [1, 2\n", 4, "YAML 写法不对"),
        (b"a: " + b"[" * 900 + b"]" * 900, 1, "层次太深，最多 20 层"),
        (b"x" * 2_000_001, 1, "文件太大，最多 2 MB"),
    ],
)
def test_what_is_not_a_pack_file(source: bytes, line: int, message: str):
    with pytest.raises(PackError) as caught:
        parse_pack(source, Path("bad.yaml"))
    (problem,) = caught.value.problems
    assert problem.line == line
    assert problem.message.startswith(message)


def test_only_true_and_false_are_yes_or_no_and_times_stay_text():
    budget = "hold_out_share: 0.10\ncontact_budget: {quiet_from: 22:30}"
    pack = parse_pack(SAMPLE.replace("hold_out_share: 0.10", budget).encode(), Path("sample.yaml"))
    assert pack.contact_budget.quiet_from == "22:30"


def test_a_pack_by_key_by_path_and_anew_when_the_file_changes(tmp_path: Path):
    assert available() == ("auto_dealer", "retail")
    assert load_pack() is load_pack("auto_dealer")
    own = tmp_path / "own.yaml"
    own.write_text(SAMPLE, "utf-8")
    first = load_pack(own)
    assert load_pack(str(own)) is first
    own.write_text(SAMPLE.replace("severity: 3", "severity: 2"), "utf-8")
    os.utime(own, ns=(1, 1))
    assert (first.signal("overdue").severity, load_pack(own).signal("overdue").severity) == (3, 2)


def test_a_pack_that_does_not_exist(tmp_path: Path):
    with pytest.raises(PackError, match="没有叫 telecom 的行业包，现有：auto_dealer、retail"):
        load_pack("telecom")
    with pytest.raises(PackError, match="文件打不开"):
        load_pack(tmp_path / "none.yaml")


def test_a_condition_broken_off_is_not_understood():
    (problem,) = problems("elapsed_cycles >= 1.75", "elapsed_cycles >=")
    assert (problem.line, problem.field) == (line_of("elapsed_cycles >= 1.75"), "signals[0].condition")
    assert problem.message.startswith("看不懂 elapsed_cycles >=：写法不对（第 ")
