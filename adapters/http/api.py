"""An OpenAPI document (3.0, 3.1) as plans: what each of its operations is in HTTP. Pure.

What one operation has that cannot be done leaves that one out, with the reason; the others stand.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from adapters.http.config import NOT_GIVEN
from adapters.http.plan import DEFAULT_STYLE, Body, BodyForm, Declared, Part, Place, Plan, names_in
from adapters.http.schemas import Json, Schemas, parameter_shape, pointed, resolved
from bridge.call import JsonValue
from bridge.errors import ContractError

METHODS = ("get", "head", "put", "post", "patch", "delete")
OPERATIONS_MAX = 10_000
REFS_MAX = 20
_STYLES: Mapping[str, frozenset[str]] = {
    "path": frozenset({"simple", "label", "matrix"}),
    "query": frozenset({"form", "spaceDelimited", "pipeDelimited", "deepObject"}),
    "header": frozenset({"simple"}),
    "cookie": frozenset({"form"}),
}
_FORM, _TEXT = "application/x-www-form-urlencoded", "text/plain"
_FORMS: tuple[BodyForm, ...] = ("json", "form", "text")
_IGNORED_HEADERS = frozenset({"accept", "content-type", "authorization"})
"""Of these a document says nothing that counts (OpenAPI 3.1 §4.8.12.1)."""


class Undoable(Exception):
    """Why an operation is left out."""


@dataclass(frozen=True, slots=True)
class Api:
    """What a document offers. `address`: its first server, as it is written there."""

    title: str = ""
    doc: str = ""
    address: str = ""
    plans: Mapping[str, Plan] = field(default_factory=dict)
    left_out: Mapping[str, str] = field(default_factory=dict)
    problems: tuple[str, ...] = ()

    def find(self, method: str, path: str) -> str | None:
        """The operation at an address, whatever its parameters are called."""
        wanted = re.sub(r"\{[^{}]*\}", "{}", path)
        for name, plan in self.plans.items():
            if plan.method == method and re.sub(r"\{[^{}]*\}", "{}", plan.path) == wanted:
                return name
        return None


def api_of(document: Json, name: str) -> Api:
    """Raises ContractError for what is no such document."""
    version = document.get("openapi")
    if not isinstance(version, str) or not re.match(r"3\.[012](\.|$)", version):
        said = f"Swagger {document['swagger']}" if "swagger" in document else f"openapi: {version}"
        raise ContractError(f"{name}: OpenAPI 3.0 or 3.1 can be read, and this is {str(said)[:60]}")
    try:
        return _Reader(document, modern=not version.startswith("3.0")).api()
    except RecursionError as error:
        raise ContractError(f"{name}: its references are nested too deeply") from error


class _Reader:
    def __init__(self, document: Json, *, modern: bool) -> None:
        self._document = document
        self._schemas = Schemas(document, modern=modern)

    def api(self) -> Api:
        info, plans, left_out = _dict(self._document.get("info")), dict[str, Plan](), dict[str, str]()
        found = list(self._operations())
        counts = Counter(name for name, *_ in found)
        for said, method, path, item, operation in found:
            name = said if counts[said] == 1 else f"{said}_{method}_{re.sub(r'[^A-Za-z0-9]+', '_', path).strip('_')}"
            try:
                plans[name] = self._plan(method, path, item, operation)
            except Undoable as why:
                left_out[name] = str(why)
        table = self._schemas.table()
        for name, plan in plans.items():
            plans[name] = replace(plan, named=self._schemas.named, table=table)
        servers = self._document.get("servers")
        first = _dict(servers[0]) if isinstance(servers, list) and servers else {}
        return Api(
            _text(info.get("title")),
            _text(info.get("description")),
            _text(first.get("url")),
            plans,
            left_out,
            tuple(self._schemas.problems),
        )

    def _operations(self) -> Iterator[tuple[str, str, str, Json, Json]]:
        count = 0
        for path, given in _dict(self._document.get("paths")).items():
            try:
                item = self._followed(given)
            except Undoable as why:
                self._schemas.problems[f"{path} is left out: {why}"] = None
                continue
            for method in METHODS:
                operation = item.get(method)
                if not path.startswith("/") or not isinstance(operation, dict):
                    continue
                count += 1
                if count > OPERATIONS_MAX:
                    raise ContractError(f"the OpenAPI document has more than {OPERATIONS_MAX} operations")
                named = operation.get("operationId")
                usable = isinstance(named, str) and re.fullmatch(r"[A-Za-z0-9_][A-Za-z0-9_.\-]{0,199}", named)
                yield (
                    (named if usable and isinstance(named, str) else named_by(method, path)),
                    method,
                    path,
                    item,
                    operation,
                )

    def _followed(self, given: JsonValue) -> Json:
        """What a chain of references means; `{}` for what is not there."""
        for _ in range(REFS_MAX):
            value = _dict(given)
            target = value.get("$ref")
            if not isinstance(target, str):
                return value
            try:
                given = pointed(self._document, target)
            except KeyError:
                raise Undoable(f"{target[:200]} is not in the document") from None
        raise Undoable("its references lead in a circle")

    def _plan(self, method: str, path: str, item: Json, operation: Json) -> Plan:
        if "?" in path or "#" in path:
            raise Undoable("its path has a query")
        parts = self._parts([*_list(item.get("parameters")), *_list(operation.get("parameters"))])
        missing = set(names_in(path)) - {part.name for part in parts if part.place == "path"}
        parts += tuple(
            Part(name, name, "path", required=True, style="simple", explode=False) for name in sorted(missing)
        )
        parts = _apart(parts)
        body = self._body(operation.get("requestBody"), parts)
        answers = tuple(self._answers(_dict(operation.get("responses"))))
        good = [one for one in answers if one.status.startswith("2")]
        text = any(one.text for one in good) and not any(one.schema is not None for one in good)
        doc = _text(operation.get("summary")) or _text(operation.get("description"))
        return Plan(method.upper(), path, parts, body, text=text, answers=answers, doc=doc, known=True)

    # ── what goes there ──────────────────────────────────────────────────────────────────────────────────────────

    def _parts(self, given: list[JsonValue]) -> tuple[Part, ...]:
        parts: dict[tuple[str, str], Part] = {}  # one of the operation goes before that of its path
        for one in given:
            parameter = self._followed(one)
            name, place = _text(parameter.get("name")), _text(parameter.get("in"))
            header = place == "header" and name.lower() in NOT_GIVEN
            if header and (name.lower() in _IGNORED_HEADERS or not parameter.get("required")):
                continue
            if header or place not in _STYLES or not name:
                raise Undoable(f"its parameter {name!r} in {place!r} cannot be sent")
            parts[name, place] = self._part(name, cast("Place", place), parameter)
        return tuple(parts.values())

    def _part(self, name: str, place: Place, parameter: Json) -> Part:
        style = _text(parameter.get("style")) or DEFAULT_STYLE[place]
        if style not in _STYLES[place]:
            raise Undoable(f"its parameter {name!r} has the style {style!r}")
        explode = parameter.get("explode")
        content = _dict(parameter.get("content"))
        schema = self._schemas.schema(
            _dict(next(iter(content.values()))).get("schema") if content else parameter.get("schema", {})
        )
        shape = parameter_shape(schema, self._schemas.named)
        return Part(
            name,
            name,
            place,
            place == "path" or parameter.get("required") is True,
            style,
            explode if isinstance(explode, bool) else style in {"form", "deepObject"},
            bool(content),
            parameter.get("allowReserved") is True,
            schema,
            shape,
            _text(parameter.get("description")),
        )

    def _body(self, given: JsonValue, parts: tuple[Part, ...]) -> Body | None:
        if given is None:
            return None
        body = self._followed(given)
        content = {key: _dict(value) for key, value in _dict(body.get("content")).items()}
        needed = body.get("required") is True
        for form in _FORMS:
            media = next((one for one in content if _form(one) == form), None)
            if media is not None:
                schema = self._schemas.schema(content[media].get("schema", {}))
                return Body(form, self._own_field(form, schema, parts), needed, _written(media), schema)
        if needed:
            raise Undoable(f"its body is {', '.join(content) or 'of no type'}, which cannot be sent")
        return None

    def _own_field(self, form: str, schema: Json, parts: tuple[Part, ...]) -> str:
        """Empty where the properties of the body can stand beside the parameters."""
        inner, taken = resolved(schema, self._schemas.named), {part.field for part in parts}
        properties = inner.get("properties")
        flat = inner.get("type") == "object" and isinstance(properties, dict) and "additionalProperties" not in inner
        if flat and isinstance(properties, dict) and not taken & properties.keys() and form != "text":
            return ""
        if not parts and form != "text":
            return ""  # the body is all there is
        return "body" if "body" not in taken else "body_"

    # ── what comes back ──────────────────────────────────────────────────────────────────────────────────────────

    def _answers(self, given: Json) -> Iterator[Declared]:
        for status, one in given.items():
            if not re.fullmatch(r"[1-5](\d\d|XX)|default", status):
                continue
            answer = self._followed(one)
            content = {key: _dict(value) for key, value in _dict(answer.get("content")).items()}
            json = next((value for key, value in content.items() if _form(key) == "json"), None)
            text = json is None and any(key.startswith("text/") for key in content)
            schema = self._schemas.schema(json.get("schema", {})) if json is not None else None
            yield Declared(status, schema, text, _text(answer.get("description")))


def _apart(parts: tuple[Part, ...]) -> tuple[Part, ...]:
    """Parameters of one name in two places get two names among the arguments."""
    counts = Counter(part.name for part in parts)
    return tuple(
        part if counts[part.name] == 1 or part.place == "path" else replace(part, field=f"{part.name}_{part.place}")
        for part in parts
    )


def named_by(method: str, path: str) -> str:
    """A name for an operation that has none: `get /orders/{id}/lines` → `getOrdersByIdLines`."""
    words = re.findall(r"[A-Za-z0-9]+", re.sub(r"\{([^{}]*)\}", r" by \1 ", path))
    return method + "".join(word[:1].upper() + word[1:] for word in words)


def _form(media: str) -> str:
    bare = media.partition(";")[0].strip().lower()
    if bare in {"application/json", "text/json", "*/*", "application/*"} or bare.endswith("+json"):
        return "json"
    return {_FORM: "form", _TEXT: "text"}.get(bare, "")


def _written(media: str) -> str:
    if "*" in media:
        return "application/json"
    return f"{media}; charset=utf-8" if media.strip().lower() == _TEXT else media


def _dict(value: JsonValue) -> Json:
    return value if isinstance(value, dict) else {}


def _list(value: JsonValue) -> list[JsonValue]:
    return value if isinstance(value, list) else []


def _text(value: JsonValue) -> str:
    return value if isinstance(value, str) else ""
