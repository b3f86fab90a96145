"""Binds path, query, header and body of a request into the one JSON input of its operation. Pure.

A text becomes a number or a boolean only where the shape says so; facets are the codec's business. A route without
parameters hands its body on as bytes, unparsed.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Mapping
from difflib import get_close_matches
from urllib.parse import unquote_to_bytes

from bridge.call import JsonValue
from bridge.errors import BadRequest, DoesNotFit, Violation
from bridge.shapes.json import Number, loads
from bridge.shapes.model import Described, Facets, Kind, ListOf, Record, Scalar, Shape, Union
from bridge.web.inputs import Inputs, Parameter, resolved

QUERY_FIELDS_MAX = 1000
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][+-]?[0-9]+)?")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")
_NUMBERS = {Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE}
_SPECIAL = {"INF", "-INF", "NaN"}
_BOOLEANS = {"true": True, "false": False}


class _Unconvertible(Exception):
    def __init__(self, path: tuple[str, ...], detail: str) -> None:
        super().__init__(detail)
        self.path, self.detail = path, detail


def bind(
    inputs: Inputs,
    values: Mapping[str, str],
    query: Mapping[str, list[str]],
    header: Callable[[str], list[str]],
    body: bytes,
) -> bytes | JsonValue:
    """The input of the call: the body as received when nothing else stands in it, else the values put together.

    Raises BadRequest (unknown or repeated parameters, no body), MalformedJson, or DoesNotFit with every violation.
    """
    _refuse_unknown(query, inputs.query)
    if inputs.body is None and body.strip():
        raise BadRequest("This address takes no body.")
    if not (inputs.path or inputs.query or inputs.headers):
        # Nothing sent stays nothing: that an element is absent and that it is empty are two things.
        return body if body.strip() or not _is_needed(inputs.body) else _without_body(inputs.body)
    value: JsonValue = loads(body) if body.strip() else _without_body(inputs.body)
    if not isinstance(value, dict):
        raise DoesNotFit(errors=[Violation("", "must be an object")])
    violations: list[Violation] = []
    for parameter, texts in _given(inputs, values, query, header):
        _put(value, parameter, texts, violations)
    if violations:
        raise DoesNotFit(errors=violations)
    return value


def parse_query(raw: str) -> dict[str, list[str]]:
    """The fields of a query string, each decoded once. Raises BadRequest."""
    if not raw:
        return {}
    pairs = raw.split("&")
    if len(pairs) > QUERY_FIELDS_MAX:
        raise BadRequest(f"The query has more than {QUERY_FIELDS_MAX} fields.")
    fields: dict[str, list[str]] = {}
    for pair in pairs:
        if pair:
            name, _, text = pair.partition("=")
            fields.setdefault(_decoded(name), []).append(_decoded(text))
    return fields


def _decoded(text: str) -> str:
    if _BAD_ESCAPE.search(text):
        raise BadRequest("The query has an incomplete percent escape.")
    try:
        return unquote_to_bytes(text.replace("+", " ")).decode()
    except UnicodeDecodeError as error:
        raise BadRequest("The query is not UTF-8.") from error


def _refuse_unknown(query: Mapping[str, list[str]], known: Iterable[Parameter]) -> None:
    names = [parameter.name for parameter in known]
    unknown = [name for name in query if name not in names]
    if not unknown:
        return
    first = unknown[0][:100]
    near = get_close_matches(first, names, n=1)
    hint = f"; did you mean {near[0]}?" if near else "." if names else ": this address takes none."
    raise BadRequest(f"Unknown query parameter {first!r}{hint}")


def _is_needed(described: Described | None) -> bool:
    return described is not None and described.shape is not None and described.required


def _without_body(described: Described | None) -> JsonValue:
    """What stands for a body that was not sent."""
    if described is None or described.shape is None or not described.required:
        return {}
    shape = resolved(described.shape, described.table)
    if isinstance(shape, Record) and not any(entry.required for entry in shape.fields):
        return {}
    raise BadRequest("This address needs a JSON body, and none was sent.")


def _given(
    inputs: Inputs, values: Mapping[str, str], query: Mapping[str, list[str]], header: Callable[[str], list[str]]
) -> Iterable[tuple[Parameter, list[str]]]:
    yield from ((parameter, [values[parameter.name]]) for parameter in inputs.path)
    yield from ((parameter, query.get(parameter.name, [])) for parameter in inputs.query)
    yield from ((parameter, header(parameter.name)) for parameter in inputs.headers)


def _put(value: dict[str, JsonValue], parameter: Parameter, texts: list[str], violations: list[Violation]) -> None:
    """Sets one parameter in the input, or notes why not."""
    if not texts:
        if parameter.required and not _stands(value, parameter.pointer):
            violations.append(Violation(pointer(parameter.pointer), f"the parameter {parameter.name} is required"))
        return
    try:
        converted = _converted(parameter, texts)
    except _Unconvertible as error:
        violations.append(Violation(pointer(error.path), error.detail))
        return
    target = _record_above(value, parameter.pointer)
    if target is None:
        violations.append(Violation(pointer(parameter.pointer[:-1]), "must be an object"))
    elif target.setdefault(parameter.pointer[-1], converted) != converted:
        violations.append(Violation(pointer(parameter.pointer), f"is not what the parameter {parameter.name} says"))


def _record_above(value: dict[str, JsonValue], path: tuple[str, ...]) -> dict[str, JsonValue] | None:
    """The object that holds the last key of a pointer, made on the way."""
    for key in path[:-1]:
        below = value.setdefault(key, {})
        if not isinstance(below, dict):
            return None
        value = below
    return value


def _stands(value: JsonValue, path: tuple[str, ...]) -> bool:
    for key in path:
        if not isinstance(value, dict) or key not in value:
            return False
        value = value[key]
    return True


def _converted(parameter: Parameter, texts: list[str]) -> JsonValue:
    if isinstance(parameter.shape, ListOf):
        item = parameter.shape.item
        return [_item(text, item, (*parameter.pointer, str(at))) for at, text in enumerate(texts)]
    if len(texts) > 1:
        raise BadRequest(f"The parameter {parameter.name} was given more than once.")
    return _item(texts[0], parameter.shape, parameter.pointer)


def _item(text: str, shape: Shape, path: tuple[str, ...]) -> JsonValue:
    try:
        return convert(text, shape)
    except ValueError as error:
        raise _Unconvertible(path, str(error)) from error


def convert(text: str, shape: Shape) -> JsonValue:
    """A text as the shape wants it in JSON. Raises ValueError that says what it must be."""
    match shape:
        case Scalar(kind=kind, as_text=False) if kind in _NUMBERS:
            if _JSON_NUMBER.fullmatch(text):
                return Number(text)
            if kind in {Kind.FLOAT, Kind.DOUBLE} and text in _SPECIAL:
                return text
            raise ValueError("must be a number written as in JSON")
        case Scalar(kind=Kind.BOOLEAN):
            if text not in _BOOLEANS:
                raise ValueError("must be true or false")
            return _BOOLEANS[text]
        case Union(members=members):
            return next((value for member in members for value in _taken(text, member)), text)
        case _:
            return text


def _taken(text: str, member: Shape) -> Iterator[JsonValue]:
    """The value when this member of a union takes a text, as far as that can be told without its facets."""
    try:
        value = convert(text, member)
    except ValueError:
        return
    match member:
        case Scalar(facets=Facets(enumeration=tuple() as names)) if text not in names:
            return
        case Scalar(kind=kind) if isinstance(value, str) and not isinstance(value, Number) and kind is not Kind.STRING:
            # A date or the like is not written as a number is; a later member may mean it.
            if not _is_plain(text):
                yield value
        case _:
            yield value


def _is_plain(text: str) -> bool:
    return _JSON_NUMBER.fullmatch(text) is not None or text in {"true", "false"}


def pointer(path: Iterable[str]) -> str:
    """An RFC 6901 JSON Pointer."""
    return "".join("/" + key.replace("~", "~0").replace("/", "~1") for key in path)
