"""The mirror follows the database, whatever stands in its folder."""

import shutil
from datetime import date
from pathlib import Path

import pytest
from django.conf import settings

from liuke.analytics import mirror as files
from liuke.deals.mirror import behind, sync, touch_months
from liuke.deals.models import Deal, MirrorMonth
from tests.cast import assemble, card

pytestmark = pytest.mark.django_db
LATE = 40_000


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(settings, "MIRROR", tmp_path / "mirror")
    return tmp_path / "mirror"


@pytest.fixture
def zhang():
    return card(assemble().chen, "张书远")


def bought(customer, cents: int, on: date = date(2026, 4, 22)) -> Deal:
    touch_months([on])
    return Deal.objects.create(customer=customer, on=on, amount_cents=cents)


def mirrored(folder: Path) -> list[int]:
    return sorted(files.read(folder, LATE)["cents"].to_pylist())


def test_only_changed_months_are_written(folder: Path, zhang) -> None:
    bought(zhang, 100)
    bought(zhang, 200, date(2026, 5, 1))
    assert sync() == 2
    assert sync() == 0
    bought(zhang, 300)
    assert list(behind()[0]) == ["2026-04"]
    assert sync() == 1
    assert mirrored(folder) == [100, 200, 300]


def test_an_empty_folder_beside_a_restored_database_is_filled(folder: Path, zhang) -> None:
    bought(zhang, 100)
    sync()
    shutil.rmtree(folder)
    assert sync() == 1
    assert mirrored(folder) == [100]


def test_a_database_put_back_drops_what_only_the_files_know(folder: Path, zhang) -> None:
    bought(zhang, 100)
    before = list(MirrorMonth.objects.values())
    later = bought(zhang, 700_000)
    bought(zhang, 900, date(2026, 6, 1))
    sync()
    later.delete()
    Deal.objects.filter(on=date(2026, 6, 1)).delete()
    MirrorMonth.objects.all().delete()
    MirrorMonth.objects.bulk_create([MirrorMonth(**row) for row in before])
    sync()
    assert mirrored(folder) == [100]
    bought(zhang, 1)
    sync()
    assert mirrored(folder) == [1, 100]
