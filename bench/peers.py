"""One side of bench/models.py that is not ours, in its own environment; imports nothing of the product.

    python peers.py lifetimes|pymc-marketing DATA.npz OUT.npz

DATA: frequency, recency, T in weeks. OUT: parameters (r, alpha, a, b), alive and expected deals in 39 weeks of every customer.
Prints one line of JSON: seconds and CPU seconds of fit and of prediction, peak memory, versions. What is compiled on first use
is compiled before the clock starts, on the first 1,000 customers.
"""

from __future__ import annotations

import json
import logging
import platform
import resource
import sys
import time
import warnings
from importlib.metadata import version

import numpy as np

WEEKS = 39.0
NAMES = ("r", "alpha", "a", "b")
warnings.filterwarnings("ignore")
logging.disable(logging.WARNING)


class Lifetimes:
    versions = ("lifetimes", "numpy", "pandas", "scipy")

    def __init__(self, frequency, recency, age):
        import pandas as pd

        self.columns = [pd.Series(values) for values in (frequency, recency, age)]

    def fit(self):
        from lifetimes import BetaGeoFitter

        self.model = BetaGeoFitter(penalizer_coef=0.0)
        self.model.fit(*self.columns)
        return [float(self.model.params_[name]) for name in NAMES]

    def predict(self):
        alive = self.model.conditional_probability_alive(*self.columns)
        return alive, self.model.conditional_expected_number_of_purchases_up_to_time(WEEKS, *self.columns)


class PymcMarketing:
    """The maximum a posteriori with flat priors, which is the maximum likelihood."""

    versions = ("pymc-marketing", "pymc", "pytensor", "numpy")

    def __init__(self, frequency, recency, age):
        import pandas as pd

        self.frame = pd.DataFrame({"customer_id": np.arange(len(age)), "frequency": frequency, "recency": recency, "T": age})

    def fit(self):
        from pymc_extras.prior import Prior
        from pymc_marketing import clv

        self.model = clv.BetaGeoModel(data=self.frame, model_config={name: Prior("HalfFlat") for name in NAMES})
        self.model.fit(method="map", progressbar=False)
        return [float(self.model.idata.posterior[name].mean()) for name in NAMES]

    def predict(self):
        return self.model.expected_probability_alive().values, self.model.expected_purchases(future_t=WEEKS).values


SIDES = {"lifetimes": Lifetimes, "pymc-marketing": PymcMarketing}


def main() -> None:
    side, data, out = SIDES[sys.argv[1]], np.load(sys.argv[2]), sys.argv[3]
    columns = [data[name].astype(np.float64) for name in ("frequency", "recency", "T")]
    warm = side(*(values[:1000] for values in columns))
    warm.fit(), warm.predict()
    work = side(*columns)
    clocks = [(time.perf_counter(), time.process_time())]
    parameters = work.fit()
    clocks.append((time.perf_counter(), time.process_time()))
    alive, expected = (np.asarray(values, np.float64).ravel() for values in work.predict())
    clocks.append((time.perf_counter(), time.process_time()))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    np.savez(out, parameters=parameters, alive=alive, expected=expected)
    (fit_wall, fit_cpu), (wall, cpu) = (tuple(b - a for a, b in zip(*pair, strict=True)) for pair in (clocks[:2], clocks[1:]))
    versions = {"python": platform.python_version()} | {name: version(name) for name in side.versions}
    print(json.dumps({"fit": fit_wall, "predict": wall, "fit_cpu": fit_cpu, "predict_cpu": cpu, "peak_mb": peak, "versions": versions}))


if __name__ == "__main__":
    main()
