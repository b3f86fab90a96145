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


@pytest.mark.parametrize(
    "value",
    [
        '{"@type":"{urn:graph}Nothing","@value":1}',
        '{"@type":"{urn:graph}Colour","@value":"blue"}',
        '{"@type":"{http://xml.apache.org/xml-soap}Map","@value":[{"key":1}]}',
        '{"@type":"{http://schemas.xmlsoap.org/soap/encoding/}Struct","@value":{"no name":1}}',
        '{"@type":"{http://schemas.xmlsoap.org/soap/encoding/}Struct","@value":[]}',
        '"\\u0001"',
    ],
)
def test_a_value_of_any_type_that_cannot_be_written_is_refused(value: str):
    with pytest.raises(DoesNotFit):
        request("Any", value)


def test_numbers_as_texts_are_told_from_texts():
    made = projection("1.1", "rpc", ViewOptions(numbers="string")).operation("Any")
    root = envelope('<r:AnyResponse xmlns:r="urn:call"><return xsi:type="xsd:long">7</return></r:AnyResponse>')
    value = made.decode_answer(root).json
    assert value == '{"@type":"{http://www.w3.org/2001/XMLSchema}long","@value":"7"}'


def test_a_literal_header_may_stand_above_an_encoded_body_and_both_are_described_in_one_table():
    description = codec("Walk").description
    schema = dumps(json_schema(description.input))
    assert '"Node"' in schema
    assert description.input.table is description.output.table


# ── answers as servers write them ────────────────────────────────────────────────────────────────────────────────


def test_axis_1_sends_what_it_refers_to_beside_the_message():
    body = """
      <ns1:ListResponse soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/" xmlns:ns1="urn:call">
       <ListReturn soapenc:arrayType="ns2:Node[2]" xsi:type="soapenc:Array" xmlns:ns2="urn:graph">
        <ListReturn href="#id0"/><ListReturn href="#id1"/></ListReturn></ns1:ListResponse>
      <multiRef id="id1" soapenc:root="0" soapenv:encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"
        xsi:type="ns3:Leaf" xmlns:ns3="urn:graph"><name xsi:type="soapenc:string">b</name>
        <next href="#id0"/><colour xsi:type="ns3:Colour">red</colour></multiRef>
      <multiRef id="id0" soapenc:root="0" xsi:type="ns4:Node" xmlns:ns4="urn:graph">
        <name xsi:type="xsd:string">a</name><weight href="#id2"/><next xsi:type="ns4:Node" xsi:nil="true"/></multiRef>
      <multiRef id="id2" soapenc:root="0" xsi:type="xsd:long">7</multiRef>"""
    first = '{"@type":"node","name":"a","weight":7,"next":null}'
    assert read("List", body) == f'[{first},{{"@type":"leaf","name":"b","next":{first},"colour":"red"}}]'


def test_php_sends_what_is_there_twice_once_and_then_refers_to_it():
    body = """<ns1:ListResponse xmlns:ns1="urn:call"><return soapenc:arrayType="t:Node[2]" xsi:type="t:Nodes">
      <item id="ref1" xsi:type="t:Node"><name xsi:type="xsd:string">a</name></item><item href="#ref1"/>
      </return></ns1:ListResponse>"""
    assert read("List", body) == '[{"@type":"node","name":"a"},{"@type":"node","name":"a"}]'


def test_php_with_soap_12_says_which_is_the_result():
    body = """<ns1:ListResponse xmlns:ns1="urn:call" xmlns:rpc="http://www.w3.org/2003/05/soap-rpc"
       soapenv:encodingStyle="http://www.w3.org/2003/05/soap-encoding"><rpc:result>return</rpc:result>
      <return enc:itemType="t:Node" enc:arraySize="2" xsi:type="t:Nodes"><item enc:id="ref1" xsi:type="t:Node">
      <name xsi:type="xsd:string">a</name></item><item enc:ref="#ref1"/></return></ns1:ListResponse>"""
    assert read("List", body, "1.2") == '[{"@type":"node","name":"a"},{"@type":"node","name":"a"}]'


def test_gsoap_names_references_without_a_sign_in_soap_12_and_leaves_types_out():
    body = """<t:WalkResponse><return enc:id="_1"><name>a</name><next><name enc:id="_2">b</name>
      <next><name enc:ref="_2"/></next></next></return></t:WalkResponse>"""
    found = codec("Walk", "1.2").decode_answer(envelope(body, "1.2"))
    inner = '{"@type":"node","name":"b","next":{"@type":"node","name":"b"}}'
    assert found.json == f'{{"@type":"node","name":"a","next":{inner}}}'
    assert found.tolerances == {"wrong-wrapper": 1}


def test_apache_soap_2_speaks_the_schema_of_1999():
    body = """<ns1:AnyResponse xmlns:ns1="urn:call"><return xmlns:ns2="http://schemas.xmlsoap.org/soap/encoding/"
      xmlns:old="http://www.w3.org/1999/XMLSchema-instance" xmlns:o="http://www.w3.org/1999/XMLSchema"
      old:type="ns2:Array" ns2:arrayType="o:string[2]"><item old:type="o:int">4</item><item old:null="1"/></return>
      </ns1:AnyResponse>"""
    assert read("Any", body) == "[4,null]"


def test_soap_lite_names_a_result_as_it_likes():
    body = """<namesp1:WalkResponse xmlns:namesp1="urn:call"><s-gensym3 xsi:type="t:Node">
      <name xsi:type="xsd:string">a</name></s-gensym3></namesp1:WalkResponse>"""
    assert read("Walk", body) == '{"@type":"node","name":"a"}'


def test_dot_net_1_writes_the_array_after_the_message():
    body = """<q:ListResponse xmlns:q="urn:call"><return href="#id1"/></q:ListResponse>
      <soapenc:Array id="id1" soapenc:arrayType="tns:Node[1]" xmlns:tns="urn:graph"><Item href="#id2"/></soapenc:Array>
      <tns:Node id="id2" xsi:type="tns:Node" xmlns:tns="urn:graph"><name xsi:type="xsd:string">a</name></tns:Node>"""
    assert read("List", body) == '[{"@type":"node","name":"a"}]'


def test_items_may_be_named_by_their_type():
    body = """<return xsi:type="soapenc:Array" soapenc:arrayType="xsd:anyType[2]"><soapenc:string>a</soapenc:string>
      <soapenc:int>4</soapenc:int></return>"""
    assert answer("Bare", body) == '["a",4]'


def test_items_without_a_type_have_the_one_that_the_array_says():
    assert answer("Bare", '<return soapenc:arrayType="xsd:int[2]"><i>1</i><i>2</i></return>') == "[1,2]"


def test_a_map_of_apache():
    entry = '<item><key xsi:type="xsd:string">k</key><value xsi:type="xsd:int">{}</value></item>'
    body = f'<return xsi:type="apachesoap:Map">{entry.format(1)}</return>'
    assert answer("Map", body) == answer("Any", body) == '{"k":1}'
    twice = f'<return xsi:type="apachesoap:Map">{entry.format(1)}{entry.format(2)}</return>'
    assert answer("Any", twice).startswith('{"@type":"{http://xml.apache.org/xml-soap}Map","@content":[')
    assert answer("Map", '<return xsi:type="soapenc:Array" soapenc:arrayType="xsd:ur-type[0]"/>') == "{}"


def test_a_map_with_attributes_keeps_them():
    assert answer("Map", '<return a="b"/>') == '{"@attributes":{"a":"b"}}'
    made = codec("Map")
    written = made.encode_answer(loads(b'{"@attributes":{"a":"b"}}'))
    assert made.decode_answer(etree.fromstring(written), strict=True).json == '{"@attributes":{"a":"b"}}'


def test_an_entry_without_a_key_is_no_map():
    with pytest.raises(Unreadable, match="no key"):
        answer("Map", "<return><item><value>1</value></item></return>")


def test_a_vector_of_apache_is_an_array():
    body = '<return xsi:type="apachesoap:Vector"><item xsi:type="xsd:double">1.5</item></return>'
    assert answer("Any", body) == "[1.5]"


def test_what_is_left_out_of_an_array_is_null():
    node = "<item{}><name>a</name></item>"
    said = '{"@type":"node","name":"a"}'
    whole = f'<return soapenc:arrayType="t:Node[4]" soapenc:offset="[2]">{node.format("")}</return>'
    assert answer("List", whole) == f"[null,null,{said}]"
    position = ' soapenc:position="[{}]"'
    sparse = f"<return>{node.format(position.format(1))}{node.format(position.format(3))}</return>"
    assert answer("List", sparse) == f"[null,{said},null,{said}]"


@pytest.mark.parametrize(
    "body",
    [
        '<return soapenc:arrayType="xsd:int[2,3]"><i>1</i></return>',
        '<return soapenc:arrayType="t:Node[1]" soapenc:offset="[1,2]"/>',
        '<return><item soapenc:position="[3]"/><item soapenc:position="[1]"/></return>',
        '<return soapenc:offset="[999999999]"/>',
        '<return soapenc:offset="[-1]"/>',
    ],
)
def test_an_array_that_has_no_json_is_refused(body: str):
    with pytest.raises(Unreadable):
        answer("List", body)


def test_a_compatible_type_is_read_as_the_declared_one():
    assert answer(
        "Walk", '<return><name xsi:type="soapenc:string">a</name><weight xsi:type="xsd:int">7</weight></return>'
    ) == ('{"@type":"node","name":"a","weight":7}')


def test_a_type_that_nobody_declared_is_kept_as_it_is():
    body = '<return xsi:type="q:Odd" xmlns:q="urn:odd"><a xsi:type="xsd:int">1</a></return>'
    assert answer("Any", body).startswith('{"@type":"{urn:odd}Odd","@content":[{"@name":"a"')


# ── faults, one-way, the mock ────────────────────────────────────────────────────────────────────────────────────


def test_faults_that_share_a_name_are_told_apart_by_their_type():
    body = """<soapenv:Fault><faultcode>soapenv:Server</faultcode><faultstring>no</faultstring><detail>
      <q:fault href="#id0" xmlns:q="urn:call"/><x:hostname xmlns:x="http://xml.apache.org/axis/">h</x:hostname></detail>
      </soapenv:Fault><multiRef id="id0" soapenc:root="0" xsi:type="q:Trouble" xmlns:q="urn:graph">
      <level xsi:type="xsd:int">3</level></multiRef>"""
    fault = codec("Walk").decode_fault(envelope(body))
    assert (fault.name, fault.detail, fault.text) == ("Trouble", '{"level":3}', "no")


def test_a_fault_that_refers_to_nothing_is_still_a_fault():
    body = """<soapenv:Fault><faultcode>soapenv:Client</faultcode><faultstring>no</faultstring>
      <detail><fault href="#gone"/></detail></soapenv:Fault>"""
    assert codec("Walk").decode_fault(envelope(body)).text == "no"


@both
def test_a_fault_is_written_with_its_type(version: Version):
    text = codec("Walk", version).encode_fault("Problem", loads(b'{"why":"x"}'), "no")
    fault = codec("Walk", version).decode_fault(etree.fromstring(text))
    assert (fault.name, fault.detail) == ("Problem", '{"why":"x"}')
    assert b':Problem"><why xsi:type="' in text


@both
def test_the_mock_answers_what_the_codec_asks(version: Version):
    mock = MockService(projection(version).contract)
    assert mock.codecs.keys() == OPERATIONS.keys() - {"Grid"}
    for name, made in mock.codecs.items():
        answered = mock.answer(made.encode_request(loads(made.example.request)), action=f"urn:{name}")
        assert answered.status == 200, answered.body
        assert made.decode_answer(etree.fromstring(answered.body), strict=True).json is not None


def test_the_mock_reads_requests_with_references():
    body = """<q:List xmlns:q="urn:call"><in soapenc:arrayType="t:Node[1]"><item href="#id0"/></in>
      <limit xsi:type="xsd:int">1</limit></q:List><multiRef id="id0"><name>a</name></multiRef>"""
    answered = MockService(projection().contract).answer(etree.tostring(envelope(body)))
    assert (answered.status, answered.operation) == (200, "List")


def test_which_operations_are_encoded():
    assert all(is_encoded(one) for one in projection().contract.operations.values() if not one.problem)


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
