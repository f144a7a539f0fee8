"""From the mirror to a choice of model: the histories of the whole base, shard by shard, and a sample of it as a book of its past."""

from __future__ import annotations

from os import PathLike

from .. import mirror
from ..facts import facts
from ..tables import SHARD_ROWS, Tables
from ..thresholds import Thresholds
from .book import SAMPLE, Book, history, thin, together
from .choice import Chosen, choose
from .history import History


def train(
    mirror_folder: str | PathLike[str],
    others: Tables,
    as_of_day: int,
    horizon_days: int,
    thresholds: Thresholds,
    *,
    asked: str | None = None,
    shard_rows: int = SHARD_ROWS,
    sample: int = SAMPLE,
) -> Chosen:
    """`choice.choose` as of a day over the mirror and `others`, one shard in memory at a time; of more than `sample` customers the past
    is looked at in a sample of about so many, the purchase models are fitted to all."""
    parts: list[History] = []
    kept: list[Tables] = []
    share = sample / max(others.customers.num_rows, 1)
    for shard in mirror.shards(mirror_folder, others, as_of_day, shard_rows):
        parts.append(history(facts(shard, as_of_day, thresholds)))
        kept.append(thin(shard, share))
    parts = [part for part in parts if len(part)]
    book = Book(together(kept), thresholds)
    return choose(book, as_of_day, horizon_days, parts=parts, asked=asked)
