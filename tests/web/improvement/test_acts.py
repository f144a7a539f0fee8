"""Each act of a cycle says what was done and the way back, which works; what is wrong stays in its form, and nothing has changed."""

import re
from datetime import date

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import translation

from liuke.improvement.models import Cycle, CycleTask
from liuke.satisfaction.models import Wave
from liuke.web.satisfaction.words import improve
from tests.cast import Cast, assemble
from tests.improvement.conftest import NOON
from tests.improvement.test_actions import begin, complained


@pytest.fixture
def cast(db) -> Cast:
    with time_machine.travel(NOON, tick=False), translation.override("zh-hans"):
        yield assemble()


def test_acts_and_their_ways_back(cast):
    complained(cast, 1, 3, product="阀体")
    row = begin(cast)
    client = Client()
    client.force_login(cast.he, backend=settings.AUTHENTICATION_BACKENDS[0])
    here = f"/improvement/{row.pk}/"

    def act(address: str, **sent: str) -> tuple[int, str, str]:
        """(status, what the page then says was done, the way back)."""
        answer = client.post(address, sent)
        if answer.status_code != 302:
            return answer.status_code, "", ""
        page = client.get(answer["Location"]).content.decode()
        line = page[page.index('id="lk-undo"') :][:1200]
        way = re.search(r'action="(/improvement/[^"]+)"', line)
        return 302, re.sub(r"\s+", " ", re.sub(r"<[^>]*>", " ", line)), way[1] if way else ""

    assert act(f"{here}plan/", target="", due_on="2027-02-01", owner=str(cast.he.pk))[0] == 422
    assert act(f"{here}plan/", target="0", due_on="2027-02-01", owner=str(cast.he.pk))[1:] != ("", "")
    row.refresh_from_db()
    assert row.target == 0
    for wrong, said in ({"target": "3"}, "改之前是 3，越低越好：目标要比它低。"), ({"due_on": "2026-12-20"}, "最早 2026-12-21 才能量"):
        told = client.post(f"{here}plan/", {"target": "0", "due_on": "2027-02-01", "owner": str(cast.he.pk), **wrong})
        name = next(iter(wrong))
        field = told.content.decode().split(f'name="{name}"')[-1 if name == "target" else 2]
        assert told.status_code == 422 and said in field[:1500], wrong
    assert act(f"{here}tasks/", text="换阀体", assignee=str(cast.lin.pk), due_on="")[0] == 422 and not CycleTask.objects.exists()
    _status, said, back = act(f"{here}tasks/", text="换阀体", assignee=str(cast.lin.pk), due_on="2026-12-10")
    task = CycleTask.objects.get()
    assert "加了一条：换阀体" in said and back == f"/improvement/tasks/{task.pk}/drop/"
    _status, said, again = act(back)
    assert "去掉了：换阀体" in said and "又在了：换阀体" in act(again)[1]
    assert "开始做了" in act(f"{here}start/")[1]
    assert act(f"{here}finish/")[0] == 422
    _status, said, back = act(f"/improvement/tasks/{task.pk}/done/")
    assert "做完：换阀体" in said and "还没做：换阀体" in act(back)[1]
    act(f"/improvement/tasks/{task.pk}/done/")
    _status, said, back = act(f"{here}finish/")
    assert "都做完了" in said and back == f"{here}not-done/" and "接着做" in act(back)[1]
    assert act(f"{here}drop/", why=" ")[0] == 422
    _status, said, back = act(f"{here}drop/", why="厂家召回了")
    assert "不做了" in said and "接着改进" in act(back)[1]
    assert Cycle.objects.get().phase == "do"


def test_of_a_survey_that_is_over_the_figure_before_is_its_own(cast):
    wave = Wave(name="上半年满意度", opens_on=date(2026, 3, 5), ends_on=date(2026, 4, 12))
    with time_machine.travel(NOON, tick=False):
        client = Client()
        client.force_login(cast.he, backend=settings.AUTHENTICATION_BACKENDS[0])
        page = client.get(improve("satisfaction.item.service.after", cast.binjiang.pk, "3.76", "售后", wave, NOON.date())).content.decode()
        sent = dict(re.findall(r'<input[^>]*name="(\w+)"[^>]*value="([^"]*)"', page))
        assert (sent["days"], sent["since"]) == ("39", "2026-03-05") and "改之前从3月5日看起，那轮调查的头一天" in page
        kept = {key: sent[key] for key in ("days", "since", "title")} | {
            "source": "satisfaction",
            "measure": "satisfaction.item.service.after",
        }
        asked = {**kept, "unit": str(cast.binjiang.pk), "owner": str(cast.he.pk), "target": "4.2"}
        assert client.post("/improvement/new/", {**asked, "due_on": "2026-12-25"}).status_code == 422
        assert client.post("/improvement/new/", {**asked, "due_on": "2026-12-30"}).status_code == 302
    was = Cycle.objects.get().figures.get()
    assert (was.first, was.last) == (date(2026, 3, 5), date(2026, 4, 12))
