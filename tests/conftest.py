"""What every test shares: the database chosen by --db, a data folder of its own per process, no skips in CI.

The environment is made before Django reads its settings, hence at import. With several processes the first one starts the one PostgreSQL,
and the others, which inherit its environment, use it; pytest-django gives each a database of its own.
"""

import argparse
import atexit
import os
import shutil
import sys
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import hypothesis
import pytest

from tests import pg

pytest_plugins = ["tests.browser"]

ROOT = Path(__file__).resolve().parent.parent
GROUND = {"house", "packs", "analytics", "kernel"}
SHARED_DATA = ROOT.parent / "shared" / "data"
WORKER = os.environ.get("PYTEST_XDIST_WORKER", "")
STRICT = os.environ.get("LIUKE_CI") == "1"
if STRICT:
    # The same examples every time: a change is judged by what it changed. Whoever develops meets new ones with every run.
    hypothesis.settings.load_profile("ci")


def _chosen() -> str:
    """--db as given on the command line; in a worker, what the first process chose."""
    parser = argparse.ArgumentParser(add_help=False, allow_abbrev=False)
    parser.add_argument("--db", default=os.environ.get("LIUKE_TEST_DB", "sqlite") if WORKER else "sqlite")
    return str(parser.parse_known_args(sys.argv[1:])[0].db)


def _environment(db: str) -> None:
    data = tempfile.mkdtemp(prefix="liuke-test-")
    atexit.register(shutil.rmtree, data, ignore_errors=True)
    if db == "pg" and not WORKER:
        running = ExitStack()
        os.environ["LIUKE_DATABASE_URL"] = running.enter_context(pg.server())
        atexit.register(running.close)
    elif db == "sqlite":
        # Never the database of this installation.
        os.environ["LIUKE_DATABASE_URL"] = ""
    os.environ |= {
        "DJANGO_SETTINGS_MODULE": "liuke.site.settings",
        # The browser driver runs an event loop in this thread, which Django would take for asynchronous code.
        "DJANGO_ALLOW_ASYNC_UNSAFE": "true",
        "LIUKE_DATA": data,
        "LIUKE_SECRET_KEY": "only for tests",
        "LIUKE_TEST": "1",
        "LIUKE_TEST_DB": db,
    }


DB = _chosen()
if DB not in ("sqlite", "pg"):
    raise pytest.UsageError(f"--db={DB}: sqlite or pg")
if DB == "pg" and not WORKER and not pg.find_server():
    pytest.exit("没有 PostgreSQL，未运行（PostgreSQL is not installed, nothing was run）: apt-get install -y postgresql", returncode=4)
_environment(DB)

import django  # noqa: E402  (after the environment)

django.setup()

from django.conf import settings  # noqa: E402
from django.db import connections  # noqa: E402

if DB == "sqlite":
    # A file, not memory: threads, other processes and the live server then meet the same locks as in real life.
    connections["default"].settings_dict["TEST"]["NAME"] = str(Path(os.environ["LIUKE_DATA"]) / "test.sqlite3")
# In a worker the settings were read before this file, with the first process's folder: its own takes that one's place.
settings.DATA = Path(os.environ["LIUKE_DATA"])
settings.KEYS = settings.DATA / "keys.json"
settings.MIRROR, settings.UPLOADS = settings.DATA / "mirror", settings.DATA / "uploads"
# The real one takes a tenth of a second for each person made; what it does is tested where log-in is.
settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher", *settings.PASSWORD_HASHERS]
# Every test client is a server of its own and would first look through all files that browsers may ask for.
settings.WHITENOISE_AUTOREFRESH = True


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--db", default="sqlite", choices=["sqlite", "pg"], help="the database to run on; pg starts a throw-away PostgreSQL")


def pytest_configure(config: pytest.Config) -> None:
    if config.getoption("db") != DB:
        raise pytest.UsageError("--db is read from the command line only")


def pytest_report_header() -> str:
    return f"database: {connections['default'].vendor}"


# ── which tests run ──────────────────────────────────────────────────────────


def pytest_collection_modifyitems(config: pytest.Config, items: list[pytest.Item]) -> None:
    """Tests of another database are left out, not skipped (a skip means that something is missing), and those that need none run once."""
    marks = {item: mark.args for item in items if (mark := item.get_closest_marker("only_db"))}
    if wrong := [item.nodeid for item, names in marks.items() if names not in [("sqlite",), ("pg",)]]:
        raise pytest.UsageError(f"only_db takes 'sqlite' or 'pg': {wrong}")
    other = {item for item, names in marks.items() if names != (DB,)}
    if DB == "pg":
        other |= {item for item in items if _is_of_the_ground(item)}
    if other:
        config.hook.pytest_deselected(items=list(other))
        items[:] = [item for item in items if item not in other]


def _is_of_the_ground(item: pytest.Item) -> bool:
    """The ground floors know no database: what is tested of them is tested once, with the first one."""
    asks = {*getattr(item, "fixturenames", ())} & {"db", "transactional_db"} or item.get_closest_marker("django_db")
    return not asks and item.path.relative_to(ROOT / "tests").parts[0] in GROUND


def _no_skip(report: pytest.TestReport | pytest.CollectReport) -> None:
    if STRICT and report.skipped and not hasattr(report, "wasxfail"):
        reason = report.longrepr[2] if isinstance(report.longrepr, tuple) else report.longrepr
        report.outcome = "failed"
        report.longrepr = f"{report.nodeid}: skipped, which counts as a failure here: {reason}"


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport() -> Iterator[None]:
    report = yield
    _no_skip(report)
    return report


@pytest.hookimpl(wrapper=True)
def pytest_make_collect_report() -> Iterator[None]:
    report = yield
    _no_skip(report)
    return report


# ── what tests ask for ───────────────────────────────────────────────────────


@pytest.fixture
def data_folder() -> Path:
    """The data folder of this process; the settings point at it too."""
    return Path(os.environ["LIUKE_DATA"])


@pytest.fixture(scope="session")
def shared_data():
    """`shared_data("online_retail.csv.gz")`: the path of a real file that is too large for the repository; skipped by name without it."""

    def find(name: str) -> Path:
        path = SHARED_DATA / name
        if not path.exists():
            pytest.skip(f"data file is missing: shared/data/{name}")
        return path

    return find
