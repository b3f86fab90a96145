"""Small WSDLs, written out where a test needs them, and the document sets made of them."""

from __future__ import annotations

from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract

HERE = "/docs/shop.wsdl"

SCHEMA = """
  <xs:schema targetNamespace="urn:shop" elementFormDefault="qualified">
    <xs:element name="Get"><xs:complexType><xs:sequence>
      <xs:element name="id" type="xs:int"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="GetResponse"><xs:complexType><xs:sequence>
      <xs:element name="name" type="xs:string"/></xs:sequence></xs:complexType></xs:element>
    <xs:element name="Gone" type="xs:string"/>
    <xs:element name="Token" type="xs:string"/>
    <xs:complexType name="Order"><xs:sequence><xs:element name="no" type="xs:string"/></xs:sequence></xs:complexType>
  </xs:schema>"""

MESSAGES = """
  <w:message name="GetIn"><w:part name="body" element="t:Get"/></w:message>
  <w:message name="GetOut"><w:part name="body" element="t:GetResponse"/></w:message>
  <w:message name="GoneFault"><w:part name="fault" element="t:Gone"/></w:message>
  <w:message name="Auth"><w:part name="token" element="t:Token"/></w:message>"""

PORT_TYPE = """
  <w:portType name="Shop"><w:operation name="Get">
    <w:documentation>Gets
       one.</w:documentation>
    <w:input message="t:GetIn"/><w:output message="t:GetOut"/><w:fault name="Gone" message="t:GoneFault"/>
  </w:operation></w:portType>"""

BODY = "<w:input><s:body use='literal'/></w:input><w:output><s:body use='literal'/></w:output>"


def binding(operations: str = "", *, name: str = "ShopBinding", version: str = "1.1", attributes: str = "") -> str:
    """A binding of the portType Shop; `operations` defaults to Get, document/literal."""
    content = operations or f"<w:operation name='Get'><s:operation soapAction='urn:get'/>{BODY}</w:operation>"
    space = {"1.1": "soap", "1.2": "soap12"}[version]
    return f"""<w:binding name="{name}" type="t:Shop" xmlns:s="http://schemas.xmlsoap.org/wsdl/{space}/">
      <s:binding transport="http://schemas.xmlsoap.org/soap/http" {attributes}/>{content}</w:binding>"""


def service(*ports: tuple[str, str, str], name: str = "ShopService") -> str:
    """A service with ports of (name, binding, address)."""
    inside = "".join(
        f"<w:port name='{port}' binding='t:{bound}'><soap:address location='{address}'/></w:port>"
        for port, bound, address in ports
    )
    return f"<w:service name='{name}'>{inside}</w:service>"


SERVICE = service(("ShopPort", "ShopBinding", "http://erp.example/shop"))


def wsdl(
    schema: str = SCHEMA,
    messages: str = MESSAGES,
    port_type: str = PORT_TYPE,
    bindings: str | None = None,
    services: str = SERVICE,
    first: str = "",
) -> str:
    """A WSDL of these sections."""
    return f"""<?xml version="1.0"?>
<w:definitions name="Shop" targetNamespace="urn:shop" xmlns:t="urn:shop" xmlns:w="http://schemas.xmlsoap.org/wsdl/"
   xmlns:soap="http://schemas.xmlsoap.org/wsdl/soap/" xmlns:xs="http://www.w3.org/2001/XMLSchema">
  {first}<w:types>{schema}</w:types>{messages}{port_type}{binding() if bindings is None else bindings}{services}
</w:definitions>"""


def pinned(text: str, links: dict[str, str] | None = None, **more: str) -> DocumentSet:
    """A set of this WSDL and, by file name, further documents; `links` are the entry's references."""
    documents = {HERE: text.encode()} | {
        f"/docs/{name.replace('_', '.')}": body.encode() for name, body in more.items()
    }
    return DocumentSet(HERE, documents, {HERE: links or {}})


def read(text: str, *, service: str | None = None, port: str | None = None, every_port: bool = False) -> Contract:
    """The contract of one WSDL without imports."""
    return read_contract(pinned(text), service=service, port=port, every_port=every_port)


def mentions(lines: tuple[str, ...], *words: str) -> bool:
    """Whether one of the lines has all these words."""
    return any(all(word in line for word in words) for line in lines)
