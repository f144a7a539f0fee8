"""Writing a questionnaire on the page: from a ready one, question by question, without script."""

import re

import pytest
import time_machine
from django.core.cache import cache
from django.utils import translation

from liuke.satisfaction import answering
from liuke.satisfaction.models import Survey, SurveyVersion
from tests.cast import Cast, assemble
from tests.satisfaction.world import NOON, bought, token, wave
from tests.web.pages import enter


@pytest.fixture(autouse=True)
def noon():
    cache.clear()
    with time_machine.travel(NOON, tick=False), translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


def text(answer) -> str:
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", answer.content.decode()))


def fields(page: str) -> dict[str, str]:
    """What the form would send as it stands."""
    form = page[page.index('name="seen"') :]
    found = {name: value for name, value in re.findall(r'<input[^>]*name="([^"]+)"[^>]*value="([^"]*)"', form) if "checkbox" not in name}
    found["seen"] = re.search(r'name="seen" value="(\d+)"', page)[1]
    for name, body in re.findall(r'<select[^>]*name="([^"]+)"[^>]*>(.*?)</select>', form, re.S):
        chosen = re.search(r'value="([^"]*)" selected', body)
        found[name] = chosen[1] if chosen else ""
    found |= dict(re.findall(r'<textarea[^>]*name="([^"]+)"[^>]*>([^<]*)</textarea>', form))
    boxes = re.findall(r'type="checkbox" name="([^"]+)"', form)
    return {name: value.replace("&gt;", ">") for name, value in found.items() if name not in boxes}


def test_from_a_ready_form_and_changed(cast):
    client = enter(cast.xu)
    page = client.post("/satisfaction/surveys/new/", {"name": "保养回访", "unit": cast.group.pk, "form": "recommend"}, follow=True)
    assert "第 1 版，4 题" in text(page)
    pk, sent = Survey.objects.get().pk, fields(page.content.decode())
    where = f"/satisfaction/surveys/{pk}/"
    assert sent["q0-jumps"] == "0,1,2,3,4,5,6 → why_not" and sent["q1-options"].startswith("修得好 = Good work")
    grown = client.post(where, {**sent, "act": "add"})
    assert "第 5 题" in text(grown) and SurveyVersion.objects.get().body["questions"][-1]["key"] == "words"
    sent = fields(grown.content.decode()) | {"q4-zh": "价钱值不值", "q4-indicator": "product.price", "q4-weight": "2"}
    moved = fields(client.post(where, {**sent, "act": "up-4"}).content.decode())
    assert moved["q3-zh"] == "价钱值不值" and moved["q4-key"] == "words"
    assert "存好了" in text(client.post(where, moved, follow=True))
    kept = SurveyVersion.objects.get().form
    assert [each.key for each in kept.questions] == ["recommend", "liked", "why_not", "q1", "words"] and kept.weights == 2
    assert "权重加起来是 2，按比例折成 1" in text(client.get(where))


@pytest.mark.parametrize(
    ("change", "said"),
    [
        ({"q0-weight": "0", "q1-weight": "0", "q2-weight": "0"}, "权重加起来是 0"), ({"q0-weight": "-1"}, "权重不能是负数"),
        ({"q1-jumps": "1 → overall"}, "只能往后跳"), ({"q0-zh": ""}, "缺少中文文字"), ({"q0-weight": "x"}, "要写数字"),
        ({"q1-weight": "1e400"}, "权重 权重请写 0 到 1000 的数，最多 4 位小数"), ({"q1-weight": "nan"}, "权重 要写数字"),
        ({"q1-jumps": "foo"}, "看不懂“foo”这条跳题。请写成"),
        ({"name": " "}, "请给问卷起个名字"),
    ],
)  # fmt: skip
def test_what_cannot_be_is_told_and_nothing_is_kept(cast, change, said):
    client = enter(cast.xu)
    page = client.post("/satisfaction/surveys/new/", {"name": "回访", "unit": cast.group.pk, "form": "after_service"}, follow=True)
    before = SurveyVersion.objects.get().body
    answer = client.post(f"/satisfaction/surveys/{Survey.objects.get().pk}/", fields(page.content.decode()) | change)
    assert answer.status_code == 422 and said in text(answer) and SurveyVersion.objects.get().body == before


def test_an_odd_weight_that_was_kept_breaks_no_page(cast):
    one = bought(cast.chen, "张书远")
    made = wave(cast)
    version = made.version
    version.body["questions"][0]["weight"] = "1e400"
    version.save()
    client = enter(cast.xu)
    answering.answer(answering.asked(token(one)), {"overall": ["5"], "staff": ["1"]})
    for where in (f"/satisfaction/surveys/{version.survey_id}/", f"/satisfaction/waves/{made.pk}/", "/satisfaction/"):
        assert client.get(where).status_code == 200
    assert "权重加起来是 1.00E+400" in text(client.get(f"/satisfaction/waves/{made.pk}/"))


def test_others_read_it_and_what_was_asked_stays(cast):
    bought(cast.chen, "张书远")
    wave(cast)
    where = f"/satisfaction/surveys/{Survey.objects.get().pk}/"
    page = enter(cast.he).get(where)
    assert "接车顾问听明白您的意思" in text(page) and 'name="q0-zh"' not in page.content.decode()
    assert enter(cast.he).post(where, {"name": "x"}).status_code == 422 and Survey.objects.get().name == "保养后回访"
    client = enter(cast.xu)
    sent = fields(client.get(where).content.decode()) | {"q0-zh": "这次满意吗？"}
    assert "第 2 版；正在收的还是原来那一版" in text(client.post(where, sent, follow=True))
    assert SurveyVersion.objects.get(number=1).form.questions[0].words.zh == "这次总的来说，您满意吗？"
    assert enter(cast.chen).get(where).status_code == 404
