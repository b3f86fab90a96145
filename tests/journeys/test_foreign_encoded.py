"""rpc/encoded with PHP SoapServer in both versions of SOAP: arrays, Apache's Map, values of any type, derived types,
objects that are met twice. The bytes at the server, what PHP made of them, and its own XML as JSON."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from decimal import Decimal
from typing import Any

import pytest
import pytest_asyncio

from tests.journeys.foreign import Foreign
from tests.journeys.running import Answer
from tests.journeys.wire import encoded, lines, refused, served, tolerated
from tests.servers.php import ENCODED, php_server

pytestmark = [pytest.mark.journey, pytest.mark.timeout(120), pytest.mark.asyncio(loop_scope="module")]

SERVICES = ("encoded", "encoded12")
OWN, APACHE = "urn:example:encoded", "http://xml.apache.org/xml-soap"
ITEM = """{
  "extra": {"size": 4}, "tags": ["a", null, ""], "sold": true, "ratio": 0.1, "photo": "dGV4dA==",
  "day": "2024-02-29", "made": "2024-02-29T23:59:59.5+01:00", "note": null, "colour": "dark blue", "count": 2,
  "price": 12345678901234567890.50, "sku": "Zoë & <b>"
}"""
ITEM_SENT = """<item xsi:type="e:Item">
  <sku xsi:type="xsd:string">Zoë &amp; &lt;b&gt;</sku>
  <price xsi:type="xsd:decimal">12345678901234567890.50</price>
  <count xsi:type="xsd:int">2</count>
  <colour xsi:type="e:Colour">dark blue</colour>
  <note xsi:nil="true"/>
  <made xsi:type="xsd:dateTime">2024-02-29T23:59:59.5+01:00</made>
  <day xsi:type="xsd:date">2024-02-29</day>
  <photo xsi:type="xsd:base64Binary">dGV4dA==</photo>
  <ratio xsi:type="xsd:double">0.1</ratio>
  <sold xsi:type="xsd:boolean">true</sold>
  <tags xsi:type="e:ArrayOfString" [xsd:string 3]>
    <item xsi:type="xsd:string">a</item><item xsi:nil="true"/><item xsi:type="xsd:string"/>
  </tags>
  <extra xsi:type="a:Map">
    <item><key xsi:type="xsd:string">size</key><value xsi:type="xsd:int">4</value></item>
  </extra>
</item>"""
ITEM_SEEN = {
    "class": "Item",
    "sku": "Zoë & <b>",
    "price": "12345678901234567890.50",
    "count": 2,
    "colour": "dark blue",
    "note": None,
    "made": "2024-02-29T23:59:59.5+01:00",
    "day": "2024-02-29",
    "photo": "text",
    "ratio": 0.1,
    "sold": True,
    "tags": ["a", None, ""],
    "extra": {"size": 4},
}
PLAIN = '{"sku": "s", "price": 1.50, "count": 2, "note": ""}'
OFFER = '{"@type": "offer", "sku": "o", "price": 2, "count": 1, "note": "n", "discount": 0.10}'

on_both = pytest.mark.parametrize("service", SERVICES)


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("encoded")
    (folder / "server").mkdir()
    async with php_server(folder / "server", ENCODED) as server:
        wsdls = {service: server.wsdl_url(service) for service in SERVICES}
        async with served("php", server, folder, wsdls) as running:
            yield running
            assert await tolerated(running) == []


async def ask(here: Foreign, service: str, operation: str, body: str, part: str = "") -> Answer:
    """`part`: the name of the one part where it is no object, for a request always is one."""
    text = f'{{"{part}": {body}}}' if part else body
    return await here.bridge.post(f"/v1/{service}/{operation}", text.encode())


def read(text: str | bytes) -> Any:
    return json.loads(text, parse_float=Decimal)


def exact(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return read(answer.body)


def seen(answer: Answer) -> Any:
    """What PHP says that it got."""
    return json.loads(exact(answer))


def sent(here: Foreign) -> list[str]:
    return lines(here.last().exchange.request)


def expected(service: str, operation: str, parts: str, header: str = "") -> list[str]:
    return lines(encoded(service, f"e:{operation}", parts, header, e=OWN, a=APACHE))


@on_both
async def test_a_struct_with_all_its_members(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "view-item", ITEM)
    assert sent(here) == expected(service, "viewItem", ITEM_SENT)
    assert here.last().action == f"{OWN}#viewItem"
    assert seen(answer) == ITEM_SEEN
    assert exact(await ask(here, service, "echo-item", ITEM)) == {"@type": "item", **read(ITEM)}


@on_both
async def test_an_array_of_structs_and_of_derived_ones(here: Foreign, service: str) -> None:
    items = f"[{PLAIN}, {OFFER}, null]"
    parts = """<items xsi:type="e:ArrayOfItem" [e:Item 3]>
      <item xsi:type="e:Item">
        <sku xsi:type="xsd:string">s</sku><price xsi:type="xsd:decimal">1.50</price>
        <count xsi:type="xsd:int">2</count><note xsi:type="xsd:string"/>
      </item>
      <item xsi:type="e:Offer">
        <sku xsi:type="xsd:string">o</sku><price xsi:type="xsd:decimal">2</price>
        <count xsi:type="xsd:int">1</count><note xsi:type="xsd:string">n</note>
        <discount xsi:type="xsd:decimal">0.10</discount>
      </item>
      <item xsi:nil="true"/>
    </items>"""
    answer = await ask(here, service, "view-items", items, "items")
    assert sent(here) == expected(service, "viewItems", parts)
    plain = {"class": "Item", "sku": "s", "price": "1.50", "count": 2, "note": ""}
    offer = {"class": "Offer", "sku": "o", "price": "2", "count": 1, "note": "n", "discount": "0.10"}
    assert seen(answer) == [plain, offer, None]

    got = exact(await ask(here, service, "echo-items", items, "items"))
    assert got == [{"@type": "item", **read(PLAIN)}, read(OFFER), None]


@on_both
async def test_two_parts(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "view-two", f'{{"second": {OFFER}, "first": {PLAIN}}}')
    assert [line.strip().partition(" ")[0] for line in sent(here) if line.startswith(" " * 6 + "first")] == ["first"]
    assert [one["class"] for one in seen(answer)] == ["Item", "Offer"]


@on_both
async def test_arrays_of_simple_items_and_of_arrays(here: Foreign, service: str) -> None:
    for operation, given, parts in (
        (
            "strings",
            '["a", null, "", " b "]',
            (
                '<strings xsi:type="e:ArrayOfString" [xsd:string 4]><item xsi:type="xsd:string">a</item>'
                '<item xsi:nil="true"/><item xsi:type="xsd:string"/><item xsi:type="xsd:string"> b </item></strings>'
            ),
        ),
        ("ints", "[]", '<ints xsi:type="e:ArrayOfInt" [xsd:int 0]/>'),
        (
            "ints",
            "[2147483647]",
            '<ints xsi:type="e:ArrayOfInt" [xsd:int 1]><item xsi:type="xsd:int">2147483647</item></ints>',
        ),
        (
            "rows",
            "[[1, -2], [], [3]]",
            (
                '<rows xsi:type="e:ArrayOfRow" [e:ArrayOfInt 3]>'
                '<item xsi:type="e:ArrayOfInt" [xsd:int 2]><item xsi:type="xsd:int">1</item>'
                '<item xsi:type="xsd:int">-2</item></item><item xsi:type="e:ArrayOfInt" [xsd:int 0]/>'
                '<item xsi:type="e:ArrayOfInt" [xsd:int 1]><item xsi:type="xsd:int">3</item></item></rows>'
            ),
        ),
    ):
        answer = await ask(here, service, f"view-{operation}", given, operation)
        assert sent(here) == expected(service, f"view{operation.title()}", parts)
        assert seen(answer) == read(given)
        assert exact(await ask(here, service, f"echo-{operation}", given, operation)) == read(given)


@on_both
async def test_a_map(here: Foreign, service: str) -> None:
    given = '{"k": 5, "n": null, "deep": {"list": [1, "a"]}, "ä": "t"}'
    parts = """<map xsi:type="a:Map">
      <item><key xsi:type="xsd:string">k</key><value xsi:type="xsd:int">5</value></item>
      <item><key xsi:type="xsd:string">n</key><value xsi:nil="true"/></item>
      <item><key xsi:type="xsd:string">deep</key><value xsi:type="a:Map">
        <item><key xsi:type="xsd:string">list</key><value xsi:type="enc:Array" [xsd:anyType 2]>
          <item xsi:type="xsd:int">1</item><item xsi:type="xsd:string">a</item>
        </value></item>
      </value></item>
      <item><key xsi:type="xsd:string">ä</key><value xsi:type="xsd:string">t</value></item>
    </map>"""
    answer = await ask(here, service, "view-map", given, "map")
    assert sent(here) == expected(service, "viewMap", parts)
    assert seen(answer) == read(given)
    assert exact(await ask(here, service, "echo-map", given, "map")) == read(given)
    answer = await ask(here, service, "view-map", "{}", "map")
    assert sent(here) == expected(service, "viewMap", '<map xsi:type="a:Map"/>')
    assert seen(answer) is None  # what is empty is nothing to PHP


@on_both
async def test_a_map_whose_keys_are_no_strings(here: Foreign, service: str) -> None:
    given = '[{"key": 7, "value": "seven"}, {"key": 8, "value": [true]}]'
    answer = await ask(here, service, "view-map", given, "map")
    assert seen(answer) == {"7": "seven", "8": [True]}
    assert exact(await ask(here, service, "echo-map", given, "map")) == read(given)

    # Keys of both kinds have a form of their own, which goes back as it came.
    mixed = await ask(here, service, "echo-map", '[{"key": 7, "value": null}, {"key": "k", "value": true}]', "map")
    parts = """<map xsi:type="a:Map">
      <item><key xsi:type="xsd:int">7</key><value xsi:nil="true"/></item>
      <item><key xsi:type="xsd:string">k</key><value xsi:type="xsd:boolean">true</value></item>
    </map>"""
    assert sent(here) == expected(service, "echoMap", parts)
    answer = await ask(here, service, "view-map", mixed.text, "map")
    assert sent(here) == expected(service, "viewMap", parts)
    assert seen(answer) == {"7": None, "k": True}


# JSON, the element, what PHP made of it, and what came back where it is something else.
ANY: tuple[tuple[str, str, object, object], ...] = (
    ('"a & b"', '<any xsi:type="xsd:string">a &amp; b</any>', "a & b", "a & b"),
    ('""', '<any xsi:type="xsd:string"/>', "", ""),
    ("true", '<any xsi:type="xsd:boolean">true</any>', True, True),
    ("-5", '<any xsi:type="xsd:int">-5</any>', -5, -5),
    # To PHP every whole number is an xsd:int, and a decimal is a text.
    ("12345678901", '<any xsi:type="xsd:long">12345678901</any>', 12345678901, 12345678901),
    ("1.50", '<any xsi:type="xsd:decimal">1.50</any>', "1.50", "1.50"),
    ("1.5E3", '<any xsi:type="xsd:double">1.5E3</any>', 1500.0, Decimal(1500)),
    ("null", '<any xsi:nil="true"/>', None, None),
    (
        '[1, "a", null, []]',
        (
            '<any xsi:type="enc:Array" [xsd:anyType 4]><item xsi:type="xsd:int">1</item>'
            '<item xsi:type="xsd:string">a</item><item xsi:nil="true"/>'
            '<item xsi:type="enc:Array" [xsd:anyType 0]/></any>'
        ),
        [1, "a", None, []],
        [1, "a", None, []],
    ),
    (
        '{"@type": "{urn:example:encoded}Node", "@value": {"label": "l", "left": {"label": "m"}}}',
        (
            '<any xsi:type="e:Node"><label xsi:type="xsd:string">l</label>'
            '<left xsi:type="e:Node"><label xsi:type="xsd:string">m</label></left></any>'
        ),
        {"class": "Node", "label": "l", "left": {"class": "Node", "label": "m"}},
        {"@type": "{urn:example:encoded}Node", "@value": {"label": "l", "left": {"label": "m"}}},
    ),
    (
        '{"@type": "{http://www.w3.org/2001/XMLSchema}date", "@value": "2024-02-29"}',
        '<any xsi:type="xsd:date">2024-02-29</any>',
        "2024-02-29",
        "2024-02-29",
    ),
)


@on_both
@pytest.mark.parametrize(("given", "element", "view", "back"), ANY)
async def test_values_of_any_type(
    here: Foreign, service: str, given: str, element: str, view: object, back: object
) -> None:
    answer = await ask(here, service, "view-any", given, "any")
    assert sent(here) == expected(service, "viewAny", element)
    assert seen(answer) == view
    assert exact(await ask(here, service, "echo-any", given, "any")) == back


@on_both
async def test_objects_that_are_met_twice_are_read_whole(here: Foreign, service: str) -> None:
    leaf = {"label": "leaf", "left": None, "right": None}
    both = {"label": "both", "left": leaf, "right": leaf}
    answer = await ask(here, service, "shared", '"leaf"', "label")
    raw = here.last().exchange.response
    assert raw.count(b'href="#ref' if service == "encoded" else b'enc:ref="#ref') == 2
    other = {"label": "other", "left": both, "right": None}
    assert exact(answer) == {"label": "root", "left": both, "right": other}

    answer = await ask(here, service, "shared-items", '"twice"', "label")
    assert here.last().exchange.response.count(b"ref1") == 2
    item = {"@type": "item", "sku": "twice", "price": Decimal("1.50"), "count": 1, "note": None}
    offer = {
        "@type": "offer",
        "sku": "o",
        "price": Decimal("2.00"),
        "count": 2,
        "note": "",
        "discount": Decimal("0.10"),
    }
    assert exact(answer) == [item, offer, item, None]


@on_both
async def test_a_cycle_is_refused_clearly(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "cycle", '"a"', "label")
    assert "refers to itself; a circle has no form in JSON" in await refused(here, answer)


@on_both
async def test_nil_as_a_whole_answer(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "nothing", "{}")
    assert sent(here) == expected(service, "nothing", "")
    assert (answer.status, answer.body) == (200, b"null")


@on_both
async def test_a_fault_with_an_encoded_detail(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "fail", '"here"', "label")
    told = answer.json
    assert (answer.status, told["code"], told["detail"]) == (422, "fault", "It is lost.")
    assert told["fault"] == {"label": "here", "code": 7}


@on_both
async def test_an_encoded_header(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "who-am-i", '{"headers": {"who": {"level": 4, "user": "Zoë"}}}')
    header = '<e:who xsi:type="e:Who"><user xsi:type="xsd:string">Zoë</user><level xsi:type="xsd:int">4</level></e:who>'
    assert sent(here) == expected(service, "whoAmI", "", header)
    assert seen(answer) == {"class": "stdClass", "user": "Zoë", "level": 4}
    assert exact(await ask(here, service, "who-am-i", "{}")) == "nobody"


@on_both
async def test_several_dimensions_are_not_offered(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "echo-grid", "[[1]]", "grid")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    warning = await here.bridge.log.event("contract-warning", upstream=service)
    assert "echoGrid is left out" in warning["warning"]
    assert "it is an array of several dimensions (xs:int[,])" in warning["warning"]


@on_both
async def test_mistakes_are_told_where_they_are(here: Foreign, service: str) -> None:
    before = len(here.server.calls)
    bad = f'[{{"sku": "s"}}, {OFFER.replace("offer", "node")}]'
    for operation, part, wrong, pointers in (
        ("echo-rows", "rows", '[[1, "a"], 2]', ["/rows/0/1", "/rows/1"]),
        ("echo-items", "items", bad, ["/items/0/price", "/items/0/count", "/items/1/@type"]),
        ("echo-item", "", PLAIN.replace("1.50", '"1.50"'), ["/price"]),
        ("echo-any", "any", '{"@type": "{urn:example:encoded}Nothing", "@value": {}}', ["/any/@type"]),
        ("echo-map", "map", '"a"', ["/map"]),
    ):
        answer = await ask(here, service, operation, wrong, part)
        assert (answer.status, answer.json["code"]) == (422, "does_not_fit"), answer.text
        assert {error["pointer"] for error in answer.json["errors"]} >= set(pointers)
    assert len(here.server.calls) == before
