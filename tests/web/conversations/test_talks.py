"""Beside the script: what is noted is there still when one comes back, goes with the outcome, and is counted; needs on the same page."""

import re

import pytest
import time_machine
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import translation

from liuke.conversations.models import Conversation, Need, StepNote
from liuke.customers.models import Customer, Event
from liuke.work.actions import plan
from liuke.work.models import Task
from tests.browser import PHONE
from tests.web.pages import text
from tests.work.cast import DAY, NOON, Company, company

FRAGMENT = {"HX-Request": "true"}


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


@pytest.fixture
def task(cast) -> Task:
    cast.absent("K001", 503_200, name="张书远", family="儿子 8 岁", personality="话不多")
    plan(DAY)
    return Task.objects.get()


def enter(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


def noted(client: Client, task: Task, step: int, **fields):
    return client.post(f"/today/{task.pk}/talk/{step}/", {"done": "1", **fields}, headers=FRAGMENT)


def test_what_is_noted_is_there_still(cast, task):
    client = enter(cast.siyuan)
    page = client.get(f"/today/{task.pk}/?step=3")
    said = re.findall(r'name="took" value="([^"]+)"', page.content.decode())
    assert said, "the answers of the script can be marked"
    assert text(noted(client, task, 3, took=[said[0]], said="外面便宜 200")) == "存了"
    again = client.get(f"/today/{task.pk}/?step=3").content.decode()
    assert 'value="外面便宜 200"' in again and f'value="{said[0]}" checked' in again and 'name="done" value="1" checked' in again
    other = client.get(f"/today/{task.pk}/?step=1").content.decode()
    assert "外面便宜 200" not in other and 'class="lk-ok"' in other, "the third step is marked as done"


def test_a_number_in_it_is_covered_and_comes_back_whole(cast, task):
    client = enter(cast.siyuan)
    noted(client, task, 1, said="打他爱人 13900001234")
    page = client.get(f"/today/{task.pk}/").content.decode()
    assert "13900001234" not in page and "139****34" in page
    noted(client, task, 1, said="打他爱人 139****34，晚上")
    assert StepNote.objects.get().said == "打他爱人 13900001234，晚上"


def test_what_the_script_does_not_have_is_told_and_not_kept(cast, task):
    answer = noted(enter(cast.siyuan), task, 1, took=["<b>别的</b>"])
    assert answer.status_code == 422 and "这一步的话术里没有“&lt;b&gt;别的&lt;/b&gt;”。" in answer.content.decode()
    assert not StepNote.objects.exists()
    assert enter(cast.siyuan).post(f"/today/{task.pk}/talk/5/", {"done": "1"}).status_code == 404


def test_without_script_the_page_comes_again(cast, task):
    answer = enter(cast.siyuan).post(f"/today/{task.pk}/talk/2/", {"done": "1", "said": "要"})
    assert answer.status_code == 302 and answer["Location"] == f"/today/{task.pk}/?step=2"


def test_somebody_elses_task_is_not_there(cast, task):
    for user in (cast.xiaomei, cast.linqian):
        assert noted(enter(user), task, 1).status_code == 404
        assert enter(user).post(f"/today/{task.pk}/chance/", {"chance": "yes"}).status_code == 404
    assert not Conversation.objects.exists()


def test_a_need_beside_the_script_with_its_way_back(cast, task):
    client = enter(cast.siyuan)
    sent = {"words": "想要一个周末的工位", "kind": "unstated", "task": task.pk}
    answer = client.post(f"/customers/{task.customer_id}/needs/", sent, headers={**FRAGMENT, "HX-Target": "lk-needs"})
    need = Need.objects.get()
    assert answer.status_code == 200 and "“想要一个周末的工位”" in text(answer) and "隐性需求" in text(answer)
    assert f"/needs/{need.pk}/withdrawal/" in answer.content.decode() and 'id="lk-undo"' in answer.content.decode()
    assert need.conversation.task == task.pk and Event.objects.get().kind == "need_recorded"
    back = client.post(f"/needs/{need.pk}/withdrawal/", {}, headers={**FRAGMENT, "HX-Target": "lk-undo"})
    assert 'id="lk-needs" hx-swap-oob="true"' in back.content.decode() and not Event.objects.exists()
    refused = client.post(f"/customers/{task.customer_id}/needs/", {"words": " "}, headers={**FRAGMENT, "HX-Target": "lk-needs"})
    assert refused.status_code == 422 and "请写客户的原话" in text(refused)


def test_a_task_of_one_customer_takes_no_need_of_another(cast, task):
    other = cast.customer("K002", name="何美玲")
    sent = {"words": "要发票", "kind": "stated", "task": task.pk}
    assert enter(cast.siyuan).post(f"/customers/{other.pk}/needs/", sent).status_code == 404
    assert not Need.objects.exists()


def test_the_card_says_what_he_wants_and_what_he_answered(cast, task):
    client = enter(cast.siyuan)
    noted(client, task, 1, said="在开车，晚点")
    client.post(f"/customers/{task.customer_id}/needs/", {"words": "要发票", "kind": "stated", "task": task.pk})
    client.post(f"/today/{task.pk}/outcome/", {"go": "reached:", "note": ""})
    page = text(client.get(f"/customers/{task.customer_id}/"))
    assert "“要发票”" in page and "1 个还没满足" in page and "走到第 1 步；在开车，晚点" in page
    later = text(client.get("/today/"))
    assert "1 件" in later


def test_a_contact_asks_for_the_chance(cast):
    customer = cast.customer("K001")
    client = enter(cast.siyuan)
    sent = {"way": "phone", "direction": "out", "outcome": "reached", "summary": "问了轮胎", "chance": "yes"}
    client.post(f"/customers/{customer.pk}/interactions/new/", sent)
    held = Conversation.objects.get()
    assert (held.chance, held.task, held.interaction.summary) == ("yes", None, "问了轮胎")


def test_a_need_told_as_something_that_happened_is_on_the_list(cast):
    customer = cast.customer("K001")
    client = enter(cast.siyuan)
    client.post(f"/customers/{customer.pk}/events/new/", {"kind": "need_recorded", "on": "2026-11-20", "note": "想换大车"})
    assert Need.objects.get().words == "想换大车" and Event.objects.count() == 1
    assert "“想换大车”" in text(client.get("/needs/"))
    client.post(f"/customers/{customer.pk}/events/new/", {"kind": "need_met", "on": "2026-11-20", "note": "换了"})
    assert Need.objects.get().state == "met"


def test_results_say_the_finding_and_every_number_opens_its_list(cast, task):
    client = enter(cast.siyuan)
    assert "还没有记过步骤的谈话" in text(client.get("/conversations/"))
    for step in (1, 2):
        noted(client, task, step)
    client.post(f"/today/{task.pk}/chance/", {"chance": "yes"}, headers=FRAGMENT)
    client.post(f"/today/{task.pk}/outcome/", {"go": "reached:", "note": ""})
    for user, by in ((cast.siyuan, "playbook"), (cast.hejing, "person"), (cast.hejing, "unit")):
        reader = enter(user)
        page = reader.get(f"/conversations/?by={by}")
        assert "1 次谈话，走完四步的 0 ÷ 1；走完第 2 步就停的最多，1 次" in text(page)
        links = re.findall(r'href="(/conversations/list/[^"]*)"', page.content.decode())
        assert links
        for link in links:
            listed = reader.get(link.replace("&amp;", "&"))
            assert listed.status_code == 200 and "张书远" in text(listed), link
    assert "张书远" not in text(enter(cast.xiaomei).get("/conversations/list/"))
    assert enter(cast.hejing).get("/conversations/list/?by=person&key=x&stopped=9&least=-1").status_code == 200


def test_as_many_queries_for_many_needs_as_for_one(cast, task):
    client = enter(cast.siyuan)
    for n in range(12):
        Need.objects.create(customer=task.customer, words=f"要 {n}", by=cast.siyuan, on=DAY)

    def asked() -> int:
        with CaptureQueriesContext(connection) as queries:
            client.get(f"/today/{task.pk}/", headers=FRAGMENT)
        return len(queries)

    many = asked()
    Need.objects.exclude(words="要 0").delete()
    assert asked() == many


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_conversation_from_the_first_word_to_the_card(cast, task, live, sign_in, axe, fits, size):
    sign_in(cast.siyuan)
    if size == "phone":
        live.set_viewport_size(PHONE)
    live.goto(f"/today/{task.pk}/")
    live.fill(".lk-talk [name=said]", "在开车")
    live.check(".lk-talk [name=done]")
    live.wait_for_selector(".lk-talk-s >> text=存了")
    live.click(".lk-four >> text=引导需求")
    live.wait_for_selector(".lk-four .lk-ok")
    live.check("[name=chance][value=yes]")
    live.click("#lk-needs summary >> text=记一个需求")
    live.fill("#f-need-words", "想要一个周末的工位")
    live.check("[name=kind][value=unstated]")
    live.click("#lk-needs button >> text=记下需求")
    live.wait_for_selector("#lk-needs >> text=“想要一个周末的工位”")
    fits(live)
    axe(live)
    live.goto("/today/")
    live.goto(f"/today/{task.pk}/")  # the page was left: everything is there
    assert live.input_value(".lk-talk [name=said]") == "在开车"
    assert live.is_checked("[name=chance][value=yes]")
    live.click("#lk-needs summary >> text=了结")
    live.fill("#lk-needs [name=how]", "约了周六")
    live.click("#lk-needs button >> text=满足了")
    live.wait_for_selector("#lk-undo >> text=需求满足了")
    live.click("#lk-undo >> text=撤销")
    live.wait_for_selector("#lk-undo >> text=需求还没了结")
    live.wait_for_selector("#lk-needs summary >> text=了结")
    assert Need.objects.get().state == "open" and Conversation.objects.get().furthest == 1
    live.click("[data-then=reached] button:visible")
    live.wait_for_selector("#lk-undo >> text=张书远")
    live.goto(f"/customers/{Customer.objects.get().pk}/")
    live.wait_for_selector("#needs >> text=走到第 1 步")
    fits(live)
    axe(live)
    live.goto("/conversations/")
    fits(live)
    axe(live)
    live.click("a.lk-n >> nth=0")
    live.wait_for_selector("h1 >> text=谈话")
    fits(live)
    axe(live)
    live.goto("/needs/")
    fits(live)
    axe(live)
