"""What a segment can ask, line by line. One line here is all that a new question needs: its words, its slots, its condition.

Sealed fields (phone, WeChat, address) can be asked about only whether they are filled in; their values cannot be asked about by any door.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from django.utils.translation import get_language, pgettext
from django.utils.translation import gettext as _

from liuke.customers.fields import SEALED_NAMES
from liuke.customers.labels import VALUED_EVENTS, Channel, EventKind, Gender, Kind, Level
from liuke.deals.labels import AssetKind, DealKind
from liuke.interactions.labels import Direction, Outcome, Way
from liuke.packs.schema import CardField, Pack
from liuke.segments import asking, asking_extra, happened, saying
from liuke.segments.algebra import Row
from liuke.segments.conditions import Catalogue, Entry, Slot
from liuke.segments.wording import language
from liuke.standing.flow import CAME, GONE, NEVER, NOT_YET, OVERDUE
from liuke.standing.labels import Attitude, CustomerType, Grade, Stage

TIERS = ("ordinary", "silver", "gold", "platinum")
SEALED = frozenset(SEALED_NAMES) | {"plate", "vin", "identifier"}
YUAN = 100


def catalogue(pack: Pack) -> Catalogue:
    """The catalogue in the reader's language."""
    return _made(pack, get_language() or "zh-hans")


_kept: dict[tuple[int, str], tuple[Pack, Catalogue]] = {}


def _made(pack: Pack, tongue: str) -> Catalogue:
    kept = _kept.get((id(pack), tongue))
    if kept is None or kept[0] is not pack:
        if len(_kept) > 32:
            _kept.clear()
        entries = {entry.key: entry for entry in (*_figures(), *_happened(pack), *_card(pack), *_own(pack), _inner())}
        sealed = SEALED | {f"extra.{one.key}" for one in pack.fields if one.type in ("plate", "vin")}
        kept = _kept[(id(pack), tongue)] = (pack, Catalogue(entries, sealed - set(entries)))
    return kept[1]


# ── slots ────────────────────────────────────────────────────────────────────


def _pairs(labels: Any) -> tuple[tuple[str, str], ...]:
    return tuple((str(code), str(word)) for code, word in labels)


def _op(*pairs: tuple[str, str], name: str = "op") -> Slot:
    return Slot(name, "choice", options=pairs)


def _size(unit: str = "", scale: int = 1, empty: bool = False) -> tuple[Slot, ...]:
    none = (("filled", _("填了")), ("empty", _("没有"))) if empty else ()
    low = -(10**15) if scale == YUAN else 0
    return (
        Slot("op", "choice", options=(("ge", _("至少")), ("le", _("最多")), ("between", _("在两者之间")), *none)),
        Slot("a", "whole", unit=unit, scale=scale, low=low, only=(("op", ("ge", "le", "between")),)),
        Slot("b", "whole", _("到"), unit=unit, scale=scale, low=low, only=(("op", ("between",)),)),
    )


def _when(*, anyway: bool = True, ahead: bool = False, empty: bool = False) -> tuple[Slot, ...]:
    options = [("any", _("不管什么时候"))] if anyway else []
    options += [("last", _("最近几天内")), ("before", _("几天以前"))]
    options += [("next", _("今后几天内"))] if ahead else []
    options += [("between", _("两个日子之间"))]
    options += [("filled", _("填了")), ("empty", _("没有"))] if empty else []
    return (
        Slot("when", "choice", options=tuple(options)),
        Slot("n", "whole", unit=_("天"), low=0, high=36500, only=(("when", ("last", "before", "next")),)),
        Slot("from", "day", _("从"), only=(("when", ("between",)),)),
        Slot("to", "day", _("到"), only=(("when", ("between",)),)),
    )


def _text() -> tuple[Slot, ...]:
    ops = (("contains", _("里有")), ("is", _("就是")), ("filled", _("填了")), ("empty", _("没填")))
    return Slot("op", "choice", options=ops), Slot("text", "text", only=(("op", ("contains", "is")),))


def _presence() -> tuple[Slot, ...]:
    return (_op(("filled", _("填了")), ("empty", _("没填"))),)


def _flag() -> tuple[Slot, ...]:
    return (_op(("yes", _("是")), ("no", _("不是"))),)


def _choice(labels: Any, kind: Any = "choices") -> tuple[Slot, ...]:
    return _op(("in", _("是")), ("not", _("不是"))), Slot("is", kind, options=_pairs(labels))


def _some(name: str, label: str, labels: Any, kind: Any = "choices") -> Slot:
    return Slot(name, kind, label, _pairs(labels), optional=True)


# ── figures of insight ───────────────────────────────────────────────────────


def _figures() -> Iterator[Entry]:
    head = _("判断")

    def of(key: str, label: str, column: str, unit: str = "", scale: int = 1, by: float = 1, empty: bool = False) -> Entry:
        return Entry(key, head, label, _size(unit, scale, empty), asking.number(column, Row, by), saying.number)

    yield Entry("stage", head, _("阶段"), _choice(Stage.choices), asking.choice("stage", Row), saying.choice)
    yield Entry("grade", head, _("等级"), _choice(Grade.choices), asking.choice("abc", Row), saying.choice)
    yield Entry("type", head, _("客户类型"), _choice(CustomerType.choices), asking.choice("type", Row), saying.choice)
    yield Entry("attitude", head, _("忠诚度"), _choice(Attitude.choices), asking.choice("attitude", Row), saying.choice)
    yield Entry("tags", head, _("标签"), _choice(CustomerType.choices), asking.tag, saying.choice)
    yield Entry("came", head, _("到店"), _choice([
        (CAME, _("本月来过")), (NOT_YET, _("还没到该来")), (OVERDUE, _("该来没来")), (NEVER, _("没买过")), (GONE, _("已离网")),
    ]), asking.came, saying.choice)  # fmt: skip
    yield Entry("last_deal", head, _("上次成交"), _when(anyway=False, empty=True), asking.day("last_deal", Row), saying.day)
    yield Entry("first_deal", head, _("首次成交"), _when(anyway=False, empty=True), asking.day("first_deal", Row), saying.day)
    yield Entry("due", head, _("该来的日子"), _when(anyway=False, ahead=True, empty=True), asking.day("due_on", Row), saying.day)
    yield Entry("cycles", head, _("没来几个周期了"), _size(_("个周期"), 10), asking.cycles, saying.number)
    yield of("cycle_days", _("周期"), "cycle_days", _("天"), empty=True)
    yield of("amount_12m", _("12 个月净额"), "amount_12m_cents", _("元"), YUAN)
    yield of("amount_all", _("累计净额"), "amount_all_cents", _("元"), YUAN)
    yield of("deal_days", _("成交天数"), "deal_days", _("天"))
    yield of("r", _("R 分（最近）"), "r", _("分"))
    yield of("f", _("F 分（次数）"), "f", _("分"))
    yield of("m", _("M 分（金额）"), "m", _("分"))
    yield of("leave", _("流失概率"), "leave_share", "%", by=100)
    yield Entry("at_risk", head, _("风险金额"), _size(_("元"), YUAN), asking.at_risk, saying.number)
    yield of("expected", _("预计一年净额"), "expected_cents", _("元"), YUAN)
    yield of("expected_deals", _("预计一年来几次"), "expected_deals", _("次"))
    yield Entry("stage_since", head, _("进入现在的阶段"), _when(anyway=False), asking.day("stage_since", Row), saying.day)


# ── what happened ────────────────────────────────────────────────────────────


def _happened(pack: Pack) -> Iterator[Entry]:
    head = _("发生的事")
    tongue = language()
    has = _op(("yes", _("有过")), ("no", _("没有过")), name="has")
    kinds = [(kind.key, kind.name(tongue)) for kind in pack.contract_kinds]
    measured = ("measure", ("count", "sum", "max"))
    yield Entry("deals", head, pgettext("结果", "成交"), (
        Slot("measure", "choice", options=(
            ("yes", _("有过")), ("no", _("没有过")), ("count", _("次数")), ("sum", _("净额合计")), ("max", _("最大一笔")),
        )),
        Slot("op", "choice", options=(("ge", _("至少")), ("le", _("最多"))), only=(measured,)),
        Slot("a", "whole", scale=YUAN, only=(("measure", ("sum", "max")),)),
        Slot("times", "whole", unit=_("次"), high=100_000, only=(("measure", ("count",)),)),
        *_when(), Slot("text", "text", _("内容里有"), optional=True),
        _some("kinds", _("类型"), DealKind.choices), _some("units", _("门店"), (), "words"),
    ), happened.deal, saying.deal, column=False)  # fmt: skip
    yield Entry("events", head, _("事件"), (
        Slot("has", "choice", options=(("yes", _("有过")), ("no", _("没有过")), ("times", _("至少几次")))),
        Slot("kinds", "choices", options=_pairs(EventKind.choices)),
        Slot("times", "whole", unit=_("次"), low=1, high=1000, only=(("has", ("times",)),)),
        *_when(),
        Slot("score", "choice", _("打分"), (("le", _("至多")), ("ge", _("至少"))), optional=True),
        Slot("value", "whole", unit=_("分"), high=max(top for _low, top in VALUED_EVENTS.values()), only=(("score", ("le", "ge")),)),
    ), happened.event, saying.event, column=False)  # fmt: skip
    yield Entry("contacts", head, _("联系"), (
        has, *_when(), _some("ways", _("方式"), Way.choices), _some("outcomes", _("结果"), Outcome.choices),
        _some("direction", _("谁找谁"), Direction.choices),
    ), happened.contact, saying.contact, column=False)  # fmt: skip
    yield Entry("contracts", head, _("合约"), (
        Slot("state", "choice", options=(
            ("expires", _("快到期，还没续")), ("expired", _("到期了，没续")), ("running", _("正在有效")), ("none", _("没有有效的")),
        )),
        Slot("n", "whole", unit=_("天内"), high=3660, only=(("state", ("expires", "expired")),)),
        _some("kinds", _("类别"), kinds, "words"),
    ), happened.contract, saying.contract, column=False)  # fmt: skip
    yield Entry("assets", head, _("持有物"), (
        _op(("yes", _("有")), ("no", _("没有")), name="has"), Slot("text", "text", _("名称里有"), optional=True),
        _some("kinds", _("类别"), AssetKind.choices),
        Slot("op", "choice", _("年款"), (("ge", _("不早于")), ("le", _("不晚于")), ("between", _("在两者之间"))), optional=True),
        Slot("a", "whole", unit=_("年"), low=1900, high=2100, only=(("op", ("ge", "le", "between")),)),
        Slot("b", "whole", _("到"), unit=_("年"), low=1900, high=2100, only=(("op", ("between",)),)),
    ), happened.asset, saying.asset, column=False)  # fmt: skip
    yield Entry("signals", head, _("信号"), (
        Slot("state", "choice", options=(("open", _("亮着")), ("none", _("没亮")), ("opened", _("刚亮起")), ("ended", _("刚熄掉")))),
        Slot("keys", "words", options=tuple((signal.key, signal.name(tongue)) for signal in pack.signals)),
        Slot("n", "whole", unit=_("天内"), high=3660, only=(("state", ("opened", "ended")),)),
    ), happened.signal, saying.signal, column=False)  # fmt: skip
    yield Entry("tasks", head, _("任务"), (
        Slot("state", "choice", options=(
            ("open", _("有要做的")), ("late", _("有过了期的")), ("done", _("做过")), ("none", _("没有要做的")),
        )),
        Slot("n", "whole", unit=_("天内"), high=3660, only=(("state", ("done",)),)),
    ), happened.task, saying.task, column=False)  # fmt: skip
    yield Entry("stage_changes", head, _("阶段变化"), (
        *_when(), _some("old", _("原来是"), Stage.choices), _some("new", _("变成"), Stage.choices),
    ), happened.stage_change, saying.stage_change, column=False)  # fmt: skip


# ── the card ─────────────────────────────────────────────────────────────────


def _card(pack: Pack) -> Iterator[Entry]:
    head = _("客户卡")

    def text(key: str, label: str) -> Entry:
        return Entry(key, head, label, _text(), asking.text(key), saying.text)

    def choice(key: str, label: str, labels: Any) -> Entry:
        return Entry(key, head, label, _choice(labels), asking.choice(key), saying.choice)

    def flag(key: str, label: str) -> Entry:
        return Entry(key, head, label, _flag(), asking.flag(key), saying.flag)

    def day(key: str, label: str, *, ahead: bool = False, empty: bool = True) -> Entry:
        return Entry(key, head, label, _when(anyway=False, ahead=ahead, empty=empty), asking.day(key), saying.day)

    def sealed(key: str, column: str, label: str) -> Entry:
        return Entry(key, head, label, _presence(), asking.filled(column), saying.text)

    yield Entry("unit", head, _("门店"), _choice((), "words"), asking.unit, saying.choice)
    yield Entry("owner", head, _("业务员"), _choice([("me", _("我")), ("none", _("没有业务员"))], "words"), asking.owner, saying.choice)
    yield choice("tier", _("会员"), zip(TIERS, (_("普卡"), _("银卡"), _("金卡"), _("白金")), strict=True))
    yield choice("kind", _("类别"), Kind.choices)
    yield text("name", _("姓名"))
    yield text("number", _("客户编号"))
    yield choice("gender", _("性别"), Gender.choices)
    months = tuple((str(month), _("%(n)s 月") % {"n": month}) for month in range(1, 13))
    yield Entry("birthday", head, _("生日"), (
        _op(("next", _("今后几天内")), ("month", _("在几月")), ("filled", _("填了")), ("empty", _("没填"))),
        Slot("n", "whole", unit=_("天"), high=366, only=(("op", ("next",)),)),
        Slot("months", "choices", options=months, only=(("op", ("month",)),)),
    ), asking.birthday, saying.birthday)  # fmt: skip
    yield Entry("birth_year", head, _("出生年"), _size(_("年"), empty=True), asking.number("birth_year"), saying.number)
    yield sealed("phone.filled", "phone", _("电话"))
    yield sealed("wechat.filled", "wechat", _("微信"))
    yield sealed("address.filled", "address", _("地址"))
    for key, label in (
        ("hobbies", _("爱好")), ("personality", _("性格")), ("family", _("家庭情况")), ("occupation", _("职业")),
        ("income_band", _("收入情况")), ("education", _("教育程度")),
    ):  # fmt: skip
        yield text(key, label)
    yield choice("channel", _("喜欢的联系方式"), Channel.choices)
    yield text("best_time", _("方便的时间"))
    yield text("avoid", _("忌讳"))
    asked = asking.number("monthly_contacts")
    yield Entry("monthly_contacts", head, _("每月联系次数上限"), _size(_("次"), empty=True), asked, saying.number)
    yield choice("service_need", _("服务需求等级"), Level.choices)
    yield flag("do_not_contact", _("不要打扰"))
    yield flag("early_adopter", _("率先使用者"))
    yield flag("key_account", _("大客户"))
    yield sealed("credit_code.filled", "credit_code", _("统一社会信用代码"))
    for key, label in (("industry", _("行业")), ("size", _("规模")), ("region", _("地区")), ("source", _("来源")), ("remarks", _("备注"))):
        yield text(key, label)
    yield Entry("parent", head, _("有上级单位"), _flag(), asking.linked("parent"), saying.flag)
    yield day("opened_on", _("建档日期"), empty=False)
    yield day("confirmed_on", _("核实日期"))
    yield Entry("stale", head, _("太久没核实"), _flag(), asking.stale, saying.flag)
    yield Entry("completeness", head, _("完整度"), _size("%", empty=True), asking.number("completeness"), saying.number)
    yield day("next_contact_on", _("下次联系"), ahead=True)


def _own(pack: Pack) -> Iterator[Entry]:
    """The pack's own fields of a customer or an organisation."""
    tongue, head = language(), _("行业字段")
    for one in pack.fields:
        if one.on == "asset":
            continue
        key, label = f"extra.{one.key}", one.name(tongue)
        if one.type in ("plate", "vin"):
            yield Entry(f"{key}.filled", head, label, _presence(), asking_extra.text(one.key), saying.text)
        else:
            yield _own_field(one, key, label, head)


def _own_field(one: CardField, key: str, label: str, head: str) -> Entry:
    tongue = language()
    if one.type in ("integer", "decimal"):
        unit = one.unit(tongue) if one.unit else ""
        return Entry(key, head, label, _size(unit, empty=True), asking_extra.number(one.key), saying.number)
    if one.type == "date":
        return Entry(key, head, label, _when(anyway=False, ahead=True, empty=True), asking_extra.day(one.key), saying.day)
    if one.type == "yes_no":
        return Entry(key, head, label, _flag(), asking_extra.flag(one.key), saying.flag)
    if one.type == "choice":
        labels = [(choice.key, choice.name(tongue)) for choice in one.choices]
        return Entry(key, head, label, _choice(labels), asking_extra.choice(one.key), saying.choice)
    return Entry(key, head, label, _text(), asking_extra.text(one.key), saying.text)


def _inner() -> Entry:
    slots = (_op(("in", _("在")), ("not", _("不在"))), Slot("ids", "words"))
    return Entry("segment", _("分组"), _("分组"), slots, None, saying.inner, column=False)
