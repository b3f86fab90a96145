"""Complaint 23: rpc/encoded services of old Axis and PHP: `soapenc:Array`, `href` and `multiRef`, `xsi:type` on
everything.

mvantellingen/python-zeep#326 (the answer of Axis is a list of references), #897 and #163 (arrays without items), #1111.
"""

from __future__ import annotations

from typing import Any

import pytest
from lxml import etree

from bridge.formats.xml.layout import XSI
from tests.complaints.legacy import Bridges, Old

ENC = "http://schemas.xmlsoap.org/soap/encoding/"
SPACES = f'xmlns:soapenc="{ENC}" xmlns:ns1="urn:old" xmlns:xsd="http://www.w3.org/2001/XMLSchema"'
BODY = f'<s:body use="encoded" namespace="urn:old" encodingStyle="{ENC}"/>'
WSDL = f"""<w:definitions name="Old" targetNamespace="urn:old" xmlns:t="urn:old" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
  xmlns:s="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema" xmlns:soapenc="{ENC}">
  <w:types><xs:schema targetNamespace="urn:old"><xs:import namespace="{ENC}"/>
    <xs:complexType name="Entry"><xs:sequence><xs:element name="code" type="xs:string" nillable="true"/>
      <xs:element name="count" type="xs:int"/></xs:sequence></xs:complexType>
    <xs:complexType name="Answer"><xs:sequence><xs:element name="session" type="xs:string" nillable="true"/>
      <xs:element name="errors" type="t:ArrayOfEntry" nillable="true"/>
      <xs:element name="words" type="t:ArrayOfString" nillable="true"/></xs:sequence></xs:complexType>
    <xs:complexType name="ArrayOfEntry"><xs:complexContent><xs:restriction base="soapenc:Array">
      <xs:attribute ref="soapenc:arrayType" w:arrayType="t:Entry[]"/></xs:restriction></xs:complexContent>
    </xs:complexType>
    <xs:complexType name="ArrayOfString"><xs:complexContent><xs:restriction base="soapenc:Array">
      <xs:attribute ref="soapenc:arrayType" w:arrayType="xs:string[]"/></xs:restriction></xs:complexContent>
    </xs:complexType>
  </xs:schema></w:types>
  <w:message name="Ask"><w:part name="entries" type="t:ArrayOfEntry"/><w:part name="words" type="t:ArrayOfString"/>
  </w:message>
  <w:message name="AskResponse"><w:part name="askReturn" type="t:Answer"/></w:message>
  <w:portType name="Old"><w:operation name="ask"><w:input message="t:Ask"/>
    <w:output message="t:AskResponse"/></w:operation></w:portType>
  <w:binding name="Old" type="t:Old"><s:binding style="rpc" transport="http://schemas.xmlsoap.org/soap/http"/>
    <w:operation name="ask"><s:operation soapAction=""/><w:input>{BODY}</w:input><w:output>{BODY}</w:output>
    </w:operation>
  </w:binding>
  <w:service name="Old"><w:port name="Old" binding="t:Old"><s:address location="http://old.invalid/"/></w:port></w:service>
</w:definitions>"""
ASK = {"entries": [{"code": "a", "count": 1}, {"code": None, "count": 2}], "words": ["x", "y"]}

# As Axis 1 answers: every object once, at the end of the Body, and references to it where it belongs.
AXIS = f"""<ns1:askResponse {SPACES} e:encodingStyle="{ENC}"><askReturn href="#id0"/></ns1:askResponse>
  <multiRef id="id0" soapenc:root="0" xsi:type="ns1:Answer" {SPACES}><session xsi:type="soapenc:string">s1</session>
    <errors href="#id1"/><words href="#id4"/></multiRef>
  <multiRef id="id1" soapenc:root="0" xsi:type="soapenc:Array" soapenc:arrayType="ns1:Entry[3]" {SPACES}>
    <item href="#id2"/><item href="#id3"/><item href="#id2"/></multiRef>
  <multiRef id="id3" soapenc:root="0" xsi:type="ns1:Entry" {SPACES}><code xsi:type="soapenc:string" xsi:nil="true"/>
    <count href="#id5"/></multiRef>
  <multiRef id="id2" soapenc:root="0" xsi:type="ns1:Entry" {SPACES}><code xsi:type="soapenc:string">E1</code>
    <count xsi:type="xsd:int">7</count></multiRef>
  <multiRef id="id5" soapenc:root="0" xsi:type="xsd:int" {SPACES}>9</multiRef>
  <multiRef id="id4" soapenc:root="0" xsi:type="soapenc:Array" soapenc:arrayType="xsd:string[2]" {SPACES}>
    <item xsi:type="xsd:string">a</item><item xsi:nil="true"/></multiRef>"""
# As PHP answers: everything in its place, each with its type.
PHP = f"""<ns1:askResponse {SPACES}><askReturn xsi:type="ns1:Answer"><session xsi:type="xsd:string">s1</session>
  <errors soapenc:arrayType="ns1:Entry[3]" xsi:type="ns1:ArrayOfEntry">
    <item xsi:type="ns1:Entry"><code xsi:type="xsd:string">E1</code><count xsi:type="xsd:int">7</count></item>
    <item xsi:type="ns1:Entry"><code xsi:nil="true"/><count xsi:type="xsd:int">9</count></item>
    <item xsi:type="ns1:Entry"><code xsi:type="xsd:string">E1</code><count xsi:type="xsd:int">7</count></item></errors>
  <words soapenc:arrayType="xsd:string[2]" xsi:type="ns1:ArrayOfString"><item xsi:type="xsd:string">a</item>
    <item xsi:nil="true"/></words></askReturn></ns1:askResponse>"""
# Items under the name of their type, and no arrayType, as some others do (#163).
NAMED = f"""<ns1:askResponse {SPACES}><askReturn><session>s1</session><errors>
  <Entry><code>E1</code><count>7</count></Entry><Entry><code xsi:nil="true"/><count>9</count></Entry>
  <Entry><code>E1</code><count>7</count></Entry></errors>
  <words><string>a</string><string xsi:nil="true"/></words></askReturn></ns1:askResponse>"""
FIRST = {"code": "E1", "count": 7}
ANSWER = {"session": "s1", "errors": [FIRST, {"code": None, "count": 9}, FIRST], "words": ["a", None]}


@pytest.mark.parametrize("body", [AXIS, PHP, NAMED], ids=["axis", "php", "named"])
async def test_references_and_arrays_are_one_plain_document_zeep_326_163(bridges: Bridges, body: str) -> None:
    async with bridges(WSDL) as old:
        old.answers(body)
        told = await old.post("ask", ASK)
        assert (told.status, told.json) == (200, ANSWER)


async def test_the_request_says_what_each_value_is_zeep_897_1111(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(PHP)
        assert (await old.post("ask", ASK)).status == 200
        [call] = etree.fromstring(old.asked[-1])[-1]
        assert call.tag == "{urn:old}ask"
        entries, words = call
        assert [len(entries), len(words)] == [2, 2]
        assert [_type(entries.get(f"{{{ENC}}}arrayType"), entries), _type(words.get(f"{{{ENC}}}arrayType"), words)] == [
            "{urn:old}Entry[2]",
            "{http://www.w3.org/2001/XMLSchema}string[2]",
        ]
        assert [_type(one.get(f"{{{XSI}}}type"), one) for one in entries] == ["{urn:old}Entry"] * 2
        assert [[(one.tag, one.text) for one in entry] for entry in entries] == [
            [("code", "a"), ("count", "1")],
            [("code", None), ("count", "2")],
        ]
        assert entries[1][0].get(f"{{{XSI}}}nil") in {"true", "1"}
        assert [one.text for one in words] == ["x", "y"]


def _type(name: str | None, element: Any) -> str:
    prefix, _, local = (name or "").rpartition(":")
    return f"{{{element.nsmap[prefix]}}}{local}"


@pytest.mark.parametrize(
    "body",
    [
        f'<ns1:askResponse {SPACES}><askReturn href="#nobody"/></ns1:askResponse>',
        f'<ns1:askResponse {SPACES}><askReturn href="#a"/></ns1:askResponse><multiRef id="a" href="#a"/>',
    ],
    ids=["nowhere", "to itself"],
)
async def test_a_reference_that_leads_nowhere_is_refused(bridges: Bridges, body: str) -> None:
    async with bridges(WSDL) as old:
        old.answers(body)
        told = await old.post("ask", ASK)
        assert (told.status, told.json.get("code")) == (502, "upstream_invalid"), told.text


async def test_a_reference_to_another_place_is_kept_and_never_followed(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f'<ns1:askResponse {SPACES}><askReturn href="http://127.0.0.1:9/x"/></ns1:askResponse>')
        told = await old.post("ask", ASK)
        assert (told.status, told.json) == (200, {"@unknown": [{"@attributes": {"href": "http://127.0.0.1:9/x"}}]})


async def test_the_openapi_document_shows_arrays_and_no_encoding(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        _shows_arrays(await old.operation("ask"), old)


def _shows_arrays(operation: Any, old: Old) -> None:
    answer = operation["responses"]["200"]["content"]["application/json"]["schema"]["anyOf"][0]
    assert {"session", "errors", "words"} <= set(answer["properties"])
    assert "array" in str(answer["properties"]["errors"])
    assert not any(word in str(operation) for word in ("href", "multiRef", "arrayType"))
    assert old.asked == []
