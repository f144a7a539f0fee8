"""What the models say and what the migrations make are the same."""

import pytest
from django.apps import apps
from django.db import connection, models
from django.db.migrations.autodetector import MigrationAutodetector
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.state import ProjectState
from django.utils import translation

pytestmark = pytest.mark.only_db("sqlite")


def missing(now: ProjectState) -> list[str]:
    """What `makemigrations` would write, as lines. Untranslated, as it writes them: names that come with Django are English there."""
    with translation.override(None):
        loader = MigrationLoader(connection)
        changes = MigrationAutodetector(loader.project_state(), now).changes(graph=loader.graph)
    ours = {config.label for config in apps.get_app_configs() if config.name.startswith("liuke")}
    steps = [(app, step) for app, made in changes.items() if app in ours for migration in made for step in migration.operations]
    return [f"{app}: {step.describe()}" for app, step in steps]


@pytest.mark.django_db
def test_no_migration_is_missing():
    assert missing(ProjectState.from_apps(apps)) == []


@pytest.mark.django_db
def test_a_field_without_a_migration_is_told():
    state = ProjectState.from_apps(apps)
    state.add_field("customers", "customer", "shoe_size", models.IntegerField(null=True), True)
    assert "customers: Add field shoe_size to customer" in missing(state)


def test_every_app_with_models_has_migrations():
    migrated = MigrationLoader(None).migrated_apps
    ours = [config for config in apps.get_app_configs() if config.name.startswith("liuke") and list(config.get_models())]
    assert len(ours) >= 8
    assert [config.label for config in ours if config.label not in migrated] == []
