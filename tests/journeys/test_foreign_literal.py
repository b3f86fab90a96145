"""Derived types in lists, nil in lists, choice and attributes in literal messages: PHP SoapServer, both styles and
versions. The bytes at the server, what PHP made of them, and the way back."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign, schema
from tests.journeys.running import Answer
from tests.journeys.wire import envelope, lines, served, tolerated, types
from tests.servers.php import ENCODED, php_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

SERVICES = ("figures", "figures12", "figures-rpc", "figures-rpc12")
FIGURES = "urn:example:figures"
RPC = "urn:example:figures:rpc"

# As a client writes it: members in any order, digits that count.
DRAWING = """{
  "group": [
    {"key": "k", "member": [{"@type": "circle", "id": 4, "name": "x", "radius": 0.10}, null]},
    {"member": []},
    {}
  ],
  "title": "T & <t>",
  "main": {"@type": "square", "tilt": null, "locked": true, "pattern": "dots", "height": 2.50, "width": 1.5,
           "label": ["a", null, ""], "name": null, "colour": "red", "id": 1},
  "figure": [
    {"@type": "circle", "id": 2, "name": "c", "radius": 3},
    {"@type": "rectangle", "id": 3, "name": "", "width": 1, "height": 2, "filled": false}
  ]
}"""
SENT = """
  <f:title>T &amp; &lt;t&gt;</f:title>
  <f:main xsi:type="f:Square" id="1" colour="red" locked="true">
    <f:name xsi:nil="true"/>
    <f:label>a</f:label><f:label xsi:nil="true"/><f:label/>
    <f:width>1.5</f:width><f:height>2.50</f:height><f:pattern>dots</f:pattern><f:tilt xsi:nil="true"/>
  </f:main>
  <f:figure xsi:type="f:Circle" id="2"><f:name>c</f:name><f:radius>3</f:radius></f:figure>
  <f:figure xsi:type="f:Rectangle" id="3">
    <f:name/><f:width>1</f:width><f:height>2</f:height><f:filled>false</f:filled>
  </f:figure>
  <f:group key="k">
    <f:member xsi:type="f:Circle" id="4"><f:name>x</f:name><f:radius>0.10</f:radius></f:member>
    <f:member xsi:nil="true"/>
  </f:group>
  <f:group/>
  <f:group/>
"""
# PHP keeps decimals as texts, one object for each xsi:type of its class map.
SEEN = {
    "class": "stdClass",
    "title": "T & <t>",
    "main": {
        "class": "Square",
        "name": None,
        "label": ["a", None, ""],
        "id": 1,
        "colour": "red",
        "width": "1.5",
        "height": "2.50",
        "pattern": "dots",
        "tilt": None,
        "locked": True,
    },
    "figure": [
        {"class": "Circle", "name": "c", "id": 2, "radius": "3"},
        {"class": "Rectangle", "name": "", "id": 3, "width": "1", "height": "2", "filled": False},
    ],
    "group": [
        {
            "class": "stdClass",
            "member": [{"class": "Circle", "name": "x", "id": 4, "radius": "0.10"}, None],
            "key": "k",
        },
        {"class": "stdClass"},
        {"class": "stdClass"},
    ],
}

on_all = pytest.mark.parametrize("service", SERVICES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("figures")
    (folder / "server").mkdir()
    async with php_server(folder / "server", ENCODED) as server:
        wsdls = {service: server.wsdl_url(service) for service in SERVICES}
        async with served("php", server, folder, wsdls) as running:
            yield running
            assert await tolerated(running) == []


async def ask(here: Foreign, service: str, operation: str, drawing: str, more: str = "") -> Answer:
    """An rpc operation with one part takes the part itself; the members of several stand side by side."""
    alone = "rpc" in service and operation.startswith("echo")
    body = drawing if alone else f'{{{more}"drawing": {drawing}}}'
    return await here.bridge.post(f"/v1/{service}/{operation}", body.encode())


def exact(text: str | bytes) -> Any:
    return json.loads(text, parse_float=Decimal)


def expected(service: str, operation: str, drawing: str, scale: str = "") -> list[str]:
    """rpc: the wrapper in the namespace of the binding, the parts in none."""
    if "rpc" in service:
        last = f"<scale>{scale}</scale>" if scale else ""
        body = f"<r:{operation}><drawing>{drawing}</drawing>{last}</r:{operation}>"
    else:
        last = f"<f:scale>{scale}</f:scale>" if scale else ""
        body = f"<f:{operation}><f:drawing>{drawing}</f:drawing>{last}</f:{operation}>"
    return lines(envelope(service, body, f=FIGURES, r=RPC))


@on_all
async def test_the_server_gets_and_understands_what_the_client_said(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "view-drawing", DRAWING, '"scale": 1.50, ')
    assert lines(here.last().exchange.request) == expected(service, "ViewDrawing", SENT, "1.50")
    assert here.last().action == f"{FIGURES}#ViewDrawing"
    assert answer.status == 200, answer.text
    seen = json.loads(answer.json)
    assert seen == ([SEEN, "1.50"] if "rpc" in service else {"class": "stdClass", "drawing": SEEN, "scale": "1.50"})


@on_all
async def test_everything_comes_back(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "echo-drawing", DRAWING)
    assert lines(here.last().exchange.request) == expected(service, "EchoDrawing", SENT)
    assert answer.status == 200, answer.text
    got = exact(answer.body) if "rpc" in service else exact(answer.body)["drawing"]
    told = exact(DRAWING)
    # Repeated elements are always an array, none of them an empty one.
    for figure in (*told["figure"], told["group"][0]["member"][0]):
        figure["label"] = []
    told["group"][2]["member"] = []
    assert got == told
    # PHP's own XML had all of it as well: nothing of this was made up on the way back.
    names = ("Square", "Circle", "Rectangle", "Circle")
    assert types(here.last().exchange.response) == [f"{{{FIGURES}}}{name}" for name in names]


@pytest.mark.parametrize("service", SERVICES[:2])
async def test_what_is_sent_is_valid(here: Foreign, service: str) -> None:
    # xsi:nil alone does not make an element of an abstract type valid; PHP, like others, takes and sends it so.
    await ask(here, service, "echo-drawing", DRAWING.replace('"radius": 0.10}, null]', '"radius": 0.10}]'))
    schema("figures.xsd").assertValid(here.last().payload)


@on_all
async def test_nil_and_absent_of_an_abstract_type(here: Foreign, service: str) -> None:
    for given, sent in (("null", '<f:main xsi:nil="true"/>'), ("", "")):
        member = f', "main": {given}' if given else ""
        answer = await ask(here, service, "echo-drawing", f'{{"title": ""{member}}}')
        assert lines(here.last().exchange.request) == expected(service, "EchoDrawing", f"<f:title/>{sent}")
        got = exact(answer.body) if "rpc" in service else exact(answer.body)["drawing"]
        assert got == {"title": "", **({"main": None} if given else {}), "figure": [], "group": []}


@on_all
async def test_mistakes_of_polymorphism_are_told_and_not_sent(here: Foreign, service: str) -> None:
    before = len(here.server.calls)
    wrong = """{"title": "T", "main": {"id": 1, "name": null}, "figure": [
        {"@type": "figure", "id": 1, "name": null},
        {"@type": "ellipse", "id": 1, "name": null},
        {"@type": "circle", "id": 1, "name": null, "width": 1, "radius": 1},
        {"@type": "rectangle", "id": 1, "name": null, "width": 1, "height": 1, "filled": true, "pattern": "x"},
        null]}"""
    answer = await ask(here, service, "echo-drawing", wrong)
    assert (answer.status, answer.json["code"]) == (422, "does_not_fit")
    start = "" if "rpc" in service else "/drawing"
    pointers = [error["pointer"].removeprefix(start) for error in answer.json["errors"]]
    assert pointers == [
        "/main/@type",
        "/figure/0/@type",
        "/figure/1/@type",
        "/figure/2/width",
        "/figure/3",
        "/figure/4",
    ]
    assert len(here.server.calls) == before
