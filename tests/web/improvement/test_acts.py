"""Each act of a cycle says what was done and the way back, which works; what is wrong stays in its form, and nothing has changed."""

import re

import pytest
import time_machine
from django.conf import settings
from django.test import Client
from django.utils import translation

from liuke.improvement.models import Cycle, CycleTask
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
