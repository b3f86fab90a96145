"""Bodies, headers and wrappers of messages."""

from __future__ import annotations

import pytest

from adapters.soap.contract import AttachedPart, HeaderPart, Message, OperationContract, Part
from tests.adapters.soap.wsdls import BODY, MESSAGES, PORT_TYPE, binding, mentions, read, wsdl

PARTS = """
  <w:message name="GetIn"><w:part name="a" type="xs:int"/><w:part name="o" type="t:Order"/></w:message>
  <w:message name="GetOut"><w:part name="note" type="xs:string"/><w:part name="out" type="xs:int"/></w:message>
  <w:message name="GoneFault"><w:part name="fault" element="t:Gone"/></w:message>"""
XSD = "{http://www.w3.org/2001/XMLSchema}"


def operation(directions: str, *, messages: str = MESSAGES, style: str = "", order: str = "") -> OperationContract:
    written = f"<w:operation name='Get'><s:operation soapAction='x' {style}/>{directions}</w:operation>"
    port_type = PORT_TYPE.replace('name="Get"', f'name="Get" {order}')
    return read(wsdl(messages=messages, port_type=port_type, bindings=binding(written))).operations["Get"]


def rpc(use: str = "literal", *, order: str = "") -> OperationContract:
    body = f"<s:body use='{use}' namespace='urn:rpc'/>"
    directions = f"<w:input>{body}</w:input><w:output>{body}</w:output>"
    return operation(directions, messages=PARTS, style="style='rpc'", order=order)


def names(message: Message | None) -> list[str]:
    assert message is not None
    return [part.name for part in message.parts]


def test_a_document_body_is_its_element() -> None:
    got = operation(BODY)
    assert got.input == Message((Part("body", element="{urn:shop}Get"),))
    assert got.style == "document"


def test_an_rpc_body_has_a_wrapper_named_after_the_operation() -> None:
    got = rpc()
    assert got.input.wrapper == "{urn:rpc}Get"
    assert got.output is not None
    assert got.output.wrapper == "{urn:rpc}GetResponse"
    assert got.input.parts == (Part("a", type=f"{XSD}int"), Part("o", type="{urn:shop}Order"))


def test_an_rpc_operation_whose_name_no_element_can_have_harms_no_other() -> None:
    given = ("Get", "Get it")
    operations = "".join(f"<w:operation name='{name}'><w:input message='t:GetIn'/></w:operation>" for name in given)
    body = "<w:input><s:body use='literal'/></w:input>"
    bound = "".join(f"<w:operation name='{name}'>{body}</w:operation>" for name in given)
    port_type = f'<w:portType name="Shop">{operations}</w:portType>'
    style = 'style="rpc"'
    found = read(wsdl(messages=PARTS, port_type=port_type, bindings=binding(bound, attributes=style))).operations
    assert found["Get it"].problem == "its name 'Get it' cannot be the name of an XML element"
    assert not found["Get"].problem


def test_an_rpc_body_without_a_namespace_has_an_unqualified_wrapper() -> None:
    got = operation(BODY, messages=PARTS, style="style='rpc'")
    assert got.input.wrapper == "Get"


def test_literal_parts_keep_the_order_of_the_message() -> None:
    assert names(rpc(order='parameterOrder="o a"').input) == ["a", "o"]


def test_encoded_parts_take_the_order_of_the_signature_and_the_return_value_leads() -> None:
    got = rpc("encoded", order='parameterOrder="o a note"')
    assert got.input.use == "encoded"
    assert names(got.input) == ["o", "a"]
    assert names(got.output) == ["out", "note"]


def test_parts_choose_the_body() -> None:
    body = "<s:body use='literal' parts='o'/>"
    got = operation(f"<w:input>{body}</w:input>", messages=PARTS, style="style='rpc'")
    assert names(got.input) == ["o"]


def test_a_part_that_the_message_lacks_is_a_problem_of_that_operation() -> None:
    assert "names the part zz" in operation("<w:input><s:body use='literal' parts='body zz'/></w:input>").problem


def test_parts_that_name_none_of_the_message_choose_nothing() -> None:
    directions = "<w:input><s:body use='literal' parts='Body'/></w:input>"
    written = f"<w:operation name='Get'><s:operation soapAction='x' style='rpc'/>{directions}</w:operation>"
    contract = read(wsdl(messages=PARTS, bindings=binding(written)))
    assert names(contract.operations["Get"].input) == ["a", "o"]
    assert mentions(contract.warnings, "GetIn", "names no part of it")


def test_a_header_may_come_from_another_message() -> None:
    header = "<s:header message='t:Auth' part='token' use='literal'/>"
    got = operation(BODY.replace("<w:input>", f"<w:input>{header}"))
    assert got.input.headers == (HeaderPart(Part("token", element="{urn:shop}Token")),)
    assert names(got.input) == ["body"]


@pytest.mark.parametrize(("said", "name"), [("namespace='urn:h'", "{urn:h}token"), ("", "token")])
def test_a_header_by_type_is_of_the_namespace_that_the_binding_names(said: str, name: str) -> None:
    header = f"<s:header message='t:Auth' part='token' use='encoded' {said}/>"
    messages = MESSAGES.replace('name="token" element="t:Token"', 'name="token" type="xs:int"')
    got = operation(BODY.replace("<w:input>", f"<w:input>{header}"), messages=messages)
    assert got.input.headers == (HeaderPart(Part(name, type=f"{XSD}int"), "encoded"),)


def test_a_header_of_the_own_message_is_no_body() -> None:
    messages = MESSAGES.replace(
        '<w:part name="body" element="t:Get"/>',
        '<w:part name="body" element="t:Get"/><w:part name="head" element="t:Token"/>',
    )
    header = "<s:header message='t:GetIn' part='head' use='literal'/>"
    got = operation(BODY.replace("<w:input>", f"<w:input>{header}"), messages=messages)
    assert names(got.input) == ["body"]
    assert [header.part.name for header in got.input.headers] == ["head"]


def test_a_header_that_cannot_be_read_is_left_out_and_told() -> None:
    header = "<s:header message='t:Nowhere' part='token' use='literal'/>"
    written = f"<w:operation name='Get'>{BODY.replace('<w:input>', f'<w:input>{header}')}</w:operation>"
    contract = read(wsdl(bindings=binding(written)))
    assert contract.operations["Get"].input.headers == ()
    assert not contract.operations["Get"].problem
    assert mentions(contract.warnings, "Get", "header", "t:Nowhere")


def test_a_body_inside_a_mime_package_is_found_and_its_attachments_are_no_body() -> None:
    package = """<w:input><m:multipartRelated xmlns:m="http://schemas.xmlsoap.org/wsdl/mime/">
      <m:part><s:body use="literal"/></m:part><m:part><m:content part="o" type="image/png"/></m:part>
    </m:multipartRelated></w:input>"""
    written = f"<w:operation name='Get'><s:operation style='rpc'/>{package}</w:operation>"
    contract = read(wsdl(messages=PARTS, bindings=binding(written)))
    assert names(contract.operations["Get"].input) == ["a"]
    assert contract.operations["Get"].input.attachments == (AttachedPart("o", "image/png"),)
    assert contract.warnings == ()


def test_a_message_that_is_not_defined_is_a_problem() -> None:
    text = wsdl(port_type=PORT_TYPE.replace("t:GetIn", "t:Nowhere"))
    assert "Nowhere is not defined" in read(text).operations["Get"].problem


def test_a_direction_in_the_namespace_of_soap_is_understood() -> None:
    body = "<s:body use='literal' namespace='urn:rpc'/>"
    got = operation(f"<s:input>{body}</s:input>", messages=PARTS, style="style='rpc'")
    assert got.input.wrapper == "{urn:rpc}Get"
