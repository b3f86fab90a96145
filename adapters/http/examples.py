"""An example of what a JSON Schema describes: what its author gives, else the plainest value that fits. Pure.

It is for documents and samples; where a schema says more than this room understands, its example may not fit.
"""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal

from bridge.call import JsonValue
from bridge.shapes.json import Number

Json = dict[str, JsonValue]
DEPTH_MAX = 8
OPTIONAL_DEPTH_MAX = 3
ITEMS_MAX = 20
LENGTH_MAX = 1000
_FORMATS = {
    "date-time": "2026-01-31T12:00:00Z",
    "date": "2026-01-31",
    "time": "12:00:00Z",
    "duration": "PT1H",
    "email": "someone@example.com",
    "uuid": "00000000-0000-4000-8000-000000000000",
    "uri": "https://example.com/",
    "hostname": "example.com",
    "ipv4": "192.0.2.1",
    "ipv6": "2001:db8::1",
    "byte": "dGV4dA==",
}


def example_of(schema: Json, named: Mapping[str, Json], depth: int = 0) -> JsonValue:
    """`named`: what its references `#Name` mean."""
    examples, values = schema.get("examples"), schema.get("enum")
    if isinstance(examples, list) and examples:
        return examples[0]
    for key in ("const", "default"):
        if key in schema:
            return schema[key]
    if isinstance(values, list) and values:
        return values[0]
    if depth > DEPTH_MAX:
        return None
    target = schema.get("$ref")
    if isinstance(target, str):
        return example_of(named.get(target[1:], {}), named, depth + 1)
    for key in ("oneOf", "anyOf"):
        ways = schema.get(key)
        if isinstance(ways, list) and ways and isinstance(ways[0], dict) and "type" not in schema:
            return example_of(ways[0], named, depth + 1)
    parts = schema.get("allOf")
    if isinstance(parts, list) and parts:
        return _joined([*(one for one in parts if isinstance(one, dict)), _without(schema, "allOf")], named, depth)
    return _of_kind(schema, named, depth)


def _joined(parts: list[Json], named: Mapping[str, Json], depth: int) -> JsonValue:
    """Of objects the properties of all; else what the first gives."""
    made = [example_of(one, named, depth + 1) for one in parts if one]
    whole: Json = {}
    for one in made:
        if isinstance(one, dict):
            whole |= one
    return whole if whole or not made or isinstance(made[0], dict) else made[0]


def _without(schema: Json, key: str) -> Json:
    return {name: one for name, one in schema.items() if name != key}


def _of_kind(schema: Json, named: Mapping[str, Json], depth: int) -> JsonValue:
    kind = schema.get("type")
    if isinstance(kind, list):
        kind = next((one for one in kind if one != "null"), "null")
    match kind:
        case "array":
            return _array(schema, named, depth)
        case "string":
            return _text(schema)
        case "integer" | "number":
            return _number(schema, whole=kind == "integer")
        case "boolean":
            return True
        case "null":
            return None
        case "object":
            return _object(schema, named, depth)
        case _:
            return _object(schema, named, depth) if "properties" in schema else {}


def _object(schema: Json, named: Mapping[str, Json], depth: int) -> JsonValue:
    properties, required = schema.get("properties"), schema.get("required")
    needed = required if isinstance(required, list) else []
    given = properties if isinstance(properties, dict) else {}
    shown = [name for name in given if name in needed or depth < OPTIONAL_DEPTH_MAX]
    made: Json = {}
    for name in shown:
        inner = given[name]
        made[name] = example_of(inner if isinstance(inner, dict) else {}, named, depth + 1)
    return made


def _array(schema: Json, named: Mapping[str, Json], depth: int) -> JsonValue:
    item, least, most = schema.get("items"), _count(schema.get("minItems")) or 0, _count(schema.get("maxItems"))
    wanted = max(least, 1 if depth < OPTIONAL_DEPTH_MAX and most != 0 else 0)
    one = example_of(item if isinstance(item, dict) else {}, named, depth + 1)
    return [one] * min(wanted, ITEMS_MAX)


def _text(schema: Json) -> str:
    text = _FORMATS.get(str(schema.get("format")), "text")
    least, most = _count(schema.get("minLength")) or 0, _count(schema.get("maxLength"))
    text = text.ljust(min(least, LENGTH_MAX), "x")
    return text if most is None else text[:most]


def _number(schema: Json, *, whole: bool) -> Number:
    low, high = _bound(schema.get("minimum")), _bound(schema.get("maximum"))
    above, below = _bound(schema.get("exclusiveMinimum")), _bound(schema.get("exclusiveMaximum"))
    value = Decimal(1)
    if above is not None:
        low = above + 1 if low is None or above >= low else low
    if below is not None:
        high = below - 1 if high is None or below <= high else high
    if low is not None and value < low:
        value = low
    if high is not None and value > high:
        value = high
    if whole:
        value = value.to_integral_value()
    return Number(format(value, "f"))


def _bound(value: JsonValue) -> Decimal | None:
    if not isinstance(value, Number) or len(value) > LENGTH_MAX:
        return None
    number = Decimal(value)
    return number if not number or abs(number.adjusted()) < LENGTH_MAX else None


def _count(value: JsonValue) -> int | None:
    return int(value) if isinstance(value, Number) and value.isdigit() and len(value) < 10 else None
