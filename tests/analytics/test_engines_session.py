"""Starting Spark: what is missing is said; the code that is sent stands by itself. No session is started here."""

from __future__ import annotations

import subprocess
import sys
import zipfile
from pathlib import Path

import pytest

from liuke.analytics.engines import session
from liuke.kernel.refusal import Refused


def test_without_pyspark_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(session.importlib.util, "find_spec", lambda name: None)
    with pytest.raises(Refused, match=r"pip install") as caught:
        session.session()
    assert caught.value.code == "spark.no_pyspark"


def test_without_java_it_says_which(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(session.importlib.util, "find_spec", lambda name: object())
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("JAVA_HOME", str(tmp_path))
    with pytest.raises(Refused, match="Java 17") as caught:
        session.session()
    assert caught.value.code == "spark.no_java"
    java = tmp_path / "bin" / "java"
    java.parent.mkdir()
    java.write_text("#!/bin/sh\n")
    java.chmod(0o755)
    session.check()


def test_the_store_is_the_setting_or_the_folder_given(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.delenv(session.STORE, raising=False)
    assert session.store(tmp_path) == str(tmp_path)
    monkeypatch.setenv(session.STORE, "s3a://bucket/liuke")
    assert session.store(tmp_path) == "s3a://bucket/liuke"


def test_the_code_sent_is_importable_by_itself(tmp_path: Path) -> None:
    path = session.code_zip(tmp_path)
    assert session.code_zip(tmp_path) == path, "made once"
    with zipfile.ZipFile(path) as archive:
        names = archive.namelist()
    assert "liuke/__init__.py" in names and "liuke/analytics/assign.py" in names and "liuke/kernel/refusal.py" in names
    assert {name.split("/")[1] for name in names} == {"__init__.py", "analytics", "kernel"}
    modules = [f"{name[:-3].replace('/', '.')}" for name in names if name.startswith("liuke/analytics") and "__init__" not in name]
    script = (
        "import importlib, sys\n"
        f"sys.path.insert(0, {str(path)!r})\n"
        f"for name in {modules!r}:\n"
        "    module = importlib.import_module(name)\n"
        f"    assert module.__file__.startswith({str(path)!r}), module.__file__\n"
        "assert not [name for name in sys.modules if name.split('.')[0] in ('django', 'pyspark', 'sklearn')]\n"
    )
    done = subprocess.run([sys.executable, "-I", "-c", script], cwd=tmp_path, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
