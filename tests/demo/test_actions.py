"""The demo in the database: the whole company once, no harm twice, never into somebody's own data."""

from datetime import date, timedelta
from pathlib import Path
from typing import Any

import pytest
import time_machine

from liuke.audit.actions import verify
from liuke.audit.models import AuditEntry
from liuke.care.models import Gathering
from liuke.coaching.models import Case, Practice, PracticeStep, TrustCheck
from liuke.conversations.models import Conversation, Need, StepNote
from liuke.customers.models import Customer, Event, Phone
from liuke.customers.phones import with_last4, with_number
from liuke.customers.search import matching
from liuke.deals.models import Deal
from liuke.demo.actions import LOG_INS, PASSWORD, days_of_insight, make_demo
from liuke.demo.keeping import SEGMENTS
from liuke.interactions.models import Interaction
from liuke.kernel.refusal import Refused
from liuke.notices.models import Notice
from liuke.notify.models import Channel
from liuke.playbooks.models import PlaybookVersion
from liuke.segments.models import Segment
from liuke.standing.models import Run
from liuke.standing.queries import standings
from liuke.team.actions import found_company
from liuke.team.labels import Role, UnitKind
from liuke.team.models import CalendarDay, Unit, User
from liuke.trials.models import Trial
from liuke.work.models import OfferRequest, Task

TODAY = date(2026, 11, 16)


@pytest.fixture
def company(db: None, settings: Any, tmp_path: Path) -> User:
    settings.MIRROR = tmp_path / "mirror"
    return found_company("启程汽车服务集团", "auto_dealer", PASSWORD)


@pytest.mark.slow
@time_machine.travel("2026-11-16 02:00+00:00", tick=False)
def test_the_whole_company_is_made_once(company: User) -> None:
    said: list[str] = []
    make_demo(said.append)

    assert Unit.objects.filter(kind=UnitKind.REGION).count() == 3
    assert Unit.objects.filter(kind=UnitKind.STORE).count() == 9
    assert User.objects.count() == 60
    assert set(User.objects.values_list("role", flat=True)) == set(Role.values)
    for username, _ in LOG_INS:
        assert User.objects.get(username=username, is_active=True).check_password(PASSWORD)
    rep_who_left = User.objects.get(is_active=False)
    assert rep_who_left.left_on == TODAY - timedelta(days=26)
    assert not Deal.objects.filter(staff=rep_who_left, on__gt=rep_who_left.left_on).exists()
    assert Customer.objects.filter(owner=rep_who_left).exists()

    assert Customer.objects.count() == 5000
    month = Deal.objects.filter(on__gte=TODAY.replace(day=1), came=True)
    assert month.values("customer").distinct().count() == 200
    assert not Deal.objects.filter(on__gt=TODAY).exists()
    assert not Deal.objects.filter(created_at__gt="2026-11-16 02:00+00:00").exists()
    assert not Event.objects.filter(on__gt=TODAY).exists()
    assert not Interaction.objects.filter(at__gt="2026-11-16 02:00+00:00").exists()
    zhang = Phone.objects.get(with_last4("5678") & with_number(["+8613800005678"])).customer
    assert (zhang.name, zhang.phone) == ("张书远", "+8613800005678")
    assert zhang.owner is not None and zhang.owner.name == "陈思远"
    for typed in ("zsy", "张书远", "5678", "浙A7B23Q"):
        condition = matching(typed)
        assert condition is not None
        assert zhang in Customer.objects.filter(condition)

    days = days_of_insight(TODAY)
    assert list(Run.objects.order_by("as_of").values_list("as_of", flat=True)) == days
    assert len(days) == 14
    assert not Run.objects.filter(finished_at=None).exists()
    his = standings(Run.objects.get(as_of=TODAY)).get(customer=zhang)
    assert (his.stage, his.abc, his.attitude, his.deal_days) == ("D", "A", "switcher", 16)
    shown = standings(Run.objects.get(as_of=TODAY))
    assert {letter: shown.filter(stage=letter).count() > 400 for letter in "ABCDE"} == dict.fromkeys("ABCDE", True)
    assert Task.objects.filter(customer=zhang).count() == 1
    complaint = Task.objects.open().get(customer__name="刘建军", playbook="complaint_open")
    assert complaint.assignee.name == "林倩"
    gone = shown.filter(stage_code__in=["E.told", "E.membership", "E.died", "E.moved", "E.closed"]).values_list("customer", flat=True)
    assert gone.count() > 0
    asked = set(Task.objects.open().filter(customer__in=list(gone), kind="playbook").values_list("playbook", flat=True))
    assert asked <= {"leaving", "complaint_open", "advice_asked", "referral_thanks"}
    # What the rounds found is what the generator knows: one playbook works, the other does not.
    assert dict(Trial.objects.exclude(verdict="").values_list("playbook", "verdict")) == {
        "overdue_visit": "works", "late_visit": "does_not"
    }  # fmt: skip
    assert verify() is None
    _every_page_of_action_has_something(TODAY)

    before = (Customer.objects.count(), Deal.objects.count(), Task.objects.count(), AuditEntry.objects.count())
    make_demo(said.append)
    assert said[-1] == "演示数据已经在了，不再重做。"
    assert (Customer.objects.count(), Deal.objects.count(), Task.objects.count(), AuditEntry.objects.count()) == before

    # Cut short before the newest day: the next start goes on from there.
    Run.objects.filter(as_of=TODAY).delete()
    make_demo(said.append)
    assert "上次做到一半，接着算。" in said[-5:]
    assert list(Segment.objects.order_by("pk").values_list("name", "shared", "owner__role")) == [
        (name, "all", "analyst") for name, _ in SEGMENTS
    ]
    assert list(Run.objects.order_by("as_of").values_list("as_of", flat=True)) == days
    assert Customer.objects.count() == 5000

    # What is entered by hand afterwards gets a number that is free.
    assert Customer.objects.create(number="new", name="新客户", unit=zhang.unit, opened_on=TODAY).pk == 5001


def _every_page_of_action_has_something(today: date) -> None:
    siyuan, hejing = (User.objects.get(username=name) for name in ("chensiyuan", "hejing"))
    talks = Conversation.objects.counted()
    assert 55 <= talks.count() <= 62
    assert {talk.furthest for talk in talks} == {1, 2, 3, 4}
    assert StepNote.objects.filter(conversation__in=talks).exclude(took=[]).exists()
    assert set(Need.objects.values_list("kind", flat=True)) == {"stated", "unstated"}
    assert set(Need.objects.values_list("state", flat=True)) == {"open", "met", "declined"}
    assert not Need.objects.filter(state="open", event=None).exists()
    assert sorted(Case.objects.values_list("state", flat=True)) == [*["public"] * 6, "sent"]
    done = Practice.objects.done()
    assert (done.count(), PracticeStep.objects.filter(practice__in=done).count(), Practice.objects.exclude(state="done").count()) == (
        12,
        48,
        1,
    )
    assert TrustCheck.objects.filter(user=siyuan).count() == 2
    past, coming = Gathering.objects.filter(on__lt=today).get(), Gathering.objects.filter(on__gt=today).get()
    assert 0 < past.guests.filter(came_at=None).count() < past.guests.count() - 10
    assert coming.guests.filter(by=siyuan).exists() and not coming.guests.exclude(came_at=None).exists()
    care = Task.objects.filter(kind="care", assignee=siyuan, created_for=today)
    assert care.open().exists() and care.filter(state="done").exists()
    odd = [(1982, 4, 8, True, True), (2001, 4, 8, True, True)]
    assert list(
        Customer.objects.filter(birth_leap=True).order_by("birth_year").values_list(
            "birth_year", "birth_month", "birth_day", "birth_lunar", "birth_leap"
        )
    ) == odd  # fmt: skip
    assert Customer.objects.filter(birth_month=2, birth_day=29, birth_lunar=False).count() == 2
    versions = PlaybookVersion.objects.order_by("pk").values_list("key", "version", "body__off")
    assert [row[0] for row in versions] == ["second_visit", "second_visit", "own_1", "door_open"]
    assert sorted(OfferRequest.objects.values_list("state", "by__username")) == [("agreed", "zhouqianwen"), ("asked", "chensiyuan")]
    assert Notice.objects.unread().filter(user=siyuan).count() >= 3
    assert Notice.objects.unread().filter(user=hejing).count() >= 3
    assert Task.objects.open().filter(raised_to=hejing, raised_on=today).exists()
    assert not Channel.objects.get().on
    assert not CalendarDay.objects.get().works


def test_it_does_not_mix_with_customers_that_are_there(company: User) -> None:
    own = Customer.objects.create(number="1", name="自己的客户", unit=Unit.objects.get(), opened_on=TODAY)
    said: list[str] = []
    with pytest.raises(Refused) as refused:
        make_demo(said.append)
    assert refused.value.code == "demo.not_empty"
    assert said == []
    assert list(Customer.objects.all()) == [own]
    assert User.objects.count() == 1
    assert not AuditEntry.objects.filter(verb="demo.make").exists()


def test_insight_is_computed_for_six_month_ends_and_eight_days() -> None:
    assert days_of_insight(date(2026, 3, 3)) == [
        date(2025, 9, 30), date(2025, 10, 31), date(2025, 11, 30), date(2025, 12, 31), date(2026, 1, 31),
        date(2026, 2, 24), date(2026, 2, 25), date(2026, 2, 26), date(2026, 2, 27), date(2026, 2, 28),
        date(2026, 3, 1), date(2026, 3, 2), date(2026, 3, 3),
    ]  # fmt: skip
