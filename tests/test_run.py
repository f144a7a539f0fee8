"""run.py: what it does before anything is installed, and that it does nothing twice."""

import ast
import importlib.util
import subprocess
import sys

import pytest

from tests.house.tree import ROOT

pytestmark = pytest.mark.only_db("sqlite")


@pytest.fixture
def run():
    """run.py as a module of its own for each test."""
    spec = importlib.util.spec_from_file_location("run_under_test", ROOT / "run.py")
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def calls(run, monkeypatch):
    """The commands that set-up would run, none of which is run."""
    made = []
    monkeypatch.setattr(run, "call", lambda *words, env=None: made.append([str(word) for word in words]))
    return made


@pytest.fixture
def copy(run, monkeypatch, tmp_path):
    """A small repository whose environment counts as complete."""
    for name in (
        run.LOCK_UV,
        run.LOCK_BUILD,
        run.LOCK_RUN,
        run.LOCK_DEV,
        "pyproject.toml",
        "hatch_build.py",
        "frontend/src/app.js",
        "liuke/a.po",
        run.BUNDLE,
    ):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(f"uv==1.2 \\\n{name}", encoding="utf-8")
    bin_folder = tmp_path / ".venv" / "bin"
    bin_folder.mkdir(parents=True)
    (bin_folder / "python").symlink_to(sys.executable)
    for name, value in {"ROOT": tmp_path, "VENV": bin_folder.parent, "BIN": bin_folder, "PYTHON": bin_folder / "python"}.items():
        monkeypatch.setattr(run, name, value)
    monkeypatch.setattr(run, "STAMP", bin_folder.parent / "ready.json")
    monkeypatch.setattr(run, "make_venv", lambda: None)
    return tmp_path


@pytest.mark.parametrize("name", ["run.py", "tests/pg.py", "tests/chromium.py"])
def test_needs_the_standard_library_only(name):
    tree = ast.parse((ROOT / name).read_text(encoding="utf-8"))
    imported = {alias.name.split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names}
    imported |= {str(node.module).split(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported - {"tests"} <= set(sys.stdlib_module_names)


def test_an_old_python_can_read_it_far_enough_to_say_so(run, monkeypatch, capsys):
    ast.parse((ROOT / "run.py").read_text(encoding="utf-8"), feature_version=(3, 7))
    monkeypatch.setattr(sys, "version_info", (3, 10, 4, "final", 0))
    assert run.main(["demo"]) == 1
    told = capsys.readouterr().err
    assert "需要 Python 3.11 或更高版本，这里是 3.10.4。" in told
    assert "Python 3.11 or newer is needed; this is 3.10.4." in told


def test_without_a_word_it_says_what_it_can_do():
    done = subprocess.run([sys.executable, str(ROOT / "run.py")], capture_output=True, text=True, check=True)
    assert "python3 run.py demo" in done.stdout
    assert "python3 run.py test" in done.stdout


def test_a_missing_venv_module_is_named_with_its_command(run, monkeypatch, calls):
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    monkeypatch.setattr(run, "apt", lambda *packages: False)
    with pytest.raises(run.Stop, match="sudo apt-get update && sudo apt-get install -y python3-venv"):
        run.need_venv()
    assert calls == []


def test_apt_is_used_by_root_only(run, monkeypatch, calls):
    monkeypatch.setattr(run.shutil, "which", lambda name: f"/usr/bin/{name}")
    monkeypatch.setattr(run.os, "geteuid", lambda: 1000)
    assert run.apt("chromium") is False
    assert calls == []
    monkeypatch.setattr(run.os, "geteuid", lambda: 0)
    assert run.apt("chromium") is True
    assert [command[:2] for command in calls] == [["apt-get", "update"], ["apt-get", "install"]]
    assert calls[1][-1] == "chromium"


def test_set_up_installs_hashed_locks_and_then_nothing_twice(run, copy, calls):
    run.ensure(dev=False)
    assert [command[1:] for command in calls] == [
        ["-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", "requirements-uv.lock"],
        ["pip", "install", "-q", "--require-hashes", "-r", "requirements.lock"],
        ["pip", "install", "-q", "--no-deps", "--reinstall-package", "liuke", "--build-constraints", "requirements-build.lock", "-e", "."],
    ]
    calls.clear()
    run.ensure(dev=False)
    assert calls == []


@pytest.mark.parametrize("name", ["requirements.lock", "frontend/src/app.js", "liuke/a.po", "frontend/src/new.js", "pyproject.toml"])
def test_a_changed_input_sets_up_again(run, copy, calls, name):
    run.ensure(dev=False)
    calls.clear()
    (copy / name).write_text("uv==1.2 \\\nchanged", encoding="utf-8")
    run.ensure(dev=False)
    assert calls[-1][-2:] == ["-e", "."]


def test_a_lost_bundle_is_built_again(run, copy, calls):
    run.ensure(dev=False)
    calls.clear()
    (copy / run.BUNDLE).unlink()
    run.ensure(dev=False)
    assert calls[-1][-2:] == ["-e", "."]


def test_what_npm_installs_is_no_input(run, copy, calls):
    run.ensure(dev=False)
    calls.clear()
    (copy / "frontend/node_modules/x").mkdir(parents=True)
    (copy / "frontend/node_modules/x/index.js").write_text("x", encoding="utf-8")
    run.ensure(dev=False)
    assert calls == []


def test_tests_need_more_than_the_demo_but_the_demo_no_less_after_them(run, copy, calls):
    run.ensure(dev=False)
    calls.clear()
    run.ensure(dev=True)
    assert any("requirements-dev.lock" in command for command in calls)
    calls.clear()
    run.ensure(dev=False)
    assert calls == []


def test_a_set_up_that_failed_is_done_again(run, copy, monkeypatch, calls):
    run.ensure(dev=False)
    (copy / "liuke/a.po").write_text("changed", encoding="utf-8")

    def fail(*words, env=None):
        raise run.Stop("no network")

    monkeypatch.setattr(run, "call", fail)
    with pytest.raises(run.Stop):
        run.ensure(dev=False)
    (copy / "liuke/a.po").write_text("uv==1.2 \\\nliuke/a.po", encoding="utf-8")
    assert run.stamp() == {}


def test_the_mirror_of_pip_is_uvs_too(run, monkeypatch):
    monkeypatch.delenv("UV_DEFAULT_INDEX", raising=False)
    monkeypatch.setenv("PIP_INDEX_URL", "https://mirror.example/simple")
    env = run.uv_environment()
    assert env["UV_DEFAULT_INDEX"] == "https://mirror.example/simple"
    assert env["UV_PYTHON_DOWNLOADS"] == "never"


def test_a_failed_step_names_its_command(run):
    with pytest.raises(run.Stop, match="退出码 3") as told:
        run.call(sys.executable, "-c", "print('这里坏了'); raise SystemExit(3)")
    assert "这里坏了" in str(told.value)
    assert "raise SystemExit(3)" in str(told.value)
