"""A document/literal service of gSOAP, read from the WSDLs that gSOAP wrote, in both versions of SOAP.

The bytes at the server, what the server made of them, its own XML as JSON, its faults and headers.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer
from tests.journeys.wire import envelope, lines, served, tolerated
from tests.servers.gsoap import gsoap_server

# The first run compiles.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SERVICES = ("shop", "shop12")
SHOP = "urn:example:shop"
ORDER = """{
  "payment": %s,
  "deliverTo": {"city": "C", "street": "Ä 1"},
  "tag": ["a", ""],
  "line": [{"quantity": 2.50, "sku": "A & B", "no": 1}, {"no": 2, "sku": "", "quantity": 1}],
  "remark": null, "placed": "2024-02-29T23:59:59.5+01:00", "number": 9007199254740993,
  "revision": 3, "status": "shipped"
}"""
SENT = """<d:order d:status="shipped" d:revision="3">
  <d:number>9007199254740993</d:number>
  <d:placed>2024-02-29T23:59:59.5+01:00</d:placed>
  <d:remark xsi:nil="true"/>
  <d:line d:no="1"><d:sku>A &amp; B</d:sku><d:quantity>2.50</d:quantity></d:line>
  <d:line d:no="2"><d:sku/><d:quantity>1</d:quantity></d:line>
  <d:tag>a</d:tag><d:tag/>
  <d:deliverTo><d:street>Ä 1</d:street><d:city>C</d:city></d:deliverTo>
  %s
</d:order>"""
SEEN = 'shipped 3 9007199254740993 "2024-02-29T23:59:59.5+01:00" null 1*"A & B"*"2.50" 2*""*"1" "a" "" to "Ä 1""C" %s'
# JSON, the element, what the server made of it.
PAYMENTS = {
    "derived": (
        '{"@type": "transferPayment", "iban": "CH93", "reference": "R"}',
        '<d:payment xsi:type="d:TransferPayment"><d:reference>R</d:reference><d:iban>CH93</d:iban></d:payment>',
        'transfer "CH93" "R"',
    ),
    "other": (
        '{"@type": "cardPayment", "number": "4242", "expires": "2027-09-30"}',
        '<d:payment xsi:type="d:CardPayment"><d:number>4242</d:number><d:expires>2027-09-30</d:expires></d:payment>',
        'card "4242" until "2027-09-30" null',
    ),
    "base": (
        '{"@type": "payment", "reference": ""}',
        "<d:payment><d:reference/></d:payment>",
        'payment ""',
    ),
}

on_both = pytest.mark.parametrize("service", SERVICES)
with_each = pytest.mark.parametrize("payment", PAYMENTS)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("shop")
    async with gsoap_server(folder, "shop") as server:
        wsdls = {service: str(folder / f"{service}.wsdl") for service in SERVICES}
        async with served("gsoap", server, folder, wsdls) as running:
            yield running
            assert await tolerated(running) == []


async def ask(here: Foreign, service: str, operation: str, body: str) -> Answer:
    return await here.bridge.post(f"/v1/{service}/{operation}", body.encode())


def exact(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return json.loads(answer.body, parse_float=Decimal)


def sent(here: Foreign) -> list[str]:
    return lines(here.last().exchange.request)


@on_both
@with_each
async def test_the_server_gets_and_understands_what_the_client_said(here: Foreign, service: str, payment: str) -> None:
    given, element, seen = PAYMENTS[payment]
    answer = await ask(here, service, "describe-order", ORDER % given)
    body = f"<d:describeOrder>{SENT % element}</d:describeOrder>"
    assert sent(here) == lines(envelope(service, body, d=SHOP))
    assert exact(answer) == SEEN % seen


@on_both
@with_each
async def test_everything_comes_back(here: Foreign, service: str, payment: str) -> None:
    given, element, _ = PAYMENTS[payment]
    answer = await ask(here, service, "echo-order", ORDER % given)
    assert sent(here) == lines(envelope(service, f"<d:echoOrder>{SENT % element}</d:echoOrder>", d=SHOP))
    assert exact(answer) == json.loads(ORDER % given, parse_float=Decimal)


@on_both
async def test_the_other_branch_of_a_choice_and_what_is_left_out(here: Foreign, service: str) -> None:
    order = '{"status": "pending", "number": -1, "placed": "2024-01-01T00:00:00Z", "remark": "", %s}'
    for given, element, seen in (
        ('"pickupStore": "B"', "<d:pickupStore>B</d:pickupStore>", 'from "B" '),
        ('"line": []', "", ""),
    ):
        answer = await ask(here, service, "describe-order", order % given)
        body = (
            '<d:describeOrder><d:order d:status="pending"><d:number>-1</d:number>'
            f"<d:placed>2024-01-01T00:00:00Z</d:placed><d:remark/>{element}</d:order></d:describeOrder>"
        )
        assert sent(here) == lines(envelope(service, body, d=SHOP))
        assert exact(answer) == f'pending -1 -1 "2024-01-01T00:00:00Z" "" {seen}unpaid'


@on_both
async def test_what_the_server_makes_up_by_itself(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "get-order", '{"number": 5}')
    body = "<d:getOrder><d:number>5</d:number></d:getOrder>"
    assert sent(here) == lines(envelope(service, body, d=SHOP))
    assert exact(answer) == {
        "status": "pending",
        "number": 5,
        "placed": "2024-02-29T23:59:59.5+01:00",
        "remark": None,
        "line": [],
        "tag": [],
        "payment": {"@type": "cardPayment", "number": "4242"},
    }


@on_both
async def test_a_declared_fault(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "get-order", '{"number": 404}')
    told = answer.json
    assert (answer.status, told["code"], told["detail"]) == (404, "fault", "There is no such order.")
    assert told["fault"] == {"number": 404, "searched": ["live", "archive"]}


@on_both
async def test_a_declared_header(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "who-am-i", '{"headers": {"who": {"level": 4, "user": "Zoë"}}}')
    header = "<d:who><d:user>Zoë</d:user><d:level>4</d:level></d:who>"
    assert sent(here) == lines(envelope(service, "<d:whoAmI/>", header, d=SHOP))
    assert exact(answer) == '"Zoë" 4'

    answer = await ask(here, service, "who-am-i", "{}")
    assert sent(here) == lines(envelope(service, "<d:whoAmI/>", d=SHOP))
    assert (answer.status, answer.json["detail"]) == (422, "No header.")
