import pytest
import time_machine
from django.utils import translation

from tests.visits.world import NOON, World, world


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield


@pytest.fixture
def noon():
    with time_machine.travel(NOON, tick=False):
        yield


@pytest.fixture
def town(db, noon) -> World:
    return world()
