"""Schemas of OpenAPI 3.0 and 3.1 as JSON Schema 2020-12 whose references are `#Name`, and as shapes. Pure.

Only what a shape says without loss becomes one; everything else stays a schema (`AnyJson`). References lead within the
document alone; one that leads nowhere, or elsewhere, allows anything and is told.
"""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import unquote

from adapters.http.examples import example_of
from bridge.call import JsonValue
from bridge.shapes.json import Number, dumps
from bridge.shapes.model import AnyJson, Facets, Field, Kind, ListOf, Record, Ref, Scalar, Shape, Union

Json = dict[str, JsonValue]
DEPTH_MAX = 60
SHAPE_DEPTH_MAX = 12
_LISTS = ("allOf", "anyOf", "oneOf", "prefixItems")
_ONE = ("not", "items", "additionalProperties", "contains", "propertyNames", "if", "then", "else")
_ONE_MORE = ("unevaluatedProperties", "unevaluatedItems")
_MAPS = ("properties", "patternProperties", "dependentSchemas", "$defs")
_LEFT_OUT = frozenset(
    {
        "discriminator",
        "xml",
        "externalDocs",
        "example",
        "nullable",
        "$id",
        "$anchor",
        "$schema",
        "$comment",
        "$vocabulary",
    }
)
_PLAIN_OBJECT = frozenset({"type", "properties", "required", "title", "description", "examples", "default"})
_PLAIN_LIST = frozenset({"type", "items", "minItems", "maxItems", "title", "description", "examples", "default"})
_KINDS = {"string": Kind.STRING, "integer": Kind.INTEGER, "number": Kind.DECIMAL, "boolean": Kind.BOOLEAN}
SIMPLE = Union((Scalar(Kind.STRING), Scalar(Kind.DECIMAL), Scalar(Kind.BOOLEAN)))
"""A parameter of which nothing is known."""


def pointed(document: JsonValue, reference: str) -> JsonValue:
    """What `#/a/b` means (RFC 6901 §6). Raises KeyError when there is nothing."""
    if not reference.startswith("#"):
        raise KeyError(reference)
    value = document
    for step in unquote(reference[1:]).split("/")[1:]:
        key = step.replace("~1", "/").replace("~0", "~")
        if isinstance(value, list) and key.isdigit() and int(key) < len(value):
            value = value[int(key)]
        elif isinstance(value, dict) and key in value:
            value = value[key]
        else:
            raise KeyError(reference)
    return value


class Schemas:
    """The schemas of one document. `named`: those that something refers to, by name; `problems`: what was not found."""

    def __init__(self, document: Json, *, modern: bool) -> None:
        self._document, self._modern = document, modern
        self._names: dict[str, str] = {}
        self.named: dict[str, Json] = {}
        self.problems: dict[str, None] = {}

    def schema(self, given: JsonValue, depth: int = 0) -> Json:
        """The same in 2020-12; `{}` for what cannot be understood."""
        if given is False:
            return {"not": {}}
        if not isinstance(given, dict):
            return {}
        if depth > DEPTH_MAX:
            self.problems["a schema is nested too deeply; there anything is allowed"] = None
            return {}
        target = given.get("$ref")
        if isinstance(target, str):
            beside = {key: one for key, one in given.items() if key != "$ref"} if self._modern else {}
            return self._referred(target) | (self._keywords(beside, depth) if beside else {})
        made = self._keywords(given, depth)
        return made if self._modern else _modernised(made, given)

    def _keywords(self, given: Json, depth: int) -> Json:
        made: Json = {}
        for key, value in given.items():
            if key in _LISTS and isinstance(value, list):
                made[key] = [self.schema(one, depth + 1) for one in value]
            elif key in _MAPS and isinstance(value, dict):
                made[key] = {name: self.schema(one, depth + 1) for name, one in value.items()}
            elif key in _ONE or key in _ONE_MORE:
                made[key] = value if isinstance(value, bool) else self.schema(value, depth + 1)
            elif key not in _LEFT_OUT and not key.startswith(("x-", "$dynamic", "$recursive")):
                made[key] = value
        if "example" in given and "examples" not in made:
            made["examples"] = [given["example"]]
        return made

    def _referred(self, target: str) -> Json:
        if target not in self._names:
            try:
                found = pointed(self._document, target)
            except KeyError:
                self.problems[f"{target[:200]} is not in the document; there anything is allowed"] = None
                return {}
            self._names[target] = name = self._free_name(target)
            self.named[name] = {}  # it may refer to itself
            self.named[name] = self.schema(found)
        return {"$ref": f"#{self._names[target]}"}

    def _free_name(self, target: str) -> str:
        wanted = name = unquote(target).rsplit("/", 1)[-1].replace("~1", "/").replace("~0", "~") or "schema"
        number = 2
        while name in self.named:
            name, number = f"{wanted}{number}", number + 1
        return name

    def table(self) -> dict[str, Shape]:
        """The shapes of all that was referred to."""
        return {name: shape_of(schema, self.named) for name, schema in self.named.items()}


def _modernised(made: Json, given: Json) -> Json:
    """What OpenAPI 3.0 says otherwise: `nullable`, and bounds that are flags."""
    for flag, bound in (("exclusiveMinimum", "minimum"), ("exclusiveMaximum", "maximum")):
        if isinstance(made.get(flag), bool):
            said = made.pop(flag)
            if said and bound in made:
                made[flag] = made.pop(bound)
    if given.get("nullable") is True:
        if isinstance(made.get("type"), str):
            made["type"] = [made["type"], "null"]
        if isinstance(values := made.get("enum"), list) and None not in values:
            made["enum"] = [*values, None]
        if "type" not in made and made:
            made = {"anyOf": [made, {"type": "null"}]}
    return made


def shape_of(schema: Json, named: Mapping[str, Json], depth: int = 0) -> Shape:
    """The shape of a schema whose references are `#Name`."""
    target = schema.get("$ref")
    if isinstance(target, str) and len(schema) == 1:
        return Ref(target[1:])
    kind = schema.get("type")
    if depth < SHAPE_DEPTH_MAX and kind == "object" and _is_open_object(schema):
        return record_of(schema, named, depth)
    if depth < SHAPE_DEPTH_MAX and kind == "array" and schema.keys() <= _PLAIN_LIST:
        item = schema.get("items", {})
        low, high = _whole(schema.get("minItems")), _whole(schema.get("maxItems"))
        return ListOf(shape_of(item if isinstance(item, dict) else {}, named, depth + 1), low or 0, high)
    return any_of(schema, named)


def _is_open_object(schema: Json) -> bool:
    more = schema.get("additionalProperties", True)
    return schema.keys() <= {*_PLAIN_OBJECT, "additionalProperties"} and more in (True, {}) and "properties" in schema


def record_of(schema: Json, named: Mapping[str, Json], depth: int = 0) -> Record:
    """An object as a record, whatever else its schema says."""
    properties, required = schema.get("properties"), schema.get("required")
    needed = required if isinstance(required, list) else []
    fields = [
        Field(name, shape_of(one if isinstance(one, dict) else {}, named, depth + 1), name in needed)
        for name, one in (properties.items() if isinstance(properties, dict) else ())
    ]
    described = {one.key for one in fields}
    fields += [Field(name, AnyJson(), True) for name in needed if isinstance(name, str) and name not in described]
    doc = schema.get("description")
    return Record(tuple(fields), doc=doc if isinstance(doc, str) else "", open=True)


def any_of(schema: Json, named: Mapping[str, Json]) -> AnyJson:
    """A schema as it is, with an example."""
    if not schema:
        return AnyJson()
    return AnyJson(dumps(schema), tuple(dict.fromkeys(references(schema))), dumps(example_of(schema, named)))


def references(value: JsonValue) -> list[str]:
    """The names that a schema refers to."""
    if isinstance(value, list):
        return [name for one in value for name in references(one)]
    if not isinstance(value, dict):
        return []
    target = value.get("$ref")
    own = [target[1:]] if isinstance(target, str) and target.startswith("#") else []
    return own + [name for key, one in value.items() if key != "$ref" for name in references(one)]


def parameter_shape(schema: Json, named: Mapping[str, Json], depth: int = 0) -> Shape:
    """The shape of a parameter: simple values, lists and records of those as far as the schema says so."""
    schema = resolved(schema, named)
    kind = schema.get("type")
    if isinstance(kind, list):
        kinds = [one for one in kind if one != "null"]
        kind = kinds[0] if len(kinds) == 1 else None
    if kind == "array":
        item = schema.get("items")
        inner = parameter_shape(item, named, depth + 1) if isinstance(item, dict) and depth < 1 else SIMPLE
        return ListOf(inner if isinstance(inner, Scalar | Union) else SIMPLE)
    if kind == "object" and depth < 1 and isinstance(properties := schema.get("properties"), dict):
        required = schema.get("required")
        needed = required if isinstance(required, list) else []
        return Record(
            tuple(
                Field(name, parameter_shape(one if isinstance(one, dict) else {}, named, depth + 1), name in needed)
                for name, one in properties.items()
            ),
            open=True,
        )
    if isinstance(kind, str) and kind in _KINDS:
        return Scalar(_KINDS[kind], _facets(schema, kind))
    return any_of(schema, named) if kind == "object" else SIMPLE


def resolved(schema: Json, named: Mapping[str, Json]) -> Json:
    """The schema behind a chain of names."""
    for _ in range(len(named) + 1):
        target = schema.get("$ref")
        if not isinstance(target, str):
            return schema
        schema = named.get(target[1:], {})
    return {}


def _facets(schema: Json, kind: str) -> Facets:
    values = schema.get("enum")
    texts = tuple(str(one) for one in values if isinstance(one, str)) if isinstance(values, list) else ()
    enumeration = texts if texts and kind != "boolean" else None
    if kind == "string":
        return Facets(
            min_length=_whole(schema.get("minLength")),
            max_length=_whole(schema.get("maxLength")),
            enumeration=enumeration,
        )
    bounds = {key: str(schema[key]) for key in ("minimum", "maximum") if isinstance(schema.get(key), Number)}
    return Facets(enumeration=enumeration, min_inclusive=bounds.get("minimum"), max_inclusive=bounds.get("maximum"))


def _whole(value: JsonValue) -> int | None:
    return int(value) if isinstance(value, Number) and value.isdigit() and len(value) < 10 else None
