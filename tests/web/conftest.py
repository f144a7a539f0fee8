"""What the tests of pages share; a file with a cast or a day of its own has its own fixture of that name."""

from collections.abc import Iterator

import pytest
from django.utils import translation

from tests.cast import Cast, assemble


@pytest.fixture
def chinese() -> Iterator[None]:
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def cast(db: None) -> Cast:
    return assemble()
