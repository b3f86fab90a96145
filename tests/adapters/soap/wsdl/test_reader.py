"""From documents to a contract."""

from __future__ import annotations

import msgspec

from adapters.soap.contract import Contract
from adapters.soap.wsdl.reader import WARNINGS_MAX, read_contract
from bridge.formats.xml.layout import ANY_TYPE, XSD
from tests.adapters.soap.wsdls import MESSAGES, SCHEMA, binding, mentions, pinned, read, wsdl


def test_the_layout_has_what_the_messages_name() -> None:
    contract = read(wsdl())
    assert {"{urn:shop}Get", "{urn:shop}GetResponse"} <= contract.layout.elements.keys()
    assert contract.target == "urn:shop"
    assert contract.warnings == ()


def test_a_contract_survives_its_wire_form() -> None:
    contract = read(wsdl())
    assert msgspec.msgpack.decode(msgspec.msgpack.encode(contract), type=Contract) == contract


def typed(name: str) -> str:
    part = f'<w:part name="p" type="{name}"/>'
    return MESSAGES.replace('<w:part name="body" element="t:Get"/>', part)


def test_built_in_types_of_parts_are_in_the_layout() -> None:
    for name in ("int", "anyType"):
        contract = read(wsdl(messages=typed(f"xs:{name}"), schema=""))
        assert f"{{{XSD}}}{name}" in contract.layout.types
    assert ANY_TYPE in contract.layout.types


def test_types_of_soap_encoding_need_no_import() -> None:
    name = "http://schemas.xmlsoap.org/soap/encoding/"
    part = f'<w:part name="p" xmlns:e="{name}" type="e:string"/>'
    contract = read(wsdl(messages=MESSAGES.replace('<w:part name="body" element="t:Get"/>', part)))
    assert f"{{{name}}}string" in contract.layout.types
    assert not contract.operations["Get"].problem


def test_imported_schemas_are_read_from_the_set() -> None:
    imports = """<xs:schema><xs:import namespace="urn:shop" schemaLocation="shop.xsd"/></xs:schema>"""
    schema = SCHEMA.strip().replace("<xs:schema", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"', 1)
    contract = read_contract(pinned(wsdl(schema=imports), {"shop.xsd": "/docs/shop.xsd"}, shop_xsd=schema))
    assert not contract.operations["Get"].problem


def test_what_a_schema_reading_left_out_is_told() -> None:
    content = '<xs:complexContent><xs:extension base="t:Nowhere"/></xs:complexContent>'
    broken = f'<xs:complexType name="No">{content}</xs:complexType>'
    schema = SCHEMA.replace('type="xs:int"', 'type="t:No"').replace("</xs:schema>", f"{broken}</xs:schema>")
    contract = read(wsdl(schema=schema))
    assert "Nowhere" in contract.operations["Get"].problem
    assert mentions(contract.warnings, "Get", "left out")


def test_what_is_defined_nowhere_is_free_xml_and_told() -> None:
    contract = read(wsdl(schema=SCHEMA.replace('type="xs:int"', 'type="t:Nowhere"')))
    assert contract.operations["Get"].problem == ""
    assert mentions(contract.warnings, "{urn:shop}Nowhere is not defined", "free XML")


def test_warnings_are_bounded() -> None:
    many = "".join(f"<w:operation name='O{number}'/>" for number in range(WARNINGS_MAX + 50))
    warnings = read(wsdl(bindings=binding(many))).warnings
    assert len(warnings) == WARNINGS_MAX + 1
    assert warnings[-1].startswith("… and")


def test_documentation_of_the_service_is_that_of_the_contract() -> None:
    text = wsdl().replace(
        "<w:service name='ShopService'>", "<w:service name='S'><w:documentation>Hi.</w:documentation>"
    )
    assert read(text).doc == "Hi."
