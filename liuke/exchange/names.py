"""Stores and staff as a file names them, found once for the whole file."""

from collections.abc import Iterable, Mapping

from liuke.exchange.words import refuse
from liuke.kernel.refusal import Refused
from liuke.team.models import Unit, User
from liuke.team.queries import units_in_scope


class Names:
    """`store` and `person` give the row's id, or the refusal; what was not found is collected for one warning.

    Staff said to be "" is nobody (who left before there was this system): the row is taken as if the cell were empty.
    """

    def __init__(self, actor: User | None, stores: Mapping[str, str], staff: Mapping[str, str]) -> None:
        self.stores_said, self.staff_said = stores, staff
        units = Unit.objects.all() if actor is None else units_in_scope(actor)
        self.stores: dict[str, int] = {_plain(name): pk for pk, name in units.values_list("pk", "name")}
        self.scope: set[int] | None = None if actor is None else set(self.stores.values())
        self.people: dict[str, int | Refused | None] = {}
        self.unknown_stores: dict[str, None] = {}
        self.unknown_staff: dict[str, None] = {}

    def learn_staff(self, names: Iterable[str]) -> None:
        """Find these people, by name or log-in name, with one query in all."""
        wanted = {name: self.staff_said.get(name, name) for name in names}
        self.people |= {written: None for written, word in wanted.items() if not word}
        wanted = {written: word for written, word in wanted.items() if word}
        if not wanted:
            return
        by_name: dict[str, list[int]] = {}
        for pk, name, login in User.objects.values_list("pk", "name", "username"):
            for word in {_plain(name), _plain(login)} - {""}:
                by_name.setdefault(word, []).append(pk)
        for written, word in wanted.items():
            found = by_name.get(_plain(word), [])
            if len(found) == 1:
                self.people[written] = found[0]
            elif found:
                self.people[written] = refuse("staff.ambiguous", name=written)
            else:
                self.people[written] = refuse("unknown.staff", name=written)
                self.unknown_staff[written] = None

    def store(self, name: str) -> int | Refused:
        found = self.stores.get(_plain(self.stores_said.get(name, name)))
        if found is None:
            self.unknown_stores[name] = None
            return refuse("unknown.store", name=name)
        return found

    def person(self, name: str) -> int | Refused | None:
        """Only of names that `learn_staff` was told. None is nobody."""
        return self.people[name]


def _plain(name: str) -> str:
    return "".join(name.split()).lower()
