"""When people bring their cars: weekends, before the long holidays, in summer; hardly anybody at New Year."""

from __future__ import annotations

from datetime import date, timedelta
from random import Random

from liuke.kernel.lunar import to_solar

WEEKDAYS = (0.72, 0.85, 0.9, 0.95, 1.15, 1.6, 1.35)
MONTHS = (1.0, 0.8, 0.9, 1.0, 0.95, 1.05, 1.18, 1.15, 1.05, 0.9, 0.95, 1.0)
REACH = 9


class Seasons:
    """How busy each day from `first` to `last` is, 1.0 on an ordinary day; 0 when the stores are shut."""

    def __init__(self, first: date, last: date) -> None:
        self.first, self.last = first, last
        new_years = [to_solar(year, 1, 1) for year in range(first.year, last.year + 2)]
        self._busy = [_busy(first + timedelta(n), new_years) for n in range((last - first).days + 1)]

    def busy(self, day: date) -> float:
        place = (day - self.first).days
        return self._busy[place] if 0 <= place < len(self._busy) else 1.0

    def near(self, random: Random, wanted: date, reach: int = REACH) -> date:
        """The day somebody comes who ought to come on `wanted`: near it, rather on a busy day."""
        place = (wanted - self.first).days
        low, high = max(place - reach, 0), min(place + reach, len(self._busy) - 1)
        if low >= high:
            return wanted
        weights = [self._busy[n] * (reach + 1 - abs(n - place)) for n in range(low, high + 1)]
        total = sum(weights)
        if total <= 0:
            return wanted
        return self.first + timedelta(random.choices(range(low, high + 1), weights)[0])


def _busy(day: date, new_years: list[date]) -> float:
    away = min(((day - new_year).days for new_year in new_years), key=abs)
    if -1 <= away <= 5:
        return 0.0
    feast = 1.0
    if -24 <= away < -1:
        feast = 1.55
    elif 5 < away <= 14:
        feast = 0.55
    if day.month == 9 and day.day >= 16:
        feast *= 1.45
    elif day.month == 10 and day.day <= 4:
        feast *= 0.35
    return WEEKDAYS[day.weekday()] * MONTHS[day.month - 1] * feast
