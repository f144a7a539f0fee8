"""A throw-away PostgreSQL: no service, no port, no trace; as root it runs as another user, since PostgreSQL refuses root.

Standard library only: run.py asks here whether a server is installed before anything else is.
"""

import contextlib
import glob
import os
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# Speed over safety: the data lives as long as the test run.
FAST = "-c fsync=off -c synchronous_commit=off -c full_page_writes=off -c max_connections=100"


def find_server() -> Path | None:
    """The folder with initdb and pg_ctl, the newest version first; None when no server is installed."""
    on_path = shutil.which("pg_ctl")
    places = [str(Path(on_path).resolve().parent)] if on_path else []
    places += sorted(glob.glob("/usr/lib/postgresql/*/bin"), key=lambda place: float(place.split("/")[-2]), reverse=True)
    return next((Path(place) for place in places if Path(place, "initdb").exists()), None)


def _as_plain_user(folder: str) -> dict[str, Any]:
    if os.name == "nt" or os.geteuid() != 0:
        return {}
    import pwd

    known = {entry.pw_name: entry for entry in pwd.getpwall()}
    user = known.get("postgres") or known["nobody"]
    os.chown(folder, user.pw_uid, user.pw_gid)
    return {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}


@contextlib.contextmanager
def server() -> Iterator[str]:
    """Start a server and give its URL (database `liuke`, which the tests create under names of their own); stop and delete it after.

    Raises RuntimeError when no server is installed, CalledProcessError when it does not start.
    """
    programs = find_server()
    if programs is None:
        raise RuntimeError("没有找到 PostgreSQL 服务器（PostgreSQL is not installed）: apt-get install -y postgresql")
    # A socket's path may have some hundred characters only, which macOS' own temporary folder exceeds.
    folder = tempfile.mkdtemp(prefix="liuke-pg-", dir="/tmp" if Path("/tmp").is_dir() else None)
    options: dict[str, Any] = {
        "cwd": folder,
        "env": {"PATH": os.environ["PATH"], "HOME": folder, "LC_ALL": "C.UTF-8"},
        "stdout": subprocess.DEVNULL,
        "stderr": subprocess.STDOUT,
        **_as_plain_user(folder),
    }

    def run(program: str, *words: str, check: bool = True) -> None:
        subprocess.run([str(programs / program), "-D", f"{folder}/data", *words], check=check, **options)

    try:
        run("initdb", "-U", "postgres", "--auth=trust", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync")
        run("pg_ctl", "-w", "-l", f"{folder}/log", "-o", f"-c listen_addresses='' -c unix_socket_directories={folder} {FAST}", "start")
        yield f"postgresql://postgres@/liuke?host={folder}"
    finally:
        run("pg_ctl", "-m", "immediate", "stop", check=False)
        shutil.rmtree(folder, ignore_errors=True)
