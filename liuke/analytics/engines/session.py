"""A Spark session as the settings say. pyspark (`pip install "liuke[spark]"`) and Java 17 are needed here only."""

from __future__ import annotations

import hashlib
import importlib.util
import os
import shutil
import sys
import tempfile
import zipfile
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from liuke.kernel.refusal import Refused

if TYPE_CHECKING:
    from pyspark.sql import SparkSession

MASTER, STORE = "LIUKE_SPARK_MASTER", "LIUKE_SPARK_STORE"
BATCH_ROWS = 250_000
"""Rows of a record batch between Spark and Python."""
_SENT = ("analytics", "kernel")


def session(master: str | None = None, options: Mapping[str, str] | None = None) -> SparkSession:
    """The session on `master`: as given, else the setting LIUKE_SPARK_MASTER, else this machine with all its cores.

    `options`: further Spark settings, by their Spark names; those of spark-defaults.conf hold where nothing is said here. Our own code is
    sent to the executors, which need Python with numpy, scipy, pyarrow and pandas (and scikit-learn, for a supervised model). Starting
    takes some seconds. Raises Refused when pyspark or Java is missing.
    """
    check()
    from pyspark.sql import SparkSession

    master = master or os.environ.get(MASTER) or "local[*]"
    if master.startswith("local"):
        os.environ["PYSPARK_PYTHON"] = sys.executable  # a cluster's own setting is the cluster's to make
        os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    builder = SparkSession.builder.master(master).appName("liuke")
    for name, value in (_settings(master) | dict(options or {})).items():
        builder = builder.config(name, value)
    found = builder.getOrCreate()
    found.sparkContext.setLogLevel("ERROR")
    send_code(found)
    return found


def store(default: str | os.PathLike[str]) -> str:
    """Where Spark reads the mirror and writes its results: the setting LIUKE_SPARK_STORE (a folder or an address that every
    executor sees), else `default`."""
    return os.environ.get(STORE) or os.fspath(default)


def check() -> None:
    """Raises Refused when a session cannot be started here."""
    if any(importlib.util.find_spec(name) is None for name in ("pyspark", "pandas")):  # mapInArrow itself asks for pandas
        raise Refused("spark.no_pyspark", '没有安装 pyspark 和 pandas，不能用 Spark 计算：pip install "liuke[spark]"')
    home = os.environ.get("JAVA_HOME")
    if not (shutil.which("java") or (home and shutil.which("java", path=os.path.join(home, "bin")))):
        raise Refused("spark.no_java", "没有找到 Java，不能用 Spark 计算：请安装 Java 17（Debian：default-jre-headless），或设置 JAVA_HOME")


def _settings(master: str) -> dict[str, str]:
    common = {
        "spark.log.level": "ERROR",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.execution.arrow.maxRecordsPerBatch": str(BATCH_ROWS),
        "spark.sql.session.timeZone": "UTC",
    }
    if not master.startswith("local"):
        return common
    return common | {
        "spark.driver.bindAddress": "127.0.0.1",  # nobody else has business here
        "spark.driver.host": "127.0.0.1",
    }


def send_code(found: SparkSession) -> None:
    """Send this package's analytics to the executors, once a session."""
    path = code_zip(Path(tempfile.gettempdir()) / f"liuke-spark-{os.getuid() if hasattr(os, 'getuid') else 0}")
    context = found.sparkContext
    if path.name not in (context._python_includes or ()):
        context.addPyFile(str(path))


def code_zip(folder: Path) -> Path:
    """A zip of `liuke` with only what the executors run, importable by itself; named by its content and made once."""
    root = Path(__file__).parents[2]
    files = [root / "__init__.py", *sorted(path for name in _SENT for path in (root / name).rglob("*.py"))]
    texts = {f"liuke/{path.relative_to(root).as_posix()}": path.read_bytes() for path in files}
    mark = hashlib.sha256(b"".join(name.encode() + b"\0" + text + b"\0" for name, text in texts.items())).hexdigest()[:16]
    target = folder / f"liuke-{mark}.zip"
    if not target.exists():
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        with tempfile.NamedTemporaryFile(dir=folder, suffix=".part", delete=False) as beside, zipfile.ZipFile(beside, "w") as archive:
            for name, text in texts.items():
                archive.writestr(name, text)
        os.replace(beside.name, target)
    return target
