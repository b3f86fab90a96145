"""How one operation lies in HTTP: which argument goes where, in which style, and what answers are. Plain values.

A plan comes of a request in the configuration, or of an OpenAPI document (api.py); what follows it is in encode.py.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal

from adapters.http.config import BODILESS, BodySettings, HttpRequestSettings
from adapters.http.schemas import SIMPLE, Json, record_of, resolved, shape_of
from bridge.shapes.model import AnyJson, Described, Field, Kind, ListOf, Record, Scalar, Shape

Place = Literal["path", "query", "header", "cookie"]
BodyForm = Literal["json", "form", "text"]
_PARAMETER = re.compile(r"\{([^{}/]+)\}")
DEFAULT_STYLE: Mapping[Place, str] = {"path": "simple", "query": "form", "header": "simple", "cookie": "form"}


@dataclass(frozen=True, slots=True)
class Part:
    """One argument that is no body. `name` is on the wire, `field` in the arguments. `as_json`: its value is written
    as JSON; `reserved`: characters that mean something in an address stay (`allowReserved`)."""

    name: str
    field: str
    place: Place
    required: bool = False
    style: str = ""
    explode: bool = True
    as_json: bool = False
    reserved: bool = False
    schema: Json | None = None
    shape: Shape = SIMPLE
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Body:
    """`field` "": what no part takes. `media`: its type."""

    form: BodyForm = "json"
    field: str = ""
    required: bool = False
    media: str = "application/json"
    schema: Json | None = None


@dataclass(frozen=True, slots=True)
class Declared:
    """An answer that a document tells of. `status`: `404`, `4XX` or `default`; `schema` None: without JSON."""

    status: str
    schema: Json | None = None
    text: bool = False
    doc: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """One operation. `rest_in_query`: what no part takes is a query parameter, too. `known`: the document says which
    arguments there are. `named`: the schemas that its own refer to, and `table` the same as shapes."""

    method: str
    path: str
    parts: tuple[Part, ...] = ()
    body: Body | None = None
    rest_in_query: bool = False
    text: bool = False
    answers: tuple[Declared, ...] = ()
    doc: str = ""
    known: bool = False
    named: Mapping[str, Json] = field(default_factory=dict)
    table: Mapping[str, Shape] = field(default_factory=dict)

    def filled(self, values: Mapping[str, str]) -> str:
        """The path with what stands for its parameters, already encoded."""
        return _PARAMETER.sub(lambda found: values.get(found[1], ""), self.path)


def names_in(path: str) -> tuple[str, ...]:
    """The parameters of a path, each once, in their order."""
    return tuple(dict.fromkeys(_PARAMETER.findall(path)))


def plan_of(request: HttpRequestSettings) -> Plan:
    """The plan that a configuration alone gives."""
    many = ListOf(SIMPLE)
    parts = (
        *(Part(name, name, "path", required=True, style="simple", explode=False) for name in request.parameters),
        *(Part(name, to, "query", style="form", shape=many) for name, to in request.query.items()),
        *(Part(name, to, "header", style="simple", explode=False) for name, to in request.header.items()),
    )
    bodiless = request.method in BODILESS
    body = None if bodiless and request.body is None else _body(request.body or BodySettings())
    return Plan(
        request.method,
        request.path,
        parts,
        body,
        rest_in_query=bodiless and body is None,
        text=request.answers == "text",
    )


def _body(settings: BodySettings) -> Body | None:
    form = settings.form
    if form == "none":
        return None
    media = {
        "json": "application/json",
        "form": "application/x-www-form-urlencoded",
        "text": "text/plain; charset=utf-8",
    }
    return Body(form, settings.field, bool(settings.field), media[form])


def input_of(plan: Plan) -> Described:
    """What a client gives: the parameters, and the body among or beside them."""
    if plan.known and not plan.parts and plan.body is not None and not plan.body.field:
        return Described(_body_shape(plan, plan.body), plan.table, required=plan.body.required)
    fields = [Field(part.field, part.shape, part.required, doc=part.doc) for part in plan.parts]
    body, more = plan.body, False
    if body is not None and body.field:
        fields.append(Field(body.field, _body_shape(plan, body), body.required))
    elif body is not None:
        inner = _body_shape(plan, body)
        taken = {one.key for one in fields}
        if isinstance(inner, Record):
            needed = body.required
            fields += [
                Field(one.key, one.shape, one.required and needed, doc=one.doc)
                for one in inner.fields
                if one.key not in taken
            ]
        more = not isinstance(inner, Record) or inner.open
    return Described(Record(tuple(fields), open=more or plan.known), plan.table)


def _body_shape(plan: Plan, body: Body) -> Shape:
    from_document = body.schema
    if body.form == "text":
        return Scalar(Kind.STRING)
    if from_document is None:
        return AnyJson()
    return body_shape(from_document, plan.named)


def body_shape(schema: Json, named: Mapping[str, Json]) -> Shape:
    """The shape of a body that lies among the parameters, or of one that has a field of its own."""
    inner = resolved(schema, named)
    if inner.get("type") == "object" and isinstance(inner.get("properties"), dict):
        return record_of(inner, named)
    return shape_of(schema, named)
