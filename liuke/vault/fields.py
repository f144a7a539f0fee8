"""Columns that are sealed in the database and plain in Python."""

from __future__ import annotations

import json
from typing import Any

from django.core.exceptions import FieldError
from django.db import models
from django.db.models.lookups import Exact, IsNull

from liuke.kernel import seal
from liuke.kernel.seal import Unreadable
from liuke.vault.keys import look_again, ring


class _Empty(Exact):
    """Equal to "" is the only thing that may be asked of a sealed column."""

    def get_prep_lookup(self) -> Any:
        if self.rhs != "":
            raise FieldError(f"{self.lhs.output_field}: a sealed column cannot be compared; look its digest up")
        return ""

    def get_db_prep_lookup(self, value: Any, connection: Any) -> Any:
        return "%s", [""]


class SealedTextField(models.TextField):  # type: ignore[type-arg]
    """Text that stands sealed in the database (kernel.seal). Reads and writes as `str`; "" stays "".

    It can be asked whether it is empty, nothing else: for looking it up keep a digest beside it (vault.digests).
    """

    @property
    def place(self) -> str:
        """What its values are bound to."""
        return f"{self.model._meta.label_lower}.{self.column}"

    def seal(self, value: str | None) -> str | None:
        """A value as it is stored."""
        return value if value is None else seal.seal(ring(), str(value), self.place)

    def unseal(self, stored: str | None) -> str | None:
        """A stored value as it is read. Raises Unreadable."""
        if not stored:
            return stored
        try:
            return seal.unseal(ring(), stored, self.place)
        except Unreadable as error:
            if error.why != "key missing":
                raise
            return seal.unseal(look_again(), stored, self.place)  # keys were changed a moment ago

    def get_db_prep_value(self, value: Any, connection: Any, prepared: bool = False) -> Any:
        return self.seal(super().get_db_prep_value(value, connection, prepared))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        return self.unseal(value)

    def get_lookup(self, name: str) -> Any:
        if name in ("exact", "isnull"):
            return _Empty if name == "exact" else IsNull
        raise FieldError(f"{self}: a sealed column cannot be searched ({name}); look its digest up")


class SealedJSONField(SealedTextField):
    """Any JSON, sealed as one text."""

    def get_prep_value(self, value: Any) -> Any:
        return None if value is None else json.dumps(value, ensure_ascii=False, default=str, separators=(",", ":"))

    def from_db_value(self, value: Any, expression: Any, connection: Any) -> Any:
        text = self.unseal(value)
        return json.loads(text) if text else ({} if self.default is dict else [] if self.default is list else None)

    def to_python(self, value: Any) -> Any:
        return value
