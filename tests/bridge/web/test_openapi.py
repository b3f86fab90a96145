"""The OpenAPI document: valid, complete, with examples that fit, and quick for large contracts."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any

import jsonschema_rs
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from openapi_spec_validator import OpenAPIV31SpecValidator

from bridge.call import Service
from bridge.contracts import Description, Envelopes, Example, FaultInfo, Operation
from bridge.errors import ContractError
from bridge.shapes.json import dumps
from bridge.shapes.model import Described, Facets, Field, Kind, ListOf, Record, Ref, Scalar, Shape, Variant, Variants
from bridge.shapes.samples import NoSample, sample
from bridge.web.openapi import Part, document, part, snapshot_writer, write
from bridge.web.route_table import RouteTable
from bridge.web.routes import build_routes, parse_route
from bridge.web.snapshot import Snapshot
from tests.bridge.shapes.strategies import described as any_described
from tests.cpu import costs_at_most

TEXT = Scalar(Kind.STRING)
WHOLE = Scalar(Kind.INTEGER, Facets(min_inclusive="1", max_inclusive="9223372036854775807"))
MONEY = Scalar(Kind.DECIMAL, Facets(total_digits=12, fraction_digits=2))
CARD = Record((Field("number", TEXT, required=True),), type_tag="card")
CASH = Record((), type_tag="cash", doc="Notes and coins")
PAYMENT = Variants((Variant("card", Ref("Card")), Variant("cash", Ref("Cash"))), doc="How it is paid")
LINE = Record((Field("sku", TEXT, required=True), Field("price", MONEY), Field("part", Ref("Line"))))
ORDER = Record(
    (
        Field("orderId", WHOLE, required=True, doc="The number of the order"),
        Field("placed", Scalar(Kind.DATETIME), nullable=True),
        Field("lines", ListOf(Ref("Line"))),
        Field("payment", Ref("Payment")),
    ),
    doc="An order",
)
TABLE: Mapping[str, Shape] = {"Card": CARD, "Cash": CASH, "Payment": PAYMENT, "Line": LINE, "Order": ORDER}
KEY = Record((Field("orderId", WHOLE, required=True), Field("lang", TEXT), Field("status", ListOf(TEXT))))
REASON = Described(Record((Field("reason", TEXT),)), TABLE)


def described(shape: Shape | None, *, required: bool = True) -> Described:
    return Described(shape, TABLE, required=required)


SHOP = {
    "GetOrder": Description(
        described(KEY),
        described(Ref("Order"), required=False),
        (FaultInfo("OrderNotFound", REASON, 404, "No such order"),),
    ),
    "CreateOrder": Description(
        described(Ref("Order")),
        described(Ref("Order")),
        (FaultInfo("Exists", REASON, 409), FaultInfo("Other", described(None), 409)),
    ),
    "Ping": Description(described(None), described(None)),
    "Tell": Description(described(TEXT), described(None)),
}


@dataclass
class Fake:
    """An upstream of descriptions; what it shows is sampled from them."""

    name: str = "shop"
    title: str = "Shop"
    doc: str = "Orders and stock"
    warnings: tuple[str, ...] = ()
    described: Mapping[str, Description] = field(default_factory=lambda: SHOP)

    @property
    def operations(self) -> Mapping[str, Operation]:
        texts = {"GetOrder": "Finds one order. Slow on Mondays."}
        return {
            name: Operation(
                self.name, name, safe=name.startswith("Get"), one_way=name == "Tell", doc=texts.get(name, "")
            )
            for name in self.described
        }

    def describe(self, operation: str) -> Description:
        return self.described[operation]

    def example(self, operation: str) -> Example:
        found = self.described[operation]
        try:
            request, answer = (
                dumps(sample(one)).encode() if one.shape else None for one in (found.input, found.output)
            )
        except NoSample as error:
            raise ContractError(str(error)) from error
        return Example(request or b"{}", answer)

    def service(self, operation: str) -> Service:
        raise NotImplementedError

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        raise NotImplementedError

    async def close(self) -> None:
        return None


ROUTES = {"GetOrder": parse_route("GET /orders/{orderId}")}


def made(upstream: Fake, routes: Mapping[str, Any] | None = None, *, security: bool = True) -> Part:
    return part(upstream, build_routes(upstream, routes or {}, f"/v1/{upstream.name}"), security=security)


def whole(*parts: Part, security: bool = True) -> dict[str, Any]:
    text = write(
        document(title="Bridge", version="1", server_url="http://127.0.0.1:8080", parts=parts, security=security)
    )
    result: dict[str, Any] = json.loads(text)
    return result


def faults_of(found: dict[str, Any]) -> list[str]:
    """What the validators object to: the document, and each example against the schema it stands beside."""
    faults = [str(error) for error in OpenAPIV31SpecValidator(found).iter_errors()]
    for place, schema, value in examples(found, "#"):
        validator = jsonschema_rs.Draft202012Validator({**schema, "components": found["components"]})
        faults += [f"{place}: {error.message}" for error in validator.iter_errors(value)]
    return faults


def examples(node: Any, place: str) -> Iterator[tuple[str, dict[str, Any], Any]]:
    if isinstance(node, dict):
        if "schema" in node and "example" in node:
            yield place, node["schema"], node["example"]
        for key, value in node.items():
            yield from examples(value, f"{place}/{key}")
    elif isinstance(node, list):
        for index, value in enumerate(node):
            yield from examples(value, f"{place}/{index}")


def test_the_document_of_a_shop_is_valid_and_its_examples_fit() -> None:
    found = whole(made(Fake(), ROUTES))
    assert faults_of(found) == []
    assert len(list(examples(found, "#"))) >= 6
    assert found["tags"] == [{"name": "shop", "description": "Orders and stock"}]


def test_parameters_come_from_path_and_query() -> None:
    get = whole(made(Fake(), ROUTES))["paths"]["/v1/shop/orders/{orderId}"]["get"]
    assert get["operationId"] == "shop.GetOrder"
    assert (get["summary"], get["description"]) == ("Finds one order.", "Finds one order. Slow on Mondays.")
    places = {one["name"]: (one["in"], one["required"]) for one in get["parameters"]}
    assert places == {"orderId": ("path", True), "lang": ("query", False), "status": ("query", False)}
    assert get["parameters"][0]["schema"] == {"type": "integer", "minimum": 1, "maximum": 9223372036854775807}
    assert "requestBody" not in get


def test_parameters_know_fixed_values_and_defaults() -> None:
    fixed = Field("version", TEXT, required=True, fixed="1.0")
    key = Record(
        (fixed, Field("revision", WHOLE, fixed="3"), Field("currency", TEXT, default="EUR"), Field("at", WHOLE))
    )
    upstream = Fake(described={"GetRate": Description(described(key), described(Ref("Order")))})
    get = whole(made(upstream))["paths"]["/v1/shop/get-rate"]["get"]
    shown = {one["name"]: (one["schema"], one["example"]) for one in get["parameters"]}
    assert shown["version"] == ({"const": "1.0"}, "1.0")
    assert shown["revision"] == ({"const": 3}, 3)
    assert (shown["currency"][0]["default"], shown["currency"][1]) == ("EUR", "EUR")
    assert "default" not in shown["at"][0]


def test_every_answer_is_listed() -> None:
    paths = whole(made(Fake(), ROUTES))["paths"]
    assert {"200", "204", "304", "401", "404", "422", "502", "504", "default"} <= set(
        paths["/v1/shop/orders/{orderId}"]["get"]["responses"]
    )
    assert "204" in paths["/v1/shop/ping"]["post"]["responses"]
    assert "202" in paths["/v1/shop/tell"]["post"]["responses"]
    assert "200" not in paths["/v1/shop/ping"]["post"]["responses"]
    assert paths["/v1/shop/create-order"]["post"]["requestBody"]["required"] is True


def test_faults_stand_at_their_status_with_their_detail() -> None:
    found = whole(made(Fake(), ROUTES))
    conflict = found["paths"]["/v1/shop/create-order"]["post"]["responses"]["409"]
    assert "Exists" in conflict["description"]
    assert "Other" in conflict["description"]
    schema = conflict["content"]["application/problem+json"]["schema"]
    validator = jsonschema_rs.Draft202012Validator({**schema, "components": found["components"]})
    problem = {
        "type": "t",
        "title": "t",
        "status": 409,
        "detail": "d",
        "instance": "i",
        "code": "fault",
        "retryable": False,
        "traceId": "x",
    }
    assert validator.is_valid(problem)
    assert validator.is_valid(problem | {"fault": {"reason": "twice"}})
    assert not validator.is_valid(problem | {"fault": {"reason": 1}})


def test_keys_are_asked_for_only_where_they_are() -> None:
    closed, opened = whole(made(Fake())), whole(made(Fake(), security=False), security=False)
    assert closed["security"] == [{"bearer": []}, {"apiKey": []}]
    assert "401" in closed["paths"]["/v1/shop/ping"]["post"]["responses"]
    assert "security" not in opened
    assert "401" not in opened["paths"]["/v1/shop/ping"]["post"]["responses"]
    assert faults_of(opened) == []


def test_components_are_named_after_their_upstream_and_never_meet() -> None:
    def with_name(name: str, shape: Shape) -> Description:
        return Description(Described(Ref(name), {name: shape}), described(None))

    other = Fake(
        "crm",
        described={
            "A": with_name("Order", Record((Field("a", TEXT),))),
            "B": with_name("Order", Record((Field("b", TEXT),))),
            "C": with_name("Größe/x", Record((Field("c", TEXT),))),
            "D": with_name("Order", Record((Field("a", TEXT),))),
        },
    )
    found = whole(made(Fake()), made(other))
    names = set(found["components"]["schemas"])
    assert {"shop.Order", "crm.Order", "crm.Order-2", "crm.Gr_e_x", "Problem"} <= names
    assert "crm.Order-3" not in names
    assert faults_of(found) == []


def test_one_operation_under_two_methods_has_two_ids() -> None:
    upstream = Fake(described={"GetOrder": SHOP["GetOrder"]})
    methods = whole(made(upstream))["paths"]["/v1/shop/get-order"]
    assert {name: one["operationId"] for name, one in methods.items()} == {
        "post": "shop.GetOrder",
        "get": "shop.GetOrder.get",
    }


def test_free_texts_in_paths_and_headers_are_what_http_can_carry() -> None:
    upstream = Fake(
        described={"GetIt": Description(described(Record((Field("id", TEXT, required=True),))), described(None))}
    )
    [parameter] = whole(made(upstream, {"GetIt": parse_route("GET /it/{id}")}))["paths"]["/v1/shop/it/{id}"]["get"][
        "parameters"
    ]
    validator = jsonschema_rs.Draft202012Validator(parameter["schema"])
    assert [text for text in ("a", "a b", ".a", "...", "é/ü") if not validator.is_valid(text)] == []
    assert [text for text in ("", ".", "..", "a\n", "\t", "\x00") if validator.is_valid(text)] == []


def test_what_cannot_be_described_is_left_out() -> None:
    class Broken(Fake):
        def describe(self, operation: str) -> Description:
            if operation == "Ping":
                raise ContractError("no")
            return super().describe(operation)

    upstream = Broken()
    paths = whole(part(upstream, build_routes(upstream, {}, "/v1/shop"), security=False))["paths"]
    assert "/v1/shop/ping" not in paths
    assert "/v1/shop/tell" in paths


def test_a_snapshot_writes_its_own_document() -> None:
    upstream = Fake()
    snapshot = Snapshot(RouteTable(build_routes(upstream, {}, "/v1/shop")), upstreams={"shop": upstream})
    writer = snapshot_writer(title="T", version="1", server_url="/", security=False)
    written = snapshot.document(writer, "shop").body
    assert json.loads(written)["paths"].keys() >= {"/v1/shop/ping", "/v1/shop/get-order"}
    assert written == snapshot.document(writer).body


@settings(
    max_examples=25,
    phases=[Phase.explicit, Phase.reuse, Phase.generate],
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
@given(given_input=any_described(), output=any_described(), status=st.sampled_from([400, 404, 422, 500]))
def test_any_contract_has_a_valid_document(given_input: Described, output: Described, status: int) -> None:
    upstream = Fake(described={"GetAny": Description(given_input, output, (FaultInfo("Bad", output, status),))})
    assert faults_of(whole(made(upstream))) == []


def test_1511_operations_take_less_than_three_seconds() -> None:
    names = [f"T{index}" for index in range(500)]
    table: dict[str, Shape] = {
        name: Record(
            tuple(Field(f"field{at}", Ref(names[(index * 3 + at) % 500]) if at > 12 else TEXT) for at in range(16))
        )
        for index, name in enumerate(names)
    }
    found = {
        f"Operation{index}": Description(
            Described(Ref(names[index % 500]), table), Described(Ref(names[index % 499]), table)
        )
        for index in range(1511)
    }
    upstream = Fake(described=found)
    example = Fake.example(upstream, "Operation0")
    upstream.example = lambda _: example  # type: ignore[method-assign]  # making examples is the upstream's time, not ours
    routes = build_routes(upstream, {}, "/v1/shop")
    with costs_at_most(3):
        text = write(
            document(
                title="T", version="1", server_url="/", parts=[part(upstream, routes, security=True)], security=True
            )
        )
    assert len(text) > 1_000_000
