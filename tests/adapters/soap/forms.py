"""A WSDL with an HTTP binding, written out where a test needs one: operations by their parts and places."""

from __future__ import annotations

from dataclasses import dataclass

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Contract, OperationContract
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract

SPACE = "urn:forms"
HERE = "/docs/forms.wsdl"
ENCODED = "<h:urlEncoded/>"
FORM = "<m:content type='application/x-www-form-urlencoded'/>"
XML = "<m:mimeXml part='Body'/>"
SCHEMA = """
    <x:element name="string" nillable="true" type="x:string"/>
    <x:element name="Order"><x:complexType><x:sequence>
      <x:element name="no" type="x:int"/><x:element name="tag" type="x:string" minOccurs="0" maxOccurs="2"/>
    </x:sequence></x:complexType></x:element>
    <x:complexType name="Strings"><x:sequence>
      <x:element name="String" type="x:string" nillable="true" minOccurs="0" maxOccurs="unbounded"/>
    </x:sequence></x:complexType>
    <x:complexType name="Deep"><x:sequence>
      <x:element name="a" type="x:string"/><x:element name="b" type="t:Strings"/>
    </x:sequence></x:complexType>
    <x:complexType name="Either"><x:choice>
      <x:element name="a" type="x:string"/><x:element name="b" type="x:string"/>
    </x:choice></x:complexType>
    <x:complexType name="Marked"><x:simpleContent><x:extension base="x:string">
      <x:attribute name="lang" type="x:string"/></x:extension></x:simpleContent></x:complexType>"""


@dataclass(frozen=True)
class Form:
    """One operation. `parts`: name → `x:string`, `t:Strings`, or `=t:Order` for an element; "" for neither."""

    parts: dict[str, str]
    input: str = ENCODED
    location: str = "/Do"
    output: str = XML
    answer: str = "=t:string"
    one_way: bool = False


def wsdl(form: Form, verb: str = "GET") -> bytes:
    answers = {"Body": form.answer} if form.answer != "nothing" else {}
    way = "" if form.one_way else "<output message='t:Out'/>"
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"
    xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/" xmlns:x="http://www.w3.org/2001/XMLSchema" xmlns:t="{SPACE}"
    targetNamespace="{SPACE}">
  <types><x:schema targetNamespace="{SPACE}" elementFormDefault="qualified">{SCHEMA}</x:schema></types>
  <message name="In">{_parts(form.parts)}</message><message name="Out">{_parts(answers)}</message>
  <portType name="Forms"><operation name="Do"><input message="t:In"/>{way}</operation></portType>
  <binding name="Forms" type="t:Forms"><h:binding verb="{verb}"/>
    <operation name="Do"><h:operation location="{form.location}"/>
      <input>{form.input}</input><output>{form.output}</output></operation></binding>
  <service name="S"><port name="Forms" binding="t:Forms"><h:address location="http://forms.example/f.asmx"/></port>
  </service></definitions>""".encode()


def _parts(parts: dict[str, str]) -> str:
    return "".join(f"<part name='{name}' {_reference(kind)}/>" for name, kind in parts.items())


def _reference(kind: str) -> str:
    return f"element='{kind[1:]}'" if kind.startswith("=") else f"type='{kind}'" if kind else ""


def documents(form: Form, verb: str = "GET") -> DocumentSet:
    return DocumentSet(HERE, {HERE: wsdl(form, verb)})


def contract(form: Form, verb: str = "GET") -> Contract:
    return read_contract(documents(form, verb))


def operation(form: Form, verb: str = "GET") -> OperationContract:
    return contract(form, verb).operations["Do"]


def codec(form: Form, verb: str = "GET") -> OperationCodec:
    return Projection(contract(form, verb)).operation("Do")
