"""A field that is not the client's to give: taken out of a shape, looked for in values, put into them. Pure."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from bridge.call import JsonValue
from bridge.shapes.model import Branch, Choice, Described, Record, Ref, Shape


def without(described: Described, keys: Sequence[str]) -> Described | None:
    """The same without the field at the end of the way; None when there is none. An object that has nothing else goes
    with it."""
    shape = _without(described.shape, tuple(keys), described.table) if described.shape is not None else None
    return replace(described, shape=shape) if shape is not None else None


def holds(value: JsonValue, keys: Sequence[str]) -> bool:
    """Whether there is anything at the end of the way."""
    for key in keys:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def put(value: JsonValue, keys: Sequence[str], given: JsonValue) -> JsonValue:
    """A copy with this at the end of the way. Something else than an object on the way is left as it is, for the codec
    to complain of."""
    if not keys:
        return given
    if value is None:
        value = {}
    if not isinstance(value, dict):
        return value
    return {**value, keys[0]: put(value.get(keys[0]), keys[1:], given)}


def taken_out(value: JsonValue, keys: Sequence[str]) -> JsonValue:
    """A copy without what is at the end of the way, and without objects that hold nothing else."""
    if not isinstance(value, dict) or not keys or keys[0] not in value:
        return value
    rest = {key: one for key, one in value.items() if key != keys[0]}
    inner = taken_out(value[keys[0]], keys[1:]) if len(keys) > 1 else {}
    at = list(value).index(keys[0])
    items = list(rest.items())
    return rest if inner == {} else dict([*items[:at], (keys[0], inner), *items[at:]])


def _without(shape: Shape, keys: tuple[str, ...], table: Mapping[str, Shape]) -> Shape | None:
    record = table.get(shape.name) if isinstance(shape, Ref) else shape
    if not isinstance(record, Record):
        return None
    field = next((one for one in record.fields if one.key == keys[0]), None)
    if field is None:
        return None
    inner = _without(field.shape, keys[1:], table) if len(keys) > 1 else None
    if len(keys) > 1 and inner is None:
        return None
    if inner is None or (isinstance(inner, Record) and not inner.fields):
        fields = tuple(one for one in record.fields if one is not field)
        return replace(record, fields=fields, choices=tuple(_choice(one, keys[0]) for one in record.choices))
    return replace(record, fields=tuple(replace(one, shape=inner) if one is field else one for one in record.fields))


def _choice(choice: Choice, key: str) -> Choice:
    return replace(choice, branches=tuple(_branch(one, key) for one in choice.branches))


def _branch(branch: Branch, key: str) -> Branch:
    keys = tuple(one for one in branch.keys if one != key)
    required = tuple(one for one in branch.required if one != key)
    return Branch(keys, required, tuple(_choice(one, key) for one in branch.choices))
