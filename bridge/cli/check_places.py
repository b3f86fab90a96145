"""Where in the configuration a file or a secret stands that cannot be used. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bridge.settings import Secret

Way = tuple[str | int, ...]


def named_at(settings: BaseModel, name: str) -> Way | None:
    """The way to the value that names this file or secret (`/etc/bridge/erp.pem`, `env:ERP_PASSWORD`), the first of
    several; else to the key of that name (`headers.send`), if it is there."""
    found = next((way for way, value in _values(settings, ()) if _name(value) == name), None)
    return found if found is not None else _key(settings, name)


def _name(value: object) -> str:
    return value.reference if isinstance(value, Secret) else str(value) if isinstance(value, Path) else ""


def _values(value: Any, way: Way) -> Iterator[tuple[Way, object]]:
    match value:
        case BaseModel():
            for name in value.model_fields_set:
                yield from _values(getattr(value, name), (*way, type(value).model_fields[name].alias or name))
        case dict():
            for key, inner in value.items():
                yield from _values(inner, (*way, key))
        case tuple() | list():
            for index, inner in enumerate(value):
                yield from _values(inner, (*way, index))
        case Path() | Secret():
            yield way, value


def _key(settings: BaseModel, name: str) -> Way | None:
    way = tuple(name.split("."))
    current: Any = settings
    for step in way:
        if not isinstance(current, BaseModel) or step not in current.model_fields_set:
            return None
        current = getattr(current, step)
    return way
