"""What the page of one import shows, whatever step it is at."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from typing import Any

from django.utils.translation import gettext
from django.utils.translation import gettext as _

from liuke.exchange import wizard
from liuke.exchange.engine import dataset_of
from liuke.exchange.labels import State
from liuke.exchange.limits import LIMITS
from liuke.exchange.mapping import options_of
from liuke.exchange.models import Load
from liuke.exchange.seen import Seen
from liuke.jobs import tasks
from liuke.team.models import User
from liuke.team.queries import colleagues, units_in_scope
from liuke.web.imports import words as import_words
from liuke.web.words import thousands

FIRST_ROWS = 10
MORE_ROWS = 100
NAMES = 30
CHANGES = 50
UNKNOWN = {"deal.unknown_customer", "customer.new_without_number"}
"""Rules that refuse a row because its customer is not here."""
NOBODY = "="
"""What the form sends for staff that means nobody; no log-in name looks so, and empty is "not said"."""


class Stage(StrEnum):
    CHECKING = "checking"  # being read by a job
    UNUSABLE = "unusable"  # the file cannot be used
    MATCHING = "matching"  # columns must be chosen first
    READY = "ready"  # the dry run
    LOADING = "loading"
    DONE = "done"  # loaded, or undone


def stage_of(load: Load) -> Stage:
    """The step this load is at, from its state and from what is kept beside the file."""
    if load.state == State.LOADING:
        return Stage.LOADING
    if load.state in (State.LOADED, State.UNDONE):
        return Stage.DONE
    found = wizard.seen(load)
    if load.state == State.CHECKED:
        # A dry run from the command line, or one whose notes were lost, is done again.
        return Stage.READY if found is not None else Stage.CHECKING
    if load.state == State.FAILED or (found is not None and not found.columns):
        return Stage.UNUSABLE
    return Stage.CHECKING if found is None else Stage.MATCHING


def page_of(load: Load, user: User, asked: Mapping[str, str]) -> dict[str, Any]:
    """The context of imports/*.html. `asked`: what the address narrows the refused rows to (why, rows)."""
    stage = stage_of(load)
    found = wizard.seen(load) or Seen()
    counts = load.counts
    rows, refused = int(counts.get("rows", 0)), int(counts.get("refused", 0))
    context: dict[str, Any] = {
        "load": load,
        "mine": load.actor_id == user.pk,
        "stage": stage,
        "found": found,
        "counts": counts,
        "rows": rows,
        "refused": refused,
        "good": rows - refused,
        "problem": import_words.refusal(found),
        "limit_rows": LIMITS.rows,
        "gone": wizard.gone(load),
    }
    if stage == Stage.CHECKING:
        return context | {"waits": tasks.waits(tasks.check_import, load.pk)}
    if stage == Stage.LOADING:
        return context | {"waits": tasks.waits(tasks.load_import, load.pk) or wizard.busy(load)}
    context |= _refused_rows(load, found, asked)
    context |= {
        "right": import_words.right(found),
        "warnings": import_words.warnings(load),
        "changes": found.changes[:CHANGES],
        "labels": {each.code: gettext(each.label) for each in dataset_of(load.dataset).fields},
    }
    if stage == Stage.DONE:
        kept = (found.undone or {}).get("kept", [])
        return context | {"kept": [(import_words.kept_kind(kind), name) for kind, name in kept]}
    return context | _matching(load, found) | _names(load, user)


def _refused_rows(load: Load, found: Seen, asked: Mapping[str, str]) -> dict[str, Any]:
    """Rows under the chosen chip: the first ten, or a hundred; the rest is in the file to download."""
    chips = import_words.chips(load.reasons)
    why = asked.get("why", "")
    if why not in {key for key, _words, _n in chips}:
        why = ""
    under = [line for line in found.refused if not why or import_words.group_of(line[3]) == why]
    total = next((n for key, _words, n in chips if key == why), int(load.counts.get("refused", 0)))
    more = asked.get("rows") == "more"
    shown = [
        (row, column, written, import_words.told(message, slots))
        for row, column, written, _code, message, slots in under[: MORE_ROWS if more else FIRST_ROWS]
    ]
    return {"chips": chips, "why": why, "lines": shown, "left": total - len(shown), "can_more": not more and len(under) > len(shown)}


def _matching(load: Load, found: Seen) -> dict[str, Any]:
    dataset = dataset_of(load.dataset)
    fields = [("", _("不导入"))] + [(each.code, gettext(each.label)) for each in dataset.fields]
    columns = [
        {
            "i": i,
            "heading": each.heading,
            "field": each.field,
            "value": import_words.value(each.read, each.written),
            "bad": each.read[0] == "bad",
            "doubled": each.field in found.doubled,
        }
        for i, each in enumerate(found.columns)
    ]
    named = [each for each in found.columns if each.heading]
    twice = []
    if found.problem is not None and found.problem[0] == "file.duplicate_headings":
        twice = str(found.problem[2].get("columns", "")).split("、")
    return {
        "columns": columns,
        "fields": fields,
        "named": len(named),
        "matched": sum(1 for each in named if each.field),
        "missing": [import_words.need(dataset, group) for group in found.missing],
        "doubled": [gettext(dataset.field(code).label) for code in found.doubled],
        "twice": twice,
        "title": _title(load, found),
    }


def _title(load: Load, found: Seen) -> str:
    """The finding, as one sentence."""
    if not found.columns:
        return _("这个文件还不能导入")
    if found.problem is not None:
        if found.missing or found.doubled:
            return _("先把列对上，再试运行")
        return _("列对上了，内容还不能导入")
    rows, refused = int(load.counts.get("rows", 0)), int(load.counts.get("refused", 0))
    slots = {"rows": thousands(rows), "good": thousands(rows - refused), "refused": thousands(refused)}
    if not refused:
        nothing = not load.counts.get("created") and not load.counts.get("updated")
        return (_("%(rows)s 行都已经在系统里，没有要改的") if nothing else _("%(rows)s 行都可以导入")) % slots
    if rows == refused:
        return _("%(rows)s 行都要改，一行也导不进去") % slots
    return _("%(rows)s 行里，%(good)s 行可以导入，%(refused)s 行要改") % slots


def _unknown_customers(load: Load) -> bool:
    """Whether the file names customers nobody here has: only then is it asked what to do with them."""
    return bool(load.dataset != "customers" and (load.counts.get("customers_created") or UNKNOWN & load.reasons.keys()))


def _placed(one: User) -> str:
    return _("%(name)s，%(unit)s") % {"name": one.name, "unit": one.unit.name} if one.unit else one.name


def _names(load: Load, user: User) -> dict[str, Any]:
    """Names in the file that nobody here has, and those already told who they are; with what may be chosen for them."""
    kept = options_of(load.options)
    stores = [*kept.stores, *(name for name in load.counts.get("unknown_stores", []) if name not in kept.stores)]
    staff = [*kept.staff, *(name for name in load.counts.get("unknown_staff", []) if name not in kept.staff)]
    units = [(unit.name, unit.name) for unit in units_in_scope(user)] if stores else []
    people = [(one.username, _placed(one)) for one in colleagues(user).select_related("unit")] if staff else []
    return {
        "create_customers": kept.create_customers,
        "asks_customers": _unknown_customers(load),
        "stores": [(name, kept.stores.get(name, "")) for name in stores[:NAMES]],
        "staff": [(name, kept.staff.get(name, "") or (NOBODY if name in kept.staff else "")) for name in staff[:NAMES]],
        "units": [("", _("不导入这些行")), *units],
        "people": [("", _("不导入这些行")), (NOBODY, _("不归任何人")), *people],
        "more_names": max(len(stores) - NAMES, 0) + max(len(staff) - NAMES, 0),
    }
