"""A fault in Chinese that can still be said in another language."""

from __future__ import annotations


class Said(str):
    """A Chinese sentence that remembers its template and what fills it, so that a door can translate the one and fill in the other.

    Write the template as a literal in the first place of the call: that is where the catalogue looks for it.
    """

    template: str
    slots: dict[str, object]

    def __new__(cls, template: str, /, **slots: object) -> Said:
        made = super().__new__(cls, template % slots)
        made.template, made.slots = template, slots
        return made
