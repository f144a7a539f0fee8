"""The parent's side of the guarded child process: a source whose reader may die without taking anything with it."""

import json
import os
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import asdict
from pathlib import Path
from typing import Any

from liuke.exchange.limits import Limits
from liuke.exchange.readers.source import Batch, Defect, Note, Sheet
from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused

FAR = 10_000


class Guarded:
    epoch_1904 = False
    blank = 0

    def __init__(self, kind: str, path: Path, limits: Limits, folder: object = None) -> None:
        self.kind, self.path, self.limits, self.folder = kind, path, limits, folder
        self.notes: list[Note] = []
        self.detail: dict[str, str] = {}
        self.child: subprocess.Popen[str] | None = None
        self.timer: threading.Timer | None = None
        self.sheet_names: dict[int, str] = {}

    def heads(self) -> list[Sheet]:
        first = self._start()
        self.epoch_1904 = bool(first["epoch_1904"])
        if first["macros"]:
            self.notes.append(Note("macros"))
        if first["hidden"]:
            self.notes.append(Note("hidden_sheets", {"names": "、".join(first["hidden"][:10])}))
        sheets = [Sheet(head["i"], head["name"], _batch(head)) for head in first["heads"]]
        self.sheet_names = {sheet.index: sheet.name for sheet in sheets}
        if not sheets:
            self.close()
            raise refuse("file.no_sheet")
        return sheets

    def batches(self, sheet: int, width: int, after: int = 0) -> Iterator[Batch]:
        """Rows of one sheet. `after` is the row of the heading: only what is merged or hidden below it is worth a warning."""
        if self.child is None:
            self._start()
        child = self.child
        assert child is not None and child.stdin is not None
        beyond: set[int] = set()
        last = after
        try:
            child.stdin.write(json.dumps({"sheet": sheet, "width": width, "after": after}) + "\n")
            child.stdin.close()
            while not (line := self._line()).get("end"):
                batch = _batch(line)
                beyond.update(line["b"])
                for number in batch.numbers:
                    if number > after:
                        # A cell far below is no reason to tell of a million blank rows.
                        self.blank += number - last - 1 if number - last <= FAR else 0
                        last = number
                yield batch
        except BrokenPipeError:
            raise refuse("file.reader_died") from None
        finally:
            self.close()
        if line["hidden_rows"]:
            self.notes.append(Note("hidden_rows", {"count": line["hidden_rows"], "row": line["first_hidden"]}))
        if line["merged"]:
            self.notes.append(Note("merged", {"count": line["merged"], "where": line["first_merged"]}))
        if beyond:
            from liuke.exchange.readers.legacy import column_name

            self.notes.append(Note("unnamed_columns", {"columns": "、".join(column_name(j) for j in sorted(beyond)[:20])}))

    def close(self) -> None:
        """Ends the child, and only this child."""
        child, self.child = self.child, None
        if self.timer is not None:
            self.timer.cancel()
        if child is not None:
            if child.poll() is None:
                child.kill()
            child.wait()
            for pipe in (child.stdin, child.stdout):
                if pipe is not None:
                    pipe.close()

    def _start(self) -> dict[str, Any]:
        # The child needs the package and nothing else of this process: no settings, no secrets from the environment.
        environment = {
            key: value for key, value in os.environ.items() if key in ("PATH", "SYSTEMROOT", "LD_LIBRARY_PATH", "TMPDIR", "TEMP")
        }
        environment["PYTHONPATH"] = os.pathsep.join(entry for entry in sys.path if entry)
        environment["PYTHONIOENCODING"] = "utf-8"
        self.child = subprocess.Popen(  # noqa: S603 - our own interpreter and module; the path is one argument, never a command
            [sys.executable, "-m", "liuke.exchange.readers.child", self.kind, str(self.path), json.dumps(asdict(self.limits))],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
            encoding="utf-8",
            env=environment,
        )
        self.timer = threading.Timer(self.limits.seconds, self.child.kill)
        self.timer.daemon = True
        self.timer.start()
        try:
            return self._line()
        except Refused:
            self.close()
            raise

    def _line(self) -> dict[str, Any]:
        assert self.child is not None and self.child.stdout is not None
        text = self.child.stdout.readline()
        if not text.endswith("\n"):
            raise refuse("file.reader_died")
        line: dict[str, Any] = json.loads(text)
        if "refused" in line:
            code, sentence = line["refused"], line["message"]
            raise Refused(code, sentence, **line["slots"])
        return line


def _batch(line: dict[str, Any]) -> Batch:
    defects = {int(i): [Defect(code, column, written) for code, column, written in found] for i, found in line["d"].items()}
    return Batch(line["n"], line["r"], defects)
