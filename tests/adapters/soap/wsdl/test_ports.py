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


def over_http(name: str = "Http", verb: str = "GET", operation: str = "Get", **more: str) -> str:
    content = f"<w:operation name='{operation}'><h:operation location='/{operation}'/></w:operation>"
    return f"""<w:binding name="{name}" type="t:{more.get("type", "Shop")}"
      xmlns:h="http://schemas.xmlsoap.org/wsdl/http/"><h:binding verb="{verb}"/>{content}</w:binding>"""


FORMS = service(("HttpPort", "Http", "http://a"), ("ShopPort", "ShopBinding", "http://b"))


def test_soap_comes_before_an_http_binding_that_repeats_it_and_no_word_is_lost_about_it() -> None:
    contract = read(wsdl(bindings=over_http() + binding(), services=FORMS), every_port=True)
    assert contract.port == Port("ShopService", "ShopPort", "1.1", "http://b")
    assert [(port.name, port.verb) for port in contract.ports] == [("HttpPort", "GET"), ("ShopPort", "")]
    assert contract.operations["Get"].http is None
    assert contract.warnings == ()


def test_an_http_port_is_used_when_it_is_named() -> None:
    contract = read(wsdl(bindings=over_http() + binding(), services=FORMS), port="HttpPort")
    assert contract.port.verb == "GET"
    assert contract.operations["Get"].http is not None


def test_what_only_an_http_port_offers_is_added_where_every_port_is_wanted() -> None:
    other = PORT_TYPE.replace('name="Shop"', 'name="Forms"').replace('"Get"', '"Find"')
    bindings = over_http(operation="Find", type="Forms") + binding()
    text = wsdl(port_type=PORT_TYPE + other, bindings=bindings, services=FORMS)
    operations = read(text, every_port=True).operations
    assert {name: one.http is not None for name, one in operations.items()} == {"Get": False, "Find": True}
    assert operations["Find"].port == Port("ShopService", "HttpPort", "1.1", "http://a", "GET")
    assert mentions(read(text).warnings, "not used, with other operations: HttpPort")


def test_among_http_ports_a_form_comes_first() -> None:
    ports = service(("ByGet", "Http", "http://a"), ("ByPost", "Post", "http://b"))
    contract = read(wsdl(bindings=over_http() + over_http("Post", "POST"), services=ports), every_port=True)
    assert (contract.port.name, list(contract.operations)) == ("ByPost", ["Get"])


def test_a_verb_that_is_neither_is_left_out() -> None:
    contract = read(wsdl(bindings=over_http(verb="PUT") + binding(), services=FORMS))
    assert mentions(contract.warnings, "HttpPort has no SOAP binding and no HTTP binding with GET or POST; left out")


def test_a_port_of_an_undefined_binding_gets_the_only_one_that_nobody_wants() -> None:
    contract = read(wsdl(services=service(("P", "Gone", "http://a"))))
    assert contract.port.address == "http://a"
    assert not contract.operations["Get"].problem
    assert mentions(contract.warnings, "{urn:shop}Gone is not defined; the only one there is, ShopBinding, is used")


def test_a_binding_that_is_wanted_is_not_lent_to_another_port() -> None:
    contract = read(wsdl(services=service(("P", "Gone", "http://a"), ("Q", "ShopBinding", "http://b"))))
    assert [port.name for port in contract.ports] == ["Q"]
    assert mentions(contract.warnings, "port P: its binding {urn:shop}Gone is not defined; left out")


@pytest.mark.parametrize(
    ("bindings", "ports", "says"),
    [
        ("", [("P", "Gone", "http://a")], "its binding {urn:shop}Gone is not defined"),
        (
            binding().replace("t:Shop", "t:Gone").replace("name='Get'", "name='Put'"),
            [("P", "ShopBinding", "")],
            "its portType {urn:shop}Gone is not",
        ),
        (binding().replace("/soap/http", "/soap/smtp"), [("P", "ShopBinding", "")], "not HTTP"),
    ],
)
def test_a_wsdl_without_a_usable_port_loads_without_its_operations_and_says_why(
    bindings: str, ports: list[tuple[str, str, str]], says: str
) -> None:
    contract = read(wsdl(bindings=bindings, services=service(*ports)))
    assert list(contract.operations) == ["Get"]
    assert says in contract.operations["Get"].problem
    assert contract.ports == ()


def test_a_wsdl_without_ports_and_operations_is_refused() -> None:
    with pytest.raises(ContractError, match="no usable SOAP or HTTP port"):
        read(wsdl(port_type="", bindings="", services=""))


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


def test_a_binding_whose_soap_binding_was_forgotten_has_the_version_of_its_operations() -> None:
    forgotten = binding(version="1.2").replace('<s:binding transport="http://schemas.xmlsoap.org/soap/http" />', "")
    contract = read(wsdl(bindings=forgotten))
    assert forgotten != binding(version="1.2")
    assert contract.port.version == "1.2"
    assert contract.operations["Get"].style == "document"


@pytest.mark.parametrize("said", ['type="t:Nope"', ""])
def test_a_port_type_that_is_not_there_is_the_only_one_with_the_operations(said: str) -> None:
    contract = read(wsdl(bindings=binding().replace('type="t:Shop"', said)))
    assert contract.operations["Get"].problem == ""
    assert mentions(contract.warnings, "ShopPort", "is not defined", "Shop, which has its operations, is used")


def test_a_strange_transport_at_an_address_of_http_is_http() -> None:
    strange = binding().replace("http://schemas.xmlsoap.org/soap/http", "http://schemas.xmlsoap.org/wsdl/http")
    contract = read(wsdl(bindings=strange))
    assert contract.operations["Get"].problem == ""
    assert mentions(contract.warnings, "names the transport", "HTTP, which is used")
