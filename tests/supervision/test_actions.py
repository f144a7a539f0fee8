"""Cards of a week and days gone over: what is written, what is refused and changes nothing, two at once."""

from datetime import UTC, date, datetime, timedelta

import pytest

from liuke.audit.models import AuditEntry
from liuke.customers.models import FieldChange
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.promises.actions import promise
from liuke.supervision import actions
from liuke.supervision.models import CardReview, Debrief, ReviewedCard
from liuke.supervision.queries import cards_of, changes_of, day_gone, people, remarks_on, supervisors, team
from liuke.team.models import User
from tests.threads import at_once

TODAY = date(2026, 11, 20)
YESTERDAY = date(2026, 11, 19)
MONDAY = date(2026, 11, 16)


def stored():
    models = (CardReview, ReviewedCard, Debrief, Notice, AuditEntry)
    return [list(model.objects.order_by("pk").values()) for model in models]


def refused(match, act, *args, **kwargs):
    before = stored()
    with pytest.raises(Refused, match=match):
        act(*args, **kwargs)
    assert stored() == before


@pytest.fixture
def eight(cast):
    made = [cast.customer(f"K00000{n}", f"客户{n}") for n in range(8)]
    for card in made[:3]:
        FieldChange.objects.create(customer=card, field="hobbies", new="钓鱼", by=cast.siyuan)
    return made


@pytest.fixture
def review(cast, eight):
    return actions.start_review(cast.hejing, cast.siyuan.pk)


def test_five_cards_the_changed_ones_first(cast, eight, review):
    assert (review.owner, review.week, review.by, review.since, review.closed_at) == (
        cast.siyuan, MONDAY, cast.hejing, TODAY - timedelta(30), None,
    )  # fmt: skip
    rows = cards_of(cast.hejing, review)
    assert [row.changes for row in rows] == [1, 1, 1, 0, 0]
    assert {row.customer for row in rows[:3]} == set(eight[:3])
    assert {pk: len(some) for pk, some in changes_of(review, [row.customer_id for row in rows]).items()} == {
        card.pk: 1 for card in eight[:3]
    }


def test_once_a_week(cast, review, noon):
    before = stored()
    assert actions.start_review(cast.hejing, cast.siyuan.pk).pk == review.pk
    assert stored() == before
    for row in review.cards.all():
        actions.tick_card(cast.hejing, row.pk)
    noon.shift(timedelta(days=3))
    after = actions.start_review(cast.hejing, cast.siyuan.pk)
    assert (after.week, after.since) == (MONDAY + timedelta(7), MONDAY)


def test_an_erased_card_is_not_drawn(cast, eight):
    eight[0].extra, eight[0].do_not_contact = {"erased": True}, True
    eight[0].save()
    made = actions.start_review(cast.hejing, cast.siyuan.pk)
    assert eight[0].pk not in made.cards.values_list("customer", flat=True)


def test_without_cards_it_is_done(cast):
    made = actions.start_review(cast.hejing, cast.xiaomei.pk)
    assert CardReview.objects.get(pk=made.pk).closed_at is not None


@pytest.mark.parametrize(
    ("who", "whom"), [("hejing", "linqian"), ("hejing", "guoping"), ("hejing", "hejing")], ids=["agent", "manager", "self"]
)
def test_whose_cards_are_not_reviewed(cast, eight, who, whom):
    before = stored()
    with pytest.raises(User.DoesNotExist):
        actions.start_review(getattr(cast, who), getattr(cast, whom).pk)
    assert stored() == before


def test_who_does_not_supervise_does_not_review(cast, eight):
    refused("不能做这件事", actions.start_review, cast.linqian, cast.siyuan.pk)
    refused("不能做这件事", actions.debrief, cast.siyuan, cast.linqian.pk, YESTERDAY)


def test_the_last_tick_closes_it_and_the_owner_hears(cast, review):
    rows = list(review.cards.order_by("pk"))
    for row in rows[:-1]:
        actions.tick_card(cast.hejing, row.pk)
    assert CardReview.objects.get().closed_at is None
    last = actions.tick_card(cast.hejing, rows[-1].pk, "家里的情况补一句")
    assert CardReview.objects.get().closed_at is not None
    notice = Notice.objects.get()
    assert (notice.user, notice.key, notice.customer_id) == (cast.siyuan, "supervision.remark", last.customer_id)
    since = datetime(2026, 11, 1, tzinfo=UTC)
    assert [row.remark for row in remarks_on(cast.siyuan, last.customer_id, since)] == ["家里的情况补一句"]
    assert actions.hear(cast.siyuan, last.pk).heard_at is not None
    refused("没有没看过的话", actions.hear, cast.siyuan, last.pk)
    refused("撤不回来", actions.untick_card, cast.hejing, last.pk)


def test_a_tick_is_taken_back(cast, review):
    for row in review.cards.all():
        actions.tick_card(cast.hejing, row.pk)
    row = review.cards.first()
    refused("刚才已经看过了", actions.tick_card, cast.hejing, row.pk)
    refused("不是您看的", actions.untick_card, cast.guoping, row.pk)
    back = actions.untick_card(cast.hejing, row.pk)
    assert (back.seen_at, back.seen_by, back.remark) == (None, None, "")
    assert CardReview.objects.get().closed_at is None


def test_a_remark_is_heard_by_its_owner_only(cast, review):
    row = review.cards.first()
    actions.tick_card(cast.hejing, row.pk, "补一句")
    before = stored()
    for other in (cast.hejing, cast.linqian, cast.xiaomei):
        with pytest.raises(ReviewedCard.DoesNotExist):
            actions.hear(other, row.pk)
    assert stored() == before


def test_two_tick_one_card_at_once(cast, review, transactional_db):
    row = review.cards.first()
    came = at_once(*[lambda who=who: actions.tick_card(who, row.pk, "补一句") for who in (cast.hejing, cast.guoping)])
    assert sorted(type(one).__name__ for one in came) == ["Refused", "ReviewedCard"]
    assert Notice.objects.count() == 1


def test_two_draw_at_once(cast, eight, transactional_db):
    came = at_once(*[lambda who=who: actions.start_review(who, cast.siyuan.pk) for who in (cast.hejing, cast.guoping)])
    assert {type(one).__name__ for one in came} == {"CardReview"}
    assert (CardReview.objects.count(), ReviewedCard.objects.count()) == (1, 5)


# ── a day ────────────────────────────────────────────────────────────────────


def test_a_day_is_gone_over_once(cast):
    made = actions.debrief(cast.hejing, cast.siyuan.pk, YESTERDAY, "先打 A 级的")
    assert (made.person, made.day, made.by, made.remark) == (cast.siyuan, YESTERDAY, cast.hejing, "先打 A 级的")
    assert [(one.user, one.key) for one in Notice.objects.all()] == [(cast.siyuan, "supervision.debrief")]
    refused("已经过了", actions.debrief, cast.hejing, cast.siyuan.pk, YESTERDAY)
    back = actions.undo_debrief(cast.hejing, made.pk)
    assert Debrief.objects.get(pk=back.pk).undone_at is not None
    refused("已经撤销过了", actions.undo_debrief, cast.hejing, made.pk)
    assert actions.debrief(cast.hejing, cast.siyuan.pk, YESTERDAY).pk != made.pk


def test_days_that_cannot_be(cast):
    refused("还没过完", actions.debrief, cast.hejing, cast.siyuan.pk, TODAY)
    refused("不再补过", actions.debrief, cast.hejing, cast.siyuan.pk, TODAY - timedelta(15))
    refused("文字太长", actions.debrief, cast.hejing, cast.siyuan.pk, YESTERDAY, "字" * 301)
    before = stored()
    with pytest.raises(User.DoesNotExist):
        actions.debrief(cast.hejing, cast.guoping.pk, YESTERDAY)
    assert stored() == before


def test_somebody_else_does_not_take_it_back(cast):
    made = actions.debrief(cast.hejing, cast.siyuan.pk, YESTERDAY)
    before = stored()
    with pytest.raises(Debrief.DoesNotExist):
        actions.undo_debrief(cast.guoping, made.pk)
    assert stored() == before


def test_two_go_over_one_day_at_once(cast, transactional_db):
    came = at_once(*[lambda who=who: actions.debrief(who, cast.siyuan.pk, YESTERDAY, "好") for who in (cast.hejing, cast.guoping)])
    assert sorted(type(one).__name__ for one in came) == ["Debrief", "Refused"]
    assert (Debrief.objects.count(), Notice.objects.count()) == (1, 1)


# ── reading ──────────────────────────────────────────────────────────────────


def talked(cast, card, by, on=YESTERDAY):
    at = datetime(on.year, on.month, on.day, 2, 0, tzinfo=UTC)
    return Interaction.objects.create(customer=card, by=by, at=at, on=on, way="phone", outcome="reached", two_way=True, summary="问了保养")


def test_the_morning_of_a_supervisor(cast, eight, review):
    talked(cast, eight[0], cast.siyuan)
    talked(cast, eight[1], cast.siyuan, TODAY)
    promise(cast.siyuan, eight[0].pk, "报价", TODAY - timedelta(2), today=TODAY - timedelta(3))
    actions.debrief(cast.hejing, cast.linqian.pk, YESTERDAY)
    actions.tick_card(cast.hejing, review.cards.first().pk)
    found = team(cast.hejing, list(people(cast.hejing)), TODAY)
    assert (found.day, found.week, found.not_gone_over, found.not_reviewed) == (YESTERDAY, MONDAY, 2, 2)
    his = next(one for one in found.members if one.person == cast.siyuan)
    assert (his.contacts, his.debrief, his.left, his.promises_late, his.owes, his.reviewed_on) == (1, None, 4, 1, 1, None)
    assert [one.person.name for one in found.owners] == ["陈思远", "周晓梅"]


def test_as_many_queries_for_many_as_for_few(cast, django_assert_num_queries):
    from django.db import connection
    from django.test.utils import CaptureQueriesContext

    def count():
        with CaptureQueriesContext(connection) as seen:
            team(cast.guoping, list(people(cast.guoping)), TODAY)
            supervisors(cast.guoping, TODAY)
        return len(seen)

    few = count()
    for n in range(12):
        User.objects.create_user(username=f"rep{n}", password="pass", name=f"业务员{n}", role="rep", unit=cast.store)
    assert count() == few


def test_one_persons_day(cast, eight):
    spoken = talked(cast, eight[0], cast.siyuan)
    made = promise(cast.siyuan, eight[0].pk, "报价", TODAY, today=YESTERDAY)
    found = day_gone(cast.hejing, cast.siyuan, YESTERDAY, TODAY)
    assert (found.contacts, found.promised, found.settled, found.debrief) == ([spoken], [made], [], None)
    assert day_gone(cast.hejing, cast.linqian, YESTERDAY, TODAY).contacts == []


def test_whether_the_supervisor_did_it(cast, eight, review):
    for row in review.cards.all():
        actions.tick_card(cast.hejing, row.pk)
    for day in (MONDAY, YESTERDAY):
        actions.debrief(cast.hejing, cast.siyuan.pk, day)
    hers = supervisors(cast.hejing, TODAY)[0]
    assert (hers.person, hers.under, len(hers.weeks)) == (cast.hejing, 3, 4)
    week = hers.weeks[0]
    assert (week.monday, week.reviews, week.reviews_due, week.debriefs, week.debriefs_due) == (MONDAY, 1, 2, 2, 12)
    assert [one.name for one in week.unreviewed] == ["周晓梅"]
    assert {one.name: n for one, n in week.unspoken} == {"陈思远": 2, "林倩": 4, "周晓梅": 4}
    assert [one.person for one in supervisors(cast.guoping, TODAY)] == [cast.hejing]
