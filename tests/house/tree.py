"""The repository as the house tests see it: which files belong to it, and the order of the floors."""

import functools
import subprocess
import tomllib
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]
PACKAGE = ROOT / "liuke"
NOT_OURS = {
    ".git",
    ".venv",
    "node_modules",
    "__pycache__",
    ".mypy_cache",
    ".ruff_cache",
    ".pytest_cache",
    ".hypothesis",
    "data",
    "dist",
    "dist.new",
}


@functools.cache
def files() -> tuple[Path, ...]:
    """Every file of the repository, what git ignores left out; in a copy without git, the made folders left out."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"], cwd=ROOT, capture_output=True, check=False
    )
    inside = subprocess.run(["git", "rev-parse", "--show-toplevel"], cwd=ROOT, capture_output=True, text=True, check=False)
    if listed.returncode == 0 and inside.stdout.strip() and Path(inside.stdout.strip()).resolve() == ROOT:
        found = [ROOT / name for name in listed.stdout.decode().split("\0") if name]
    else:
        found = [path for path in ROOT.rglob("*") if not NOT_OURS & set(path.relative_to(ROOT).parts)]
    return tuple(sorted(path for path in found if path.is_file()))


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def named(*endings: str, under: str = "") -> list[Path]:
    """The files whose name ends so, below a folder of the repository."""
    return [path for path in files() if path.name.endswith(endings) and name(path).startswith(under)]


@functools.cache
def tool(key: str) -> dict[str, object]:
    settings = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
    return settings["tool"][key]


@functools.cache
def floors() -> dict[str, int]:
    """Package of liuke → its height, the ground at 0; peers share one. Written once, as import-linter's contract."""
    contracts = tool("importlinter")["contracts"]
    layers = next(contract["layers"] for contract in contracts if contract["id"] == "floors")
    return {peer.strip(" ()"): height for height, layer in enumerate(reversed(layers)) for peer in layer.replace(":", "|").split("|")}
