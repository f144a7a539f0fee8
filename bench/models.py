"""Fitting BG/NBD and predicting with it, against the libraries of the field.

    python bench/models.py [--peers DIR] [--runs 3] [--customers 1000000] [--cdnow FILE]

Each side fits (x, t_x, T) by maximum likelihood and predicts P(alive) and the deals of the next 39 weeks of every customer, on
the CDNOW sample (2,357 customers) and on simulated ones (daily dates, T uniform from 30 to 730 days, the sample's parameters):
lifetimes, pymc-marketing (the maximum a posteriori under flat priors), ours. Every run is a process of its own, in turn; clocks
run from the columns in memory to the predictions; imports and first compilations are over by then. The peers are installed by
uv into environments of their own under --peers, a folder that is kept and used again (default: a temporary one).

Compared before any time is told: log-likelihood, to be no worse than the best peer's less 1e-6; largest partial derivative by a
log-parameter, to be under 1e-6; our predictions on each peer's own parameters with the peer's. Exit code 1 where these fail.
Goals: 80 × lifetimes and 40 × pymc-marketing at a million, under 400 MB; MBG/NBD and Pareto/NBD within 5 × of our BG/NBD.
"""

from __future__ import annotations

import argparse
import json
import platform
import resource
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parents[1]))

import numpy as np

ROOT = Path(__file__).resolve().parents[1]

WEEKS = 39.0
PEERS = {
    "lifetimes": ["lifetimes==0.11.3", "numpy<2", "pandas<2.2"],
    "pymc-marketing": ["pymc-marketing==0.19.2"],
}
OURS = ("bgnbd", "mbgnbd", "paretonbd")
GOALS = {"lifetimes": 80, "pymc-marketing": 40}


def install(folder: Path) -> dict[str, Path]:
    """The interpreter of each peer, installed where it is not yet."""
    beside = Path(sys.executable).parent / "uv"
    uv = str(beside) if beside.exists() else shutil.which("uv")
    found = {}
    for name, packages in PEERS.items():
        python = folder / name / "bin" / "python"
        if not python.exists():
            subprocess.run([uv, "venv", "-q", "--python", platform.python_version(), str(folder / name)], check=True)
            subprocess.run([uv, "pip", "install", "-q", "--python", str(python), *packages], check=True)
        found[name] = python
    return found


def generate(folder: Path, customers: int, cdnow: Path) -> None:
    """The data of both sizes: frequency, recency, T as a peer reads them, in weeks, and recency_days, age_days. Runs in a child,
    since the peak memory of a parent counts as its children's."""
    from tests.analytics.churn.cdnow import histories
    from tests.analytics.churn.simulated import lives

    life = lives(customers, 7, days=True)
    columns = {f"{customers:,} simulated": (life.frequency, life.recency.astype(np.int64), life.age.astype(np.int64))}
    if cdnow.exists():
        columns = {"CDNOW sample": histories(cdnow)} | columns
    for place, (name, (x, last, age)) in enumerate(columns.items()):
        np.savez(folder / f"{place} {name}.npz", frequency=x, recency=last / 7, T=age / 7, recency_days=last, age_days=age)


def ours(key: str, data: Path, out: Path) -> None:
    """Runs in a child; prints as peers.py does."""
    import scipy

    from liuke.analytics.churn.fit import MODELS, fit
    from liuke.analytics.churn.history import of_days

    loaded = np.load(data)
    columns = [loaded[name] for name in ("frequency", "recency_days", "age_days")]
    model = MODELS[key]

    def work(x: Any, last: Any, age: Any) -> tuple[Any, ...]:
        clocks = [(time.perf_counter(), time.process_time())]
        history, place = of_days(x, last, age)
        found = fit(model, [history])
        clocks.append((time.perf_counter(), time.process_time()))
        alive, expected = model.alive(found.parameters, history)[place], model.expected(found.parameters, history, WEEKS)[place]
        clocks.append((time.perf_counter(), time.process_time()))
        return clocks, found, alive, expected

    work(*(values[:1000] for values in columns))
    clocks, found, alive, expected = work(*columns)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / (1024 if sys.platform != "darwin" else 1024**2)
    np.savez(out, parameters=list(found.parameters.values()), alive=alive, expected=expected)
    (fit_wall, fit_cpu), (wall, cpu) = (tuple(b - a for a, b in zip(*pair, strict=True)) for pair in (clocks[:2], clocks[1:]))
    versions = {"python": platform.python_version(), "numpy": np.__version__, "scipy": scipy.__version__}
    print(json.dumps({"fit": fit_wall, "predict": wall, "fit_cpu": fit_cpu, "predict_cpu": cpu, "peak_mb": peak, "versions": versions}))


def judge(data: Path, results: dict[str, Path]) -> list[str]:
    """What is wrong with the answers; prints them. Runs in a child, as it loads everything."""
    from liuke.analytics.churn.fit import MODELS
    from liuke.analytics.churn.history import of_days

    model, loaded = MODELS["bgnbd"], np.load(data)
    history, place = of_days(*(loaded[name] for name in ("frequency", "recency_days", "age_days")))
    value, wrong = {}, []
    print(f"{'':16}{'log-likelihood':>20}{'largest slope':>15}   r, alpha, a, b")
    for side, path in results.items():
        result = np.load(path)
        sums = model.sums(np.log(result["parameters"]), history)
        value[side] = sums.value
        print(f"{side:16}{sums.value:20.6f}{sums.largest_gradient:15.1e}   {' '.join(f'{p:.6f}' for p in result['parameters'])}")
        if side == "bgnbd" and not sums.largest_gradient < 1e-6:
            wrong.append(f"a slope of {sums.largest_gradient} is left")
        values = dict(zip(model.names, result["parameters"].tolist(), strict=True))
        mine = {"alive": model.alive(values, history)[place], "expected": model.expected(values, history, WEEKS)[place]}
        off = {name: np.abs(mine[name] - result[name]) / np.maximum(np.abs(mine[name]), 1e-3) for name in mine}
        far = {name: int((~(error < 1e-6)).sum()) for name, error in off.items()}
        if any(far.values()):
            print(f"{'':16}customers of whom it says other than ours on its own parameters by more than 1e-6: {far}")
            if max(far.values()) > len(place) / 1000:
                wrong.append(f"predictions of {side} and ours differ: {far}")
    if value["bgnbd"] < max(value.values()) - 1e-6:
        wrong.append("a peer's log-likelihood is better")
    print(
        "answers:",
        "; ".join(wrong) if wrong else "ours is the best likelihood, flat to 1e-6, and predictions on equal parameters are equal",
    )
    return wrong


def measure(side: str, python: Path | None, data: Path, out: Path) -> dict[str, Any]:
    here = Path(__file__)
    command = [str(python), str(here.with_name("peers.py")), side] if python else [sys.executable, str(here), "--side", side]
    result = subprocess.run([*command, str(data), str(out)], check=True, stdout=subprocess.PIPE, text=True)
    return dict(json.loads(result.stdout.splitlines()[-1]))


def report(name: str, data: Path, pythons: dict[str, Path], folder: Path, runs: int) -> bool:
    """Compare and time all sides on one set of data; whether the answers stand."""
    sides: dict[str, Path | None] = {"bgnbd": None, "mbgnbd": None, "paretonbd": None, **pythons}
    out = {side: folder / f"{side}.result.npz" for side in sides}
    found: dict[str, list[dict[str, Any]]] = {side: [] for side in sides}
    for side, python in sides.items():  # the first turn fills the caches of the disk, and its answers are the ones compared
        measure(side, python, data, out[side])
    print(f"\n{name}")
    compared = [f"{side}={out[side]}" for side in ("bgnbd", *pythons)]
    stands = subprocess.run([sys.executable, __file__, "--judge", str(data), *compared], check=False).returncode == 0
    for _ in range(runs):
        for side, python in sides.items():
            found[side].append(measure(side, python, data, out[side]))
    print(f"{'':16}{'fit s':>10}{'predict s':>11}{'both s':>10}{'CPU s':>9}{'peak MB':>9}{'/ bgnbd':>9}{'by CPU':>8}{'goal':>7}")
    middle = {side: statistics.median(run["fit"] + run["predict"] for run in of) for side, of in found.items()}
    busy = {side: statistics.median(run["fit_cpu"] + run["predict_cpu"] for run in of) for side, of in found.items()}
    for side, of in found.items():
        fit, predict = (statistics.median(run[what] for run in of) for what in ("fit", "predict"))
        goal = "" if side == "bgnbd" or "simulated" not in name else f"≥ {GOALS[side]}" if side in GOALS else "≤ 5"
        print(
            f"{side:16}{fit:10.4f}{predict:11.4f}{middle[side]:10.4f}{busy[side]:9.3f}{max(run['peak_mb'] for run in of):9.0f}"
            f"{middle[side] / middle['bgnbd']:9.1f}{busy[side] / busy['bgnbd']:8.1f}{goal:>7}"
        )
    for side in ("bgnbd", *pythons):
        print(f"  {side}: " + ", ".join(f"{package} {number}" for package, number in found[side][0]["versions"].items()))
    return stands


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--peers", type=Path, help="install the peers here, or use them from here")
    parser.add_argument("--customers", type=int, default=1_000_000)
    parser.add_argument("--runs", type=int, default=3)
    parser.add_argument(
        "--cdnow", type=Path, default=ROOT.parent / "shared" / "data" / "cdnow_sample.txt.gz", help="the sample; left out without it"
    )
    parser.add_argument("--side", choices=OURS, help=argparse.SUPPRESS)
    parser.add_argument("--judge", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("--generate", action="store_true", help=argparse.SUPPRESS)
    parser.add_argument("files", nargs="*", help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.generate:
        generate(Path(args.files[0]), args.customers, args.cdnow)
        return 0
    if args.side:
        ours(args.side, *map(Path, args.files))
        return 0
    if args.judge:
        data, *results = args.files
        return int(bool(judge(Path(data), {side: Path(path) for side, path in (pair.split("=", 1) for pair in results)})))
    with tempfile.TemporaryDirectory(prefix="models-") as temporary:
        folder = Path(temporary)
        pythons = install(args.peers or folder / "peers")
        child = [sys.executable, __file__, "--generate", "--customers", str(args.customers), "--cdnow", str(args.cdnow), str(folder)]
        subprocess.run(child, check=True)
        stands = [report(data.stem[2:], data, pythons, folder, args.runs) for data in sorted(folder.glob("[01] *.npz"))]
    return 0 if all(stands) else 1


if __name__ == "__main__":
    raise SystemExit(main())
