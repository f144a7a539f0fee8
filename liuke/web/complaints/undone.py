"""The way back of an act has no form of its own on the page: what refuses it is said at the top."""

from __future__ import annotations

from liuke.web.entry import Form

BACK = frozenset({
    "need_drop", "need_restore", "unanswer", "untick", "step_drop", "step_restore", "undo_pause", "unswap", "unlink", "take_back",
    "withdraw", "restore", "untell", "undo_call_back", "undo_reopened", "undo_close", "undecide",
})  # fmt: skip
"""Acts that the line after another act offers; besides, unclassify_ of each axis."""


def way_back(what: str) -> bool:
    return what in BACK or what.startswith("unclassify_")


def refusal_of(form: Form) -> str:
    return form.note or next(iter(form.errors.values()), "")
