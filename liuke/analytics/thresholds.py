"""The numbers a trade may set for itself. A pack builds one `Thresholds` from its YAML; the defaults are the general ones.

Ratios are decimal *strings* and become exact fractions: 1.75 cycles is reached at 1.75, never at 1.7499999.
"""

from __future__ import annotations

from dataclasses import dataclass, fields
from decimal import Decimal, InvalidOperation
from fractions import Fraction
from functools import cached_property


def exact(text: str) -> Fraction:
    """The exact value of a decimal string. Raises ValueError for anything that is not a finite decimal."""
    try:
        value = Decimal(text)
    except (InvalidOperation, TypeError, ValueError):
        raise ValueError(f"not a decimal number: {text!r}") from None
    if not value.is_finite():
        raise ValueError(f"not a finite number: {text!r}")
    return Fraction(value)


_RATIOS = (
    "abc_a", "abc_b", "on_cycle", "loyal_elapsed", "switcher_elapsed", "potential_share",
    "exit_elapsed", "decline_elapsed", "decline_spend_ratio",
)  # fmt: skip
_AT_LEAST_ONE = (
    "k", "default_cycle_days", "loyal_days", "loyal_intervals", "switcher_days", "zombie_months", "fan_referrals",
    "fan_months", "mature_days", "mature_intervals", "growth_days", "stage_days",
)  # fmt: skip
_AT_LEAST_ZERO = (
    "satisfaction_days", "satisfaction_low", "zombie_prospect_days", "exit_days", "decline_days", "decline_prev_days",
    "contract_grace_days",
)  # fmt: skip
_MAX_DECIMALS = 6  # keeps every cross-multiplication inside 64 bits


@dataclass(frozen=True)
class Thresholds:
    """Every threshold of metrics, grading and lifecycle. Days and counts are int, ratios decimal strings.

    Raises ValueError naming the field when a value makes no sense.
    """

    k: int = 2
    default_cycle_days: int = 180
    abc_a: str = "0.80"
    abc_b: str = "0.95"
    loyal_days: int = 4
    loyal_intervals: int = 3
    on_cycle: str = "1.5"
    loyal_elapsed: str = "1.5"
    switcher_days: int = 3
    switcher_elapsed: str = "2"
    satisfaction_days: int = 180
    satisfaction_low: int = 2
    zombie_months: int = 12
    zombie_prospect_days: int = 90
    fan_referrals: int = 1
    fan_recommend: int = 9
    fan_months: int = 24
    potential_share: str = "0.20"
    exit_elapsed: str = "4"
    exit_days: int = 365
    decline_elapsed: str = "1.75"
    decline_days: int = 60
    decline_spend_ratio: str = "0.5"
    decline_prev_days: int = 3
    contract_grace_days: int = 30
    mature_days: int = 4
    mature_intervals: int = 3
    growth_days: int = 2
    stage_days: int = 7
    bands: tuple[str, ...] = ("1", "1.75", "2.5", "4")
    prior_leave_shares: tuple[str, ...] = ("0.10", "0.25", "0.45", "0.65", "0.90")

    def __post_init__(self) -> None:
        for name in _AT_LEAST_ONE:
            self._whole(name, 1)
        for name in _AT_LEAST_ZERO:
            self._whole(name, 0)
        self._whole("fan_recommend", 0)
        if self.k > 1000:
            raise ValueError(f"k: at most 1000, not {self.k}")
        for name in _RATIOS:
            self._ratio(name, getattr(self, name))
        for name in ("bands", "prior_leave_shares"):
            values = getattr(self, name)
            if not isinstance(values, tuple):
                raise ValueError(f"{name}: a tuple of decimal strings is needed, not {values!r}")
            for text in values:
                self._ratio(name, text)
        if not 0 < self.ratio("abc_a") < self.ratio("abc_b") <= 1:
            raise ValueError(f"abc_a, abc_b: 0 < abc_a < abc_b <= 1 is needed, not {self.abc_a}, {self.abc_b}")
        if not 0 < self.ratio("potential_share") < 1:
            raise ValueError(f"potential_share: between 0 and 1, not {self.potential_share}")
        if self.loyal_days <= self.loyal_intervals:
            raise ValueError(f"loyal_days: more than loyal_intervals ({self.loyal_intervals}) is needed, not {self.loyal_days}")
        if self.mature_days <= self.mature_intervals:
            raise ValueError(f"mature_days: more than mature_intervals ({self.mature_intervals}) is needed, not {self.mature_days}")
        if self.switcher_days > self.loyal_days:
            # "was loyal in 24 months" is then implied by the number of deal days, and never has to be replayed
            raise ValueError(f"switcher_days: at most loyal_days ({self.loyal_days}), not {self.switcher_days}")
        if not self.bands or any(a >= b for a, b in zip(self.band_edges, self.band_edges[1:], strict=False)) or self.band_edges[0] <= 0:
            raise ValueError(f"bands: rising positive numbers are needed, not {self.bands}")
        if len(self.prior_leave_shares) != len(self.bands) + 1:
            raise ValueError(f"prior_leave_shares: {len(self.bands) + 1} shares for {len(self.bands)} bands, not {self.prior_leave_shares}")
        if any(not 0 <= share <= 1 for share in self.prior_shares):
            raise ValueError(f"prior_leave_shares: each between 0 and 1, not {self.prior_leave_shares}")

    def _whole(self, name: str, least: int) -> None:
        value = getattr(self, name)
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= 100_000:
            raise ValueError(f"{name}: a whole number from {least} to 100000 is needed, not {value!r}")

    @staticmethod
    def _ratio(name: str, text: object) -> None:
        if not isinstance(text, str):
            raise ValueError(f"{name}: write the number as text (a decimal string), not {text!r}")
        try:
            value = exact(text)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from None
        if not 0 <= value <= 1000 or (value * 10**_MAX_DECIMALS).denominator != 1:
            raise ValueError(f"{name}: from 0 to 1000 with at most {_MAX_DECIMALS} decimals, not {text}")

    def ratio(self, name: str) -> Fraction:
        """The exact value of the ratio field `name`."""
        return exact(getattr(self, name))

    @cached_property
    def band_edges(self) -> tuple[Fraction, ...]:
        """Upper ends (exclusive) of the bands of elapsed cycles; the last band is open."""
        return tuple(exact(text) for text in self.bands)

    @cached_property
    def prior_shares(self) -> tuple[Fraction, ...]:
        """Leave share per band, used where no past customer was in the band."""
        return tuple(exact(text) for text in self.prior_leave_shares)

    @classmethod
    def names(cls) -> frozenset[str]:
        """Names a pack may set."""
        return frozenset(field.name for field in fields(cls))
