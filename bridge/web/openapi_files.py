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
    paths = {name: _steps(pointer) for name, pointer in zip(fields.names, places, strict=True)}
    scalars = dict(zip(fields.names, places.values(), strict=True))
    rest = _rest_of(body, list(paths.values()))
    asked_by = {name: _asked_by(body, path) for name, path in paths.items()}
    properties: Json = {name: _file(scalars[name]) | _told(name, path) for name, path in paths.items()}
    encoding: Json = {name: {"contentType": _type_of(scalar)} for name, scalar in scalars.items()}
    needed = [name for name, above in asked_by.items() if above == ()]
    form: Json = {"type": "object", "properties": properties, "additionalProperties": False}
    if rest is not None:
        form["properties"] = {"json": schema(rest), **properties}
        encoding = {"json": {"contentType": JSON}, **encoding}
        needed = ["json", *needed] if rest.required else needed
        if conditions := [_condition(name, above) for name, above in asked_by.items() if above]:
            form["allOf"] = conditions
    if needed:
        form["required"] = list[JsonValue](needed)
    shown = _shown(sample(rest) if rest is not None and rest.required else None, needed, paths, asked_by)
    fitting = shown is not None and not any(_has_bounds(scalar) for scalar in scalars.values())
    result: Json = {FORM: {"schema": form, "encoding": encoding, **({"example": shown} if fitting else {})}}
    if fields.only is not None and (rest is None or not rest.required):
        result |= _bare(scalars[fields.names[0]])
    return result


def _shown(
    json: JsonValue, needed: list[str], paths: Mapping[str, Path], asked_by: Mapping[str, Path | None]
) -> Json | None:
    """An example: the JSON if it has to be there, and each file that has to be, or that something in the JSON needs."""
    if json is None and "json" in needed:
        return None
    files: Json = {}
    for name, path in paths.items():
        # An item may need its file; it does no harm where it does not.
        above = path[: path.index(_EVERY)] if _EVERY in path else asked_by[name]
        if above == () or (above and _stands(json, above)):
            files[name] = "the bytes of the file"
    return ({"json": json} if "json" in needed else {}) | files or None


def _stands(value: JsonValue, path: Path) -> bool:
    for step in path:
        if not isinstance(value, dict) or step not in value:
            return False
        value = value[step]
    return True


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


def _told(name: str, path: Path) -> Json:
    if _EVERY not in path:
        return {}
    return {"description": f"The file of the first item; `{name.replace('0', '1', 1)}` is that of the second."}


def _steps(pointer: str) -> Path:
    return tuple(step.replace("~1", "/").replace("~0", "~") for step in pointer.split("/")[1:])


def _asked_by(body: Described, path: Path) -> Path | None:
    """The value that cannot be without this file: () for the whole input, None where nothing needs it."""
    shape: Shape | None = body.shape
    above: Path | None = ()
    for depth, step in enumerate(path):
        inner = resolved(shape, body.table) if shape is not None else None
        entry = next((one for one in inner.fields if one.key == step), None) if isinstance(inner, Record) else None
        if entry is None:
            return None
        if not entry.required:
            above = path[: depth + 1] if depth + 1 < len(path) else None
        shape = entry.shape
    return above


def _condition(name: str, above: Path) -> JsonValue:
    """Whose JSON has a value that needs a file has to send the file."""
    there: Json = {"required": [above[-1]]}
    for step in reversed(("json", *above[:-1])):
        there = {"properties": {step: there}, "required": [step]}
    return {"if": there, "then": {"required": [name]}}


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
