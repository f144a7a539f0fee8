"""The other side of a webhook on this machine: answers, refuses, hangs, drips, answers half, or talks nonsense."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any


class Robot:
    """`behave` says what the next answers are like; `heard` holds (path with query, body) of every message."""

    def __init__(self) -> None:
        self.behave = "take"
        self.heard: list[tuple[str, dict[str, Any]]] = []
        self.url = ""
        self.let_go = threading.Event()


class _Handler(BaseHTTPRequestHandler):
    robot: Robot

    def do_POST(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        self.robot.heard.append((self.path, body))
        behave = self.robot.behave
        if behave == "hang":
            self.robot.let_go.wait(60)
            return
        if behave == "drip":
            self.wfile.write(b"HTTP/1.1 200 OK\r\n")
            for _turn in range(600):
                if self.robot.let_go.wait(0.1):
                    return
                self.wfile.write(b"X-Slow: 1\r\n")
            return
        if behave == "half":
            self.wfile.write(b'HTTP/1.1 200 OK\r\nContent-Length: 400\r\n\r\n{"errcode":0')
            return
        if behave == "nonsense":
            self.wfile.write(b"what do you want\r\n\r\n")
            return
        status, answer, head = {
            "take": (200, b'{"errcode":0,"errmsg":"ok"}', ""),
            "take_feishu": (200, b'{"code":0,"msg":"success","data":{}}', ""),
            "bad_key": (200, b'{"errcode":93000,"errmsg":"invalid webhook url"}', ""),
            "html": (200, b"<html>login</html>", ""),
            "broken": (500, b"", ""),
            "often": (429, b"", ""),
            "elsewhere": (302, b"", "Location: http://127.0.0.1:1/\r\n"),
        }[behave]
        self.wfile.write(f"HTTP/1.1 {status} X\r\nContent-Length: {len(answer)}\r\n{head}\r\n".encode() + answer)

    def log_message(self, format: str, *args: Any) -> None:
        """Silence."""


@contextmanager
def robot(behave: str = "take") -> Iterator[Robot]:
    made = Robot()
    made.behave = behave
    handler = type("Handler", (_Handler,), {"robot": made})
    server = ThreadingHTTPServer(("127.0.0.1", 0), handler)
    server.daemon_threads = True
    made.url = f"http://127.0.0.1:{server.server_port}/send?key=SECRETKEY"
    threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
    try:
        yield made
    finally:
        made.let_go.set()
        server.shutdown()
        server.server_close()
