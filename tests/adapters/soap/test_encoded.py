"""SOAP-encoded operations from JSON to the wire and back: what is written, and answers as real servers write them."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.codec import is_encoded
from adapters.soap.contract import Version
from adapters.soap.mock import MockService
from bridge.errors import ContractError, DoesNotFit
from bridge.formats.xml.decode import Unreadable
from bridge.formats.xml.view import ViewOptions
from bridge.shapes.json import dumps, loads
from bridge.shapes.schema import json_schema
from tests.adapters.soap.encoded import E11, E12, OPERATIONS, codec, envelope, projection

both = pytest.mark.parametrize("version", ["1.1", "1.2"])


def request(name: str, value: str, version: Version = "1.1") -> str:
    """The Body's content of a request, as text, without the declarations that stand on the envelope."""
    given = loads(f'{{"in":{value},"limit":5}}'.encode())
    root = etree.fromstring(codec(name, version).encode_request(given))
    [body] = [one for one in root if str(one.tag).endswith("Body")]
    text = etree.tostring(body[0]).decode()
    head, _, inside = text.partition(">")
    declared = [word for word in head.split(" ") if not word.startswith("xmlns:")]
    return " ".join(declared) + ">" + inside


def answer(name: str, body: str, version: Version = "1.1") -> str:
    """The JSON of an answer whose Body holds the usual wrapper with `body` in it."""
    return read(name, f'<r:{name}Response xmlns:r="urn:call">{body}</r:{name}Response>', version)


def read(name: str, body: str, version: Version = "1.1") -> str:
    found = codec(name, version).decode_answer(envelope(body, version), strict=True).json
    assert found is not None
    return found


# ── what is written ──────────────────────────────────────────────────────────────────────────────────────────────


def test_every_element_says_its_type():
    text = request("Walk", '{"name":"a","weight":4,"next":{"@type":"leaf","name":"b","colour":"red"}}')
    assert text == (
        '<ns1:Walk soap:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/">'
        '<in xsi:type="ns2:Node"><name xsi:type="ns3:string">a</name><weight xsi:type="ns3:long">4</weight>'
        '<next xsi:type="ns2:Leaf"><name xsi:type="ns3:string">b</name>'
        '<colour xsi:type="ns2:Colour">red</colour></next></in><limit xsi:type="ns3:int">5</limit></ns1:Walk>'
    )


def test_an_array_says_what_it_holds_and_how_many():
    text = request("List", '[{"name":"a"},null]')
    assert '<in xsi:type="ns2:Nodes" ns4:arrayType="ns2:Node[2]"><item xsi:type="ns2:Node">' in text.replace(
        "ns3:arr", "ns4:arr"
    )
    assert '<item xsi:nil="true"/></in>' in text


def test_an_array_of_soap_12():
    text = request("List", "[]", "1.2")
    assert 'soap:encodingStyle="http://www.w3.org/2003/05/soap-encoding"' in text
    assert ':itemType="' in text
    assert ':arraySize="0"' in text
    assert "arrayType" not in text


def test_an_array_of_arrays():
    text = request("Table", "[[1,2],[]]")
    assert ':int[][2]"><item xsi:type="ns' in text
    assert ':Array" ns' in text
    assert ':int[2]"><item xsi:type="' in text
    assert ':int[0]"/>' in text


def test_null_is_nil_although_the_schema_knows_none():
    assert '<in xsi:nil="true"/><limit xsi:type' in request("Walk", "null")


def test_what_does_not_fit_is_told_with_its_place():
    with pytest.raises(DoesNotFit) as caught:
        request("List", '[{"name":"a","weight":"much"}]')
    assert [one.pointer for one in caught.value.errors] == ["/in/0/weight"]


@pytest.mark.parametrize(
    ("number", "type_"),
    [
        ("0", "int"),
        ("-2147483648", "int"),
        ("2147483648", "long"),
        ("-9223372036854775808", "long"),
        ("9223372036854775808", "integer"),
        ("1" * 400, "integer"),
        ("1.50", "decimal"),
        ("1.5E300", "double"),
    ],
)
def test_a_number_of_any_type_says_which_it_is(number: str, type_: str):
    text = request("Any", number)
    assert f':{type_}">{number}</in>' in text


def test_several_dimensions_cost_the_operation_that_needs_them():
    with pytest.raises(ContractError, match="several dimensions"):
        codec("Grid")
    assert not codec("List").contract.problem


@both
@pytest.mark.parametrize("style", ["rpc", "document"])
@pytest.mark.parametrize("name", sorted(OPERATIONS.keys() - {"Grid"}))
def test_examples_come_back(name: str, style: str, version: Version):
    made = codec(name, version, style)
    back = made.decode_request(etree.fromstring(made.encode_request(loads(made.example.request))))
    assert loads(back.encode()) == loads(made.example.request)
    assert made.example.answer is not None
    root = etree.fromstring(made.encode_answer(loads(made.example.answer)))
    assert loads((made.decode_answer(root, strict=True).json or "").encode()) == loads(made.example.answer)


VALUES = [
    '"text"',
    '"<&>"',
    '""',
    "true",
    "12345678901",
    "1.50",
    "1.5E3",
    "null",
    "[]",
    '[1,"a",null,[true],{"k":[]}]',
    "{}",
    '{"colour":"red","":null,"größe":{"a":1}}',
    '{"@type":"{urn:graph}Leaf","@value":{"name":"a","next":null,"colour":"red"}}',
    '{"@type":"{urn:graph}Colour","@value":"green"}',
    '{"@type":"{http://www.w3.org/2001/XMLSchema}dateTime","@value":"2026-01-15T09:30:00Z"}',
    '{"@type":"{http://www.w3.org/2001/XMLSchema}base64Binary","@value":"AAEC"}',
    '{"@type":"{http://schemas.xmlsoap.org/soap/encoding/}Struct","@value":{"a":1,"{urn:x}b":"c"}}',
    '{"@type":"{http://xml.apache.org/xml-soap}Map","@value":[{"key":1,"value":"one"},{"key":true,"value":null}]}',
    '{"@type":"{http://xml.apache.org/xml-soap}Map","@value":[{"key":{"@attributes":{"a":"b"}},"value":1}]}',
    '{"@type":"{http://www.w3.org/2001/XMLSchema}double","@value":"INF"}',
    '{"@content":[{"@name":"{urn:x}y","@content":["z"]}]}',
]


@both
@pytest.mark.parametrize("value", VALUES)
def test_a_value_of_any_type_comes_back_as_it_was(value: str, version: Version):
    made = codec("Any", version)
    assert made.decode_answer(etree.fromstring(made.encode_answer(loads(value.encode()))), strict=True).json == value


def test_a_number_may_say_another_type_than_it_would_get():
    text = request("Any", '{"@type":"{http://www.w3.org/2001/XMLSchema}short","@value":5}')
    assert ':short">5</in>' in text


GRAPH = f'"href":"#x" "{{{E11}}}root":"0" "{{{E11}}}arrayType":"x:int[2]" "{{{E12}}}id":"x" "{{{E12}}}itemType":"x:int"'


@pytest.mark.parametrize("value", ['{"@attributes":%s}', '{"a":[{"@attributes":%s,"@content":["t"]}]}'])
@pytest.mark.parametrize("attribute", [*GRAPH.split(), '"{http://www.w3.org/2003/05/soap-envelope}encodingStyle":""'])
def test_attributes_that_make_a_graph_are_refused_in_free_xml(value, attribute):
    """They would be followed or taken away by whoever reads them."""
    name = attribute[1:].partition('":')[0]
    with pytest.raises(DoesNotFit) as refused:
        request("Any", value % f"{{{attribute}}}")
    [error] = refused.value.errors
    assert error.pointer.endswith("/@attributes/" + name.replace("~", "~0").replace("/", "~1"))


@pytest.mark.parametrize("attribute", ['"id":"x"', '"href":"http://far.example/"', '"{urn:x}root":"0"'])
def test_attributes_of_others_come_back_from_free_xml(attribute):
    value = f'{{"@attributes":{{{attribute}}}}}'
    root = etree.fromstring(codec("Any").encode_request(loads(f'{{"in":{value},"limit":5}}'.encode())))
    assert codec("Any").decode_request(root) == f'{{"in":{value},"limit":5}}'
