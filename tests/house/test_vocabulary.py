"""One name for one thing: every model and every folder stands in docs/vocabulary.md."""

import pytest
from django.utils import translation

from tests.house.vocabulary import Word, folders, lacking, read, words

pytestmark = pytest.mark.only_db("sqlite")

TABLE = """
| 词 | name | 意思 |
| --- | --- | --- |
| 客户 | `Customer` | one file on one person or company |
| 名片与客户 | `customers/` | the folder |
"""


def test_the_table_is_complete():
    with translation.override("zh-hans"):
        assert lacking(read(), words(), folders()) == []


@pytest.mark.parametrize(
    ("models", "packages", "faults"),
    [
        ([Word("Customer", "客户")], ["customers"], []),
        ([Word("Customer", "顾客")], ["customers"], ["Customer 顾客"]),
        ([Word("Deal", "成交")], [], ["Deal 成交"]),
        ([], ["deals"], ["deals/"]),
        ([Word("Customer", "customer")], [], ["Customer customer", "Customer: its Chinese name is not Chinese"]),
    ],
)
def test_what_is_lacking_is_told(models, packages, faults):
    assert lacking(TABLE, models, packages) == faults
