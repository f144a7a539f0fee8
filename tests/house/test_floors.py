"""Imports and foreign keys point down the floors."""

import subprocess
import sys
from dataclasses import dataclass
from typing import Any

import pytest
from django.apps import apps
from django.db import models

from tests.house.tree import PACKAGE, ROOT, floors

pytestmark = pytest.mark.only_db("sqlite")


def test_imports_point_down():
    done = subprocess.run(
        [sys.executable, "-c", "from importlinter.cli import lint_imports_command as run; run()", "--no-cache", "--no-logo"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-6000:] + done.stderr[-2000:]


def test_every_folder_stands_on_a_floor_and_every_floor_stands():
    folders = {path.parent.name for path in PACKAGE.glob("*/__init__.py")}
    assert folders == set(floors())


def test_the_ground_and_the_roof():
    height = floors()
    assert height["kernel"] == 0
    assert height["site"] == max(height.values())
    assert height["web"] == height["cli"]
    assert height["customers"] < height["deals"] == height["interactions"] < height["standing"] < height["work"]


# ── foreign keys ─────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Key:
    """One reference between two tables of ours: where from, where to, the name it is read by from the other side."""

    place: str
    source: str
    target: str
    related_name: str | None

    @property
    def fault(self) -> str | None:
        if self.source == self.target:
            return None
        if floors()[self.target] >= floors()[self.source]:
            return f"{self.place}: points up or sideways, from {self.source} to {self.target}"
        if self.related_name != "+":
            return f'{self.place}: needs related_name="+", so that {self.target} knows nothing of {self.source}'
        return None


def _package(model: type[models.Model]) -> str | None:
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "liuke" else None


def keys() -> list[Key]:
    found = []
    for model in apps.get_models(include_auto_created=True):
        source = _package(model)
        for field in model._meta.get_fields():
            remote: Any = getattr(field, "remote_field", None)
            if source is None or remote is None or field.auto_created or field.model is not model:
                continue
            target = _package(remote.model) if isinstance(remote.model, type) else None
            if target is not None:
                place = f"{model.__module__}.{model.__name__}.{field.name}"
                found.append(Key(place, source, target, remote.related_name))
    return found


def test_foreign_keys_point_down():
    found = keys()
    assert len(found) > 10
    assert [key.fault for key in found if key.fault] == []


@pytest.mark.parametrize(
    ("key", "fault"),
    [
        (Key("Deal.customer", "deals", "customers", "+"), None),
        (Key("Deal.parent", "deals", "deals", "children"), None),
        (Key("Deal.who", "deals", "customers", "deals"), 'Deal.who: needs related_name="+", so that customers knows nothing of deals'),
        (Key("Deal.who", "deals", "customers", None), 'Deal.who: needs related_name="+", so that customers knows nothing of deals'),
        (Key("Customer.last_deal", "customers", "deals", "+"), "Customer.last_deal: points up or sideways, from customers to deals"),
        (Key("Deal.visit", "deals", "interactions", "+"), "Deal.visit: points up or sideways, from deals to interactions"),
    ],
)
def test_a_wrong_key_is_told(key, fault):
    assert key.fault == fault
