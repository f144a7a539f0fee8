"""Every verb that any code writes has its sentence."""

from __future__ import annotations

import ast
from pathlib import Path

from liuke.audit.details import FAULTS
from liuke.audit.labels import VERBS, WITHOUT_CUSTOMERS
from tests.house.tree import ROOT

SOURCE = "liuke.audit.actions"
# Functions of a module that are handed a verb, at which place, and hand it on.
WRITERS = {
    "liuke/web/accounts.py": {"_write": 1},
    "liuke/care/actions.py": {"_write": 6},
    "liuke/complaints/keeping.py": {"audit": 1},
    "liuke/playbooks/actions.py": {"_save_playbook": 7, "_store": 6},
}


# Where the functions that record are taken from: record itself, and one that other modules of its room use in its place.
SOURCES = {SOURCE: "record", "liuke.complaints.keeping": "audit"}


def imported_as(tree: ast.Module) -> set[str]:
    return {
        alias.asname or alias.name
        for node in ast.walk(tree)
        if isinstance(node, ast.ImportFrom) and node.module in SOURCES
        for alias in node.names
        if alias.name == SOURCES[node.module]
    }


def verbs_in(path: Path) -> tuple[set[str], list[str]]:
    """(verbs written as literals, places where the verb is not one)."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    place = str(path.relative_to(ROOT))
    own = WRITERS.get(place, {})
    places = dict.fromkeys(imported_as(tree) | ({"record"} if place == "liuke/audit/actions.py" else set()), 1) | own
    found: set[str] = set()
    unclear: list[str] = []
    constants = {
        target.id: node.value
        for node in tree.body
        if isinstance(node, ast.Assign)
        for target in node.targets
        if isinstance(target, ast.Name)
    }
    inside = {id(call) for node in ast.walk(tree) if isinstance(node, ast.FunctionDef) and node.name in own for call in ast.walk(node)}
    for node in ast.walk(tree):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in places) or id(node) in inside:
            continue
        verb = node.args[places[node.func.id]]
        given = constants.get(verb.id, verb) if isinstance(verb, ast.Name) else verb
        strings = [part.value for part in ast.walk(given) if isinstance(part, ast.Constant) and isinstance(part.value, str)]
        found |= set(strings)
        if not strings and not own:
            unclear.append(f"{place}:{node.lineno}")
    return found, unclear


def written() -> tuple[set[str], list[str]]:
    found: set[str] = set()
    unclear: list[str] = []
    for path in sorted((ROOT / "liuke").rglob("*.py")):
        verbs, places = verbs_in(path)
        found |= verbs
        unclear += places
    return found, unclear


def test_every_verb_has_its_sentence() -> None:
    found, unclear = written()
    assert unclear == [], "the verb must be written out where it is recorded"
    assert {"user.create", "card.check_out", "login.failed", "audit.verify", "door.denied"} <= found, "the reading of the code is broken"
    assert found - set(VERBS) == set(), "add their sentences to liuke/audit/labels.py"
    # Those that web.accounts chooses by the kind of second step.
    assert set(VERBS) - found == {"two_factor.on", "two_factor.codes"}, "nothing writes these"


def test_sentences_can_be_filled() -> None:
    for verb, sentence in VERBS.items():
        assert str(sentence) % {"who": "陈思远", "what": "张书远"}, verb
        assert "。" not in str(sentence), verb
    assert set(FAULTS) == {"changed", "missing", "broken"}
    assert all("3" in str(sentence) % {"seq": 3} for sentence in FAULTS.values())


def test_what_an_administrator_reads_names_no_customer() -> None:
    assert not any(prefix.startswith(("customer", "card", "deal", "today", "import")) for prefix in WITHOUT_CUSTOMERS)
