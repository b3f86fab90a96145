"""What a WSDL says of WS-Addressing: actions by its rules, and when it is demanded."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Addressed
from tests.adapters.soap.wsdls import BODY, PORT_TYPE, SERVICE, binding, mentions, read, wsdl

WSAM = 'xmlns:wsam="http://www.w3.org/2007/05/addressing/metadata"'
WSAW = 'xmlns:wsaw="http://www.w3.org/2006/05/addressing/wsdl"'
OLD = 'xmlns:old="http://schemas.xmlsoap.org/ws/2004/08/addressing"'
OLD_POLICY = 'xmlns:op="http://schemas.xmlsoap.org/ws/2004/08/addressing/policy"'
POLICY = 'xmlns:p="http://www.w3.org/ns/ws-policy"'
POLICY_12 = 'xmlns:p="http://schemas.xmlsoap.org/ws/2004/09/policy"'
WSU = 'xmlns:wsu="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd"'
ASSERTED = f"<wsam:Addressing {WSAM}><p:Policy/></wsam:Addressing>"
NO_ACTION = binding(f"<w:operation name='Get'><s:operation soapAction=''/>{BODY}</w:operation>")


def addressed(**parts: str) -> Addressed:
    return read(wsdl(**parts)).operations["Get"].addressed


def port_type(inside: str) -> str:
    return f'<w:portType name="Shop"><w:operation name="Get">{inside}</w:operation></w:portType>'


IN, OUT = "<w:input message='t:GetIn'/>", "<w:output message='t:GetOut'/>"


def test_the_soap_action_is_the_action() -> None:
    assert addressed() == Addressed("urn:get", "urn:shop:Shop:GetResponse")


@pytest.mark.parametrize(
    ("target", "inside", "request_action", "answer_action"),
    [
        ("urn:shop", IN + OUT, "urn:shop:Shop:GetRequest", "urn:shop:Shop:GetResponse"),
        ("urn:shop:", IN + OUT, "urn:shop:Shop:GetRequest", "urn:shop:Shop:GetResponse"),
        ("http://shop.example/a", IN + OUT, "http://shop.example/a/Shop/GetRequest", "http://shop.example/a/Shop/GetResponse"),
        ("http://shop.example/", IN + OUT, "http://shop.example/Shop/GetRequest", "http://shop.example/Shop/GetResponse"),
        ("urn:shop", IN, "urn:shop:Shop:Get", ""),
        (
            "urn:shop",
            IN.replace("<w:input", "<w:input name='Ask'") + OUT.replace("<w:output", "<w:output name='Tell'"),
            "urn:shop:Shop:Ask",
            "urn:shop:Shop:Tell",
        ),
    ],
)  # fmt: skip
def test_without_any_it_is_made_of_names(target: str, inside: str, request_action: str, answer_action: str) -> None:
    text = wsdl(port_type=port_type(inside), bindings=NO_ACTION).replace("urn:shop", target)
    assert read(text).operations["Get"].addressed == Addressed(request_action, answer_action)


@pytest.mark.parametrize(("declared", "prefix"), [(WSAM, "wsam"), (WSAW, "wsaw"), (OLD, "old")])
def test_an_explicit_action_is_stronger(declared: str, prefix: str) -> None:
    inside = IN.replace("/>", f" {declared} {prefix}:Action=' urn:in '/>") + OUT.replace(
        "/>", f" {declared} {prefix}:Action='urn:out'/>"
    )
    assert addressed(port_type=port_type(inside)) == Addressed("urn:in", "urn:out")


def test_faults_have_actions() -> None:
    said = PORT_TYPE.replace("<w:fault ", f"<w:fault {WSAM} wsam:Action='urn:gone' ")
    assert read(wsdl(port_type=said)).operations["Get"].faults[0].action == "urn:gone"
    assert read(wsdl()).operations["Get"].faults[0].action == "urn:shop:Shop:Get:Fault:Gone"


# ── is it demanded ───────────────────────────────────────────────────────────────────────────────────────────────


def in_binding(marker: str) -> str:
    return binding().replace("</w:binding>", f"{marker}</w:binding>")


@pytest.mark.parametrize(
    ("marker", "version"),
    [
        (f"<wsaw:UsingAddressing {WSAW} w:required='true'/>", "2005/08"),
        (f"<wsaw:UsingAddressing {WSAW} w:required='1'/>", "2005/08"),
        (f"<wsaw:UsingAddressing {WSAW}/>", None),
        (f"<wsaw:UsingAddressing {WSAW} w:required='false'/>", None),
        (f"<p:Policy {POLICY}><wsam:Addressing {WSAM}/></p:Policy>", "2005/08"),
        (f"<p:Policy {POLICY_12}><wsaw:UsingAddressing {WSAW}/></p:Policy>", "2005/08"),
        (f"<p:Policy {POLICY_12}><op:UsingAddressing {OLD_POLICY}/></p:Policy>", "2004/08"),
        (f"<p:Policy {POLICY}><wsam:Addressing {WSAM} p:Optional='true'/></p:Policy>", None),
        (
            f"<p:Policy {POLICY}><p:ExactlyOne><p:All>{ASSERTED}</p:All></p:ExactlyOne></p:Policy>",
            "2005/08",
        ),
        (
            f"<p:Policy {POLICY}><p:ExactlyOne><p:All>{ASSERTED}</p:All><p:All/></p:ExactlyOne></p:Policy>",
            None,
        ),
        (f"<p:PolicyReference {POLICY} URI='#need'/>", "2005/08"),
        (f"<p:PolicyReference {POLICY} URI='#circle'/>", None),
        (f"<p:PolicyReference {POLICY} URI='#nowhere'/>", None),
        (f"<p:PolicyReference {POLICY} URI='http://elsewhere.example/policy'/>", None),
        (f"<p:Policy {POLICY}><x:Other xmlns:x='urn:x'><wsam:Addressing {WSAM}/></x:Other></p:Policy>", None),
    ],
)
def test_when_a_binding_demands_it(marker: str, version: str | None) -> None:
    policies = (
        f"<p:Policy {POLICY} {WSU} wsu:Id='need'><wsam:Addressing {WSAM}/></p:Policy>"
        f"<p:Policy {POLICY} {WSU} wsu:Id='circle'><p:PolicyReference URI='#circle'/></p:Policy>"
    )
    assert addressed(bindings=in_binding(marker), first=policies).demanded == version


def test_a_port_may_demand_it() -> None:
    marker = f"<wsaw:UsingAddressing {WSAW} w:required='true'/>"
    assert addressed(services=SERVICE.replace("</w:port>", f"{marker}</w:port>")).demanded == "2005/08"


def test_policies_may_be_named_by_an_attribute() -> None:
    policy = f"<p:Policy {POLICY} xml:id='need'><wsam:Addressing {WSAM}/></p:Policy>"
    named = binding().replace("<w:binding ", f"<w:binding {POLICY} p:PolicyURIs='#other #need' ")
    assert addressed(bindings=named, first=policy).demanded == "2005/08"


@pytest.mark.parametrize(
    ("marker", "elsewhere"),
    [
        (f"<p:Policy {POLICY}>{ASSERTED.replace('<p:Policy/>', '<wsam:NonAnonymousResponses/>')}</p:Policy>", True),
        (f"<p:Policy {POLICY}>{ASSERTED.replace('<p:Policy/>', '<wsam:AnonymousResponses/>')}</p:Policy>", False),
        (f"<wsaw:Anonymous {WSAW}>prohibited</wsaw:Anonymous>", True),
        (f"<wsaw:Anonymous {WSAW}>optional</wsaw:Anonymous>", False),
    ],
)
def test_a_port_that_answers_elsewhere_is_told(marker: str, *, elsewhere: bool) -> None:
    contract = read(wsdl(bindings=in_binding(marker)))
    assert mentions(contract.warnings, "ShopPort", "other addresses") is elsewhere
