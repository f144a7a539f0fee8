"""The repository speaks of the product only: no place on a developer's machine, no registry's host, no name of a tool that wrote it."""

import codecs
import os
import re
import subprocess
import sys
from pathlib import Path
from urllib.parse import urlsplit

import pytest

from tests.house.tree import ROOT, files, name

pytestmark = pytest.mark.only_db("sqlite")

# Kept turned by thirteen letters, so that this file does not hold them either.
TURNED = "pynhqr naguebcvp pungtcg bcranv pbcvybg trzvav phefbe.pbz ntragf.zq pbqrk yyz-trarengrq nv-trarengrq"
WORDS = codecs.decode(TURNED, "rot13").split()
HOSTS = r"https?://[\w.-]*(?:pypi|pythonhosted|npmjs|npmmirror|debian|taobao)\.[a-z]+"
HOMES = r"(?<![\w.])/(?:root|home/\w+|Users/\w+)/"
SIGNED = r"(?im)^co-authored-by:"
BINARY = {".png", ".jpg", ".ico", ".woff2", ".gz", ".xlsx", ".xls", ".parquet", ".mo", ".docx", ".zip"}


def own_places() -> list[str]:
    """Paths and hosts of the very machine that runs this: whatever they are, they do not belong in a file."""
    asked = subprocess.run([sys.executable, "-m", "pip", "config", "list"], capture_output=True, text=True, check=False).stdout
    given = " ".join([asked, *(os.environ.get(key, "") for key in ("PIP_INDEX_URL", "PIP_EXTRA_INDEX_URL", "UV_DEFAULT_INDEX"))])
    hosts = [urlsplit(url).hostname for url in re.findall(r"(?:https?|file)://[^\s'\"]+", given)]
    places = [f"{ROOT}/", f"{ROOT.parent}/shared/"] if len(ROOT.parts) > 2 else []
    return [*places, *(host for host in hosts if host and "." in host)]


def strange(text: str, places: list[str]) -> list[str]:
    whole_words = [rf"(?i)(?<![a-z]){re.escape(word)}(?![a-z])" for word in WORDS]
    patterns = [HOSTS, HOMES, SIGNED, *whole_words, *map(re.escape, places)]
    return [hit.group(0) for pattern in patterns for hit in re.finditer(pattern, text)]


def test_the_repository_speaks_of_the_product_only():
    places = own_places()
    texts = [path for path in files() if path.suffix not in BINARY]
    assert len(texts) > 100
    assert [f"{name(path)}: {hit}" for path in texts for hit in strange(path.read_text(encoding="utf-8", errors="replace"), places)] == []


def test_file_names_speak_of_the_product_only():
    assert [name(path) for path in files() if strange(name(path), [])] == []


def test_locks_are_hashed_and_name_no_index():
    locks = sorted(ROOT.glob("requirements*.lock"))
    assert [path.name for path in locks] == [
        "requirements-build.lock",
        "requirements-dev.lock",
        "requirements-uv.lock",
        "requirements.lock",
    ]
    for path in locks:
        text = path.read_text(encoding="utf-8")
        assert "://" not in text and "--index" not in text and "--find-links" not in text, path.name
        pins = re.findall(r"^[\w.\[\],-]+==\S+(?: ;[^\\\n]+)? ?(\\?)$", text, flags=re.MULTILINE)
        assert pins and all(pins), f"{path.name}: a package without a hash"


def test_the_npm_lock_names_no_registry():
    assert '"resolved": "http' not in (ROOT / "frontend/package-lock.json").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "hits"),
    [
        ("网页 /work/ 和 liuke/work/models.py", 0),
        (f"written with {WORDS[0].title()}", 1),
        (f"{WORDS[0]}tte is a name", 0),
        ("see https://files.python" + "hosted.org/x", 1),
        ("/ro" + "ot/notes", 1),
        ("see /somewhere/project/x", 1),
        ("Co-Authored" + "-By: someone", 1),
    ],
)
def test_a_strange_word_is_told(text, hits):
    assert len(strange(text, ["/somewhere/project/"])) == hits


def test_own_places_are_absolute():
    assert all(Path(place).is_absolute() or "." in place for place in own_places())
