"""The judge: what it finds valid and invalid, when the second one speaks, and what SOAP's encoding allows."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import frame
from adapters.soap.judge import Judge, worst
from adapters.soap.judge_validators import Judgement
from adapters.soap.wsdl.reader import read_contract
from tests.adapters.soap.wsdls import SCHEMA, binding, pinned, wsdl

TYPES = """
  <w:message name="GetIn"><w:part name="order" type="t:Order"/><w:part name="much" type="xs:int"/></w:message>
  <w:message name="GetOut"><w:part name="order" type="t:Order"/></w:message>
  <w:message name="GoneFault"><w:part name="fault" element="t:Gone"/></w:message>"""


def rpc(use: str) -> str:
    body = f"<s:body use='{use}' namespace='urn:rpc' encodingStyle='http://schemas.xmlsoap.org/soap/encoding/'/>"
    operation = "<w:operation name='Get'><s:operation soapAction='' style='rpc'/>"
    bound = binding(f"{operation}<w:input>{body}</w:input><w:output>{body}</w:output></w:operation>")
    return wsdl(messages=TYPES, bindings=bound)


def judged(docs: DocumentSet, folder: Path, body: str) -> Judgement:
    contract: Contract = read_contract(docs)
    operation = contract.operations["Get"]
    envelope = frame("1.1", "", "", f"<soap:Body>{body}</soap:Body>")
    return Judge(docs, folder, contract).message(operation, "request", operation.input, envelope)


ORDER = "<w:Get xmlns:w='urn:rpc'><order><no xmlns='urn:shop'>1</no></order><much>5</much></w:Get>"
NIL = "xmlns:i='http://www.w3.org/2001/XMLSchema-instance' i:nil='true'"


@pytest.mark.parametrize(
    ("text", "body", "verdict"),
    [
        (wsdl(), "<Get xmlns='urn:shop'><id>1</id></Get>", "valid"),
        (wsdl(), "<Get xmlns='urn:shop'><id>x</id></Get>", "invalid"),
        (wsdl().replace('name="id"', 'name="påid"'), "<Get xmlns='urn:shop'><påid>1</påid></Get>", "valid"),
        (wsdl(), "<Gone xmlns='urn:shop'>x</Gone>", "invalid"),
        (wsdl(), "", "invalid"),
        (rpc("literal"), ORDER, "valid"),
        (rpc("literal"), ORDER.replace("urn:rpc", "urn:other"), "invalid"),
        (rpc("literal"), ORDER.replace(">5<", ">five<"), "invalid"),
        (rpc("literal"), ORDER.replace("<much>", f"<much {NIL}>").replace(">5<", "><"), "invalid"),
        (rpc("encoded"), ORDER.replace("<much>", f"<much {NIL}>").replace(">5<", "><"), "valid"),
        (rpc("encoded"), ORDER.replace(">5<", ">five<"), "invalid"),
    ],
)
def test_messages(tmp_path: Path, text: str, body: str, verdict: str) -> None:
    assert judged(pinned(text), tmp_path, body).verdict == verdict


def test_the_second_judge_where_the_first_cannot_load(tmp_path: Path) -> None:
    """Two definitions of one type: libxml2 refuses the whole, xmlschema takes the first."""
    again = '<xs:complexType name="Order"><xs:sequence/></xs:complexType></xs:schema>'
    docs = pinned(wsdl(schema=SCHEMA.replace("</xs:schema>", again)))
    assert "does already exist" in Judge(docs, tmp_path).why
    assert judged(docs, tmp_path, "<Get xmlns='urn:shop'><id>1</id></Get>").verdict == "valid"
    wrong = judged(docs, tmp_path, "<Get xmlns='urn:shop'><id>x</id></Get>")
    assert (wrong.verdict, wrong.said[:10]) == ("invalid", "xmlschema:")


def test_a_judge_that_breaks_has_not_judged(tmp_path: Path) -> None:
    """An attribute without a name: libxml2 refuses the schema, and xmlschema fails an assertion of its own."""
    nameless = '<xs:complexType name="Odd"><xs:attribute/><xs:anyAttribute/></xs:complexType></xs:schema>'
    docs = pinned(wsdl(schema=SCHEMA.replace("</xs:schema>", nameless)))
    found = judged(docs, tmp_path, "<Get xmlns='urn:shop'><id>1</id></Get>")
    assert found.verdict == "not judged"
    assert "AssertionError" in found.said


def test_no_file_and_no_address_is_opened_for_a_schema(tmp_path: Path) -> None:
    far = SCHEMA.replace(
        '<xs:element name="Gone"', '<xs:include schemaLocation="file:///etc/passwd"/><xs:element name="Gone"'
    )
    docs = pinned(wsdl(schema=far.replace("elementFormDefault", 'xmlns:f="urn:far" elementFormDefault')))
    assert Judge(docs, tmp_path).why == ""
    assert not any("passwd" in file.read_text() for file in tmp_path.rglob("*.xsd"))


def test_what_is_globally_declared_in_an_envelope(tmp_path: Path) -> None:
    judge = Judge(pinned(wsdl()), tmp_path)
    assert (
        judge.envelope(frame("1.2", "", "", "<soap:Body><Gone xmlns='urn:shop'>x</Gone></soap:Body>")).verdict
        == "valid"
    )
    assert judge.envelope(frame("1.1", "", "", "<soap:Body><x/></soap:Body>")).verdict == "not judged"


def test_the_worst_counts() -> None:
    valid, invalid = Judgement("valid", contradiction="c"), Judgement("invalid", "i")
    assert worst([valid, Judgement("not judged", "n"), invalid]) is invalid
    assert worst([valid]).contradiction == "c"
    assert worst([valid, Judgement("not judged", "n")]).said == "n"
