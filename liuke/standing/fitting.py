"""Which churn model is in force, and fitting one anew when it is time."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable
from datetime import date, timedelta

from django.conf import settings

from liuke import analytics
from liuke.analytics.churn.choice import Chosen
from liuke.analytics.churn.predict import Churn
from liuke.analytics.churn.renewal import renewals
from liuke.analytics.churn.training import train
from liuke.analytics.days import day_number
from liuke.analytics.tables import Tables
from liuke.analytics.thresholds import Thresholds
from liuke.deals.mirror import sync
from liuke.packs.schema import Pack
from liuke.standing.models import ChurnFit
from liuke.standing.reading import tables

REFIT_DAYS = 28
"""How long a model is used before it is fitted anew."""
HORIZON_DAYS = 365
ASKED, AUTO = "asked_for", "auto"


Train = Callable[[Tables, int, int, Thresholds, str | None], Chosen]
"""(tables but the deals, day, horizon in days, thresholds, key asked for) -> the choice; the deals are those of the mirror."""


def train_here(others: Tables, as_of_day: int, horizon_days: int, thresholds: Thresholds, asked: str | None) -> Chosen:
    """In this process."""
    return train(settings.MIRROR, others, as_of_day, horizon_days, thresholds, asked=asked)


def settings_of(pack: Pack, fit: ChurnFit | None) -> str:
    """What judgements rest on besides facts, as a text: the pack's numbers, then the model."""
    return f"{_fixed(pack)}|{fit.pk if fit else ''}"


def in_force(as_of: date, pack: Pack, refit_days: int = REFIT_DAYS) -> ChurnFit | None:
    """The model fitted last, if it is not too old on the day and the pack's numbers are still those it was fitted under."""
    known = ChurnFit.objects.filter(
        pack=pack.key, settings=_fixed(pack), fitted_on__lte=as_of, fitted_on__gt=as_of - timedelta(days=refit_days)
    )
    return known.defer("renewals").order_by("-fitted_on", "-pk").first()


def fit_anew(as_of: date, pack: Pack, asked: str = "", train: Train = train_here) -> ChurnFit:
    """Choose and fit on what was known on a day, renewals of contracts too. The row is not saved. `asked`: a model's key; "" goes on with
    what was asked for last, "auto" forgets it. `train`: the engine that fits."""
    sync()
    known = ChurnFit.objects.filter(pack=pack.key, fitted_on__lte=as_of).only("key", "why")
    last = known.order_by("-fitted_on", "-pk").first()
    wanted = last.key if not asked and last and last.why == ASKED else asked.replace(AUTO, "")
    day, others = day_number(as_of), tables()
    chosen = train(others, day, HORIZON_DAYS, pack.thresholds, wanted or None)
    return ChurnFit(
        fitted_on=as_of,
        pack=pack.key,
        settings=_fixed(pack),
        key=chosen.key,
        why=chosen.why,
        customers=chosen.customers,
        repeaters=chosen.repeaters,
        outcomes=chosen.outcomes,
        chosen=chosen.to_json(),
        renewals=json.loads(renewals(others.contracts, day, pack.thresholds.contract_grace_days).to_json()),
    )


def at(as_of: date, pack: Pack) -> Churn | None:
    """The model in force on a day, or one fitted for this once on what was known then; None where the rules take over."""
    return churn_of(in_force(as_of, pack) or fit_anew(as_of, pack))


def churn_of(fit: ChurnFit | None) -> Churn | None:
    """The model of a fit; None where the rules took over."""
    return Churn.from_json(fit.chosen) if fit and fit.chosen else None


def _fixed(pack: Pack) -> str:
    return hashlib.blake2b(f"{analytics.RULES_VERSION} {pack.key} {pack.thresholds!r}".encode(), digest_size=12).hexdigest()
