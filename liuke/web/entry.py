"""Forms written by hand: what was typed, what was wrong with it and where, and the few readers that several forms share."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date

from liuke.customers.fields import BadFields
from liuke.kernel import clock
from liuke.kernel.money import parse_amount
from liuke.kernel.refusal import Refused
from liuke.kernel.spoken_date import Lean, parse_spoken
from liuke.web.doors import words


@dataclass
class Form:
    """`values` as typed, by field; `errors` in the reader's language, by field; `note` what is wrong with the whole."""

    values: dict[str, str]
    errors: dict[str, str] = field(default_factory=dict)
    note: str = ""

    def get(self, name: str) -> str:
        return self.values.get(name, "")

    def error(self, name: str) -> str:
        return self.errors.get(name, "")

    @property
    def bad(self) -> bool:
        return bool(self.errors or self.note)

    def refuse(self, refused: Refused, places: Mapping[str, str] | None = None) -> None:
        """Put a refusal where it belongs: beside its field (`places`: field by code), else on top."""
        if isinstance(refused, BadFields):
            self.errors |= {name: words(one) for name, one in refused.fields.items()}
        elif place := (places or {}).get(refused.code):
            self.errors[place] = words(refused)
        else:
            self.note = words(refused)

    def day(self, name: str, required: str = "", *, lean: Lean = "next") -> date | None:
        """The date typed in a field (2026-12-01, 12.1, 下周三, +3; `lean` as in parse_spoken); when it is empty and `required` says so,
        that is the error."""
        try:
            found = parse_spoken(self.get(name), clock.today(), lean=lean)
        except Refused as refused:
            self.errors[name] = words(refused)
            return None
        if found is None and required:
            self.errors[name] = required
        return found

    def cents(self, name: str, required: str = "") -> int | None:
        """The amount typed in a field, in cents; 1.2万 is taken."""
        if not self.get(name).strip():
            if required:
                self.errors[name] = required
            return None
        try:
            return parse_amount(self.get(name)).cents
        except Refused as refused:
            self.errors[name] = words(refused)
            return None

    def whole(self, name: str, wrong: str) -> int | None:
        """A whole number typed in a field, None when it is empty; anything else is the error `wrong`."""
        text = self.get(name).strip().replace(",", "")
        if not text:
            return None
        if not text.isascii() or not text.isdigit() or len(text) > 9:
            self.errors[name] = wrong
            return None
        return int(text)


def typed(data: Mapping[str, object]) -> Form:
    """The form as it was sent."""
    return Form({name: str(value) for name, value in data.items() if name != "csrfmiddlewaretoken"})
