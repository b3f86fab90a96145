"""Operations of a contract between JSON and envelopes: wrappers, headers, faults, limits, and a slice of real WSDLs."""

from __future__ import annotations

import asyncio
import json
import random
import sys
import tempfile
from collections import Counter
from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Contract, Version
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import NAMESPACES, NoEnvelope
from adapters.soap.judge import Judge
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import ContractError, DoesNotFit
from bridge.formats.xml.reading import Unreadable
from bridge.shapes.json import dumps, loads
from bridge.shapes.samples import NoSample, sample
from tests.adapters.soap.corpus import corpus
from tests.adapters.soap.shop import contract

both = pytest.mark.parametrize("version", ["1.1", "1.2"])
TYPES = """
  <x:element name="Walk"><x:complexType><x:sequence><x:element name="Node" type="t:Node"/></x:sequence>
  </x:complexType></x:element>
  <x:element name="WalkResponse"><x:complexType><x:sequence>
    <x:element name="Node" type="t:Node" minOccurs="0" nillable="true"/></x:sequence></x:complexType></x:element>
  <x:complexType name="Node"><x:sequence><x:element name="No" type="x:int"/>
    <x:element name="Child" type="t:Node" minOccurs="0"/></x:sequence></x:complexType>
  <x:element name="Session" type="x:string"/>
  <x:element name="Broken"><x:complexType><x:sequence>
    <x:element name="Why" type="x:string"/></x:sequence></x:complexType></x:element>"""
WSDL = f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/"
    xmlns:t="urn:walk" xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:walk">
  <types><x:schema targetNamespace="urn:walk" elementFormDefault="qualified">{TYPES}</x:schema></types>
  <message name="In"><part name="p" element="t:Walk"/></message>
  <message name="Out"><part name="p" element="t:WalkResponse"/></message>
  <message name="Head"><part name="h" element="t:Session"/></message>
  <message name="Bad"><part name="f" element="t:Broken"/></message>
  <message name="RpcIn"><part name="a" type="x:int"/><part name="b" type="t:Node"/></message>
  <message name="RpcOut"><part name="r" type="x:decimal"/></message>
  <portType name="P">
    <operation name="Walk"><input message="t:In"/><output message="t:Out"/>
      <fault name="Broken" message="t:Bad"/></operation>
    <operation name="Sum"><input message="t:RpcIn"/><output message="t:RpcOut"/></operation>
  </portType>
  <binding name="B" type="t:P"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="Walk"><s:operation soapAction="urn:walk"/>
      <input><s:header message="t:Head" part="h" use="literal"/><s:header message="t:Head" part="h" use="literal"/>
        <s:body use="literal"/></input>
      <output><s:header message="t:Head" part="h" use="literal"/><s:body use="literal"/></output>
      <fault name="Broken"><s:fault name="Broken" use="literal"/></fault></operation>
    <operation name="Sum"><s:operation soapAction="" style="rpc"/>
      <input><s:body use="literal" namespace="urn:rpc"/></input>
      <output><s:body use="literal" namespace="urn:rpc"/></output></operation>
  </binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="http://walk.example/"/></port></service>
</definitions>""".encode()


def walk() -> Contract:
    return read_contract(DocumentSet("/w.wsdl", {"/w.wsdl": WSDL}, {}))


def codec(name: str = "Walk") -> OperationCodec:
    return Projection(walk()).operation(name)


def answer(body: str, head: str = "", version: Version = "1.1") -> etree._Element:
    header = f"<e:Header>{head}</e:Header>" if head else ""
    return etree.fromstring(
        f'<e:Envelope xmlns:e="{NAMESPACES[version]}" xmlns:t="urn:walk" xmlns:r="urn:rpc" '
        f'xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance">{header}<e:Body>{body}</e:Body></e:Envelope>'
    )


def written(data: bytes) -> etree._Element:
    return etree.fromstring(data)


def test_wrappers_and_headers_of_a_request() -> None:
    root = written(codec().encode_request(loads(b'{"no":1,"child":{"no":2},"headers":{"session":"a<b"}}')))
    soap = NAMESPACES["1.1"]
    assert root.findtext(f"{{{soap}}}Header/{{urn:walk}}Session") == "a<b"
    assert root.findtext(f"{{{soap}}}Body/{{urn:walk}}Walk/{{urn:walk}}Node/{{urn:walk}}Child/{{urn:walk}}No") == "2"
    assert len(root[0]) == 1


def test_a_request_reads_back() -> None:
    text = '{"no":1,"child":{"no":2},"headers":{"session":"x"}}'
    assert codec().decode_request(written(codec().encode_request(loads(text.encode())))) == text


def test_pointers_are_those_of_the_client() -> None:
    with pytest.raises(DoesNotFit) as caught:
        codec().encode_request(loads(b'{"no":"x","nod":1,"headers":{"session":1,"other":2}}'))
    assert [(one.pointer, one.detail) for one in caught.value.errors] == [
        ("/headers/other", "is not known here"),
        ("/headers/session", "must be a string"),
        ("/nod", "is not known here; did you mean no?"),
        ("/no", "must be a whole number"),
    ]


@pytest.mark.parametrize("value", [b"null", b"[]", b'"x"', b"5", b"true"])
def test_a_request_is_an_object(value: bytes) -> None:
    with pytest.raises(DoesNotFit) as caught:
        codec().encode_request(loads(value))
    assert [one.pointer for one in caught.value.errors] == [""]


def test_no_body_is_an_empty_one() -> None:
    with pytest.raises(DoesNotFit) as caught:
        codec().encode_request(None, given=False)
    assert [one.pointer for one in caught.value.errors] == ["/no"]


def test_answers_unwrap_and_carry_headers() -> None:
    found = codec().decode_answer(
        answer("<t:WalkResponse><t:Node><t:No>1</t:No></t:Node></t:WalkResponse>", "<t:Session>s</t:Session>")
    )
    assert (found.json, found.tolerances) == ('{"no":1,"headers":{"session":"s"}}', {})


def test_headers_without_an_object_to_stand_in_are_counted() -> None:
    found = codec().decode_answer(answer("<t:WalkResponse/>", "<t:Session>s</t:Session>"))
    assert (found.json, found.tolerances) == (None, {"lost-header": 1})


def test_nil_and_absent_answers() -> None:
    assert codec().decode_answer(answer('<t:WalkResponse><t:Node xsi:nil="true"/></t:WalkResponse>')).json == "null"
    assert codec().decode_answer(answer("<t:WalkResponse/>")).json is None


@pytest.mark.parametrize(
    ("body", "json_text", "tolerances"),
    [
        ("<WalkResponse><t:Node><t:No>1</t:No></t:Node></WalkResponse>", '{"no":1}', {"wrong-wrapper": 1}),
        ("<t:WalkResponse><Node><t:No>1</t:No></Node></t:WalkResponse>", '{"no":1}', {"wrong-namespace": 1}),
        ("<t:WalkResponse><n/><t:Node><t:No>1</t:No></t:Node></t:WalkResponse>", '{"no":1}', {"unknown-element": 1}),
    ],
)
def test_tolerances_at_the_wrapper(body: str, json_text: str, tolerances: dict[str, int]) -> None:
    found = codec().decode_answer(answer(body))
    assert (found.json, found.tolerances) == (json_text, tolerances)
    with pytest.raises(Unreadable):
        codec().decode_answer(answer(body), strict=True)


@pytest.mark.parametrize(
    "body",
    [
        "<Other><t:Node><t:No>1</t:No></t:Node></Other>",
        "<t:GetOrderResponse><t:Node/></t:GetOrderResponse>",
        "<t:WalkResponse><Other>5</Other></t:WalkResponse>",
        '<xi:include xmlns:xi="http://www.w3.org/2001/XInclude" href="file:///etc/passwd"/>',
    ],
)
def test_an_answer_to_something_else_is_no_answer(body: str) -> None:
    with pytest.raises(Unreadable, match="declared"):
        codec().decode_answer(answer(body))


def test_rpc() -> None:
    sum_ = codec("Sum")
    root = written(sum_.encode_request(loads(b'{"a":1,"b":{"no":2}}')))
    assert root.findtext(f"{{{NAMESPACES['1.1']}}}Body/{{urn:rpc}}Sum/b/{{urn:walk}}No") == "2"
    assert sum_.decode_answer(answer("<r:SumResponse><r>1.50</r></r:SumResponse>")).json == "1.50"
    assert sum_.decode_answer(written(sum_.encode_answer(loads(b"1.50")))).json == "1.50"


@pytest.mark.parametrize("body", ["", "<t:WalkResponse><t:Node><t:No>one</t:No></t:Node></t:WalkResponse>"])
def test_what_cannot_be_read(body: str) -> None:
    with pytest.raises(Unreadable):
        codec().decode_answer(answer(body))


def test_what_is_no_envelope() -> None:
    with pytest.raises(NoEnvelope):
        codec().decode_answer(etree.fromstring("<html/>"))


def test_depth_is_an_error_that_can_be_read() -> None:
    deep = "<t:Child><t:No>1</t:No>" * 240 + "</t:Child>" * 240
    body = f"<t:WalkResponse><t:Node><t:No>1</t:No>{deep}</t:Node></t:WalkResponse>"
    limit = sys.getrecursionlimit()
    sys.setrecursionlimit(500)
    try:
        with pytest.raises(Unreadable, match="too deeply"):
            codec().decode_answer(answer(body))
        with pytest.raises(DoesNotFit) as caught:
            codec().encode_request(loads(b'{"no":1,"child":' * 99 + b'{"no":1}' + b"}" * 99))
    finally:
        sys.setrecursionlimit(limit)
    assert "too deeply" in caught.value.errors[0].detail


def test_json_of_the_greatest_depth_is_written() -> None:
    assert codec().encode_request(loads(b'{"no":1,"child":' * 98 + b'{"no":1}' + b"}" * 98)).count(b"Child>") == 196


@both
def test_faults_both_ways(version: Version) -> None:
    shop = Projection(contract("http://shop.example/", version)).operation("GetOrder")
    data = shop.encode_fault("OrderNotFound", loads(b'{"orderId":7}'), "no <such> order", "client")
    found = shop.decode_fault(written(data))
    assert (found.name, found.detail) == ("OrderNotFound", '{"orderId":7}')
    assert (found.text, found.blame) == ("no <such> order", "client")
    bare = shop.decode_fault(written(shop.encode_fault("", None, "boom")))
    assert (bare.name, bare.detail, bare.blame) == ("", None, "server")
    with pytest.raises(DoesNotFit):
        shop.encode_fault("OrderNotFound", loads(b'{"orderId":"x"}'), "t")


def test_an_unreadable_detail_leaves_the_fault() -> None:
    detail = "<detail><t:Broken><t:Why><z/></t:Why></t:Broken></detail>"
    fault = f"<faultcode>e:Server</faultcode><faultstring>x</faultstring>{detail}"
    found = codec().decode_fault(answer(f"<e:Fault>{fault}</e:Fault>"))
    assert (found.name, found.code, found.text) == ("Broken", "Server", "x")
    shop = Projection(contract("http://shop.example/")).operation("GetOrder")
    data = shop.encode_fault("OrderNotFound", loads(b'{"orderId":7}'), "gone").replace(b">7<", b">seven<")
    assert (shop.decode_fault(written(data)).name, shop.decode_fault(written(data)).detail) == ("OrderNotFound", None)
    with pytest.raises(Unreadable):
        codec().decode_fault(answer("<t:WalkResponse/>"))


def test_unknown_operations_are_named() -> None:
    with pytest.raises(ContractError, match="Nowhere"):
        Projection(walk()).operation("Nowhere")


def test_codecs_are_made_once() -> None:
    projection = Projection(walk())
    assert projection.operation("Walk") is projection.operation("Walk")


# ── a slice of the collection, with values of several seeds ──────────────────────────────────────────────────────


@pytest.mark.corpus
def test_values_of_many_seeds_over_real_contracts() -> None:
    entries = [one for one in corpus().entries if one.loads and one.complete and 0 < (one.n_ops or 0) <= 40]
    counts: Counter[str] = Counter()
    for entry in random.Random(7).sample(entries, 20):
        docs = _documents(entry.id)
        projection = Projection(read_contract(docs))
        with tempfile.TemporaryDirectory() as folder:
            judge = Judge(docs, Path(folder))
            for operation in list(projection.contract.operations.values())[:6]:
                if not operation.problem and operation.input.use == "literal":
                    for seed in range(4):
                        counts[_tried(projection, operation.name, judge, seed)] += 1
    print(dict(counts))
    assert counts["valid"] >= 100
    assert counts["refused"] + counts["invalid"] <= counts["valid"] * 0.02


def _documents(name: str) -> DocumentSet:
    return asyncio.run(corpus().documents(corpus().named(name)))


def _tried(projection: Projection, name: str, judge: Judge, seed: int) -> str:
    operation = projection.operation(name)
    try:
        value = sample(operation.description.input, seed) if operation.description.input.shape is not None else {}
        data = operation.encode_request(value)
    except NoSample:
        return "no sample"
    except DoesNotFit:
        return "refused"
    back = operation.decode_request(etree.fromstring(data)) or "{}"
    assert _plain(json.loads(back, parse_float=str)) == _plain(json.loads(dumps(value), parse_float=str)), name
    return judge.envelope(data).verdict


def _plain(value: object) -> object:
    if isinstance(value, dict):
        return {key: _plain(one) for key, one in value.items() if one != [] and not (key == "headers" and one == {})}
    return [_plain(one) for one in value] if isinstance(value, list) else value
