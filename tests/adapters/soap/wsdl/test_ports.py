"""Which ports there are and which one is used."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Port
from bridge.errors import ContractError
from tests.adapters.soap.wsdls import PORT_TYPE, binding, mentions, read, service, wsdl

TWINS = binding() + binding(name="Shop12", version="1.2")
TWIN_PORTS = (("P11", "ShopBinding", "http://a/11"), ("P12", "Shop12", "http://a/12"))


def test_a_port_tells_its_service_version_and_address() -> None:
    assert read(wsdl()).port == Port("ShopService", "ShopPort", "1.1", "http://erp.example/shop")


def test_soap_12_is_preferred_among_twins() -> None:
    contract = read(wsdl(bindings=TWINS, services=service(*TWIN_PORTS)))
    assert contract.port == Port("ShopService", "P12", "1.2", "http://a/12")
    assert [port.name for port in contract.ports] == ["P11", "P12"]


def test_a_soap_12_port_of_another_service_is_no_twin() -> None:
    one, two = (service(port, name=name) for port, name in zip(TWIN_PORTS, ("One", "Two"), strict=True))
    assert read(wsdl(bindings=TWINS, services=one + two)).port.name == "P11"


def test_a_port_can_be_named() -> None:
    text = wsdl(bindings=TWINS, services=service(*TWIN_PORTS) + service(("Q", "ShopBinding", "http://b"), name="Two"))
    assert read(text, port="P11").port.version == "1.1"
    assert read(text, service="Two").port.address == "http://b"


def test_a_name_that_is_not_there_is_answered_with_those_that_are() -> None:
    with pytest.raises(ContractError, match="service ShopService, port ShopPort"):
        read(wsdl(), port="Nope")


def test_without_a_service_a_binding_is_a_port_without_address() -> None:
    assert read(wsdl(services="")).port == Port("", "ShopBinding", "1.1", "")


def test_an_http_binding_is_left_out_with_one_line() -> None:
    http = """<w:binding name="Http" type="t:Shop"><h:binding xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"
      verb="GET"/></w:binding>"""
    ports = service(("HttpPort", "Http", "http://a"), ("ShopPort", "ShopBinding", "http://b"))
    contract = read(wsdl(bindings=http + binding(), services=ports))
    assert contract.port.name == "ShopPort"
    assert [line for line in contract.warnings if "HttpPort" in line] == [
        "port HttpPort has an HTTP GET/POST binding; left out"
    ]


@pytest.mark.parametrize(
    ("bindings", "ports", "says"),
    [
        ("", [("P", "Gone", "http://a")], "its binding {urn:shop}Gone is not defined"),
        (binding().replace("t:Shop", "t:Gone"), [("P", "ShopBinding", "")], "its portType {urn:shop}Gone is not"),
        (binding().replace("/soap/http", "/soap/smtp"), [("P", "ShopBinding", "")], "not HTTP"),
    ],
)
def test_a_wsdl_without_a_usable_port_is_refused_with_the_reasons(
    bindings: str, ports: list[tuple[str, str, str]], says: str
) -> None:
    with pytest.raises(ContractError) as caught:
        read(wsdl(bindings=bindings, services=service(*ports)))
    assert "no usable SOAP port" in caught.value.detail
    assert says in caught.value.detail


OTHER_TYPE = PORT_TYPE.replace('name="Shop"', 'name="Other"')
OTHER = binding(name="OtherBinding").replace('"t:Shop"', '"t:Other"')
TWO = service(("A", "ShopBinding", "http://a"), ("B", "OtherBinding", "http://b"))


def test_other_ports_are_told_when_they_are_not_used() -> None:
    contract = read(wsdl(port_type=PORT_TYPE + OTHER_TYPE, bindings=binding() + OTHER, services=TWO))
    assert contract.port.name == "A"
    assert mentions(contract.warnings, "not used", "B")


def test_every_port_adds_the_operations_of_the_others_with_their_own_address() -> None:
    renamed = OTHER_TYPE.replace('"Get"', '"Find"'), OTHER.replace("'Get'", "'Find'")
    text = wsdl(port_type=PORT_TYPE + renamed[0], bindings=binding() + renamed[1], services=TWO)
    operations = read(text, every_port=True).operations
    assert list(operations) == ["Get", "Find"]
    assert operations["Get"].port is None
    assert operations["Find"].port == Port("ShopService", "B", "1.1", "http://b")


def test_operations_of_one_name_in_several_ports_get_the_name_of_their_port() -> None:
    text = wsdl(port_type=PORT_TYPE + OTHER_TYPE, bindings=binding() + OTHER, services=TWO)
    assert list(read(text, every_port=True).operations) == ["A_Get", "B_Get"]


def test_a_named_port_stays_alone() -> None:
    text = wsdl(port_type=PORT_TYPE + OTHER_TYPE, bindings=binding() + OTHER, services=TWO)
    assert list(read(text, port="B", every_port=True).operations) == ["Get"]
