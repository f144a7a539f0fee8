"""Every sentence of this floor is said somewhere, by its code."""

import re
from pathlib import Path

import liuke.exchange
from liuke.exchange.words import FILE, ROW, WARNINGS

FOLDER = Path(liuke.exchange.__file__).parent


def test_no_sentence_is_promised_that_nobody_says():
    said = "\n".join(path.read_text("utf-8") for path in FOLDER.rglob("*.py") if path.name != "words.py")
    # "contract.number_of_another" and its like are put together from the kind of row.
    idle = [code for code in (*FILE, *ROW, *WARNINGS) if f'"{code}"' not in said and not code.endswith(".number_of_another")]
    assert idle == []


def test_the_kind_of_a_file_is_told_without_a_blank_before_chinese():
    for code, sentence in FILE.items():
        assert not re.search(r"这是 [\u4e00-\u9fff]", sentence), code
