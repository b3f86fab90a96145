"""Whether arguments fit the schemas of an OpenAPI document, told before anything leaves. Pure.

A number is compared with all its digits. Patterns are matched in linear time where they can be; a schema that cannot
be compiled checks nothing.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from decimal import Decimal
from itertools import islice
from typing import Any

import jsonschema_rs

from adapters.http.plan import Plan
from adapters.http.schemas import Json, references
from bridge.call import JsonValue
from bridge.errors import DoesNotFit, Violation
from bridge.shapes.json import Number

ERRORS_MAX = 50
EXPLAINED_DEPTH_MAX = 6
EXPONENT_MAX = 400
DIGITS_MAX = 1000
_BACKTRACKS_MAX = 100_000
_DETAIL_MAX = 300


class Checker:
    """The arguments of one operation. Compiled when it is made; `usable` says whether it checks anything."""

    def __init__(self, plan: Plan) -> None:
        self._plan = plan
        parts: Json = {part.field: part.schema for part in plan.parts if part.schema}
        self._parts = _compiled({"properties": parts}, plan.named) if parts else None
        schema = plan.body.schema if plan.body else None
        self._body = _compiled(schema, plan.named) if schema else None

    @property
    def usable(self) -> bool:
        return self._parts is not None or self._body is not None

    def check(self, args: JsonValue) -> None:
        """Raises DoesNotFit with every place that is wrong."""
        wrong = [*self._wrong(args)][:ERRORS_MAX]
        if wrong:
            raise DoesNotFit(errors=wrong)

    def _wrong(self, args: JsonValue) -> Iterator[Violation]:
        plan, body = self._plan, self._plan.body
        taken = {part.field for part in plan.parts}
        if isinstance(args, dict):
            missing = [part.field for part in plan.parts if part.required and part.field not in args]
            yield from (Violation(_pointer([name]), "is required") for name in missing)
            given: JsonValue = {key: one for key, one in args.items() if key in taken}
            yield from _violations(self._parts, given, ())
        if body is None or self._body is None:
            return
        if body.field:
            if isinstance(args, dict) and body.field in args:
                yield from _violations(self._body, args[body.field], (body.field,))
            return
        rest = {key: one for key, one in args.items() if key not in taken} if isinstance(args, dict) else args
        if rest or body.required:
            yield from _violations(self._body, rest, ())


def _compiled(schema: Json, named: Mapping[str, Json]) -> jsonschema_rs.Validator | None:
    used: dict[str, Json] = {}
    todo = references(schema)
    while todo:
        name = todo.pop()
        if name not in used:
            used[name] = named.get(name, {})
            todo += references(used[name])
    whole = {"$defs": {name: _python(_led(one)) for name, one in used.items()}, "allOf": [_python(_led(schema))]}
    ways = (jsonschema_rs.RegexOptions(), jsonschema_rs.FancyRegexOptions(backtrack_limit=_BACKTRACKS_MAX))
    for options in ways:
        try:
            return jsonschema_rs.Draft202012Validator(
                whole, pattern_options=options, validate_formats=False, mask="it", offline=True
            )
        except (ValueError, RecursionError):
            continue
    return None


def _led(schema: JsonValue) -> JsonValue:
    """References of ours as JSON Schema has them."""
    if isinstance(schema, list):
        return [_led(one) for one in schema]
    if not isinstance(schema, dict):
        return schema
    made: Json = {key: _led(one) for key, one in schema.items()}
    if isinstance(target := schema.get("$ref"), str) and target.startswith("#"):
        made["$ref"] = "#/$defs" + _pointer([target[1:]]).replace("%", "%25")
    return made


def _violations(
    validator: jsonschema_rs.Validator | None, value: JsonValue, above: Sequence[str]
) -> Iterator[Violation]:
    if validator is None:
        return
    try:
        plain = _python(value)
    except ValueError as error:
        yield Violation(_pointer(above), str(error))
        return
    if validator.is_valid(plain):
        return
    if _is_deeper(plain, EXPLAINED_DEPTH_MAX):
        # To say why costs five times as much with each level where alternatives refer to each other.
        yield Violation(_pointer(above), "does not fit the schema; it is nested too deeply for more to be said")
        return
    for found in islice(validator.iter_errors(plain), ERRORS_MAX):
        yield from _told(found, [*above, *map(str, found.instance_path)])


def _is_deeper(value: Any, depth_max: int) -> bool:
    level = [value]
    for _ in range(depth_max):
        level = [
            below
            for one in level
            for below in (one.values() if isinstance(one, dict) else one if isinstance(one, list) else ())
        ]
    return any(isinstance(one, dict | list) for one in level)


def _told(found: Any, path: list[str]) -> Iterator[Violation]:
    """One violation a place: of what is missing and what is too much each has a place of its own."""
    kind = found.kind
    if isinstance(kind, jsonschema_rs.ValidationErrorKind.Required):
        yield Violation(_pointer([*path, kind.property]), "is required")
    elif isinstance(kind, jsonschema_rs.ValidationErrorKind.AdditionalProperties):
        yield from (Violation(_pointer([*path, name]), "is not known") for name in kind.unexpected)
    else:
        yield Violation(_pointer(path), str(found.message).removeprefix("it ")[:_DETAIL_MAX])


def _python(value: JsonValue) -> Any:
    """For the library: whole numbers and decimals with all their digits. Raises ValueError for one that is too long."""
    match value:
        case Number():
            return _number(value)
        case list():
            return [_python(one) for one in value]
        case dict():
            return {key: _python(one) for key, one in value.items()}
        case _:
            return value


def _number(text: Number) -> int | Decimal:
    if len(text) > DIGITS_MAX:
        raise ValueError("a number with too many digits")
    number = Decimal(text)
    if number and abs(number.adjusted()) > EXPONENT_MAX:
        raise ValueError("a number that is too large or too small")
    return int(number) if number == number.to_integral_value() else number


def _pointer(path: Sequence[str]) -> str:
    return "".join("/" + step.replace("~", "~0").replace("/", "~1") for step in path)
