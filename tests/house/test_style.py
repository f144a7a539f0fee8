"""Types, lint and size of the code."""

import subprocess
import sys

import pytest

from tests.house.tree import ROOT, name, named

pytestmark = pytest.mark.only_db("sqlite")

LONGEST = 300


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, "-m", *words], cwd=ROOT, capture_output=True, text=True, check=False)


def test_ruff():
    done = run("ruff", "check", "--output-format=concise", ".")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.mark.slow
def test_mypy():
    done = run("mypy")
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr


@pytest.mark.slow
def test_mypy_is_strict_and_knows_the_models(tmp_path):
    """A planted fault of each kind is told: no annotation, a field that is not there."""
    planted = tmp_path / "planted.py"
    planted.write_text(
        "from liuke.customers.models import Customer\ndef loose(x):\n    return x\nCustomer.objects.filter(shoe_size=1)\n", encoding="utf-8"
    )
    done = run("mypy", "--cache-dir", str(ROOT / ".mypy_cache"), str(planted))
    assert "Function is missing a type annotation" in done.stdout
    assert "Cannot resolve keyword 'shoe_size'" in done.stdout


def test_modules_are_short():
    ours = [path for path in named(".py") if not name(path).startswith("tests/") and "migrations" not in path.parts]
    assert len(ours) > 30
    lengths = {name(path): len(path.read_text(encoding="utf-8").splitlines()) for path in ours}
    assert {place: length for place, length in lengths.items() if length > LONGEST} == {}
