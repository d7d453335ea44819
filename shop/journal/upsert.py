"""Write a row by its natural key and tell the journal what changed; the same call again changes nothing."""

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Generic, TypeVar

from django.db import models

from shop.journal import services

ModelT = TypeVar("ModelT", bound=models.Model)


class Change(enum.Enum):
    CREATED = "created"
    CHANGED = "changed"
    UNCHANGED = "unchanged"


@dataclass(frozen=True)
class Upserted(Generic[ModelT]):
    """The row as it now stands, and the fields that this write changed (all of them when created)."""

    row: ModelT
    change: Change
    before: Mapping[str, Any]
    after: Mapping[str, Any]


def upsert(*, model: type[ModelT], key: Mapping[str, Any], values: Mapping[str, Any]) -> Upserted[ModelT]:
    """Create the row of `key`, or set those `values` that differ; nothing is written when none does.

    Call it inside a transaction. Safe to call twice.
    """
    row = model._default_manager.filter(**key).order_by("pk").first()
    if row is None:
        return create(model=model, values={**key, **values})
    return change(row=row, values=values)


def create(*, model: type[ModelT], values: Mapping[str, Any]) -> Upserted[ModelT]:
    """Create a row that is known not to exist."""
    return Upserted(model._default_manager.create(**values), Change.CREATED, {}, _plain(values))


def change(*, row: ModelT, values: Mapping[str, Any]) -> Upserted[ModelT]:
    """Set those values of the row that differ; nothing is written when none does."""
    before = {name: _stored(row, name) for name in values}
    changed = {name: value for name, value in values.items() if before[name] != _compared(value)}
    if not changed:
        return Upserted(row, Change.UNCHANGED, {}, {})
    for name, value in changed.items():
        setattr(row, name, value)
    row.save(update_fields=list(changed))
    return Upserted(row, Change.CHANGED, _plain({name: before[name] for name in changed}), _plain(changed))


def upsert_journalled(
    *,
    model: type[ModelT],
    key: Mapping[str, Any],
    values: Mapping[str, Any],
    actor_id: int | None,
    object_key: str,
) -> Upserted[ModelT]:
    """Like `upsert`, with one journal entry when something was written."""
    result = upsert(model=model, key=key, values=values)
    journal(result, actor_id=actor_id, object_key=object_key)
    return result


def journal(
    result: Upserted[Any], *, actor_id: int | None, object_key: str, extra: Mapping[str, Any] | None = None
) -> None:
    """Append one entry about a write, unless neither it nor anything in `extra` changed."""
    if result.change is Change.UNCHANGED and not extra:
        return
    name = result.row._meta.model_name or ""
    services.record(
        actor_id=actor_id,
        action=f"{name}.{Change.CHANGED.value if extra and not result.after else result.change.value}",
        object_type=name,
        object_key=object_key,
        before=result.before,
        after={**result.after, **(extra or {})},
    )


def _stored(row: models.Model, name: str) -> Any:
    """Return the row's value; of another row only its primary key, which needs no query."""
    field = row._meta.get_field(name)
    return getattr(row, field.attname if isinstance(field, models.ForeignKey) else name)


def _compared(value: Any) -> Any:
    return value.pk if isinstance(value, models.Model) else value


def _plain(values: Mapping[str, Any]) -> dict[str, Any]:
    """Return values that JSON carries: rows by primary key, everything else but numbers and text as text."""
    return {name: _plain_value(value) for name, value in values.items()}


def _plain_value(value: Any) -> Any:
    if isinstance(value, models.Model):
        return value.pk
    return value if value is None or isinstance(value, bool | int | str) else str(value)
