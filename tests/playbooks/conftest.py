import pytest

from liuke.playbooks import queries
from tests.cast import Cast, assemble


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def nothing_kept():
    """What another test's database said is not this one's."""
    queries._last.clear()
