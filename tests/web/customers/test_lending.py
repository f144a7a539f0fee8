"""What a card is borrowed for: choices first, words where none of them fits."""

import re
from urllib.parse import unquote

import pytest

from liuke.custody.models import CheckOut
from liuke.work.labels import TaskState
from tests.cast import assemble, card
from tests.web import routes
from tests.web.customers.test_customers import browser, text

pytestmark = pytest.mark.django_db


@pytest.fixture
def cast():
    return assemble()


@pytest.fixture
def kept(cast):
    return card(cast.chen, "张书远", "13812345678")


def choices(page: str) -> list[tuple[str, bool, str]]:
    """(code, whether it stands chosen, words)."""
    found = re.findall(r'name="what" value="([^"]+)"( checked)?><span>([^<]+)</span>', page)
    return [(code, bool(on), words) for code, on, words in found]


def new(kept) -> str:
    return f"/customers/{kept.pk}/check-outs/new/"


def test_todays_tasks_stand_first_and_chosen(cast, kept):
    routes.task(kept)
    page = text(browser(cast.chen).get(new(kept)))
    assert choices(page) == [("task-phone", True, "今天的事：电话"), ("visit", False, "拜访"), ("other", False, "别的（写清楚）")]
    browser(cast.chen).post(new(kept), {"what": "task-phone", "purpose": ""})
    assert CheckOut.objects.get().purpose == "今天的事：电话"


@pytest.mark.parametrize("state", [TaskState.DONE])
def test_without_a_task_nothing_is_chosen(cast, kept, state):
    routes.task(kept, state)
    routes.task(card(cast.chen, "王淑芬"))
    page = text(browser(cast.chen).get(new(kept)))
    assert [code for code, *_rest in choices(page)] == ["visit", "other"]
    assert not any(on for _code, on, _words in choices(page))


@pytest.mark.parametrize(
    ("sent", "purpose"),
    [
        ({"what": "visit"}, "拜访"),
        ({"what": "visit", "purpose": " 送保单 "}, "拜访：送保单"),
        ({"what": "other", "purpose": "核对发票抬头"}, "核对发票抬头"),
        ({"purpose": "核对发票抬头"}, "核对发票抬头"),
        ({"what": "task-phone", "purpose": "回电"}, "回电"),
    ],
)
def test_the_purpose_that_is_kept(cast, kept, sent, purpose):
    assert browser(cast.chen).post(new(kept), sent).status_code == 302
    assert CheckOut.objects.get().purpose == purpose


@pytest.mark.parametrize(
    ("sent", "error"),
    [
        ({"what": "other", "purpose": "看"}, "写得太短，看不出借来做什么。"),
        ({"what": "other", "purpose": " "}, "请写借来做什么。"),
        ({"what": "task-phone"}, "请写借来做什么。"),
        ({}, "请写借来做什么。"),
    ],
)
def test_too_little_is_refused(cast, kept, sent, error):
    answer = browser(cast.chen).post(new(kept), sent)
    assert answer.status_code == 422
    assert error in text(answer)
    assert not CheckOut.objects.exists()


@pytest.mark.parametrize(
    ("kind", "channel", "purpose"),
    [("promise", "phone", "打电话：承诺"), ("promise", "wechat", "发微信：承诺"), ("visit", "visit", "拜访")],
)
def test_from_a_task_it_is_borrowed_for_what_the_task_is(cast, kept, kind, channel, purpose):
    task = routes.task(kept)
    type(task).objects.filter(pk=task.pk).update(kind=kind, channel=channel, playbook="", enrolment=None, about_id=1)
    page = browser(cast.chen).get(f"/today/{task.pk}/").content.decode()
    assert [unquote(each) for each in re.findall(r"check-outs/new/\?purpose=([^&\"]+)", page)] == [purpose]
