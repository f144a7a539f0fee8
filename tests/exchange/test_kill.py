"""kill -9 in the middle of a load: nothing of it is in, and the next start or the same command takes it up again."""

import os
import signal
import subprocess
import sys
from pathlib import Path
from urllib.parse import quote, urlencode

import pytest
from django.db import connection

from liuke.audit.models import AuditEntry
from liuke.customers.models import Customer, FactChange, Phone
from liuke.deals.models import Deal, DealLine, MirrorMonth
from liuke.exchange import actions
from liuke.exchange.models import Load
from liuke.exchange.report import Options
from tests.cast import assemble
from tests.exchange import files

pytestmark = pytest.mark.django_db(transaction=True)

# Loads a file and kills itself, as nothing else could, before the n-th bulk insert (0: before the first query of the plan).
CHILD = """
import os, signal, sys
import django
django.setup()
from pathlib import Path
from liuke.exchange import actions, bulk
from liuke.exchange.report import Options
at, path = int(sys.argv[1]), Path(sys.argv[2])
calls = 0
insert = bulk.insert
def counted(*args):
    global calls
    calls += 1
    insert(*args)
    if calls == at:
        os.kill(os.getpid(), signal.SIGKILL)
bulk.insert = counted
def progress(stage, done):
    if at == 0 and stage == "match":
        os.kill(os.getpid(), signal.SIGKILL)
actions.load_file(None, path, "deals", {}, Options(create_customers=True), progress)
"""
BODY = "单号,客户编号,姓名,手机,日期,商品名称,数量,单价\n" + "".join(
    f"{i},C{i % 40},客户{i % 40},1381234{i % 40:04d},2024-{i % 5 + 1:02d}-05,甲,2,1.5\n" for i in range(400)
)


def url() -> str:
    """The database of this test, for another process."""
    settings = connection.settings_dict
    if connection.vendor == "sqlite":
        return "sqlite:///" + quote(str(settings["NAME"]))
    login = f"{quote(settings['USER'])}:{quote(settings['PASSWORD'])}@" if settings["USER"] else ""
    query = {"host": settings["HOST"], "port": settings["PORT"]}
    return f"postgresql://{login}/{settings['NAME']}?" + urlencode({key: value for key, value in query.items() if value})


def everything() -> tuple[int, ...]:
    return tuple(model.objects.count() for model in (Customer, Phone, Deal, DealLine, FactChange, MirrorMonth, AuditEntry))


@pytest.mark.parametrize("at", [0, 1, 3, 5, 6])
def test_killed_then_taken_up_by_the_same_command(tmp_path: Path, at: int):
    assemble()
    path = files.csv(tmp_path / "a.csv", BODY)
    before = everything()
    root = Path(__file__).resolve().parents[2]
    killed = subprocess.run(
        [sys.executable, "-c", CHILD, str(at), str(path)], env={**os.environ, "LIUKE_DATABASE_URL": url()}, cwd=root, check=False
    )
    assert killed.returncode == -signal.SIGKILL
    assert everything() == before
    assert [load.state for load in Load.objects.all()] == ["loading"]
    report = actions.load_file(None, path, "deals", {}, Options(create_customers=True))
    assert (report.created, report.customers_created, report.unchanged) == (400, 40, 0)
    assert [load.state for load in Load.objects.all()] == ["loaded"]
    assert actions.load_file(None, path, "deals", {}, Options()).unchanged == 400


def test_killed_then_taken_up_at_the_next_start(tmp_path: Path):
    assemble()
    path = files.csv(tmp_path / "a.csv", BODY)
    root = Path(__file__).resolve().parents[2]
    subprocess.run([sys.executable, "-c", CHILD, "4", str(path)], env={**os.environ, "LIUKE_DATABASE_URL": url()}, cwd=root, check=False)
    assert not Deal.objects.exists()
    assert (actions.resume_loads(), Deal.objects.count(), Load.objects.get().state) == (1, 400, "loaded")
    assert (actions.resume_loads(), Deal.objects.count()) == (0, 400)


def test_a_load_that_somebody_is_running_is_left_alone(tmp_path: Path):
    from liuke.exchange.storage import held

    assemble()
    path = files.csv(tmp_path / "a.csv", BODY)
    with path.open("rb") as file:
        load = actions.receive(None, "deals", "a.csv", file)
    Load.objects.update(state="loading", options=Options(create_customers=True).as_json())
    with held(load.stored) as free:
        assert free
        assert (actions.resume_loads(), Deal.objects.count()) == (0, 0)
    assert (actions.resume_loads(), Deal.objects.count()) == (1, 400)
