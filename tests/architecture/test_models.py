"""Tables: foreign keys point down, forks have no columns, settings name what exists."""

from pathlib import Path

from django.apps import apps
from django.db import models

from tests.architecture.code import ROOT, layers, may_know


def _app(model: type[models.Model]) -> str:
    """Return our app of a model, or "" for a library's."""
    parts = model.__module__.split(".")
    return parts[1] if parts[0] == "shop" else ""


def _own_models() -> list[type[models.Model]]:
    return [model for model in apps.get_models(include_auto_created=True) if _app(model)]


def test_every_app_has_a_layer() -> None:
    folders = {path.parent.name for path in (ROOT / "shop").glob("*/__init__.py")}
    assert folders - set(layers()) == set()


def test_foreign_keys_point_down() -> None:
    found = [
        f"{model.__name__}.{field.name} → {field.related_model.__name__}"
        for model in _own_models()
        if _app(model) != "forks"
        for field in model._meta.get_fields()
        if field.is_relation and not field.auto_created and isinstance(field.related_model, type)
        if _app(field.related_model) and not may_know(_app(model), _app(field.related_model))
    ]
    assert found == []


def test_forks_have_no_models_and_no_migrations_of_their_own() -> None:
    assert [model.__name__ for model in _own_models() if _app(model) == "forks"] == []
    assert [str(path) for path in (ROOT / "shop" / "forks").rglob("migrations")] == []


def test_own_labels_are_not_oscars() -> None:
    oscars = {config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(_oscar())}
    ours = {
        config.label for config in apps.get_app_configs() if Path(config.path).is_relative_to(ROOT / "shop")
    }
    forks = {config.label for config in apps.get_app_configs() if ".forks." in config.name}
    clashes = (ours - forks) & (oscars | {f"{label}s" for label in oscars | forks})
    assert clashes == set()


def _oscar() -> Path:
    return Path(apps.get_app_config("oscar").path)
