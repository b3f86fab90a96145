"""WSDLs as they are published: each carelessness that was met, by itself, and what is read all the same."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Contract, HeaderPart, Part
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract
from bridge.formats.xml.layout import ComplexType, Element
from tests.adapters.soap.wsdls import BODY, HERE, MESSAGES, SCHEMA, binding, mentions, pinned, read, wsdl

XML = "{http://www.w3.org/XML/1998/namespace}"


def whole(contract: Contract) -> None:
    """Everything of the small WSDL is there."""
    operation = contract.operations["Get"]
    assert operation.problem == ""
    assert operation.input.parts == (Part("body", element="{urn:shop}Get"),)
    assert [fault.name for fault in operation.faults] == ["Gone"]


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "utf-16-be", "iso-8859-1"])
def test_encodings_and_marks(encoding: str) -> None:
    text = wsdl().replace('<?xml version="1.0"?>', f'<?xml version="1.0" encoding="{encoding.partition("-sig")[0]}"?>')
    whole(read_contract(DocumentSet(HERE, {HERE: text.encode(encoding)})))


def test_xml_lang_without_an_import() -> None:
    kind = '<xs:complexType name="L"><xs:attribute ref="xml:lang"/></xs:complexType>'
    contract = read(wsdl(schema=SCHEMA.replace("</xs:schema>", f"{kind}</xs:schema>")))
    found = contract.layout.types["{urn:shop}L"]
    assert isinstance(found, ComplexType)
    assert [one.name for one in found.attributes] == [f"{XML}lang"]
    whole(contract)


def test_an_import_of_the_wrong_namespace_brings_what_is_in_the_document() -> None:
    schema = '<xs:schema><xs:import namespace="urn:wrong" schemaLocation="shop.xsd"/></xs:schema>'
    inner = SCHEMA.replace("<xs:schema", '<xs:schema xmlns:xs="http://www.w3.org/2001/XMLSchema"')
    whole(read_contract(pinned(wsdl(schema=schema), {"shop.xsd": "/docs/shop.xsd"}, shop_xsd=inner.strip())))


@pytest.mark.parametrize("prefix", ["q:", "xs:", ""])
def test_parts_whose_prefix_is_wrong(prefix: str) -> None:
    messages = MESSAGES.replace('element="t:Get"', f'element="{prefix}Get"')
    contract = read(wsdl(messages=messages))
    if prefix != "xs:":
        whole(contract)
    assert contract.operations["Get"].problem == ""


def test_a_schema_without_a_target_namespace() -> None:
    contract = read(wsdl(schema=SCHEMA.replace('targetNamespace="urn:shop"', "")))
    assert contract.operations["Get"].input.parts == (Part("body", element="Get"),)


def test_a_component_that_is_defined_twice_is_the_first() -> None:
    contract = read(wsdl(schema=SCHEMA + SCHEMA.replace('name="id" type="xs:int"', 'name="id" type="xs:string"')))
    whole(contract)
    assert mentions(contract.warnings, "{urn:shop}Get is defined more than once")


def test_identity_constraints_are_passed_over() -> None:
    rule = '<xs:key name="k"><xs:selector xpath="t:id"/><xs:field xpath="."/></xs:key>'
    schema = SCHEMA.replace("</xs:complexType></xs:element>", f"</xs:complexType>{rule}</xs:element>", 1)
    contract = read(wsdl(schema=schema))
    whole(contract)
    assert contract.warnings == ()


@pytest.mark.parametrize("part", ["part='token'", ""])
def test_a_header_without_a_part_is_the_only_part_of_its_message(part: str) -> None:
    body = BODY.replace("<w:input>", f"<w:input><s:header message='t:Auth' {part} use='literal'/>")
    operations = f"<w:operation name='Get'><s:operation soapAction=''/>{body}</w:operation>"
    contract = read(wsdl(bindings=binding(operations)))
    assert contract.operations["Get"].input.headers == (HeaderPart(Part("token", element="{urn:shop}Token")),)


def test_a_header_fault_is_told_and_harms_nothing() -> None:
    header = "<s:header message='t:Auth' part='token' use='literal'><s:headerfault message='t:No' part='x'/></s:header>"
    operations = (
        f"<w:operation name='Get'><s:operation/>{BODY.replace('<w:input>', f'<w:input>{header}')}</w:operation>"
    )
    contract = read(wsdl(bindings=binding(operations)))
    assert [one.part.name for one in contract.operations["Get"].input.headers] == ["token"]
    assert mentions(contract.warnings, "headerfault")
    whole(contract)


def test_a_part_by_type_in_document_style_is_an_element_called_like_the_part() -> None:
    """WSDL 1.1 §3.5 would let the type be that of the Body itself, WS-I (R2204) forbids the case. PHP and zeep
    write and expect an unqualified element with the name of the part, so that is what goes over the wire."""
    messages = MESSAGES.replace('name="body" element="t:Get"', 'name="body" type="t:Order"')
    operation = read(wsdl(messages=messages)).operations["Get"]
    assert (operation.style, operation.input.wrapper) == ("document", "")
    assert operation.input.parts == (Part("body", type="{urn:shop}Order"),)


def test_an_element_that_is_defined_nowhere_costs_nothing_but_its_description() -> None:
    contract = read(wsdl(messages=MESSAGES.replace('element="t:Get"', 'element="t:Lost"')))
    assert contract.operations["Get"].input.parts == (Part("body", element="{urn:shop}Lost"),)
    assert isinstance(contract.layout.elements["{urn:shop}Lost"], Element)
    assert mentions(contract.warnings, "{urn:shop}Lost", "not defined in any schema")
