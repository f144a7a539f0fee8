"""One complaint from the first word to its end, through its page: each act, what refuses it, the way back; once in a browser."""

from __future__ import annotations

import re
from datetime import timedelta
from html import unescape
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from liuke.complaints import agreeing, classifying, entering, handling
from liuke.complaints.models import Agreement, CallBack, Complaint, ComplaintNeed, ComplaintStep
from liuke.kernel import clock
from liuke.promises.models import Promise
from liuke.work import promising
from tests.browser import PHONE
from tests.cast import Cast, assemble, card
from tests.web.pages import enter, text

SAID = "同一个响修了三次，还说是我开法有问题。跟顾问说了，她根本不听，马上给我修好！"


@pytest.fixture(autouse=True)
def chinese() -> Any:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()


@pytest.fixture
def row(cast: Cast) -> Complaint:
    zhang = card(cast.chen, "张书远", "13800001234")
    return entering.enter(cast.lin, text=SAID, title="变速箱异响", channel="telephone", customer_id=zhang.pk)


def do(client: Client, row: Complaint, what: str, **sent: Any) -> Any:
    door = {"decide_money": "approve", "undecide": "approve", "lower": "oversee", "crisis_end": "oversee"}.get(what, "do")
    return client.post(f"/complaints/{row.pk}/{door}/{what}/", sent)


def step(row: Complaint, key: str) -> int:
    return ComplaintStep.objects.get(complaint=row, key=key).pk


def accepted(cast: Cast, row: Complaint) -> None:
    handling.answer(cast.lin, row.pk)
    for key in ("listen", "ask", "soothe", "confirm"):
        handling.tick(cast.lin, step(row, key))


def test_no_solution_before_the_feelings_and_what_was_typed_stays(cast: Cast, row: Complaint) -> None:
    client = enter(cast.lin)
    page = text(client.get(f"/complaints/{row.pk}/"))
    assert "变速箱异响" in page and "步骤做完，才能谈办法" in page and "前给您" not in page
    sent = {"text": "换阀体总成", "due": "+3", "amount": "860"}
    answer = do(client, row, "propose", **sent)
    assert answer.status_code == 409 and "先处理心情，再处理事情" in text(answer) and Agreement.objects.count() == 0
    accepted(cast, row)
    answer = do(client, row, "propose", **{**sent, "due": "去年", "amount": "很多"})
    html = answer.content.decode()
    assert answer.status_code == 422 and 'value="换阀体总成"' in html and 'value="很多"' in html and Agreement.objects.count() == 0
    assert do(client, row, "propose", **sent).status_code == 302
    assert Agreement.objects.get().approval == "waiting"  # above the agent's 500


def test_the_whole_road(cast: Cast, row: Complaint) -> None:
    client, above = enter(cast.lin), enter(cast.he)
    soon = f"{timezone.localtime() + timedelta(hours=1):%Y-%m-%dT%H:%M}"
    wrong = do(client, row, "answered", at=soon)
    assert wrong.status_code == 422 and "时间要在受理以后、现在以前" in text(wrong)
    wrong = do(client, row, "edit", received=soon)
    assert wrong.status_code == 422 and "受理时间不能晚于录入的时间" in text(wrong)
    do(client, row, "answered", note="听了 14 分钟")
    for key in ("listen", "ask", "soothe", "confirm", "judge", "analyse", "explain"):
        note = "复述了两遍" if key == "confirm" else ""
        assert do(client, row, "step", pick=f"{step(row, key)}.tick", note=note).status_code == 302
    assert "做完“复述一遍他要什么，请他点头”：复述了两遍" in text(client.get(f"/complaints/{row.pk}/"))
    assert do(client, row, "step", pick=f"{step(row, 'classify')}.tick").status_code == 409  # ticks itself
    for pick in ("cause.product_quality", "severity.ordinary", "behaviour.angry_venting", "purpose.criticism"):
        do(client, row, "classify", pick=pick)
    row.refresh_from_db()
    assert (row.stage, row.cause) == ("resolve", "product_quality")
    do(client, row, "propose", text="换阀体总成", due="+3", amount="860", keeper=str(cast.lin.pk))
    offer = Agreement.objects.get()
    page = text(client.get(f"/complaints/{row.pk}/"))
    assert "等批 ¥860" in page and "送去审批：换阀体总成" in page and "催一下收回" in page
    do(client, row, "agreement", pick=f"{offer.pk}.withdraw")
    do(client, row, "restore", id=str(offer.pk))
    offer.refresh_from_db()
    assert (offer.state, offer.approval) == ("proposed", "waiting")
    assert do(client, row, "agreement", pick=f"{offer.pk}.agree").status_code == 409  # nothing is promised before the yes
    assert do(client, row, "decide_money", pick=f"{offer.pk}.yes").status_code == 404  # not hers to say
    assert "等您批的补偿，1 件" in text(above.get("/complaints/"))
    assert do(above, row, "decide_money", pick=f"{offer.pk}.yes").status_code == 302
    assert do(client, row, "tell").status_code == 409  # the customer has not said yes
    assert "当场办了" not in text(client.get(f"/complaints/{row.pk}/"))  # in three days, and above her limit
    refused = do(client, row, "agreement", pick=f"{offer.pk}.done")
    assert refused.status_code == 409 and "“当场办了”只用于日子是今天的" in text(refused)
    do(client, row, "agreement", pick=f"{offer.pk}.agree")
    promise = Promise.objects.get()
    assert (promise.customer_id, promise.text) == (row.customer_id, "换阀体总成")
    assert ComplaintStep.objects.get(pk=step(row, "solve")).done_at is not None  # it ticked itself
    do(client, row, "tell", note="他说行")
    assert CallBack.objects.get().satisfied is None
    assert do(client, row, "close").status_code == 409 and Complaint.objects.get().closed_at is None
    assert "还差" in text(client.get(f"/complaints/{row.pk}/"))
    promising.settle(cast.lin, promise.pk, True)
    do(client, row, "step", pick=f"{step(row, 'see_through')}.tick")
    gone = do(client, row, "undo_call_back")
    assert gone.status_code == 409 and "没有可以撤销的回访" in text(gone)
    line = {"HX-Request": "true", "HX-Target": "lk-undo"}
    assert client.post(f"/complaints/{row.pk}/do/undo_call_back/", headers=line).headers["HX-Redirect"] == f"/complaints/{row.pk}/"
    assert "没有可以撤销的回访" in text(client.get(f"/complaints/{row.pk}/"))
    do(client, row, "called_back", pick="no", words="还响")
    assert do(client, row, "undo_reopened").status_code == 302
    early = do(client, row, "called_back", pick="yes", words=" ")
    assert early.status_code == 422 and "还没到回访的日子" in text(early) and CallBack.objects.get().satisfied is None
    do(client, row, "called_back", pick="yes", words="这次不响了")
    for need in ComplaintNeed.objects.filter(complaint=row, dropped_at__isnull=True):
        do(client, row, "need", pick=f"{need.pk}.{'met' if need.confirmed_at else 'confirm'}")
        do(client, row, "need", pick=f"{need.pk}.met")
    wrong = do(client, row, "decided", root_cause="同批次阀体", decision="", why="")
    assert wrong.status_code == 422 and "同批次阀体" in wrong.content.decode()
    do(client, row, "decided", root_cause="同批次阀体", decision="improve", why="第 3 例")
    page = text(client.get(f"/complaints/{row.pk}/"))
    assert "还差 1 样才能结案" in page and "要由没经手方案的人回访或结案" in page
    assert "改进还没开始，由何静" in page and "开始改进" in text(above.get(f"/complaints/{row.pk}/"))
    begin = re.search(r'href="(/improvement/new/[^"]+)"', above.get(f"/complaints/{row.pk}/").content.decode())
    assert begin and f'name="source_id" value="{row.pk}"' in above.get(unescape(begin[1])).content.decode()
    alone = do(client, row, "close")
    assert alone.status_code == 409 and "方案是林倩经手的，请何静、赵国平来回访或结案" in text(alone)
    assert "结案 TS-" in text(above.get(f"/complaints/{row.pk}/"))
    assert do(above, row, "close").status_code == 302
    row.refresh_from_db()
    assert row.closed_at is not None and row.satisfied
    assert do(client, row, "note", text="再记一笔").status_code == 409
    do(client, row, "reopen", why="又响了")
    row.refresh_from_db()
    assert (row.turn, row.stage, row.closed_at) == (1, "resolve", None)


def test_swaps_clock_and_crisis_are_said_and_taken_back(cast: Cast, row: Complaint) -> None:
    client = enter(cast.lin)
    do(client, row, "swap_person", user=str(cast.he.pk))
    row.refresh_from_db()
    assert row.owner == cast.he
    do(client, row, "unswap")
    row.refresh_from_db()
    assert row.owner == cast.lin
    wrong = do(client, row, "swap_time", when="下班后")
    assert wrong.status_code == 422 and "请选日子和时间" in text(wrong)
    assert do(client, row, "swap_place", where="会客室").status_code == 302
    handling.answer(cast.lin, row.pk)
    assert do(client, row, "pause", why="").status_code == 409
    do(client, row, "pause", why="等他的单子")
    assert "等客户，计时停着" in text(client.get(f"/complaints/{row.pk}/"))
    do(client, row, "resume")
    row.refresh_from_db()
    assert row.resolve_due is not None
    do(client, row, "classify", pick="severity.ordinary")
    wrong = do(client, row, "classify", pick="severity.severe")
    assert wrong.status_code == 422 and "请用“改为严重”" in text(wrong) and "从现在起按严重的时限" in text(wrong)
    mute = do(client, row, "raise", why=" ")
    assert mute.status_code == 422 and "改为严重请写为什么" in text(mute) and not Complaint.objects.get().severe
    do(client, row, "raise", why="他说刹车也软了")
    assert "改为严重：他说刹车也软了" in text(client.get(f"/complaints/{row.pk}/"))
    do(client, row, "classify", pick="behaviour.extreme")
    page = text(client.get(f"/complaints/{row.pk}/"))
    assert "不单独处理，证据都留着" in page and "还没定" in page
    assert do(client, row, "crisis_end", why="没事了").status_code == 404
    do(client, row, "crisis_name", second=str(cast.he.pk), spokesman=str(cast.he.pk))
    assert do(enter(cast.he), row, "crisis_end", why="和解了").status_code == 302
    assert do(client, row, "no_such_act").status_code == 404


def test_yes_is_offered_to_who_may_say_it_and_no_tells_why(cast: Cast, row: Complaint) -> None:
    accepted(cast, row)
    made = agreeing.propose(cast.lin, row.pk, "换变速箱", clock.today() + timedelta(3), amount_cents=400_000)
    here, button = f"/complaints/{row.pk}/", f'value="{made.pk}.yes"'
    he, zhao = enter(cast.he), enter(cast.zhao)
    page = he.get(here)
    assert button not in page.content.decode() and "¥4,000，超过您能批的 ¥3,000，由赵国平来批" in text(page)
    assert button in zhao.get(here).content.decode()
    do(zhao, row, "decide_money", pick=f"{made.pk}.no", note="先修，修不好再换")
    page = text(enter(cast.lin).get(here))
    assert "赵国平没批：先修，修不好再换" in page and "没批补偿¥4,000：先修，修不好再换" in page


def test_a_promise_and_its_complaint_name_each_other(cast: Cast, row: Complaint) -> None:
    accepted(cast, row)
    made = agreeing.propose(cast.lin, row.pk, "换阀体总成", clock.today() + timedelta(3))
    promise = agreeing.agree(cast.lin, made.pk).promise
    assert promise is not None
    page = enter(cast.lin).get(f"/promises/{promise.pk}/")
    assert f'href="/complaints/{row.pk}/#agreements"' in page.content.decode() and "变速箱异响" in text(page)
    assert f'href="/promises/{promise.pk}/"' in enter(cast.lin).get(f"/complaints/{row.pk}/").content.decode()
    Promise.objects.filter(pk=promise.pk).update(about="work.task")
    assert "变速箱异响" not in text(enter(cast.lin).get(f"/promises/{promise.pk}/"))


def test_hands_and_sight(cast: Cast, row: Complaint) -> None:
    for user in (cast.ding, cast.fang, cast.root):
        assert enter(user).get(f"/complaints/{row.pk}/").status_code == 404
        assert do(enter(user), row, "note", text="x").status_code == 404
    chen = enter(cast.chen)  # his customer, another's case: he reads it
    assert "f-note" not in chen.get(f"/complaints/{row.pk}/").content.decode()
    assert do(chen, row, "note", text="x").status_code == 409
    public = entering.enter_public(cast.binjiang.pk, "方向盘偏左", name="赵先生", contact="13800001234")
    lin = enter(cast.lin)
    page = text(lin.get(f"/complaints/{public.pk}/"))
    assert "138****34" in page and "13800001234" not in page and "像是这位客户" in page and "张书远" in page
    assert "13800001234" in text(do(lin, public, "contact"))
    do(lin, public, "link", id=str(row.customer_id))
    public.refresh_from_db()
    assert public.customer_id == row.customer_id


def test_a_case_with_much_asks_no_more_than_one_with_little(cast: Cast, row: Complaint) -> None:
    client = enter(cast.lin)
    accepted(cast, row)

    def asked() -> int:
        with CaptureQueriesContext(connection) as few:
            assert client.get(f"/complaints/{row.pk}/").status_code == 200
        return len(few)

    day = timezone.localdate()
    agreeing.agree(cast.lin, agreeing.propose(cast.lin, row.pk, "第一件", day).pk)
    handling.note(cast.lin, row.pk, "第一句")
    few = asked()
    for n in range(4):
        agreeing.agree(cast.lin, agreeing.propose(cast.lin, row.pk, f"又一件{n}", day).pk)
        handling.note(cast.lin, row.pk, f"又一句{n}")
        classifying.add_need(cast.lin, row.pk, "rational", "other", text=f"要这个{n}")
    assert asked() == few


def test_an_act_reaches_no_part_of_another_case(cast: Cast, row: Complaint) -> None:
    """Its step, need or agreement does not exist at this address, whoever may do it at its own."""
    client, above = enter(cast.lin), enter(cast.he)
    other = entering.enter(cast.lin, text="空调不凉", channel="telephone", customer_id=row.customer_id)
    accepted(cast, row)
    own = handling.add_step(cast.lin, row.pk, "clarify", "查工单").pk
    gone = handling.add_step(cast.lin, row.pk, "clarify", "再查一遍").pk
    handling.drop_step(cast.lin, gone)
    need = classifying.add_need(cast.lin, row.pk, "rational", "other", text="要书面说法").pk
    lost = classifying.add_need(cast.lin, row.pk, "rational", "other", text="要道歉").pk
    classifying.drop_need(cast.lin, lost)
    offer = agreeing.propose(cast.lin, row.pk, "换阀体总成", timezone.localdate(), amount_cents=86_000).pk
    taken = agreeing.agree(cast.lin, agreeing.propose(cast.lin, row.pk, "回个电话", timezone.localdate()).pk, done=True).pk
    kept = [list(model.objects.order_by("pk").values()) for model in (ComplaintStep, ComplaintNeed, Agreement)]
    sent = [
        ("step", f"{own}.tick"), ("step", f"{step(row, 'listen')}.untick"), ("step", f"{own}.drop"),
        ("need", f"{need}.met"), ("need", f"{need}.drop"), ("agreement", f"{offer}.nudge"), ("agreement", f"{offer}.withdraw"),
        ("agreement", f"{offer}.decline"), ("agreement", f"{taken}.restore"),
    ]  # fmt: skip
    for what, pick in sent:
        assert do(client, other, what, pick=pick).status_code == 404, (what, pick)
    for what, pk in (
        ("untick", step(row, "listen")), ("step_drop", own), ("step_restore", gone), ("need_drop", need), ("need_restore", lost),
        ("withdraw", offer), ("restore", taken),
    ):  # fmt: skip
        assert do(client, other, what, id=str(pk)).status_code == 404, what
    assert do(above, other, "decide_money", pick=f"{offer}.yes").status_code == 404
    assert do(above, other, "undecide", id=str(offer)).status_code == 404
    assert [list(model.objects.order_by("pk").values()) for model in (ComplaintStep, ComplaintNeed, Agreement)] == kept
    assert do(client, row, "step", pick=f"{own}.tick").status_code == 302  # at its own address it is done


@pytest.mark.browser
@pytest.mark.django_db(transaction=True)
def test_from_the_call_to_the_end_in_a_browser(live: Any, sign_in: Any, axe: Any, fits: Any, console: Any) -> None:
    console.allow("status of (409|422)")
    cast = assemble()
    card(cast.chen, "张书远", "13800001234")
    sign_in(cast.lin)
    live.goto("/complaints/new/")
    live.fill("#f-q", "zsy")
    live.get_by_label(re.compile("张书远")).check()
    live.fill("#f-text", SAID)
    live.locator("#lk-said .lk-sug").first.wait_for()
    live.locator("#lk-said input[name=cause][value=service]").check()
    axe(live)
    live.get_by_role("button", name="记下，开始计时").click()
    live.wait_for_url("**/complaints/*/")
    assert live.locator(".lk-undo").is_visible()
    row = Complaint.objects.get()
    axe(live)
    live.get_by_role("button", name="答复客户了").click()
    live.get_by_text("首次答复用了").wait_for()
    for _step in range(4):
        done = live.locator("#steps [aria-pressed=true]").count()
        live.locator('#steps button[aria-pressed="false"]').first.click()
        live.wait_for_function(
            "n => document.querySelector('#steps h2').textContent !== '接受' ||"
            " document.querySelectorAll('#steps [aria-pressed=true]').length > n",
            arg=done,
        )
    live.locator("#steps").get_by_text("解释澄清").wait_for()
    live.get_by_role("button", name=re.compile("建议的 .* 样都对")).click()
    live.get_by_text("建议的都确认了").wait_for()
    live.get_by_text("拟一条办法").click()
    live.fill("#f-agree-text", "换阀体总成")
    live.fill("#f-agree-due", "明天")
    live.get_by_role("button", name="记下，讲给客户听").click()
    live.get_by_role("button", name="客户点头了").click()
    live.get_by_text("答应了，在办").wait_for()
    live.get_by_role("button", name="方案告诉客户了").click()
    live.locator("#call-back").wait_for()
    live.set_viewport_size(PHONE)
    fits(live)
    axe(live)
    live.fill("#f-back-words", "还是响")
    live.get_by_role("button", name="不满意，重新打开").click()
    live.get_by_text("第 1 次重开").wait_for()
    row.refresh_from_db()
    assert (row.turn, row.satisfied) == (1, False)
    live.goto("/complaints/")
    fits(live)
    axe(live)
    for page in (f"/complaints/tell/{cast.binjiang.pk}/", f"/complaints/receipt/{row.receipt}/"):
        live.goto(page)
        fits(live)
        axe(live)
