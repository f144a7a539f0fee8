import pytest
from django.utils import translation

from tests.work.cast import Company, company


@pytest.fixture
def cast(db) -> Company:
    return company()


@pytest.fixture(autouse=True)
def chinese():
    with translation.override("zh-hans"):
        yield
