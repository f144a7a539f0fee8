"""Data that nothing was tuned on: the chosen model against the plain rule, longest absent first."""

from datetime import date

import pytest

from liuke.analytics.churn.backtest import backtest
from liuke.analytics.days import day_number
from liuke.analytics.thresholds import Thresholds

from . import real

pytestmark = pytest.mark.slow
CASES = [
    ("online_retail.csv.gz", real.online_retail, date(2011, 6, 9), 180),
    ("cdnow_sample.txt.gz", real.cdnow, date(1997, 9, 30), 273),
    ("cdnow_master.txt.gz", real.cdnow, date(1997, 9, 30), 273),
]


@pytest.mark.parametrize(("file", "read", "as_of", "horizon"), CASES, ids=[case[0].partition(".")[0] for case in CASES])
def test_the_chosen_model_beats_longest_absent_first_and_is_honest(shared_data, file, read, as_of, horizon):
    result = backtest(read(shared_data(file)), day_number(as_of), horizon, Thresholds()).to_json()
    models = {one["model"]: one for one in result["models"]}
    (chosen,) = [one for one in result["models"] if one["chosen"]]
    assert chosen["model"] == result["chosen"]
    assert chosen["auc"] > models["absent"]["auc"]
    # Of 2,349 customers the top tenth is 235: there the difference in lift is smaller than its standard error, about 0.03.
    assert chosen["lift_10"] > models["absent"]["lift_10"] - (0.03 if result["customers"] < 2500 else 0.0)
    assert chosen["ece"] < 0.05
    others = [models[key]["brier"] for key in ("bgnbd", "mbgnbd", "paretonbd", "band")]
    assert None not in others[:3], "a model always says how likely"
    assert chosen["brier"] < min(brier for brier in others if brier is not None), "the rules may not know of so long a time"
