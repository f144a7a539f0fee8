"""The churn model in use, asked of customers by their facts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from .choice import ADDITIVE, BAND, Chosen, Prediction, predict
from .features import features
from .gammagamma import expected_value

if TYPE_CHECKING:
    from ..cycle import Standing
    from ..facts import Facts

Ints = NDArray[np.int64]
Floats = NDArray[np.float64]
YUAN = 100


@dataclass(frozen=True)
class Churn:
    """A choice that is not the band rule, ready to be asked."""

    chosen: Chosen

    @property
    def key(self) -> str:
        """A name of `leaving.BY`."""
        return self.chosen.key

    @classmethod
    def from_json(cls, raw: Mapping[str, Any]) -> Churn | None:
        """Of a choice as plain JSON values; None where the rules take over."""
        chosen = Chosen.from_json(raw)
        return None if chosen.key == BAND else cls(chosen)

    def predict(self, facts: Facts, places: Ints, silence: Ints, standing: Standing) -> Prediction:
        """What the model says of the customers at these places of `facts` (with a deal day), had they been silent for so many days;
        f64[n] each, within the model's horizon."""
        first, last = (facts.column(name)[places].astype(np.int64) for name in ("first_day", "last_day"))
        span = last - first
        known = self.features_of(facts, places, silence, standing) if self.key == ADDITIVE else None
        return predict(self.chosen, standing.days[places] - 1, span, span + silence, known, self.chosen.horizon_days)

    def features_of(self, facts: Facts, places: Ints, silence: Ints, standing: Standing) -> dict[str, Floats]:
        """What is known of them, as of the day on which their silence is that long."""
        recency = standing.recency.copy()
        recency[places] = silence
        return {name: column[places] for name, column in features(facts, standing, recency).items()}

    def value_of_a_deal(self, facts: Facts, places: Ints) -> Floats:
        """Net amount to expect of a deal day, in cents, f64[n], not negative: by the Gamma-Gamma model, else the customer's own mean."""
        days = facts.column("deal_days")[places].astype(np.int64)
        own = np.maximum(facts.column("amount_all")[places] / np.maximum(days, 1), 0.0)
        if self.chosen.value is None:
            return own
        return expected_value(self.chosen.value.parameters, days, own / YUAN) * YUAN
