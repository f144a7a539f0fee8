"""Nothing that hangs on a customer is forgotten: not in his own file, not in an erasure."""

import pytest
from django.apps import apps
from django.db import models

from liuke.customers.models import Customer
from liuke.privacy.catalogue import CARD, KINDS, LEFT_OUT, SWEPT, holders
from liuke.privacy.erasing import EMPTIED, STAYS

BY_LABEL = {kind.label: kind for kind in KINDS}
FOLLOW = {"name", "pinyin", "search", "extra"}  # written from what is left


def texts(model) -> set[str]:
    """Columns in which a person's words may stand: no keys, no choices."""
    kinds = (models.CharField, models.TextField, models.JSONField)
    return {field.name for field in model._meta.concrete_fields if isinstance(field, kinds) and not field.choices and not field.primary_key}


def test_every_model_that_hangs_on_a_customer_has_a_heading_or_a_reason():
    missing = [model._meta.label_lower for model in holders() if model._meta.label_lower not in {*BY_LABEL, *LEFT_OUT}]
    assert missing == [], "add a Kind to liuke/privacy/catalogue.py, or a reason to LEFT_OUT"
    assert not set(BY_LABEL) & set(LEFT_OUT)
    assert all(reason for reason in LEFT_OUT.values())


@pytest.mark.parametrize("label", BY_LABEL)
def test_every_text_of_it_is_deleted_emptied_covered_or_without_persons(label):
    kind = BY_LABEL[label]
    named = [*kind.blank, *kind.scrub, *kind.plain]
    assert len(named) == len(set(named))
    assert set(named) <= {field.name for field in kind.model._meta.concrete_fields}
    if not kind.deletes:
        assert texts(kind.model) <= set(named), "say in liuke/privacy/catalogue.py what an erasure does with these columns"
    assert set(kind.hidden) <= {field.name for field in kind.model._meta.concrete_fields}


@pytest.mark.parametrize("label", BY_LABEL)
def test_its_path_leads_to_customers(label, db):
    kind = BY_LABEL[label]
    assert list(kind.rows(Customer(pk=1))) == []
    if kind.find is None:
        for path in kind.via:
            model = kind.model
            for part in path.split("__"):
                model = model._meta.get_field(part).related_model
            assert model is Customer


def test_every_column_of_a_card_is_emptied_or_stays_for_a_reason():
    columns = {field.name for field in Customer._meta.concrete_fields}
    emptied = {name.removesuffix("_id") for name in EMPTIED}
    assert emptied | STAYS | FOLLOW == columns
    assert not emptied & STAYS


def test_the_small_tables_read_through_are_there():
    for label, columns in SWEPT.items():
        assert set(columns) <= {field.name for field in apps.get_model(label)._meta.concrete_fields}


def test_the_card_itself_is_no_kind():
    assert CARD in LEFT_OUT
