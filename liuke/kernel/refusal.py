"""The one way a rule says no."""

from __future__ import annotations


class Refused(Exception):
    """Something typed, or asked for, that a rule does not take.

    `code` is the stable name of the rule ("phone.scientific"); `message` a Chinese template with %(slot)s slots, short enough for
    the last column of a spreadsheet; `slots` what fills it. Doors translate the template, then fill it; `str()` is the filled Chinese.
    Write the template as a literal in the second place of the call: that is where the catalogue looks for it (`Refused:2`).
    """

    def __init__(self, code: str, message: str, /, **slots: object) -> None:
        super().__init__(code, message)
        self.code = code
        self.message = message
        self.slots = slots

    def __str__(self) -> str:
        return self.filled(self.message)

    def filled(self, template: str) -> str:
        """The template (this message, or its translation) with the slots filled in."""
        return template % self.slots if self.slots else template.replace("%%", "%")

    def __reduce__(self) -> tuple[object, tuple[str, str, dict[str, object]]]:
        # Readers run in a guarded child process: a refusal must survive the way back with its slots.
        return _rebuilt, (self.code, self.message, self.slots)


def _rebuilt(code: str, message: str, slots: dict[str, object]) -> Refused:
    return Refused(code, message, **slots)


def N_(message: str) -> str:
    """Marks a Chinese sentence for the catalogue and returns it as it is; a door translates it."""
    return message


def shown(value: object, limit: int = 24) -> str:
    """A cell's value for a message: one line, cut short, never a kilobyte of it."""
    text = " ".join(str(value)[: limit * 4].split())
    return text if len(text) <= limit else text[: limit - 1] + "…"
