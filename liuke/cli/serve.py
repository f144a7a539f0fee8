"""`liuke serve` (web, worker and scheduler in one command), `liuke worker`, `liuke scheduler`, `liuke demo`."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from typing import Annotated

import typer
from django.conf import settings
from django.core.management import call_command
from django.utils import timezone

from liuke.cli.company import init
from liuke.cli.say import fail, note, plain_refusals
from liuke.demo.actions import LOG_INS, PASSWORD, make_demo
from liuke.jobs import scheduler as clockwork
from liuke.team.models import Company
from liuke.vault.actions import check as check_keys

Port = Annotated[int, typer.Option(help="端口 / port")]
Host = Annotated[str, typer.Option(help="地址 / address")]


def worker() -> None:
    """做后台任务。 / Run background jobs."""
    again = clockwork.requeue_orphans(timezone.now())
    if again:
        note(f"{again} 件任务上次没做完，重新排队。")
    call_command("db_worker", interval=0.5, startup_delay=False, verbosity=0)


def scheduler() -> None:
    """按时间表派任务。 / Put due jobs on the queue."""
    clockwork.forever()


Workers = Annotated[int, typer.Option(help="网页进程数 / web processes")]


@plain_refusals
def serve(port: Port = 8000, host: Host = "127.0.0.1", workers: Workers = 2) -> None:
    """开门：网页、后台任务、时间表一起跑，Ctrl C 停。 / Web, worker and scheduler together; Ctrl C stops."""
    if not _ready():
        fail("数据库还没建，请先运行 liuke init。")
    check_keys()
    _supervise(host, port, workers, lambda: note(f"打开 http://{host}:{port}/"))


@plain_refusals
def demo(
    port: Port = 8000,
    host: Host = "127.0.0.1",
    serve_: Annotated[bool, typer.Option("--serve/--no-serve", help="做好数据后是否开门 / serve afterwards")] = True,
) -> None:
    """演示：启程汽车服务集团，5,000 位客户，做好就开门。 / A made-up company of 5,000 customers, then serve."""
    init(company="启程汽车服务集团", pack="", password=PASSWORD)
    make_demo(note)

    def say() -> None:
        note("")
        note(f"打开 http://{host}:{port}/")
        for name, words in LOG_INS:
            note(f"  {name:<12}{words}")
        note(f"  口令都是 {PASSWORD}")

    if serve_:
        _supervise(host, port, 2, say)
    else:
        say()


def _ready() -> bool:
    from django.db import DatabaseError

    try:
        return Company.objects.exists()
    except DatabaseError:
        return False


def _supervise(host: str, port: int, workers: int, say: Callable[[], None]) -> None:
    """Start the three children, restart worker and scheduler when they die, stop all when told to or when the web process ends."""
    environment = {**os.environ, "LIUKE_DATA": str(settings.DATA)}
    liuke = [sys.executable, "-m", "liuke.cli.main"]
    web = [
        *[sys.executable, "-m", "granian", "--interface", "wsgi", "--host", host, "--port", str(port)],
        *["--workers", str(workers), "--blocking-threads", "4", "--workers-kill-timeout", "3", "--no-ws", "--log-level", "warning"],
        "liuke.site.wsgi:application",
    ]
    commands = {"web": web, "worker": [*liuke, "worker"], "scheduler": [*liuke, "scheduler"]}
    children = {name: subprocess.Popen(command, env=environment) for name, command in commands.items()}  # noqa: S603

    def stop(signum: int, frame: object) -> None:
        raise KeyboardInterrupt

    signal.signal(signal.SIGTERM, stop)
    try:
        time.sleep(1.5)
        say()
        while children["web"].poll() is None:
            time.sleep(1)
            for name in ("worker", "scheduler"):
                if children[name].poll() is not None:
                    children[name] = subprocess.Popen(commands[name], env=environment)  # noqa: S603
        fail(f"网页进程停了（{children['web'].returncode}），端口 {port} 可能被占用。", 1)
    except KeyboardInterrupt:
        note("正在停……")
    finally:
        for child in children.values():
            if child.poll() is None:
                child.terminate()
        for child in children.values():
            try:
                child.wait(8)
            except subprocess.TimeoutExpired:
                child.kill()


def register(app: typer.Typer) -> None:
    app.command()(serve)
    app.command()(worker)
    app.command(hidden=True)(scheduler)
    app.command()(demo)
