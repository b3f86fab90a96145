"""The same REST calls, answers and errors whoever wrote the SOAP server; judged at the server as well."""

from __future__ import annotations

import io
import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import SERVERS, Foreign, foreign, schema
from tests.journeys.running import Answer
from tests.servers.envelopes import ORDERS

# The first run installs packages.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

COMMON = "urn:example:common"
CUSTOMER = {"id": 3, "name": "A & <B> 漢", "email": None, "address": {"country": "DE", "street": "Ä 1", "city": "C"}}
LINES = [
    {"no": 1, "sku": "AB-0001", "quantity": 2.5, "price": 19.9, "serial": ["1", "", "3"]},
    {"no": 2, "sku": "CD-0002", "quantity": 1, "serial": []},
]
ORDER: dict[str, Any] = {
    "status": "shipped",
    "orderId": 9007199254740993,
    "ordered": "2024-02-29T23:59:59.5+01:00",
    "customer": CUSTOMER,
    "lines": LINES,
    "total": {"currency": "EUR", "value": 49.75},
    "remark": ["first", ""],
}
BUNDLE = {
    "label": "a",
    "bundle": [{"label": "b", "bundle": []}, {"label": "c", "bundle": [{"label": "d", "bundle": []}]}],
}


@pytest_asyncio.fixture(scope="module", loop_scope="module", params=SERVERS)
async def here(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    async with foreign(request.param, tmp_path_factory.mktemp(request.param), ("orders",)) as running:
        yield running


on_both_versions = pytest.mark.parametrize("service", ["orders", "orders12"])


async def ask(here: Foreign, service: str, operation: str, value: object) -> Answer:
    return await here.bridge.post(f"/v1/{service}/{operation}", value)


def exact(answer: Answer) -> Any:
    """JSON with every digit."""
    assert answer.status == 200, answer.text
    return json.loads(answer.body, parse_float=Decimal)


@on_both_versions
async def test_an_order_is_the_same_json_from_every_server(here: Foreign, service: str) -> None:
    order = exact(await ask(here, service, "get-order", {"orderId": 1001}))
    # Python's dates have microseconds, and Spyne leaves out what is nil and optional.
    ordered = "2024-02-29T23:59:59.500000+01:00" if here.name == "spyne" else "2024-02-29T23:59:59.5+01:00"
    nil = {} if here.name == "spyne" else {"dueDate": None}
    # PHP fills in the default of the schema.
    country = {"country": "CH"} if here.name == "php" and "country" in order["deliverTo"] else {}
    assert order == {
        "status": "open",
        "orderId": 1001,
        "ordered": ordered,
        **nil,
        "customer": {"id": 7, "name": "Zoë & Söhne <AG>", "email": None},
        "lines": [
            {
                "no": 1,
                "sku": "AB-0001",
                "quantity": Decimal("2.50"),
                "price": Decimal("19.90"),
                "serial": ["S1", "S2"],
            },
            {"no": 2, "sku": "CD-0002", "quantity": 1, "serial": []},
        ],
        "total": {"currency": "CHF", "value": Decimal("49.750")},
        "deliverTo": {**country, "street": "Weg 1", "city": "Bern"},
        "payment": {"@type": "cardPayment", "reference": "R-1", "lastDigits": "4242", "expires": "2027-09"},
        "remark": [],
    }


@on_both_versions
async def test_what_was_sent_is_what_the_contract_says(here: Foreign, service: str) -> None:
    await ask(here, service, "get-order", {"orderId": 9007199254740993})
    sent = here.last()
    assert sent.version == ("12" if service.endswith("12") else "11")
    # Spyne's own WSDL names its operations without a namespace.
    assert sent.action == ("GetOrder" if here.name == "spyne" else f"{ORDERS}#GetOrder")
    assert [child.tag.rpartition("}")[2] for child in sent.envelope] == ["Body"]
    assert sent.payload.tag == f"{{{ORDERS}}}GetOrder"
    assert [(child.tag, child.text) for child in sent.payload] == [(f"{{{ORDERS}}}orderId", "9007199254740993")]
    assert sent.exchange.request.startswith(b'<?xml version="1.0" encoding="utf-8"?>')
    assert sent.exchange.header("traceparent")
    schema("orders.xsd").assertValid(sent.payload)


@on_both_versions
@pytest.mark.parametrize(
    "more",
    [
        pytest.param({}, id="plain"),
        pytest.param({"deliverTo": {"country": "CH", "street": "x", "city": "y"}}, id="choice"),
        pytest.param({"dueDate": "2024-03-01"}, id="date"),
        pytest.param({"lines": []}, id="empty-list"),
        pytest.param({"customer": {**CUSTOMER, "email": ""}}, id="empty-text"),
    ],
)
async def test_an_order_comes_back_as_it_was_sent(here: Foreign, service: str, more: dict[str, Any]) -> None:
    order = {**ORDER, **more}
    got = exact(await ask(here, service, "echo-order", order))
    sent = here.last()
    schema("orders.xsd").assertValid(sent.payload)
    assert got == kept(here, json.loads(json.dumps(order), parse_float=Decimal))


def kept(here: Foreign, order: dict[str, Any]) -> dict[str, Any]:
    """What the server itself makes of an order."""
    if here.name == "spyne":
        order["ordered"] = "2024-02-29T23:59:59.500000+01:00"
    if here.name == "node" and order["lines"] == []:
        order["lines"] = None  # an empty element is null to it
    return order


@on_both_versions
async def test_the_order_of_elements_is_that_of_the_schema(here: Foreign, service: str) -> None:
    backwards = dict(reversed({**ORDER, "deliverTo": {"city": "C", "street": "S"}}.items()))
    exact(await ask(here, service, "echo-order", backwards))
    [order] = here.last().payload
    names = [child.tag for child in order]
    local = ["orderId", "ordered", "customer", "lines", "total", "deliverTo", "remark", "remark"]
    assert names == [f"{{{ORDERS}}}{name}" for name in local]
    address = order.find(f"{{{ORDERS}}}deliverTo")
    assert address is not None
    assert [child.tag for child in address] == [f"{{{COMMON}}}street", f"{{{COMMON}}}city"]
    assert order.get("status") == "shipped"


@on_both_versions
async def test_a_derived_type(here: Foreign, service: str) -> None:
    payment = {"@type": "transferPayment", "reference": "R", "iban": "CH93"}
    answer = await ask(here, service, "echo-order", {**ORDER, "payment": payment})
    sent = here.last().payload.find(f"*/{{{ORDERS}}}payment")
    assert sent is not None
    prefix, _, name = (sent.get("{http://www.w3.org/2001/XMLSchema-instance}type") or "").partition(":")
    assert (sent.nsmap[prefix], name) == (ORDERS, "TransferPayment")
    # node gives back the text of xsi:type without the declaration of its prefix; the name alone says which it is.
    assert exact(answer)["payment"] == payment


@on_both_versions
async def test_choice_and_recursion(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "echo-order", {**ORDER, "pickupStore": "Bern", "bundle": BUNDLE})
    if here.name == "spyne":  # it has neither choice nor a type that holds itself, so its WSDL does not know them
        assert answer.status == 422
        assert [error["pointer"] for error in answer.json["errors"]] == ["/pickupStore", "/bundle"]
        return
    got = exact(answer)
    assert got["pickupStore"] == "Bern"
    assert got["bundle"] == BUNDLE
    schema("orders.xsd").assertValid(here.last().payload)


@on_both_versions
async def test_a_declared_fault(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "get-order", {"orderId": 404})
    assert answer.headers["Content-Type"] == "application/problem+json"
    told = answer.json
    assert (answer.status, told["status"], told["code"]) == (404, 404, "fault")
    assert told["detail"] == "There is no such order."
    assert told["fault"] == {"orderId": 404, "searched": ["live", "archive"]}
    assert told["traceId"]
    assert not told["retryable"]


@on_both_versions
@pytest.mark.parametrize(("blame", "status", "code"), [("client", 422, "fault"), ("server", 502, "upstream_fault")])
async def test_an_undeclared_fault(here: Foreign, service: str, blame: str, status: int, code: str) -> None:
    answer = await ask(here, service, "fail", {"blame": blame, "text": "a & b"})
    assert (answer.status, answer.json["code"], answer.json["detail"]) == (status, code, "a & b")
    assert "fault" not in answer.json


@on_both_versions
async def test_a_declared_header(here: Foreign, service: str) -> None:
    context = {"tenant": "north & south", "priority": 4}
    assert exact(await ask(here, service, "who-am-i", {"headers": {"context": context}})) == context
    envelope = here.last().envelope
    assert [child.tag.rpartition("}")[2] for child in envelope] == ["Header", "Body"]
    [header] = envelope[0]
    assert header.tag == f"{{{ORDERS}}}Context"
    schema("orders.xsd").assertValid(header)

    answer = await ask(here, service, "who-am-i", {})
    assert (answer.status, answer.json["detail"]) == (422, "No context header was sent.")


@on_both_versions
async def test_all_mistakes_at_once_and_none_reaches_the_server(here: Foreign, service: str) -> None:
    before = len(here.server.calls)
    wrong = {
        "status": "lost",
        "orderId": "7",
        "ordered": "yesterday",
        "customer": {"id": 1.5, "name": "A"},
        "lines": [{"no": 1, "sku": "nonsense", "quantity": 1}, {"sku": "AB-0001", "quantity": 1, "colour": "red"}],
        "total": {"currency": "EUR", "value": 1},
        "payment": {"@type": "cash"},
    }
    answer = await ask(here, service, "echo-order", wrong)
    assert (answer.status, answer.json["code"]) == (422, "does_not_fit")
    pointers = {error["pointer"] for error in answer.json["errors"]}
    expected = {"/status", "/orderId", "/ordered", "/customer/id", "/lines/0/sku", "/lines/1/no", "/lines/1/colour"}
    assert pointers >= expected
    assert any(pointer.startswith("/payment") for pointer in pointers)
    assert len(here.server.calls) == before


@on_both_versions
@pytest.mark.parametrize(
    ("method", "path", "data", "kind", "status", "code"),
    [
        ("POST", "get-order", b'{"orderId":1,"orderId":2}', "application/json", 400, "malformed_json"),
        ("POST", "get-order", b'{"orderId":NaN}', "application/json", 400, "malformed_json"),
        ("POST", "get-order", b'{"orderId":', "application/json", 400, "malformed_json"),
        ("POST", "get-order", b"<orderId>1</orderId>", "text/xml", 415, "unsupported_media_type"),
        ("POST", "get-order", b'"' + b"x" * 2_000_001 + b'"', "application/json", 413, "payload_too_large"),
        ("GET", "get-order", b"", "application/json", 405, "method_not_allowed"),
        ("POST", "no-such-thing", b"{}", "application/json", 404, "not_found"),
    ],
)
async def test_refusals(
    here: Foreign, service: str, method: str, path: str, data: bytes, kind: str, status: int, code: str
) -> None:
    before = len(here.server.calls)
    headers = {"Content-Type": kind}
    answer = await here.bridge.ask(
        method, f"/v1/{service}/{path}", data=io.BytesIO(data) if data else None, headers=headers
    )
    assert (answer.status, answer.json["code"]) == (status, code)
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers.get("Allow") == ("OPTIONS, POST" if status == 405 else None)
    assert len(here.server.calls) == before
