"""Keeping, sharing and putting away segments; sharing never widens sight, and a hidden field cannot be asked about."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import translation

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer
from liuke.kernel import clock
from liuke.kernel.refusal import Refused
from liuke.packs.loader import load_pack
from liuke.segments import kept, queries
from liuke.segments.filters import Filter, read
from liuke.segments.from_filter import from_filter
from liuke.segments.keeping import (
    DRAFTS,
    archive_segment,
    copy_segment,
    draft_segment,
    restore_segment,
    save_segment,
    taken,
    undo_change,
)
from liuke.segments.models import Segment, Shared
from liuke.team.models import User
from tests.cast import Cast, assemble, card
from tests.standing_rows import a_run, a_standing

pytestmark = pytest.mark.django_db
GOLD = {"ask": "tier", "op": "in", "is": ["gold"]}
TYRES = {"ask": "remarks", "op": "contains", "text": "轮胎"}


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast() -> Cast:
    made = assemble()
    for owner in (made.chen, made.zhou, made.ding):
        card(owner, f"{owner.name}的金卡", tier="gold")
        card(owner, f"{owner.name}的", tier="")
    return made


def rows() -> list[dict[str, Any]]:
    return list(Segment.objects.order_by("pk").values())


def found(user: User, row: Segment) -> set[str]:
    """What the customer list shows this person of a segment."""
    page = queries.page(user, Filter({"segment": str(row.pk)}), None, load_pack("auto_dealer"), clock.today())
    assert page.total == len(page.rows)
    return {shown.name for shown in page.rows}


def refused(code: str, act: Any, *args: Any, **more: Any) -> None:
    before = rows()
    with pytest.raises(Refused) as told:
        act(*args, **more)
    assert told.value.code == code
    assert rows() == before


def test_a_segment_is_kept_and_found_again(cast: Cast) -> None:
    row = save_segment(cast.he, "金卡", GOLD)
    assert (row.owner, row.shared, row.version, row.draft) == (cast.he, "none", 1, False)
    assert [one.name for one in kept.listed(cast.he)] == ["金卡"]
    assert kept.said(kept.tree(row), cast.he) == "会员是金卡"
    assert found(cast.he, row) == {"陈思远的金卡", "周倩文的金卡"}
    assert AuditEntry.objects.latest("seq").verb == "segment.create"


def test_the_address_of_a_segment_s_list() -> None:
    assert read({"segment": "4711"}).query() == "segment=4711"
    assert [read({"segment": bad}).query() for bad in ("x", "-1", "1,2", "9" * 16)] == ["", "", "", ""]


def test_sharing_never_widens_sight(cast: Cast) -> None:
    row = save_segment(cast.zhao, "金卡", GOLD, Shared.ALL)
    assert found(cast.zhao, row) == {"陈思远的金卡", "周倩文的金卡", "丁磊的金卡"}
    assert found(cast.he, row) == {"陈思远的金卡", "周倩文的金卡"}
    assert found(cast.chen, row) == {"陈思远的金卡"}
    assert found(cast.ding, row) == {"丁磊的金卡"}
    assert found(cast.root, row) == set()
    sizes = {user.username: kept.size(kept.tree(row), user, None) for user in (cast.zhao, cast.he, cast.chen, cast.ding)}
    assert sizes == {"zhaoguoping": 3, "hejing": 2, "chensiyuan": 1, "dinglei": 1}


def test_who_may_use_a_segment(cast: Cast) -> None:
    own = save_segment(cast.he, "自己的", GOLD)
    region = save_segment(cast.he, "华东的", GOLD, Shared.UNIT)
    store = save_segment(cast.chen, "滨江的", GOLD, Shared.UNIT)
    used = {
        user.username: {row.name for row in kept.usable(user)} for user in (cast.he, cast.chen, cast.zhou, cast.ding, cast.zhao, cast.root)
    }
    assert used == {
        "hejing": {"自己的", "华东的"}, "chensiyuan": {"华东的", "滨江的"}, "zhouqianwen": {"华东的"},
        "dinglei": set(), "zhaoguoping": set(), "admin": set(),
    }  # fmt: skip
    assert found(cast.ding, region) == found(cast.zhao, own) == found(cast.he, store) == set()


def test_a_count_tells_nothing_of_others_customers(cast: Cast) -> None:
    """Whoever counts step by step finds only what he may see: the answers for 陈思远 are the same with 周倩文's cards and without them."""
    questions: list[dict[str, Any]] = [
        GOLD,
        {"none": [GOLD]},
        {"ask": "name", "op": "contains", "text": "周"},
        {"any": [GOLD, {"none": [GOLD]}]},
    ]

    def answers() -> list[int]:
        return [kept.size(taken(cast.chen, data), cast.chen, None) for data in questions]

    before = answers()
    Customer.objects.filter(owner=cast.zhou).delete()
    assert answers() == before == [1, 1, 0, 2]


@pytest.mark.parametrize("field", ["phone", "wechat", "address", "plate", "phones__number", "pinyin", "password"])
def test_asking_for_a_hidden_field_is_refused_and_written_down(cast: Cast, field: str) -> None:
    for act in (lambda data: save_segment(cast.chen, "试试", data), lambda data: draft_segment(cast.chen, data)):
        code = "segment.sealed" if field in ("phone", "wechat", "address", "plate") else "segment.unknown"
        refused(code, act, {"any": [GOLD, {"ask": field, "op": "contains", "text": "138"}]})
        last = AuditEntry.objects.latest("seq")
        assert (last.verb, last.actor, last.detail) == ("segment.refused", cast.chen.pk, {"rule": code, "field": field})


@pytest.mark.parametrize("words", ["13812345678", "12345", "138 1234 5678", "（021）5888", "打1-3-8-1-2"])
@pytest.mark.parametrize(
    "ask",
    [{"ask": "remarks", "op": "contains"}, {"ask": "family", "op": "is"}, {"ask": "deals", "measure": "yes", "when": "any"}],
)
def test_free_text_is_not_asked_for_a_number(cast: Cast, ask: dict[str, Any], words: str) -> None:
    for act in (lambda data: save_segment(cast.chen, "试试", data), lambda data: draft_segment(cast.chen, data)):
        refused("segment.figures", act, {"any": [GOLD, ask | {"text": words}]})
        last = AuditEntry.objects.latest("seq")
        assert (last.verb, last.actor, last.detail) == ("segment.refused", cast.chen.pk, {"rule": "segment.figures", "field": ask["ask"]})
        assert words not in str(last.detail)


@pytest.mark.parametrize("words", ["轮胎", "1234", "2026-11-03", "2026年11月", "225/55R17", "3 次 40 公里"])
def test_few_figures_and_dates_may_be_asked_for(cast: Cast, words: str) -> None:
    assert taken(cast.chen, {"ask": "remarks", "op": "contains", "text": words})
    assert taken(cast.chen, {"ask": "number", "op": "contains", "text": "K000123"})


def test_refusals(cast: Cast) -> None:
    row = save_segment(cast.he, "金卡", GOLD)
    other = save_segment(cast.chen, "陈的", GOLD)
    refused("segment.name", save_segment, cast.he, " ", GOLD)
    refused("segment.name_used", save_segment, cast.he, "金卡", TYRES)
    refused("segment.share", save_segment, cast.he, "新的", GOLD, Shared.ALL)
    refused("segment.share", save_segment, cast.he, "新的", GOLD, "everybody")
    refused("segment.changed", save_segment, cast.he, "金卡", TYRES, "none", row.pk, 7)
    refused("segment.value", save_segment, cast.chen, "北京的", {"ask": "unit", "op": "in", "is": [str(cast.beijing.pk)]})
    refused("segment.value", save_segment, cast.he, "丁磊的", {"ask": "owner", "op": "in", "is": [str(cast.ding.pk)]})
    refused("segment.value", save_segment, cast.he, "借别人的", {"ask": "segment", "op": "in", "ids": [str(other.pk)]})
    refused("permission", save_segment, cast.root, "管理员的", GOLD)
    for act in (archive_segment, lambda user, pk: save_segment(user, "改别人的", GOLD, "none", pk)):
        before = rows()
        with pytest.raises(Segment.DoesNotExist):
            act(cast.chen, row.pk)
        assert rows() == before


def inside(row: Segment, op: str = "in") -> dict[str, Any]:
    return {"ask": "segment", "op": op, "ids": [str(row.pk)]}


def test_a_segment_inside_another(cast: Cast) -> None:
    gold = save_segment(cast.he, "金卡", GOLD)
    rest = save_segment(cast.he, "不是金卡", inside(gold, "not"))
    assert found(cast.he, rest) == {"陈思远的", "周倩文的"}
    assert kept.used_in([gold.pk]) == {gold.pk: [rest]}
    refused("segment.in_use", archive_segment, cast.he, gold.pk)
    refused("segment.cycle", save_segment, cast.he, "金卡", inside(rest), "none", gold.pk)
    refused("segment.cycle", save_segment, cast.he, "金卡", inside(gold), "none", gold.pk)
    refused("segment.inner_private", save_segment, cast.he, "华东用", inside(gold), Shared.UNIT)
    save_segment(cast.he, "金卡", GOLD, Shared.UNIT, gold.pk)
    outer = save_segment(cast.he, "华东用", inside(gold), Shared.UNIT)
    assert found(cast.chen, outer) == {"陈思远的金卡"}
    refused("segment.needed", save_segment, cast.he, "金卡", GOLD, Shared.NONE, gold.pk)


def test_a_circle_made_behind_the_back_is_found_when_it_is_used(cast: Cast) -> None:
    one, two = save_segment(cast.he, "一", GOLD), save_segment(cast.he, "二", GOLD)
    for row, other in ((one, two), (two, one)):
        Segment.objects.filter(pk=row.pk).update(conditions={"all": [inside(other)]})
    assert found(cast.he, one) == set()
    with pytest.raises(Refused) as told:
        kept.size(kept.tree(Segment.objects.get(pk=one.pk)), cast.he, None)
    assert told.value.code == "segment.cycle"


def test_a_change_is_taken_back_and_put_back(cast: Cast) -> None:
    row = save_segment(cast.he, "金卡", GOLD)
    changed = save_segment(cast.he, "轮胎", TYRES, Shared.UNIT, row.pk, 1)
    assert (changed.name, changed.version) == ("轮胎", 2)
    refused("segment.changed", undo_change, cast.he, row.pk, 1)
    back = undo_change(cast.he, row.pk, 2)
    assert (back.name, back.conditions, back.shared, back.unit_id) == ("金卡", {"all": [GOLD]}, "none", None)
    again = undo_change(cast.he, row.pk, 3)
    assert (again.name, again.conditions, again.shared, again.unit) == ("轮胎", {"all": [TYRES]}, "unit", cast.east)


def test_put_away_and_brought_back(cast: Cast) -> None:
    row = save_segment(cast.he, "金卡", GOLD)
    archive_segment(cast.he, row.pk)
    assert kept.listed(cast.he) == []
    assert found(cast.he, row) == set()
    taken = save_segment(cast.he, "金卡", TYRES)
    refused("segment.name_used", restore_segment, cast.he, row.pk)
    archive_segment(cast.he, taken.pk)
    assert found(cast.he, restore_segment(cast.he, row.pk)) == {"陈思远的金卡", "周倩文的金卡"}


def test_a_copy_is_one_s_own(cast: Cast) -> None:
    row = save_segment(cast.zhao, "金卡", GOLD, Shared.ALL)
    made = copy_segment(cast.chen, row.pk)
    assert (made.name, made.owner, made.shared, made.conditions) == ("金卡 2", cast.chen, "none", row.conditions)
    assert copy_segment(cast.chen, row.pk).name == "金卡 3"


def test_drafts_are_the_same_row_again_and_only_the_newest_stay(cast: Cast) -> None:
    first = draft_segment(cast.he, GOLD)
    assert draft_segment(cast.he, GOLD) == first
    assert found(cast.he, first) == {"陈思远的金卡", "周倩文的金卡"}
    assert found(cast.chen, first) == set()
    for n in range(DRAFTS):
        draft_segment(cast.he, {"ask": "birth_year", "op": "ge", "a": 1950 + n})
    assert Segment.objects.filter(owner=cast.he, draft=True).count() == DRAFTS
    assert not Segment.objects.filter(pk=first.pk).exists()


FILTERS = [
    {"grade": "A", "stage": "C,D"}, {"tier": "gold"}, {"last": "30-90"}, {"last": "-30"}, {"last": "365-"}, {"last": "never"},
    {"risk": "3"},
    {"next": "none"}, {"next": "late"}, {"next": "today"}, {"next": "week"}, {"stale": "1"}, {"owner": "me"}, {"owner": "none"},
    {"outcome": "overdue"}, {"kind": "organisation"}, {"type": "key"}, {"attitude": "loyal"},
]  # fmt: skip


@pytest.mark.parametrize("values", FILTERS)
def test_a_list_s_conditions_as_a_segment_find_the_same(cast: Cast, values: dict[str, str]) -> None:
    today = clock.today()
    run = a_run(today)
    for n, days in enumerate((None, 0, 29, 30, 31, 89, 90, 91, 364, 365, 366)):
        ahead = [None, -1, 0, 1, 6, 7, 8][n % 7]
        one = card(
            cast.chen if (n + 1) % 3 else None, f"第{n}", tier="gold", unit=cast.binjiang, confirmed_on=today - timedelta(days=180 + n % 3),
            next_contact_on=None if ahead is None else today + timedelta(days=ahead),
        )  # fmt: skip
        a_standing(
            run, one, abc="AB"[n % 2], type=["key", "fan"][n % 2], attitude=["loyal", "none"][n % 2], stage="CDE"[n % 3], stage_by_rule="A",
            stage_code="A", stage_since=today, rule_since=today, value_at_risk_cents=n * 100, deal_days=0 if days is None else 3,
            last_deal=None if days is None else today - timedelta(days=days),
            due_on=None if days is None else today - timedelta(days=days - 60),
        )  # fmt: skip
    data, rest = from_filter(Filter(values))
    assert rest.values == {}
    row = save_segment(cast.chen, "同样的", data)
    pack = load_pack("auto_dealer")
    wanted, asked = (queries.page(cast.chen, Filter(one), run, pack, today) for one in (values, {"segment": str(row.pk)}))
    assert [one.id for one in asked.rows] == [one.id for one in wanted.rows]
    assert wanted.total or values in ({"owner": "none"}, {"kind": "organisation"})
