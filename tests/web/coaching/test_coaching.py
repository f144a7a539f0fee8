"""Cases, practice and self-checks, as staff meet them."""

import re

import pytest
import time_machine
from django.test import Client
from django.utils import translation

from liuke.coaching import practice as verbs
from liuke.coaching.labels import QUESTIONS
from liuke.coaching.models import Case, Practice, TrustCheck
from liuke.packs import load_pack
from liuke.web.coaching import practice as pages
from liuke.web.coaching import practice_script
from tests.browser import PHONE
from tests.coaching.test_cases import TYPED
from tests.coaching.test_practice import CARD
from tests.web.pages import text
from tests.work.cast import NOON, Company, company

SENT = {name: value for name, value in TYPED.items() if name not in ("steps", "playbooks")} | {
    "step1": "先问方不方便", "step3": "按总价逐项比", "playbooks": ["overdue_visit"], "go": "submit",
}  # fmt: skip


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture(autouse=True)
def noon(monkeypatch):
    with_card = load_pack().model_copy(update={"practice": (CARD,)})
    monkeypatch.setattr(verbs, "pack", lambda: with_card)
    monkeypatch.setattr(pages, "pack", lambda: with_card)
    assert practice_script
    with time_machine.travel(NOON), translation.override("zh-hans"):
        yield


def enter(user) -> Client:
    client = Client()
    client.force_login(user, backend="allauth.account.auth_backends.AuthenticationBackend")
    return client


# ── cases ──


def test_written_published_found_and_read_by_everybody(cast):
    customer = cast.customer("K001", name="王淑芬", gender="female", birth_year=1981, personality="话不多，电话 13800001234")
    rep = enter(cast.siyuan)
    form = rep.get(f"/cases/new/?customer={customer.pk}").content.decode()
    assert 'value="40 多岁"' in form and "话不多，电话 138****34" in form and "13800001234" not in form
    sent = rep.post("/cases/new/", SENT | {"customer": customer.pk})
    case = Case.objects.get()
    assert sent["Location"] == f"/cases/{case.pk}/" and (case.state, case.customer) == ("sent", customer)
    assert "1 个案例等您发布" in text(enter(cast.hejing).get("/cases/"))
    assert enter(cast.xiaomei).get(f"/cases/{case.pk}/").status_code == 404
    enter(cast.hejing).post(f"/cases/{case.pk}/publication/")
    other = enter(cast.xiaomei)
    page = text(other.get(f"/cases/{case.pk}/"))
    assert "先问方不方便" in page and "把账摊开给他看" in page and "王淑芬" not in page and str(customer.number) not in page
    assert f"/customers/{customer.pk}/" not in other.get(f"/cases/{case.pk}/").content.decode()
    assert "王淑芬" in text(rep.get(f"/cases/{case.pk}/"))
    assert "嫌轮胎贵的老客户" in text(other.get("/cases/?q=总价+轮胎"))
    assert "没有这样的案例" in text(other.get("/cases/?q=没有这样的词"))
    assert "嫌轮胎贵的老客户" in text(other.get("/cases/?scenario=retention&playbook=overdue_visit"))


def test_a_name_is_refused_beside_the_form_and_what_was_typed_stays(cast):
    customer = cast.customer("K001", name="王淑芬")
    answer = enter(cast.siyuan).post("/cases/new/", SENT | {"customer": customer.pk, "result": "王淑芬换了"})
    assert answer.status_code == 422
    assert "案例里不写客户是谁，请改掉“王淑芬”。" in text(answer) and "先问方不方便" in text(answer)
    assert not Case.objects.exists()
    assert enter(cast.xiaomei).post("/cases/new/", SENT | {"customer": customer.pk}).status_code == 404


def test_changed_and_back_by_the_undo_line(cast):
    client = enter(cast.siyuan)
    client.post("/cases/new/", SENT)
    case = Case.objects.get()
    done = client.post(f"/cases/{case.pk}/edit/", SENT | {"title": "换个标题", "version": "1"}, follow=True)
    undo = re.search(rf'action="(/cases/{case.pk}/undo/\?version=2)"', done.content.decode())
    assert undo and "换个标题" in text(done)
    client.post(undo[1])
    assert Case.objects.get().title == TYPED["title"]
    late = client.post(f"/cases/{case.pk}/edit/", SENT | {"title": "旧的一版", "version": "1"})
    assert late.status_code == 422 and "刚才在别处改过" in text(late)


def test_a_link_that_the_editor_may_not_see_stays(cast):
    customer = cast.customer("K001", name="王淑芬", unit=cast.other, owner=cast.xiaomei)
    case = Case.objects.create(
        title="旧", scenario="care", steps=["一", "", "", ""], author=cast.siyuan, customer=customer, state="sent"
    )  # fmt: skip
    assert "王淑芬" not in text(enter(cast.siyuan).get(f"/cases/{case.pk}/edit/"))
    enter(cast.siyuan).post(f"/cases/{case.pk}/edit/", SENT | {"version": "1"})
    case.refresh_from_db()
    assert (case.title, case.customer) == (TYPED["title"], customer)


# ── practice ──


def begun(cast) -> Practice:
    enter(cast.siyuan).post("/practice/new/", {"card": "tyres_dear", "checker": cast.linqian.pk})
    return Practice.objects.get()


def test_the_trainee_sees_the_script_and_the_checker_the_card(cast):
    practice = begun(cast)
    address = f"/practice/{practice.pk}/"
    trainee, checker = text(enter(cast.siyuan).get(address)), text(enter(cast.linqian).get(address))
    assert "怕外面装的没人管" not in trainee and "您来谈" in trainee and "建立信任" in trainee and "先生您好" in trainee
    assert "怕外面装的没人管" in checker and "做到0。" in checker
    assert enter(cast.xiaomei).get(address).status_code == 404
    ticked = enter(cast.linqian).post(f"{address}steps/1/", {"tick": ["0", "1"]}, headers={"HX-Request": "true"})
    assert text(ticked) == "存了，2 ÷ 2"
    assert enter(cast.siyuan).post(f"{address}steps/1/", {"tick": ["0"]}).status_code == 404
    enter(cast.linqian).post(f"{address}result/", {"remark": "开头好"})
    after = text(enter(cast.siyuan).get(address))
    assert "怕外面装的没人管" in after and "2 ÷ 2" in after and "开头好" in after
    assert "第 2 步最要练：0 ÷ 3" in text(enter(cast.siyuan).get("/practice/"))
    people = text(enter(cast.hejing).get("/practice/people/"))
    assert "陈思远" in people and "2 ÷ 2" in people
    assert "开头好" in text(enter(cast.hejing).get(f"/practice/people/{cast.siyuan.pk}/"))


def test_not_oneself(cast):
    answer = enter(cast.siyuan).post("/practice/new/", {"card": "tyres_dear", "checker": cast.siyuan.pk}, follow=True)
    assert "自己不能给自己打勾" in text(answer) and not Practice.objects.exists()


# ── trust ──


def answers(value: str) -> dict[str, str]:
    return {f"{element}_{place}": value for element, asked in QUESTIONS.items() for place in range(len(asked))}


def test_a_self_check_is_on_nobody_elses_page(cast):
    rep = enter(cast.siyuan)
    left_out = rep.post("/trust/", answers("3") | {"honest_0": ""})
    assert left_out.status_code == 422 and "每一句都请选一个" in text(left_out)
    assert 'name="liked_0" value="3" checked' in left_out.content.decode(), "what was chosen stays"
    rep.post("/trust/", answers("4") | {"honest_0": "1", "honest_1": "2"})
    assert "上次最低的是“诚实正直”" in text(rep.get("/trust/")) and "1.5" in text(rep.get("/trust/"))
    seen = text(enter(cast.hejing).get("/practice/people/"))
    assert "今天" in seen and "1.5" not in seen
    check = TrustCheck.objects.get()
    assert enter(cast.hejing).post(f"/trust/{check.pk}/undo/").status_code == 404
    rep.post(f"/trust/{check.pk}/undo/")
    assert "五样里，我做到哪样" in text(rep.get("/trust/"))


@pytest.mark.browser
@pytest.mark.parametrize("size", ["desk", "phone"])
def test_a_case_and_a_role_play_in_the_browser(cast, live, sign_in, axe, fits, size):
    def look():
        fits(live)
        axe(live)

    sign_in(cast.siyuan)
    if size == "phone":
        live.set_viewport_size(PHONE)
    live.goto("/cases/")
    look()
    live.goto("/cases/new/")
    look()
    live.fill("#f-title", "嫌轮胎贵的老客户")
    live.select_option("#f-scenario", "retention")
    live.fill("#f-step1", "先问方不方便")
    live.click("text=写好了，交上去")
    live.wait_for_selector("#lk-undo >> text=写好了")
    look()
    live.goto("/practice/")
    look()
    live.click(".lk-cards label")
    live.select_option("#f-checker", label="林倩")
    live.click("text=开始练")
    live.wait_for_selector("#lk-script")
    look()
    address = live.url
    sign_in(cast.linqian)
    live.goto(address)
    live.click("#step-1 .lk-check >> nth=0")
    live.wait_for_selector("#step-1 .lk-talk-s >> text=存了，1 ÷ 2")
    look()
    live.click("text=练完了，记下结果")
    live.wait_for_selector("#lk-undo >> text=练习记下了")
    look()
    live.click("#lk-undo >> text=撤销")
    live.wait_for_selector("text=练完了，记下结果")
    assert live.is_checked("#step-1 [name=tick][value='0']")
    live.goto("/trust/")
    look()
    sign_in(cast.hejing)
    live.goto("/practice/people/")
    look()
