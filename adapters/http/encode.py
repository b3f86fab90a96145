"""Arguments → one HTTP request, by its plan: the styles of OpenAPI 3, and bodies of JSON, forms and texts. Pure.

Numbers keep the digits they came with. What is reserved in an address is escaped, so no value leads elsewhere.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

from adapters.http.plan import Body, Part, Plan
from bridge.call import JsonValue
from bridge.errors import DoesNotFit, Violation
from bridge.shapes.json import Number, dumps

_RESERVED = ":/?#[]@!$&'()*+,;="
_SEPARATORS = {"form": ",", "simple": ",", "spaceDelimited": "%20", "pipeDelimited": "%7C"}
_DEEP_MAX = 10


@dataclass(frozen=True, slots=True)
class Request:
    """One request, without credentials. `target`: path and query behind the base, as they are sent."""

    method: str
    target: str
    body: bytes | None
    headers: dict[str, str] = field(default_factory=dict)


class _Unfit(Exception):
    """What a value must be."""


def request_of(plan: Plan, args: JsonValue) -> Request:
    """Raises DoesNotFit with every place that is wrong."""
    if not isinstance(args, dict):
        if plan.known and not plan.parts and plan.body is not None and not plan.body.field:
            return Request(plan.method, plan.path, _whole(plan.body, args), _typed(plan.body))
        raise DoesNotFit(errors=[Violation("", "must be an object")])
    rest, wrong = dict(args), list[Violation]()
    made = _Made({}, [], {}, [])
    for part in plan.parts:
        if part.field not in rest:
            if part.required:
                wrong.append(Violation(_pointer(part.field), "is required"))
            continue
        _put(made, part, rest.pop(part.field), wrong)
    if plan.rest_in_query:
        for name in tuple(rest):
            _put(made, Part(name, name, "query", style="form"), rest.pop(name), wrong)
    body = _body(plan, rest, wrong)
    if wrong:
        raise DoesNotFit(errors=wrong)
    headers = {**made.headers, **(_typed(plan.body) if body is not None and plan.body else {})}
    if made.cookies:
        headers["Cookie"] = "; ".join(made.cookies)
    path = plan.filled(made.path)
    return Request(plan.method, path + ("?" + "&".join(made.query) if made.query else ""), body, headers)


@dataclass(slots=True)
class _Made:
    path: dict[str, str]
    query: list[str]
    headers: dict[str, str]
    cookies: list[str]


def _put(made: _Made, part: Part, value: JsonValue, wrong: list[Violation]) -> None:
    try:
        if part.as_json:
            value = dumps(value)
        match part.place:
            case "path":
                made.path[part.name] = _segment(part, value)
            case "query":
                made.query += in_query(part, value)
            case "header":
                made.headers[part.name] = in_header(part, value)
            case "cookie":
                made.cookies += in_query(part, value)
    except _Unfit as error:
        wrong.append(Violation(_pointer(part.field), str(error)))


# ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────────


def _segment(part: Part, value: JsonValue) -> str:
    """A part of a path that stays where it is put; also a list may have but one such text."""
    text = in_path(part, value)
    if text in {"", ".", ".."}:
        raise _Unfit("must be a text or a number, for it is part of an address")
    return text


def in_path(part: Part, value: JsonValue) -> str:
    """One segment, or more where the style has them (OpenAPI 3.1 §4.8.12.2)."""
    if isinstance(value, str) and value in {"", ".", ".."}:
        raise _Unfit("must be a text or a number, for it is part of an address")
    name, escaped = _quoted(part.name), _escape(part)
    first, between = {"label": (".", "."), "matrix": (";", ";")}.get(part.style, ("", ","))
    texts = _texts(value, escaped, "must be a text or a number, for it is part of an address")
    if isinstance(texts, str):
        return f";{name}={texts}" if part.style == "matrix" else first + texts
    if not texts:
        raise _Unfit("must not be empty, for it is part of an address")
    if not part.explode:
        joined = ",".join(texts if isinstance(texts, list) else [one for pair in texts.items() for one in pair])
        return f";{name}={joined}" if part.style == "matrix" else first + joined
    if isinstance(texts, dict):
        return first + between.join(f"{key}={text}" for key, text in texts.items())
    return first + between.join(f"{name}={text}" if part.style == "matrix" else text for text in texts)


def in_query(part: Part, value: JsonValue) -> list[str]:
    """The fields of a query, or of a cookie."""
    escaped, name = _escape(part), _quoted(part.name)
    if part.style == "deepObject":
        return list(_deep(name, value, escaped, 0))
    texts = _texts(value, escaped, "must be a simple value or a list of those, for it is part of an address")
    if isinstance(texts, str):
        return [f"{name}={texts}"]
    if isinstance(texts, dict):
        if part.explode:
            return [f"{key}={text}" for key, text in texts.items()]
        flat = [one for pair in texts.items() for one in pair]
        return [f"{name}={_SEPARATORS[part.style].join(flat)}"] if flat else []
    if part.explode:
        return [f"{name}={text}" for text in texts]
    return [f"{name}={_SEPARATORS[part.style].join(texts)}"] if texts else []


def in_header(part: Part, value: JsonValue) -> str:
    """One header; what is no visible character of ASCII would not arrive as it left."""
    texts = _texts(value, lambda text: text, "must be a simple value or a list of those, for it is a header")
    if isinstance(texts, dict):
        sign = "=" if part.explode else ","
        texts = [f"{key}{sign}{text}" for key, text in texts.items()]
    text = texts if isinstance(texts, str) else ",".join(texts)
    if not all(" " <= char <= "~" for char in text) or text != text.strip():
        raise _Unfit("has characters that a header cannot have")
    return text


def _deep(name: str, value: JsonValue, escaped: Callable[[str], str], depth: int) -> Iterator[str]:
    if isinstance(value, dict) and depth < _DEEP_MAX:
        for key, one in value.items():
            yield from _deep(f"{name}%5B{_quoted(key)}%5D", one, escaped, depth + 1)
    elif isinstance(value, list) and depth:
        for one in value:
            yield from _deep(name, one, escaped, _DEEP_MAX)
    elif depth:
        yield f"{name}={escaped(_text(value, 'must be an object of simple values'))}"
    else:
        raise _Unfit("must be an object")


def _texts(value: JsonValue, escaped: Callable[[str], str], otherwise: str) -> str | list[str] | dict[str, str]:
    if isinstance(value, list):
        return [escaped(_text(one, otherwise)) for one in value]
    if isinstance(value, dict):
        return {escaped(key): escaped(_text(one, otherwise)) for key, one in value.items()}
    return escaped(_text(value, otherwise))


def _text(value: JsonValue, otherwise: str) -> str:
    if isinstance(value, bool):
        return "true" if value else "false"
    if not isinstance(value, str):
        raise _Unfit(otherwise)
    return str(value)


def _escape(part: Part) -> Callable[[str], str]:
    return (lambda text: quote(text, safe=_RESERVED)) if part.reserved and part.place == "query" else _quoted


def _quoted(text: str) -> str:
    # A lone surrogate is no character; refused before it comes here, it must not end in a stack either.
    return quote(text.encode("utf-8", "replace"), safe="")


# ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────────


def _body(plan: Plan, rest: dict[str, JsonValue], wrong: list[Violation]) -> bytes | None:
    body = plan.body
    if body is None or body.field:
        unknown = [name for name in rest if body is None or name != body.field]
        wrong += [Violation(_pointer(name), "is nothing that this operation takes") for name in unknown]
    if body is None:
        return None
    if body.field and body.field not in rest:
        if body.required:
            wrong.append(Violation(_pointer(body.field), "is required"))
        return None
    value: JsonValue = rest[body.field] if body.field else rest
    if plan.known and not body.required and not body.field and not rest:
        return None
    try:
        return _whole(body, value)
    except DoesNotFit as error:
        wrong += [
            Violation(_pointer(body.field) + one.pointer if body.field else one.pointer, one.detail)
            for one in error.errors
        ]
        return None


def _whole(body: Body, value: JsonValue) -> bytes:
    if body.form == "form":
        return _form(value)
    if body.form == "text":
        if not isinstance(value, str) or isinstance(value, Number):
            raise DoesNotFit(errors=[Violation("", "must be a text")])
        return value.encode()
    return dumps(value).encode()


def _form(value: JsonValue) -> bytes:
    """`application/x-www-form-urlencoded`; a list is the same name again."""
    if not isinstance(value, dict):
        raise DoesNotFit(errors=[Violation("", "must be an object")])
    pairs, wrong = list[str](), list[Violation]()
    for name, one in value.items():
        try:
            texts = [
                _text(each, "must be a simple value or a list of those")
                for each in (one if isinstance(one, list) else [one])
            ]
        except _Unfit as error:
            wrong.append(Violation(_pointer(name), str(error)))
            continue
        pairs += [f"{quote_plus(name)}={quote_plus(text)}" for text in texts]
    if wrong:
        raise DoesNotFit(errors=wrong)
    return "&".join(pairs).encode()


def _typed(body: Body) -> dict[str, str]:
    return {"Content-Type": body.media}


def _pointer(name: str) -> str:
    return "/" + name.replace("~", "~0").replace("/", "~1")
