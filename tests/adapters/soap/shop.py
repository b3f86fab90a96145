"""A small order service for the tests of calls: its WSDL, its contract, and envelopes of both SOAP versions."""

from __future__ import annotations

from adapters.soap.contract import Contract, Version
from adapters.soap.documents import DocumentSet
from adapters.soap.envelope import NAMESPACES
from adapters.soap.wsdl.reader import read_contract

SHOP = "urn:shop"
_BINDING = {"1.1": "http://schemas.xmlsoap.org/wsdl/soap/", "1.2": "http://schemas.xmlsoap.org/wsdl/soap12/"}


def wsdl(address: str, version: Version = "1.1") -> bytes:
    """GetOrder (two declared faults), Notify (one-way) and Odd (an action that breaks a line)."""
    return f"""<definitions xmlns="http://schemas.xmlsoap.org/wsdl/" xmlns:s="{_BINDING[version]}" xmlns:t="{SHOP}"
    xmlns:x="http://www.w3.org/2001/XMLSchema" targetNamespace="{SHOP}" name="Shop">
  <documentation>Orders of the shop</documentation>
  <types><x:schema targetNamespace="{SHOP}" elementFormDefault="qualified">
    <x:element name="GetOrder"><x:complexType><x:sequence>
      <x:element name="OrderID" type="x:int"/><x:element name="Note" type="x:string" minOccurs="0"/>
    </x:sequence></x:complexType></x:element>
    <x:element name="GetOrderResponse"><x:complexType><x:sequence>
      <x:element name="OrderID" type="x:int"/><x:element name="Total" type="x:decimal"/>
    </x:sequence></x:complexType></x:element>
    <x:element name="Notify"><x:complexType><x:sequence>
      <x:element name="Text" type="x:string" minOccurs="0"/>
    </x:sequence></x:complexType></x:element>
    <x:element name="OrderNotFound"><x:complexType><x:sequence>
      <x:element name="OrderID" type="x:int"/>
    </x:sequence></x:complexType></x:element>
    <x:element name="Locked"><x:complexType><x:sequence>
      <x:element name="By" type="x:string"/>
    </x:sequence></x:complexType></x:element>
  </x:schema></types>
  <message name="GetOrder"><part name="p" element="t:GetOrder"/></message>
  <message name="GetOrderResponse"><part name="p" element="t:GetOrderResponse"/></message>
  <message name="Notify"><part name="p" element="t:Notify"/></message>
  <message name="OrderNotFound"><part name="p" element="t:OrderNotFound"/></message>
  <message name="Locked"><part name="p" element="t:Locked"/></message>
  <portType name="Shop">
    <operation name="GetOrder"><input message="t:GetOrder"/><output message="t:GetOrderResponse"/>
      <fault name="OrderNotFound" message="t:OrderNotFound"/><fault name="Locked" message="t:Locked"/></operation>
    <operation name="Notify"><input message="t:Notify"/></operation>
    <operation name="Odd"><input message="t:GetOrder"/><output message="t:GetOrderResponse"/></operation>
  </portType>
  <binding name="Shop" type="t:Shop"><s:binding style="document" transport="http://schemas.xmlsoap.org/soap/http"/>
    <operation name="GetOrder"><s:operation soapAction="urn:shop#GetOrder"/>
      <input><s:body use="literal"/></input><output><s:body use="literal"/></output>
      <fault name="OrderNotFound"><s:fault name="OrderNotFound" use="literal"/></fault>
      <fault name="Locked"><s:fault name="Locked" use="literal"/></fault></operation>
    <operation name="Notify"><s:operation soapAction=""/><input><s:body use="literal"/></input></operation>
    <operation name="Odd"><s:operation soapAction="urn:a&#13;&#10;X-Evil: 1"/>
      <input><s:body use="literal"/></input><output><s:body use="literal"/></output></operation>
  </binding>
  <service name="ShopService"><port name="Shop" binding="t:Shop"><s:address location="{address}"/></port></service>
</definitions>""".encode()


def contract(address: str, version: Version = "1.1") -> Contract:
    location = "http://shop.invalid/?wsdl"
    return read_contract(DocumentSet(location, {location: wsdl(address, version)}))


def envelope(body: str, version: Version = "1.1") -> bytes:
    return f'<s:Envelope xmlns:s="{NAMESPACES[version]}" xmlns:t="{SHOP}"><s:Body>{body}</s:Body></s:Envelope>'.encode()


ORDER = "<t:GetOrderResponse><t:OrderID>1001</t:OrderID><t:Total>12.50</t:Total></t:GetOrderResponse>"
NOT_FOUND = "<t:OrderNotFound><t:OrderID>1001</t:OrderID></t:OrderNotFound>"


def fault(
    code: str, text: str = "Sorry", detail: str = "", subcodes: tuple[str, ...] = (), *, version: Version
) -> bytes:
    """`code` is Client or Server, or any 1.1 code as written."""
    if version == "1.1":
        return envelope(
            f"<s:Fault><faultcode>{code if ':' in code else 's:' + code}</faultcode>"
            f"<faultstring>{text}</faultstring><detail>{detail}</detail></s:Fault>"
        )
    nested = ""
    for subcode in reversed(subcodes):
        nested = f"<s:Subcode><s:Value>t:{subcode}</s:Value>{nested}</s:Subcode>"
    name = {"Client": "Sender", "Server": "Receiver"}.get(code, code)
    return envelope(
        f"<s:Fault><s:Code><s:Value>s:{name}</s:Value>{nested}</s:Code>"
        f'<s:Reason><s:Text xml:lang="en">{text}</s:Text></s:Reason><s:Detail>{detail}</s:Detail></s:Fault>',
        "1.2",
    )
