import pytest
import time_machine
from django.utils import translation

from tests.cast import Cast, assemble
from tests.satisfaction.world import NOON


@pytest.fixture
def cast(db) -> Cast:
    return assemble()


@pytest.fixture(autouse=True)
def noon():
    with time_machine.travel(NOON, tick=False), translation.override("zh-hans"):
        yield
