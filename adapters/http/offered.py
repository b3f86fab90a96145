"""What an HTTP system offers: the operations of its OpenAPI document and those that the configuration declares. Pure.

An operation of the configuration is one of the document when it has its name, or its method and path; else it is a
request of its own.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from difflib import get_close_matches

from adapters.http.api import Api
from adapters.http.config import IDEMPOTENT, SAFE, HttpRequestSettings
from adapters.http.plan import Plan, input_of, plan_of
from adapters.http.rows import rows_info
from adapters.http.schemas import Json, shape_of
from adapters.http.translate import name_of, status_told
from bridge.contracts import Description, FaultInfo, Operation
from bridge.errors import ContractError
from bridge.rules.settings import FailRule
from bridge.shapes.model import AnyJson, Described, Kind, Scalar, Shape


@dataclass(frozen=True, slots=True)
class Flags:
    """What a person set for one operation; None is not said."""

    request: HttpRequestSettings | None = None
    safe: bool | None = None
    idempotent: bool | None = None
    faults: Mapping[str, int] = field(default_factory=dict)
    fail_when: tuple[FailRule, ...] = ()
    rows: str = ""


@dataclass(frozen=True, slots=True)
class Unknown:
    """An operation of the configuration that the document does not have."""

    name: str
    text: str
    hint: str


def plans_of(api: Api | None, flags: Mapping[str, Flags]) -> dict[str, Plan]:
    """The operations by their name. Raises ContractError for one that is nowhere."""
    if wrong := list(unknown(api, flags)):
        raise ContractError("; ".join(f"{one.text} ({one.hint})" if one.hint else one.text for one in wrong))
    plans = dict(api.plans) if api is not None else {}
    for name, own in flags.items():
        found = _in_document(api, name, own)
        if found is not None and api is not None:
            plans.pop(found, None)  # it has the name that the configuration gives it
            plans[name] = api.plans[found]
        elif own.request is not None:
            plans[name] = plan_of(own.request)
    return plans


def unknown(api: Api | None, flags: Mapping[str, Flags]) -> Iterator[Unknown]:
    """Operations without a request that no document has."""
    known = [*api.plans] if api is not None else []
    for name, own in flags.items():
        if own.request is None and _in_document(api, name, own) is None:
            reason = api.left_out.get(name) if api is not None else None
            near = get_close_matches(name, known, n=1, cutoff=0.5)
            text = f"{name} is left out: {reason}" if reason else f"the OpenAPI document has no operation {name!r}"
            yield Unknown(name, text, f"did you mean {near[0]!r}?" if near and not reason else "")


def _in_document(api: Api | None, name: str, own: Flags) -> str | None:
    if api is None:
        return None
    if own.request is None:
        method, _, path = name.partition(" ")
        return name if name in api.plans else api.find(method, path.strip()) if path else None
    request = own.request
    if request.query or request.header or request.body is not None or request.answers != "json":
        return None  # told in full, so the document has nothing to say
    return api.find(request.method, request.path)


def operation_of(upstream: str, name: str, plan: Plan, own: Flags) -> Operation:
    """What RFC 9110 §9.2 says of the method, unless the person says otherwise."""
    safe = own.safe if own.safe is not None else plan.method in SAFE
    idempotent = own.idempotent if own.idempotent is not None else plan.method in IDEMPOTENT
    address = f"{plan.method} {plan.path}"
    return Operation(upstream, name, safe, idempotent or safe, doc=plan.doc, address=address)


def description_of(plan: Plan, statuses: Mapping[str, int], rows: str = "") -> Description:
    """The shapes of one operation. Raises ContractError for rows that no answer has."""
    output = _output(plan)
    return Description(input_of(plan), output, tuple(_faults(plan, statuses)), rows=rows_info(output, rows))


def _output(plan: Plan) -> Described:
    if plan.text:
        return Described(Scalar(Kind.STRING))
    if not plan.known:
        return Described(AnyJson())
    good = [one for one in plan.answers if one.status.startswith("2")]
    schemas = _different([one.schema for one in good if one.schema is not None])
    if not schemas:
        return Described(AnyJson() if not good or plan.method == "HEAD" else None)
    return Described(_one_of(schemas, plan.named), plan.table)


def _faults(plan: Plan, statuses: Mapping[str, int]) -> Iterator[FaultInfo]:
    for one in plan.answers:
        if one.schema is None or not one.status.startswith("4") or one.status in {"401", "407", "429"}:
            continue
        code = int(one.status) if one.status.isdigit() else 0
        name = name_of(code) if code else "Refused"
        told = statuses.get(name, statuses.get(one.status, status_told(code)))
        yield FaultInfo(name, Described(shape_of(one.schema, plan.named), plan.table), told, one.doc)


def _different(schemas: list[Json]) -> list[Json]:
    found: list[Json] = []
    for schema in schemas:
        if schema not in found:
            found.append(schema)
    return found


def _one_of(schemas: list[Json], named: Mapping[str, Json]) -> Shape:
    return shape_of(schemas[0] if len(schemas) == 1 else {"anyOf": [*schemas]}, named)
