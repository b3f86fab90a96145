"""An rpc/encoded service with everything such services have, and envelopes as its peers write them."""

from __future__ import annotations

from functools import cache

from lxml import etree

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.contract import Version
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import NAMESPACES
from adapters.soap.wsdl.reader import read_contract
from bridge.formats.xml.view import ViewOptions

E11, E12 = "http://schemas.xmlsoap.org/soap/encoding/", "http://www.w3.org/2003/05/soap-encoding"
ENCODINGS: dict[Version, str] = {"1.1": E11, "1.2": E12}
MAP = "http://xml.apache.org/xml-soap"
TYPES = """
  <x:complexType name="Node"><x:sequence>
    <x:element name="name" type="x:string"/><x:element name="weight" type="x:long" minOccurs="0"/>
    <x:element name="next" type="t:Node" minOccurs="0"/></x:sequence></x:complexType>
  <x:complexType name="Leaf"><x:complexContent><x:extension base="t:Node"><x:sequence>
    <x:element name="colour" type="t:Colour"/></x:sequence></x:extension></x:complexContent></x:complexType>
  <x:simpleType name="Colour"><x:restriction base="x:string">
    <x:enumeration value="red"/><x:enumeration value="green"/></x:restriction></x:simpleType>
  <x:complexType name="Nodes"><x:complexContent><x:restriction base="e:Array">
    <x:attribute ref="e:arrayType" w:arrayType="t:Node[]"/></x:restriction></x:complexContent></x:complexType>
  <x:complexType name="Rows"><x:complexContent><x:restriction base="e:Array">
    <x:attribute ref="e:arrayType" w:arrayType="x:int[][]"/></x:restriction></x:complexContent></x:complexType>
  <x:complexType name="Grid"><x:complexContent><x:restriction base="e:Array">
    <x:attribute ref="e:arrayType" w:arrayType="x:int[,]"/></x:restriction></x:complexContent></x:complexType>
  <x:complexType name="Problem"><x:sequence><x:element name="why" type="x:string"/></x:sequence></x:complexType>
  <x:complexType name="Trouble"><x:sequence><x:element name="level" type="x:int"/></x:sequence></x:complexType>"""
MAPS = """
  <x:complexType name="Map"><x:sequence><x:element name="item" minOccurs="0" maxOccurs="unbounded"><x:complexType>
    <x:sequence><x:element name="key" type="x:anyType"/><x:element name="value" type="x:anyType"/></x:sequence>
  </x:complexType></x:element></x:sequence></x:complexType>"""
OPERATIONS = {
    "Walk": ("t:Node", "t:Node"),
    "List": ("t:Nodes", "t:Nodes"),
    "Table": ("t:Rows", "t:Rows"),
    "Grid": ("t:Grid", "x:int"),
    "Bare": ("e:Array", "e:Array"),
    "Any": ("x:anyType", "x:anyType"),
    "Map": ("m:Map", "m:Map"),
    "Say": ("e:string", "x:string"),
}


def wsdl(version: Version = "1.1", style: str = "rpc") -> str:
    messages = "".join(
        f'<message name="{name}In"><part name="in" type="{given}"/><part name="limit" type="x:int"/></message>'
        f'<message name="{name}Out"><part name="return" type="{back}"/></message>'
        for name, (given, back) in OPERATIONS.items()
    )
    port_type = "".join(
        f'<operation name="{name}"><input message="t:{name}In"/><output message="t:{name}Out"/>'
        '<fault name="Problem" message="t:ProblemFault"/><fault name="Trouble" message="t:TroubleFault"/></operation>'
        for name in OPERATIONS
    )
    how = f'use="encoded" namespace="urn:call" encodingStyle="{ENCODINGS[version]}"'
    bound = "".join(
        f'<operation name="{name}"><s:operation soapAction="urn:{name}"/><input><s:body {how}/></input>'
        f'<output><s:body {how}/></output><fault name="Problem"><s:fault name="Problem" {how}/></fault>'
        f'<fault name="Trouble"><s:fault name="Trouble" {how}/></fault></operation>'
        for name in OPERATIONS
    )
    space = {"1.1": "soap", "1.2": "soap12"}[version]
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
      xmlns:s="http://schemas.xmlsoap.org/wsdl/{space}/" xmlns:t="urn:graph" xmlns:e="{E11}" xmlns:m="{MAP}"
      xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="urn:graph">
  <types><x:schema targetNamespace="urn:graph"><x:import namespace="{E11}"/>{TYPES}</x:schema>
    <x:schema targetNamespace="{MAP}">{MAPS}</x:schema></types>
  {messages}<message name="ProblemFault"><part name="fault" type="t:Problem"/></message>
  <message name="TroubleFault"><part name="fault" type="t:Trouble"/></message>
  <portType name="P">{port_type}</portType>
  <binding name="B" type="t:P"><s:binding style="{style}" transport="http://schemas.xmlsoap.org/soap/http"/>{bound}
  </binding>
  <service name="S"><port name="P" binding="t:B"><s:address location="http://graph.example/"/></port></service>
</definitions>"""


@cache
def projection(version: Version = "1.1", style: str = "rpc", options: ViewOptions | None = None) -> Projection:
    docs = DocumentSet("/g.wsdl", {"/g.wsdl": wsdl(version, style).encode()}, {})
    return Projection(read_contract(docs), options)


def codec(name: str, version: Version = "1.1", style: str = "rpc") -> OperationCodec:
    return projection(version, style).operation(name)


def envelope(body: str, version: Version = "1.1") -> etree._Element:
    """`body`: the whole content of the Body; the usual prefixes are declared."""
    return etree.fromstring(
        f'<soapenv:Envelope xmlns:soapenv="{NAMESPACES[version]}" xmlns:soapenc="{E11}" xmlns:enc="{E12}" '
        'xmlns:xsd="http://www.w3.org/2001/XMLSchema" xmlns:xsi="http://www.w3.org/2001/XMLSchema-instance" '
        f'xmlns:t="urn:graph" xmlns:apachesoap="{MAP}"><soapenv:Body>{body}</soapenv:Body></soapenv:Envelope>'
    )
