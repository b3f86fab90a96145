"""Files in an OpenAPI document: forms and bare bodies of requests, and answers that are a file. Pure.

A form is told with the files in its fields and nothing of them in its JSON. Base64 in the JSON is taken there as well,
but who reads the document should see one way only.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace

from bridge.call import JsonValue
from bridge.shapes.json import Number
from bridge.shapes.model import Branch, Choice, Described, Field, ListOf, Record, Ref, Scalar, Shape
from bridge.web.file_fields import FileFields
from bridge.web.inputs import resolved
from bridge.web.negotiate import JSON
from bridge.web.routes import AnswerSetting
from bridge.web.uploads import BARE, FORM

Json = dict[str, JsonValue]
Path = tuple[str, ...]
_EVERY = "*"


def request_content(
    body: Described,
    places: Mapping[str, Scalar],
    schema: Callable[[Described], Json],
    sample: Callable[[Described], JsonValue],
) -> Json:
    """The further forms of a request body, by media type; none where it has no files. `places` are these."""
    if not places or body.shape is None:
        return {}
    fields = FileFields(tuple(places))
    rest = _rest_of(body, [_steps(pointer) for pointer in places])
    needed = [name for name, pointer in zip(fields.names, places, strict=True) if _is_needed(body, _steps(pointer))]
    properties: Json = {
        name: _file(scalar) | _told(name, pointer)
        for name, (pointer, scalar) in zip(fields.names, places.items(), strict=True)
    }
    encoding: Json = {
        name: {"contentType": _type_of(scalar)} for name, scalar in zip(fields.names, places.values(), strict=True)
    }
    shown: Json = dict.fromkeys(needed, "the bytes of the file")
    if rest is not None:
        properties = {"json": schema(rest), **properties}
        encoding = {"json": {"contentType": JSON}, **encoding}
        if rest.required:
            needed.insert(0, "json")
            shown = {"json": sample(rest), **shown}
    form: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if needed:
        form["required"] = list[JsonValue](needed)
    result: Json = {FORM: {"schema": form, "encoding": encoding}}
    if shown and None not in shown.values() and not any(_has_bounds(scalar) for scalar in places.values()):
        result = {FORM: {"schema": form, "encoding": encoding, "example": shown}}
    if fields.only is not None and (rest is None or not rest.required):
        result |= _bare(next(iter(places.values())))
    return result


def answer_content(places: Mapping[str, Scalar], setting: AnswerSetting, json: Json) -> Json:
    """The forms of an answer, by media type: what it is by itself comes first. `places` are its files."""
    file = setting.file_of(places)
    if file is None:
        return json
    return _bare(file) | json if setting.form == "binary" else json | _bare(file)


def _bare(scalar: Scalar) -> Json:
    return {media: {"schema": _file(scalar)} for media in dict.fromkeys((_type_of(scalar), BARE))}


def _file(scalar: Scalar) -> Json:
    """Bytes as they are: a string for those who only know JSON Schema, without an encoding."""
    facets = scalar.facets
    low = max(facets.length or 0, facets.min_length or 0)
    highs = [each for each in (facets.length, facets.max_length) if each is not None]
    bounds: Json = {"minLength": Number(low)} if low else {}
    bounds |= {"maxLength": Number(min(highs))} if highs else {}
    return {"type": "string", "contentMediaType": _type_of(scalar), **bounds}


def _has_bounds(scalar: Scalar) -> bool:
    return "minLength" in (file := _file(scalar)) or "maxLength" in file


def _type_of(scalar: Scalar) -> str:
    plain = scalar.media.partition(";")[0].strip().lower()
    return plain if "/" in plain and not set(plain) & {"*", ","} else BARE


def _told(name: str, pointer: str) -> Json:
    if _EVERY not in _steps(pointer):
        return {}
    return {"description": f"The file of the first item; `{name.replace('0', '1', 1)}` is that of the second."}


def _steps(pointer: str) -> Path:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _is_needed(body: Described, path: Path) -> bool:
    """Whether an input is never without this value."""
    shape: Shape | None = body.shape
    for step in path:
        inner = resolved(shape, body.table) if shape is not None else None
        entry = next((one for one in inner.fields if one.key == step), None) if isinstance(inner, Record) else None
        if entry is None or not entry.required:
            return False
        shape = entry.shape
    return True


def _rest_of(body: Described, paths: list[Path]) -> Described | None:
    """What the JSON of a form is about: the input without its files; None when nothing is left."""
    assert body.shape is not None
    shape = _without(body.shape, body.table, paths)
    if shape is None:
        return None
    inner = resolved(shape, body.table)
    needed = not isinstance(inner, Record) or _needs_something(inner)
    return replace(body, shape=shape, required=body.required and needed)


def _without(shape: Shape, table: Mapping[str, Shape], paths: list[Path]) -> Shape | None:
    """A shape without the values at some paths, None when it is such a value. What is no record and no list stays."""
    if () in paths:
        return None
    if isinstance(shape, Ref):
        return _without(resolved(shape, table), table, paths)
    if isinstance(shape, ListOf):
        item = _without(shape.item, table, [path[1:] for path in paths])
        return None if item is None else replace(shape, item=item)
    return _record_without(shape, table, paths) if isinstance(shape, Record) else shape


def _record_without(record: Record, table: Mapping[str, Shape], paths: list[Path]) -> Record | None:
    fields: list[Field] = []
    for entry in record.fields:
        below = [path[1:] for path in paths if path[0] == entry.key]
        left = _without(entry.shape, table, below) if below else entry.shape
        if left is not None:
            needed = entry.required and not (below and isinstance(left, Record) and not _needs_something(left))
            fields.append(replace(entry, shape=left, required=needed))
    keys = {entry.key for entry in fields}
    return replace(record, fields=tuple(fields), choices=_choices(record.choices, keys)) if fields else None


def _choices(choices: tuple[Choice, ...], keys: set[str]) -> tuple[Choice, ...]:
    """With what is left of them; one in which a file may be the choice no longer has to be made in the JSON."""
    return tuple(
        Choice(
            tuple(
                Branch(
                    tuple(key for key in branch.keys if key in keys),
                    tuple(key for key in branch.required if key in keys),
                    _choices(branch.choices, keys),
                )
                for branch in choice.branches
            ),
            choice.required and all(set(branch.keys) <= keys for branch in choice.branches),
        )
        for choice in choices
    )


def _needs_something(record: Record) -> bool:
    return any(entry.required for entry in record.fields) or any(choice.required for choice in record.choices)
