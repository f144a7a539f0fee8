"""What the page of a backtest says of contracts: for each kind how many renew at each end, seen and by the model."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate
from operator import mul

import numpy as np
from django.utils.translation import gettext as _
from markupsafe import Markup

from liuke.analytics.churn import sbg
from liuke.analytics.churn.renewal import ENDS, Kind
from liuke.analytics.wilson import wilson
from liuke.packs.schema import Pack
from liuke.segments.wording import contract_kind
from liuke.standing.backtest_words import FEW
from liuke.standing.models import ChurnFit
from liuke.standing.renewal_words import kind_sentence, kinds_of, model_words
from liuke.web.backtests.renewal_picture import NARROW, picture
from liuke.web.words import percent, thousands

SHOWN = 12
YEARS = 5
"""Renewals in the table by year of start."""


@dataclass(frozen=True)
class Row:
    """One renewal, as words."""

    term: int
    at_risk: str
    renewed: str
    share: str
    interval: str
    model: str


@dataclass(frozen=True)
class Section:
    """One kind of contract. `more`: how many renewals the table leaves out; `years`: the share that renewed, by year of the first
    contract, at renewal 1, 2 …"""

    name: str
    sentence: str
    model: str
    modelled: bool
    rows: tuple[Row, ...]
    more: int
    picture: Markup | None
    small_picture: Markup | None
    years: tuple[tuple[str, tuple[str, ...]], ...]

    @property
    def widest(self) -> int:
        """How many renewals the table by year has."""
        return max((len(shares) for _year, shares in self.years), default=0)


def sections(fit: ChurnFit | None, pack: Pack) -> list[Section]:
    """The kinds of which at least one contract has come to its end. At most one query."""
    return [_section(kind, pack) for kind in kinds_of(fit, pack) if kind.at_risk]


def _section(kind: Kind, pack: Pack) -> Section:
    low, high = wilson(kind.at_risk, [n - lost for n, lost in zip(kind.at_risk, kind.lost, strict=True)])
    model = 1 - kind.leaving(np.arange(1, len(kind.at_risk) + 1)) if kind.fit else None
    rows = []
    for place, (n, lost) in enumerate(zip(kind.at_risk[:SHOWN], kind.lost, strict=False)):
        rows.append(
            Row(
                term=place + 1,
                at_risk=thousands(n),
                renewed=thousands(n - lost),
                share=_share(n - lost, n),
                interval=f"{percent(low[place])}–{percent(high[place])}",
                model=percent(None if model is None else float(model[place])),
            )
        )
    seen = _seen(kind)
    expected = sbg.survival(kind.fit.parameters, np.arange(max(len(seen), ENDS + 1))).tolist() if kind.fit else []
    drawn = len(seen) > 2 or (len(seen) > 1 and bool(expected))
    return Section(
        name=contract_kind(kind.kind, pack),
        sentence=kind_sentence(kind),
        model=model_words(kind),
        modelled=kind.fit is not None,
        rows=tuple(rows),
        more=len(kind.at_risk) - len(rows),
        picture=picture(seen, expected) if drawn else None,
        small_picture=picture(seen, expected, NARROW) if drawn else None,
        years=tuple(
            (year, tuple(_share(n - lost, n) for n, lost in zip(risk[:YEARS], gone, strict=False)))
            for year, (risk, gone) in sorted(kind.years.items(), reverse=True)
        ),
    )


def _seen(kind: Kind) -> list[float]:
    """Share still there after renewal 0, 1, 2 …, as far as enough have come: the product of the shares that renewed."""
    enough = [1 - lost / n for n, lost in zip(kind.at_risk[:SHOWN], kind.lost, strict=False) if n >= FEW]
    return list(accumulate(enough, mul, initial=1.0))


def _share(renewed: int, n: int) -> str:
    """Of few no share, but the two numbers."""
    return _("%(left)s ÷ %(n)s") % {"left": thousands(renewed), "n": thousands(n)} if n < FEW else percent(renewed / n)
