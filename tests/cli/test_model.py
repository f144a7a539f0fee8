"""`liuke model`: the published figures through the command, how files are read, and what it says to a bad one."""

from __future__ import annotations

import gzip
import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import typer
from typer.testing import CliRunner

from liuke.cli.model import register
from tests.analytics.churn.cdnow import repeat_values

HIGH_END = (86.9, 74.3, 65.3, 59.3, 55.1, 51.7, 49.1)
REGULAR = (63.1, 46.8, 38.2, 32.6, 28.9, 26.2, 24.1)


def call(*words: object) -> Any:
    app = typer.Typer()
    register(app)
    app.command("other")(lambda: None)  # a second command, so that the first keeps its name
    return CliRunner().invoke(app, ["model", *map(str, words)])


def fitted(*words: object) -> dict[str, Any]:
    result = call(*words, "--json")
    assert result.exit_code == 0, result.output
    return json.loads(result.stdout)


def refused(*words: object) -> str:
    """What is said of a file that is refused: one line on stderr, in both languages, nothing on stdout."""
    result = call(*words)
    assert (result.exit_code, result.stdout) == (2, ""), result.output
    said = result.stderr.strip()
    assert "\n" not in said and " / " in said and said.isascii() is False
    return said


@pytest.fixture
def file(tmp_path: Path):
    def make(text: str | bytes, name: str = "表.csv") -> Path:
        path = tmp_path / name
        path.write_bytes(text if isinstance(text, bytes) else text.encode())
        return path

    return make


@pytest.fixture
def curve(file):
    return lambda values, start=1: file("year,survived\n" + "".join(f"{year},{value}\n" for year, value in enumerate(values, start)))


@pytest.fixture(scope="session")
def cdnow(shared_data) -> Path:
    return shared_data("cdnow_customers_summary.csv.gz")


# ── published figures ────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("model", "parameters", "value"),
    [
        ("bgnbd", {"r": 0.243, "alpha": 4.414, "a": 0.793, "b": 2.426}, -9582.4),
        ("mbgnbd", {"r": 0.525, "alpha": 6.183, "a": 0.891, "b": 1.614}, -9582.13),
        ("paretonbd", {"r": 0.553, "alpha": 10.578, "s": 0.606, "beta": 11.669}, -9595.0),
    ],
)
def test_cdnow(cdnow, model, parameters, value):
    found = fitted(model, cdnow)
    assert list(found)[:5] == ["model", "parameters", "standard_errors", "log_likelihood", "n"]
    assert found["model"] == model and (found["n"], found["repeaters"]) == (2357, 946)
    assert found["parameters"] == pytest.approx(parameters, abs=2e-3)
    assert found["log_likelihood"] == pytest.approx(value, abs=0.05)
    assert set(found["standard_errors"]) == set(parameters) and all(error > 0 for error in found["standard_errors"].values())
    assert found["converged"] is True and found["largest_gradient"] < 1e-6


def test_values_of_cdnow(shared_data, file):
    rows = zip(*repeat_values(shared_data("cdnow_sample.txt.gz")), strict=True)
    found = fitted("gammagamma", file("frequency,monetary\n" + "".join(f"{x},{mean:.4f}\n" for x, mean in rows)))
    assert found["parameters"] == pytest.approx({"p": 6.25, "q": 3.74, "gamma": 15.44}, abs=0.02)
    assert (found["n"], found["left_out"]) == (946, 2357 - 946)
    assert found["log_likelihood"] == pytest.approx(-4055.92, abs=0.05)


@pytest.mark.parametrize(("survived", "alpha", "beta", "value"), [(HIGH_END, 0.668, 3.806, -1611.16), (REGULAR, 0.704, 1.182, -1680.27)])
def test_fader_and_hardie_2007(curve, survived, alpha, beta, value):
    found = fitted("sbg", curve(survived))
    assert list(found)[:5] == ["model", "parameters", "standard_errors", "log_likelihood", "n"]
    assert found["parameters"] == pytest.approx({"alpha": alpha, "beta": beta}, abs=5e-4)
    assert found["log_likelihood"] == pytest.approx(value, abs=5e-3)
    assert (found["n"], found["repeaters"]) == (1000, round(survived[0] * 10))
    assert found["curve"][7]["year"] == 8


# ── how files are read ───────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("values", "start", "options", "unit"),
    [
        (HIGH_END, 1, (), "percent"),
        ((100, *HIGH_END), 0, (), "percent"),
        ([f"{value}%" for value in HIGH_END], 1, (), "percent"),
        ([value / 100 for value in HIGH_END], 1, (), "share"),
        ([1, *[value / 100 for value in HIGH_END]], 0, (), "share"),
        ([round(value * 10) for value in HIGH_END], 1, (), "count"),
        ([round(value * 10) for value in HIGH_END], 1, ("--customers", 1000), "count"),
        ([1000, *[round(value * 10) for value in HIGH_END]], 0, (), "count"),
    ],
)
def test_one_curve_written_in_each_way_is_one_fit(curve, values, start, options, unit):
    found = fitted("sbg", curve(values, start), *options)
    assert found["log_likelihood"] == pytest.approx(-1611.158147, abs=1e-6) and found["n"] == 1000
    assert found["read_as"]["unit"] == unit


def test_of_how_many_customers_a_curve_is(curve):
    assert fitted("sbg", curve(HIGH_END), "--customers", 50_000)["n"] == 50_000
    few = fitted("sbg", curve((80, 60, 51, 47), 0))
    assert (few["n"], few["read_as"]) == (80, {"unit": "count", "customers": [80], "assumed": False})
    assumed = call("sbg", curve([869, 743, 653]))
    assert assumed.exit_code == 0 and "1000 customers at the start assumed" in assumed.stderr


def test_cohorts_in_one_file(file):
    rows = ["cohort,survived,year", *[f"a,{v},{t}" for t, v in enumerate((1000, 869, 743, 653))], "b,1000,0", "b,631,1", "b,468,2"]
    found = fitted("sbg", file("\n".join(rows)))
    assert (found["n"], found["repeaters"], found["read_as"]["customers"]) == (2000, 1500, [1000, 1000])


HISTORIES = "id,x,T,t_x\n" + "".join(f"王{i},{i % 4},{30 + i % 7},{(i % 4) * (3 + i % 5)}\n" for i in range(400))


@pytest.mark.parametrize(
    "content",
    [
        HISTORIES,
        HISTORIES.replace("x,T,t_x", "Frequency,T,RECENCY"),
        HISTORIES.replace(",", ";"),
        HISTORIES.replace(",", "\t").replace("\n", "\r\n"),
        b"\xef\xbb\xbf" + HISTORIES.encode(),
        gzip.compress(HISTORIES.encode()),
        HISTORIES.encode("gb18030"),
        HISTORIES.replace("id,x,T,t_x", '"id","x"," T ","t_x"') + "\n\n",
    ],
)
def test_headings_separators_encodings(file, content):
    found, plain = fitted("bgnbd", file(content)), fitted("bgnbd", file(HISTORIES))
    assert found == plain and (found["n"], found["repeaters"]) == (400, 300)


def test_any_unit_of_time(file):
    days = "frequency,recency,T\n" + "".join(f"{i % 4},{(i % 4) * (3 + i % 5) * 7},{(30 + i % 7) * 7}\n" for i in range(400))
    weeks, found = fitted("bgnbd", file(HISTORIES)), fitted("bgnbd", file(days))
    assert found["parameters"]["alpha"] == pytest.approx(7 * weeks["parameters"]["alpha"], rel=1e-5)


def test_gamma_gamma_counts_whom_it_is_fitted_on(file):
    rows = "".join(f"{1 + i % 3},{10 + (i * 37) % 41}\n" for i in range(300))
    found = fitted("gammagamma", file("x,monetary\n0,0\n2,0\n" + rows))
    assert (found["n"], found["left_out"], set(found["parameters"])) == (300, 2, {"p", "q", "gamma"})
    said = call("gammagamma", file("x,monetary\n0,0\n2,0\n" + rows))
    assert said.exit_code == 0 and "left out  2" in said.stdout


def test_for_people(curve):
    said = call("sbg", curve(HIGH_END)).stdout
    assert "alpha                 0.668088          0.103735" in said
    assert "-1611.15815" in said and "1,000" in said
    assert "         8                 94.2%             46.0%" in said


def test_at_the_rim_the_errors_are_a_dash_and_null(curve):
    path = curve([90, 70, 40, 10])
    assert fitted("sbg", path)["standard_errors"] == {"alpha": None, "beta": None}
    assert call("sbg", path).stdout.count("—") == 2


# ── bad input ────────────────────────────────────────────────────────────────
@pytest.mark.parametrize(
    ("model", "text", "said"),
    [
        ("bgnbd", "", "empty"),
        ("bgnbd", "\n \n", "empty"),
        ("bgnbd", "frequency,recency,T\n", "no row"),
        ("bgnbd", "frequency,recency,T", "no row"),
        ("bgnbd", "frequency,recency\n1,2\n", "no column T"),
        ("bgnbd", "1,2,3\n4,5,6\n", "no column frequency"),
        ("bgnbd", "x,frequency,recency,T\n1,1,2,3\n", "2 columns in the first line are frequency"),
        ("bgnbd", "frequency,recency,T\n1,2,3\n1,two,3\n", "data row 2: recency is “two”, not a number"),
        ("bgnbd", "frequency,recency,T\n1,,3\n", "data row 1: recency is “”"),
        ("bgnbd", "frequency,recency,T\n1,nan,3\n", "data row 1: recency is “nan”"),
        ("bgnbd", "frequency,recency,T\n1,2,inf\n", "data row 1: T is “inf”"),
        ("bgnbd", "frequency,recency,T\n1,2,3\n1,-2,3\n", "data row 2: recency is negative"),
        ("bgnbd", "frequency,recency,T\n-1,2,3\n", "data row 1: frequency is negative"),
        ("bgnbd", "frequency,recency,T\n1.5,2,3\n", "data row 1: frequency is not a whole number"),
        ("bgnbd", "frequency,recency,T\n1e12,2,3\n", "data row 1: frequency is too large"),
        ("bgnbd", "frequency,recency,T\n1,2,3\n1,4,3\n", "data row 2: recency is greater than T"),
        ("bgnbd", "frequency,recency,T\n0,2,3\n", "data row 1: frequency is 0 and recency is not"),
        ("bgnbd", "frequency,recency,T\n1,2,3\n1,2\n", "not a well-formed CSV"),
        ("bgnbd", "frequency,recency,T\n0,0,3\n0,0,4\n", "Nobody ever came again"),
        ("mbgnbd", "frequency,recency,T\n0,0,0\n0,0,0\n", "no time has passed"),
        ("paretonbd", "frequency,recency,T\n0,0,3\n", "Nobody ever came again"),
        ("gammagamma", "frequency,recency,T\n1,2,3\n", "no column monetary"),
        ("gammagamma", "frequency,monetary\n1,-2\n", "data row 1: monetary is negative"),
        ("gammagamma", "frequency,monetary\n0,0\n", "Nobody ever came again"),
        ("sbg", "year,share\n1,0.5\n", "no column survived"),
        ("sbg", "year,survived\n1,0.5\n1,0.4\n", "one row a year from 0 or 1"),
        ("sbg", "year,survived\n1,0.5\n3,0.4\n", "one row a year from 0 or 1"),
        ("sbg", "year,survived\n2,0.5\n3,0.4\n", "one row a year from 0 or 1"),
        ("sbg", "year,survived\n1.5,0.5\n", "data row 1: year is not a whole number"),
        ("sbg", "year,survived\n1,50\n2,60\n", "survived rises"),
        ("sbg", "year,survived\n0,80\n1,90\n", "survived rises"),
        ("sbg", "year,survived\n1,5000\n2,4000\n", "survived rises"),
        ("sbg", "year,survived\n0,300\n1,200.5\n", "data row 2: survived is not a whole number"),
        ("sbg", "year,survived\n1,-50\n", "data row 1: survived is negative"),
        ("sbg", "year,survived\n1,50\n", "two are needed"),
        ("sbg", "year,survived\n0,50\n", "Not one year"),
        ("sbg", "year,survived\n1,100\n2,100\n", "Nobody left"),
        ("sbg", "year,survived\n1,0\n2,0\n", "Everybody left in the first year"),
    ],
)
def test_bad_input_is_refused_in_one_sentence(file, model, text, said):
    assert said in refused(model, file(text))


def test_other_refusals(file, curve, tmp_path):
    assert "No such model" in refused("prophet", file(HISTORIES))
    assert "there is no such file" in refused("bgnbd", tmp_path / "nowhere.csv")
    assert "cannot be read" in refused("bgnbd", tmp_path)
    assert "cannot be read" in refused("bgnbd", file(gzip.compress(HISTORIES.encode())[:50], "cut.csv.gz"))
    assert "--customers is for sbg only" in refused("bgnbd", file(HISTORIES), "--customers", 5)
    assert "year 0 is not the 900" in refused("sbg", curve((1000, 800, 700), 0), "--customers", 900)
    assert "frequency" in refused("bgnbd", file(b"\x00\xff\xfe" * 99))
    assert "no column frequency" in refused("bgnbd", file(HISTORIES.encode("utf-16")))


def test_one_customer_is_refused_or_finite(file):
    for model in ("bgnbd", "mbgnbd", "paretonbd"):
        result = call(model, file("frequency,recency,T\n1,2,3\n"), "--json")
        assert result.exit_code in (0, 2) and "NaN" not in result.output and "Infinity" not in result.output
        assert result.exit_code == 2 or json.loads(result.stdout)["n"] == 1


def test_no_other_command_pays_for_the_models():
    code = "import sys, liuke.cli.model; sys.exit('scipy' in sys.modules or 'pyarrow' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=Path(__file__).parents[2], check=False, timeout=60).returncode == 0
