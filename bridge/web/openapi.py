"""OpenAPI 3.1 for the routes of upstreams: every operation, parameter, schema, fault and example. Pure.

A part (one upstream) does not depend on the others, so it can be made once and kept; `document` only puts parts
together. Numbers in the result are `Number`s: `write` gives the bytes with every digit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

from bridge.call import JsonValue
from bridge.contracts import Description, Example, FailureInfo, FaultInfo, Operation, Upstream
from bridge.errors import BridgeError
from bridge.shapes.files import names_leading_to_files, places_of_files
from bridge.shapes.json import Number, dumps
from bridge.shapes.model import Described, Facets, Field, Kind, ListOf, Record, Scalar, Shape
from bridge.shapes.samples import NoSample, sample
from bridge.shapes.schema import Rename, SchemaWriter
from bridge.shapes.walk import same
from bridge.web import async_openapi, openapi_keys, rows
from bridge.web import openapi_files as files
from bridge.web import openapi_problems as problems
from bridge.web.async_openapi import Later
from bridge.web.inputs import Inputs, Parameter
from bridge.web.routes import Route
from bridge.web.snapshot import Snapshot

Json = dict[str, JsonValue]
SUMMARY_MAX = 120
_SENTENCE = re.compile(r"\s*(.+?[.!?])(?:\s|$)", re.DOTALL)
_NOT_A_COMPONENT = re.compile(r"[^A-Za-z0-9._-]+")
_CONTROLS = "\x00-\x1f\x7f"
_SEGMENT = f"([^.{_CONTROLS}]|\\.[^.{_CONTROLS}]|\\.\\.[^{_CONTROLS}])[^{_CONTROLS}]*"
_HEADER = "[!-~]([ -~]*[!-~])?"


class _AsIs(Number):
    """JSON text that goes into the document as it is, so that examples are neither parsed nor written again."""

    __slots__ = ()


@dataclass(frozen=True, slots=True)
class Part:
    """What one upstream adds to a document."""

    name: str
    doc: str
    paths: Json
    schemas: Json


def document(*, title: str, version: str, server_url: str, parts: Sequence[Part], security: bool) -> Json:
    """The whole document. `security`: an API key is asked for."""
    paths: Json = {}
    schemas: Json = {"Problem": problems.schema()}
    for part in parts:
        paths |= part.paths
        schemas |= part.schemas
    components: Json = {
        "schemas": schemas,
        "responses": problems.responses(security=security),
        "headers": _headers(),
    }
    result: Json = {
        "openapi": "3.1.0",
        "info": {"title": title, "version": version},
        "servers": [{"url": server_url}],
        "tags": [{"name": part.name, **({"description": part.doc} if part.doc else {})} for part in parts],
        "paths": paths,
        "components": components,
    }
    if security:
        components["securitySchemes"] = {
            "bearer": {"type": "http", "scheme": "bearer"},
            "apiKey": {"type": "apiKey", "in": "header", "name": "X-API-Key"},
        }
        result["security"] = [{"bearer": []}, {"apiKey": []}]
    return result


def write(value: Json) -> bytes:
    return dumps(value).encode("utf-8", "replace")


def snapshot_writer(
    *, title: str, version: str, server_url: str, security: bool, later: Later | None = None
) -> Callable[[Snapshot, tuple[str, ...]], bytes]:
    """What `Snapshot.openapi` asks for: the document of some upstreams as bytes."""

    def written(snapshot: Snapshot, names: tuple[str, ...]) -> bytes:
        parts = [part(snapshot.upstreams[name], snapshot.routes.of(name), security=security) for name in names]
        whole = document(title=title, version=version, server_url=server_url, parts=parts, security=security)
        openapi_keys.add(whole, (route for name in names for route in snapshot.routes.of(name)), snapshot.keyed)
        if later is not None:
            async_openapi.add(whole, (route for name in names for route in snapshot.routes.of(name)), later)
        return write(whole)

    return written


def part(upstream: Upstream, routes: Iterable[Route], *, security: bool) -> Part:
    """The operations of one upstream. One that cannot be described is left out; the upstream has warned of it."""
    writer = _PartWriter(upstream, security=security)
    paths: Json = {}
    for route in routes:
        try:
            operation = writer.operation(route)
        except BridgeError:
            continue
        path = paths.setdefault(route.path, {})
        assert isinstance(path, dict)
        path[route.method.lower()] = operation
    return Part(upstream.name, upstream.doc or upstream.title, paths, writer.schemas())


class _PartWriter:
    """Writes operations and collects the components they need."""

    def __init__(self, upstream: Upstream, *, security: bool) -> None:
        self._upstream = upstream
        self._operations = upstream.operations
        self._problems = problems.references(security=security)
        self._writers: list[tuple[Mapping[str, Shape], SchemaWriter]] = []
        self._owners: dict[str, tuple[str, Shape, Mapping[str, Shape]]] = {}
        self._ids: set[str] = set()
        self._leading: list[tuple[Mapping[str, Shape], frozenset[str]]] = []

    def schemas(self) -> Json:
        return {name: schema for _, writer in self._writers for name, schema in writer.components().items()}

    def operation(self, route: Route) -> Json:
        operation = self._operations[route.operation]
        description = self._upstream.describe(route.operation)
        example = _example(self._upstream, route.operation)
        inputs = route.inputs
        result: Json = {"operationId": self._id(route), "tags": [route.upstream], **_texts(operation)}
        if parameters := self._parameters(inputs, description.input.table):
            result["parameters"] = parameters
        if inputs.body is not None and inputs.body.shape is not None:
            whole = inputs.body.shape is description.input.shape
            shown = _AsIs(example.request, "utf-8") if example and whole else _sample(inputs.body)
            content = self._content(inputs.body, shown) | self._forms(inputs.body)
            result["requestBody"] = {"required": inputs.body.required, "content": content}
        result["responses"] = self._responses(operation, description, example, route)
        return result

    def _id(self, route: Route) -> str:
        """Unique also when one operation stands under several routes."""
        wanted = route.id if route.id not in self._ids else f"{route.id}.{route.method.lower()}"
        name, number = wanted, 2
        while name in self._ids:
            name, number = f"{wanted}{number}", number + 1
        self._ids.add(name)
        return name

    # ── parameters ───────────────────────────────────────────────────────────────────────────────────────────────

    def _parameters(self, inputs: Inputs, table: Mapping[str, Shape]) -> list[JsonValue]:
        places = (("path", inputs.path), ("query", inputs.query), ("header", inputs.headers))
        return [self._parameter(one, place, table) for place, found in places for one in found]

    def _parameter(self, parameter: Parameter, place: str, table: Mapping[str, Shape]) -> JsonValue:
        key = parameter.pointer[-1]
        entry = Field(
            key, _as_sent(parameter.shape, place), required=True, default=parameter.default, fixed=parameter.fixed
        )
        result: Json = {"name": parameter.name, "in": place, "required": parameter.required or place == "path"}
        if parameter.doc:
            result["description"] = parameter.doc
        result["schema"] = self._writer(table).of_field(entry)
        made = _sample(Described(Record((entry,)), table))
        shown = made[key] if isinstance(made, dict) else None
        return result | ({"example": shown} if shown is not None and shown != [] else {})

    # ── bodies ───────────────────────────────────────────────────────────────────────────────────────────────────

    def _responses(self, operation: Operation, description: Description, example: Example | None, route: Route) -> Json:
        output = description.output
        answers: Json = {}
        if operation.one_way:
            answers["202"] = _empty("Accepted; there is no answer")
        elif output.shape is None:
            answers["204"] = _empty("Done; there is nothing to answer with")
        else:
            shown = _AsIs(example.answer, "utf-8") if example and example.answer else None
            found = description.rows
            answers["200"] = {
                "description": f"The answer; {rows.told(found)}" if found else "The answer",
                "headers": {name: {"$ref": f"#/components/headers/{key}"} for name, key in _ANSWER_HEADERS},
                "content": files.answer_content(self._files(output), route.answers, self._content(output, shown))
                | (self._rows(found.item) if found else {}),
            }
            if not output.required:
                answers["204"] = _empty("There is nothing to answer with")
            if operation.safe:
                answers["304"] = _empty("What the client has is still right")
        return answers | self._problems | self._refusals(description)

    def _refusals(self, description: Description) -> Json:
        """What faults and failed answers become, by status."""
        by_status: dict[int, list[FaultInfo | FailureInfo]] = {}
        found: list[FaultInfo | FailureInfo] = [*description.faults, *description.failures]
        for one in found:
            by_status.setdefault(one.status, []).append(one)
        return {str(status): self._refusal(status, some) for status, some in by_status.items()}

    def _refusal(self, status: int, found: Sequence[FaultInfo | FailureInfo]) -> Json:
        lines = [one.doc if isinstance(one, FailureInfo) else _fault_line(one) for one in found]
        # Other problems share the status, and their documents have no typed detail: `fault` is optional here.
        ways: list[JsonValue] = []
        for one in found:
            schema = self._schema(one.detail) if one.detail is not None and one.detail.shape is not None else None
            if schema is not None and schema not in ways:
                ways.append(schema)
        codes = [one.code for one in found if isinstance(one, FailureInfo)]
        detail: Json | None = {"anyOf": ways} if ways else None
        return problems.response("  \n".join(dict.fromkeys(lines)), status, detail, codes)

    def _content(self, described: Described, shown: JsonValue) -> Json:
        content: Json = {"schema": self._schema(described)}
        return {"application/json": content | ({"example": shown} if shown is not None else {})}

    def _forms(self, body: Described) -> Json:
        """What a body may be besides JSON."""
        return files.request_content(body, self._files(body), self._schema, _sample)

    def _files(self, described: Described) -> Mapping[str, Scalar]:
        table = described.table
        leading = next((names for known, names in self._leading if known is table), None)
        if leading is None:
            leading = names_leading_to_files(table)
            self._leading.append((table, leading))
        return places_of_files(described, leading)

    def _rows(self, item: Described) -> Json:
        """OpenAPI 3.1 has no word for a row, so the schema is that of one; the description says so."""
        return {media: {"schema": self._schema(item)} for media in rows.TOLD}

    def _schema(self, described: Described) -> Json:
        assert described.shape is not None
        return self._writer(described.table).of(described.shape, nullable=described.nullable)

    def _writer(self, table: Mapping[str, Shape]) -> SchemaWriter:
        for known, writer in self._writers:
            if known is table:
                return writer
        writer = SchemaWriter(table, rename=self._namer(table))
        self._writers.append((table, writer))
        return writer

    def _namer(self, table: Mapping[str, Shape]) -> Rename:
        names: dict[str, str] = {}

        def rename(name: str, shape: Shape) -> str:
            if name not in names:
                names[name] = self._component(name, shape, table)
            return names[name]

        return rename

    def _component(self, name: str, shape: Shape, table: Mapping[str, Shape]) -> str:
        """`shop.Order`; a number follows when something else has that name already."""
        wanted = f"{_component_text(self._upstream.name)}.{_component_text(name)}"
        component, number = wanted, 2
        while True:
            owner = self._owners.setdefault(component, (name, shape, table))
            if owner[0] == name and same(owner[1], owner[2], shape, table):
                return component
            component, number = f"{wanted}-{number}", number + 1


_ANSWER_HEADERS = (
    ("Bridge-Request-Id", "RequestId"),
    ("ETag", "ETag"),
    ("Age", "Age"),
    ("Cache-Control", "CacheControl"),
)


def _headers() -> Json:
    text: Json = {"schema": {"type": "string"}}
    seconds: Json = {"schema": {"type": "integer"}}
    return {
        "RequestId": text | {"description": "Names this request; the same in logs."},
        "ETag": text | {"description": "Names this answer; give it back in `If-None-Match`."},
        "CacheControl": text | {"description": "How long the answer may be kept."},
        "Age": seconds | {"description": "Seconds since the system behind gave this answer."},
        "RetryAfter": seconds | {"description": "Seconds to wait before trying again."},
    }


def _empty(description: str) -> Json:
    return {"description": description, "headers": {"Bridge-Request-Id": {"$ref": "#/components/headers/RequestId"}}}


def _fault_line(fault: FaultInfo) -> str:
    return f"{fault.name}: {fault.doc}" if fault.doc else fault.name


def _component_text(name: str) -> str:
    return _NOT_A_COMPONENT.sub("_", name) or "_"


def _texts(operation: Operation) -> Json:
    doc = operation.doc.strip()
    found = _SENTENCE.match(doc)
    first = " ".join((found[1] if found else doc).split())
    if not first or len(first) > SUMMARY_MAX:
        return {"summary": operation.name, **({"description": doc} if doc else {})}
    return {"summary": first, **({"description": doc} if " ".join(doc.split()) != first else {})}


def _as_sent(shape: Shape, place: str) -> Shape:
    """A parameter as a text can carry it: no null in arrays, no empty path segment, only visible text in headers."""
    if isinstance(shape, ListOf):
        return replace(shape, nullable_items=False)
    limited = {"path": _SEGMENT, "header": _HEADER}.get(place)
    if limited is None or not isinstance(shape, Scalar) or shape.kind not in {Kind.STRING, Kind.URI}:
        return shape
    facets: Facets = shape.facets
    return replace(shape, facets=replace(facets, patterns=(limited, *facets.patterns)))


def _sample(described: Described) -> JsonValue:
    try:
        return sample(described)
    except NoSample:
        return None


def _example(upstream: Upstream, operation: str) -> Example | None:
    try:
        return upstream.example(operation)
    except (BridgeError, NoSample):
        return None
