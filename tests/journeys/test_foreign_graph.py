"""An rpc/encoded service of gSOAP, read from the WSDLs that gSOAP wrote, in both versions of SOAP.

Arrays, arrays of arrays, derived classes, nil, graphs of shared nodes: the bytes at the server, what its C++ objects
were, and its own multi-reference XML as JSON.
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
from tests.journeys.wire import encoded, lines, refused, served, tolerated
from tests.servers.gsoap import gsoap_server

# The first run compiles.
pytestmark = [pytest.mark.journey, pytest.mark.timeout(300), pytest.mark.asyncio(loop_scope="module")]

SERVICES = ("graph", "graph12")
GRAPH = "urn:example:graph"

SHAPES = """[
  {"@type": "circle", "name": "c", "colour": "DARK-BLUE", "radius": 1.5},
  {"@type": "square", "width": 2, "height": 3.25, "tilted": true},
  null,
  {"@type": "shape", "name": ""},
  {"@type": "rectangle", "name": "r", "width": 1, "height": 1}
]"""
RECORD = """{
  "shape": {"@type": "circle", "name": "c", "radius": 0.5},
  "words": ["a", null, ""],
  "optional": -7, "colour": "GREEN", "content": "AP8QdGV4dA==", "amount": 1234567890123456789.50,
  "span": "P1Y2M3DT4H5M6.7S", "moment": "2024-02-29T23:59:59.5+01:00", "day": "2024-02-29",
  "text": "Zoë & <b>", "factor": 0.375, "ratio": -0.25, "count": 4294967295, "huge": 9007199254740993,
  "tiny": -128, "flag": true
}"""
TREE = """{"label": "root", "left": {"label": "a", "left": {"label": "b"}}, "right": {"label": ""}}"""


@pytest_asyncio.fixture(scope="module", loop_scope="module")
async def here(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Foreign]:
    folder = tmp_path_factory.mktemp("graph")
    async with gsoap_server(folder, "graph") as server:
        wsdls = {service: str(folder / f"{service}.wsdl") for service in SERVICES}
        async with served("gsoap", server, folder, wsdls) as running:
            yield running
            # gSOAP leaves out parts that are no objects.
            assert all('kind="missing-required",operation="echoTwo"' in line for line in await tolerated(running))


on_both = pytest.mark.parametrize("service", SERVICES)


async def ask(here: Foreign, service: str, operation: str, body: str, part: str = "") -> Answer:
    """`part`: the name of the one part where it is no object, for a request always is one."""
    text = f'{{"{part}": {body}}}' if part else body
    return await here.bridge.post(f"/v1/{service}/{operation}", text.encode())


def exact(answer: Answer) -> Any:
    assert answer.status == 200, answer.text
    return read(answer.body)


def read(text: str | bytes) -> Any:
    return json.loads(text, parse_float=Decimal)


def sent(here: Foreign) -> list[str]:
    return lines(here.last().exchange.request)


def expected(service: str, operation: str, parts: str, header: str = "") -> list[str]:
    return lines(encoded(service, f"g:{operation}", parts, header, g=GRAPH))


@on_both
async def test_the_array_of_a_base_class_holds_derived_ones_and_nil(here: Foreign, service: str) -> None:
    parts = """<shapes xsi:type="g:ArrayOfShape" [g:Shape 5]>
      <item xsi:type="g:Circle">
        <name xsi:type="xsd:string">c</name><colour xsi:type="g:Colour">DARK-BLUE</colour>
        <radius xsi:type="xsd:double">1.5</radius>
      </item>
      <item xsi:type="g:Square">
        <width xsi:type="xsd:double">2</width><height xsi:type="xsd:double">3.25</height>
        <tilted xsi:type="xsd:boolean">true</tilted>
      </item>
      <item xsi:nil="true"/>
      <item xsi:type="g:Shape"><name xsi:type="xsd:string"/></item>
      <item xsi:type="g:Rectangle">
        <name xsi:type="xsd:string">r</name>
        <width xsi:type="xsd:double">1</width><height xsi:type="xsd:double">1</height>
      </item>
    </shapes>"""
    answer = await ask(here, service, "describe-shapes", SHAPES, "shapes")
    assert sent(here) == expected(service, "describeShapes", parts)
    assert exact(answer) == '5; Circle 1.5 "c" #2; Square 2x3.25 tilted null; null; Shape ""; Rectangle 1x1 "r"'

    answer = await ask(here, service, "echo-shapes", SHAPES, "shapes")
    assert sent(here) == expected(service, "echoShapes", parts)
    assert exact(answer) == read(SHAPES)


@on_both
async def test_each_member_says_its_type(here: Foreign, service: str) -> None:
    parts = """<record xsi:type="g:Record">
      <flag xsi:type="xsd:boolean">true</flag>
      <tiny xsi:type="xsd:byte">-128</tiny>
      <huge xsi:type="xsd:long">9007199254740993</huge>
      <count xsi:type="xsd:unsignedInt">4294967295</count>
      <ratio xsi:type="xsd:float">-0.25</ratio>
      <factor xsi:type="xsd:double">0.375</factor>
      <text xsi:type="xsd:string">Zoë &amp; &lt;b&gt;</text>
      <day xsi:type="xsd:date">2024-02-29</day>
      <moment xsi:type="xsd:dateTime">2024-02-29T23:59:59.5+01:00</moment>
      <span xsi:type="xsd:duration">P1Y2M3DT4H5M6.7S</span>
      <amount xsi:type="xsd:decimal">1234567890123456789.50</amount>
      <content xsi:type="xsd:base64Binary">AP8QdGV4dA==</content>
      <colour xsi:type="g:Colour">GREEN</colour>
      <optional xsi:type="xsd:int">-7</optional>
      <words xsi:type="g:ArrayOfstring" [xsd:string 3]>
        <item xsi:type="xsd:string">a</item><item xsi:nil="true"/><item xsi:type="xsd:string"/>
      </words>
      <shape xsi:type="g:Circle"><name xsi:type="xsd:string">c</name><radius xsi:type="xsd:double">0.5</radius></shape>
    </record>"""
    answer = await ask(here, service, "describe-record", RECORD)
    assert sent(here) == expected(service, "describeRecord", parts)
    assert exact(answer) == (
        '1 -128 9007199254740993 4294967295 -0.25 0.375 "Zoë & <b>" "2024-02-29" "2024-02-29T23:59:59.5+01:00" '
        '"P1Y2M3DT4H5M6.7S" "1234567890123456789.50" 7 bytes #1 -7 3 words Circle 0.5 "c"'
    )
    assert exact(await ask(here, service, "echo-record", RECORD)) == read(RECORD)


@on_both
async def test_nil_absent_and_empty(here: Foreign, service: str) -> None:
    for given, element, seen in (
        ('{"label": null}', '<label xsi:nil="true"/>', "1:null(- -)"),
        ("{}", "", "1:null(- -)"),
        ('{"label": ""}', '<label xsi:type="xsd:string"/>', '1:""(- -)'),
        ('{"label": "", "left": null, "right": {}}', None, '1:""(- 2:null(- -))'),
    ):
        if element is None:
            element = '<label xsi:type="xsd:string"/><left xsi:nil="true"/><right xsi:type="g:Node"/>'
        answer = await ask(here, service, "describe-node", given)
        assert sent(here) == expected(service, "describeNode", f'<node xsi:type="g:Node">{element}</node>')
        assert exact(answer) == seen
    answer = await ask(here, service, "describe-words", "null", "words")
    assert sent(here) == expected(service, "describeWords", '<words xsi:nil="true"/>')
    assert exact(answer) == "nothing"
    # What gSOAP writes for no node at all is an empty one.
    assert exact(await ask(here, service, "nothing", "{}")) == {}


@on_both
async def test_arrays_of_texts_and_of_arrays(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "describe-words", '["a", null, "", " b "]', "words")
    words = (
        '<item xsi:type="xsd:string">a</item><item xsi:nil="true"/><item xsi:type="xsd:string"/>'
        '<item xsi:type="xsd:string"> b </item>'
    )
    parts = f'<words xsi:type="g:ArrayOfstring" [xsd:string 4]>{words}</words>'
    assert sent(here) == expected(service, "describeWords", parts)
    assert exact(answer) == '"a",null,""," b "'

    parts = """<rows xsi:type="g:ArrayOfArrayOfint" [g:ArrayOfint 3]>
      <item xsi:type="g:ArrayOfint" [xsd:int 2]>
        <item xsi:type="xsd:int">1</item><item xsi:type="xsd:int">-2</item>
      </item>
      <item xsi:type="g:ArrayOfint" [xsd:int 0]/>
      <item xsi:type="g:ArrayOfint" [xsd:int 1]><item xsi:type="xsd:int">3</item></item>
    </rows>"""
    answer = await ask(here, service, "describe-rows", "[[1, -2], [], [3]]", "rows")
    assert sent(here) == expected(service, "describeRows", parts)
    assert exact(answer) == "[1 -2 ][][3 ]"
    assert exact(await ask(here, service, "echo-rows", "[[1, -2], [], [3]]", "rows")) == [[1, -2], [], [3]]
    for numbers in ("[]", "[0]", "[2147483647, -2147483648]"):
        assert exact(await ask(here, service, "echo-numbers", numbers, "numbers")) == read(numbers)


@on_both
async def test_a_tree_arrives_as_one(here: Foreign, service: str) -> None:
    parts = """<node xsi:type="g:Node">
      <label xsi:type="xsd:string">root</label>
      <left xsi:type="g:Node">
        <label xsi:type="xsd:string">a</label>
        <left xsi:type="g:Node"><label xsi:type="xsd:string">b</label></left>
      </left>
      <right xsi:type="g:Node"><label xsi:type="xsd:string"/></right>
    </node>"""
    answer = await ask(here, service, "describe-node", TREE)
    assert sent(here) == expected(service, "describeNode", parts)
    assert exact(answer) == '1:"root"(2:"a"(3:"b"(- -) -) 4:""(- -))'
    assert exact(await ask(here, service, "echo-node", TREE)) == read(TREE)
    two = f'{{"second": null, "first": {TREE}}}'
    # gSOAP leaves out a part that is no node.
    assert exact(await ask(here, service, "echo-two", two)) == {"first": read(TREE)}


@on_both
async def test_a_graph_of_shared_nodes_is_read_whole(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "shared", '"leaf"', "label")
    assert sent(here) == expected(service, "shared", '<label xsi:type="xsd:string">leaf</label>')
    raw = here.last().exchange.response.decode()
    # In 1.1 the shared nodes stand beside the answer, in 1.2 where each is met first.
    assert raw.count('href="#_' if service == "graph" else 'SOAP-ENC:ref="_') == (5 if service == "graph" else 3), raw
    leaf = {"label": "leaf"}
    both = {"label": "both", "left": leaf, "right": leaf}
    assert exact(answer) == {"label": "root", "left": both, "right": {"label": "other", "left": both, "right": leaf}}


@on_both
async def test_a_cycle_is_refused_clearly(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "cycle", '"a"', "label")
    assert "refers to itself; a circle has no form in JSON" in await refused(here, answer)


@on_both
async def test_an_array_that_starts_later_keeps_its_places(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "sparse", "2", "offset")
    raw = here.last().exchange.response
    assert (b'SOAP-ENC:offset="[2]"' in raw) == (service == "graph"), raw
    assert exact(answer) == ([None, None, 1, 2, 3] if service == "graph" else [1, 2, 3])


@on_both
async def test_several_dimensions_are_not_offered_and_it_says_why(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "echo-matrix", "[[1]]", "matrix")
    assert (answer.status, answer.json["code"]) == (404, "not_found")
    warning = await here.bridge.log.event("contract-warning", upstream=service)
    assert "echoMatrix is left out" in warning["warning"]
    assert "it is an array of several dimensions (xsd:double[,])" in warning["warning"]


@on_both
async def test_a_declared_fault_and_a_header(here: Foreign, service: str) -> None:
    answer = await ask(here, service, "fail", '"here"', "label")
    told = answer.json
    assert (answer.status, told["code"], told["detail"]) == (422, "fault", "It is lost.")
    assert told["fault"] == {"label": "here", "code": 7}

    answer = await ask(here, service, "who-am-i", '{"headers": {"who": {"level": 4, "user": "Zoë"}}}')
    # gSOAP declares its headers literal.
    header = "<g:who><user>Zoë</user><level>4</level></g:who>"
    assert sent(here) == expected(service, "whoAmI", "", header)
    assert exact(answer) == '"Zoë" 4'


@on_both
async def test_mistakes_are_told_where_they_are(here: Foreign, service: str) -> None:
    before = len(here.server.calls)
    for operation, part, wrong, pointers in (
        ("echo-rows", "rows", '[[1, "a"], 2]', ["/rows/0/1", "/rows/1"]),
        ("echo-shapes", "shapes", '[{"@type": "circle"}, {"@type": "node"}]', ["/shapes/0/radius", "/shapes/1/@type"]),
        ("echo-numbers", "numbers", "{}", ["/numbers"]),
    ):
        answer = await ask(here, service, operation, wrong, part)
        assert (answer.status, answer.json["code"]) == (422, "does_not_fit")
        assert [error["pointer"] for error in answer.json["errors"]] == pointers
    assert len(here.server.calls) == before
