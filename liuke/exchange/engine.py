"""From a file to a plan, and from a plan to rows: what check and load have in common."""

import contextlib
import gc
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from liuke.exchange import load_customers, load_deals, load_rows
from liuke.exchange.check import Cells, RowRule, Rows, check_rows
from liuke.exchange.datasets import DATASETS, Dataset, Field
from liuke.exchange.datasets.field import plain
from liuke.exchange.limits import LIMITS, Limits
from liuke.exchange.mapping import both_ways, remembered
from liuke.exchange.models import Load
from liuke.exchange.orders import Orders, read_orders
from liuke.exchange.report import Options, Progress, Report, silent
from liuke.exchange.rules import contract_row, customer_row, interaction_row, payment_row
from liuke.exchange.table import Table, check_columns, open_table
from liuke.exchange.words import refuse
from liuke.kernel import clock
from liuke.team.models import User
from liuke.team.queries import pack

RULES: dict[str, RowRule] = {
    "customers": customer_row,
    "contracts": contract_row,
    "payments": payment_row,
    "interactions": interaction_row,
}
Plan = load_customers.CardPlan | load_deals.DealPlan | load_rows.RowPlan


@dataclass
class Read:
    """A file that has been read to the end: its table, and the rows that are right. Needs no database any more."""

    table: Table
    dataset: str
    body: Orders | Rows
    report: Report

    def close(self) -> None:
        self.table.close()
        if isinstance(self.body, Rows):
            self.body.close()


def open_file(path: Path, dataset: Dataset, mapping: Mapping[str, str], *, strict: bool = True, limits: Limits = LIMITS) -> Table:
    """The file's table with its columns matched: by what was said, now or last time, then by words. Raises Refused `file.*`."""
    known = remembered(dataset.code)
    if not mapping:
        return open_table(path, dataset, remembered=known, limits=limits, strict=strict)
    # What is meant by K=V is only known when the headings are: one look without, then with what was said.
    with open_table(path, dataset, given=_headings_first(mapping, dataset), remembered=known, limits=limits, strict=False) as first:
        headings = first.headings
    given = both_ways(mapping, dataset, headings)
    names = {plain(text) for text in headings}
    if unused := [heading for heading in given if plain(heading) not in names]:
        raise refuse("file.unknown_map", map=unused[0], fields="、".join(each.code for each in dataset.fields))
    return open_table(path, dataset, given=given, remembered=known, limits=limits, strict=strict)


def _headings_first(mapping: Mapping[str, str], dataset: Dataset) -> dict[str, str]:
    """Both readings of each K=V, so that the heading is found whichever is right."""
    given: dict[str, str] = {}
    for left, right in mapping.items():
        if not right:
            given[left] = ""
        if right and (field := dataset.find(right)) is not None:
            given[left] = field.code
        if right and (field := dataset.find(left)) is not None:
            given.setdefault(right, field.code)
    return given


@contextlib.contextmanager
def many_objects() -> Iterator[None]:
    """Millions of objects that all live until the end: looking for cycles among them again and again takes half of the time."""
    was = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was:
            gc.enable()


def read_file(table: Table, progress: Progress = silent) -> Read:
    """Reads every row. Raises Refused `file.*`; a refused row is in the report."""
    check_columns(table)
    code = table.dataset.code
    report = Report(code, mapping=table.mapping)
    cells = Cells(table, clock.today(), _pack_fields(table.dataset))
    body: Orders | Rows
    if code == "deals":
        body = read_orders(cells, progress)
        report.rows, report.refusals = body.rows, body.refusals
    else:
        body, report.refusals, report.rows = check_rows(cells, RULES[code], progress)
    if report.rows == 0:
        raise refuse("file.no_rows", row=table.heading.row)
    report.skipped, report.warnings = table.skipped, list(table.notes)
    if cells.rounded:
        report.warn("rounded", count=cells.rounded, row=cells.first_rounded)
    return Read(table, code, body, report)


def make_plan(read: Read, actor: User | None, options: Options) -> tuple[Plan, Report]:
    """What a load would do now, and its report. Only reads."""
    report = replace(read.report, refusals=list(read.report.refusals), warnings=list(read.report.warnings), changes=[])
    plan: Plan
    if isinstance(read.body, Orders):
        plan = load_deals.plan(read.body, report, actor, options)
    elif read.dataset == "customers":
        plan = load_customers.plan(read.body, report, actor, options)
    else:
        plan = load_rows.plan(read.dataset, read.body, report, actor, options)
    report.refusals.sort(key=lambda refusal: refusal.row)
    if report.unknown_stores:
        report.warn("unknown_stores", names="、".join(report.unknown_stores))
    if report.unknown_staff:
        report.warn("unknown_staff", names="、".join(report.unknown_staff))
    return plan, report


def apply_plan(plan: Plan, read: Read, load: Load, actor: User | None) -> None:
    """Writes, inside the caller's transaction."""
    if isinstance(plan, load_deals.DealPlan):
        assert isinstance(read.body, Orders)
        load_deals.apply(read.body, plan, load, actor)
    elif isinstance(plan, load_customers.CardPlan):
        load_customers.apply(plan, load, actor)
    else:
        load_rows.apply(plan, load, actor)


def _pack_fields(dataset: Dataset) -> dict[str, Field]:
    """Fields whose words come from the industry pack: the kinds of contract."""
    if dataset.code != "contracts":
        return {}
    words: dict[str, str] = {}
    for kind in pack().contract_kinds:
        for word in (kind.name.zh, kind.name.en.lower(), kind.key):
            words[word] = kind.key
    return {"kind": replace(dataset.field("kind"), choices=words)}


def dataset_of(code: str) -> Dataset:
    """Raises KeyError for anything but the five kinds of file."""
    return DATASETS[code]
