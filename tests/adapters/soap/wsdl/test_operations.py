"""Operations: binding and portType brought together."""

from __future__ import annotations

import pytest

from adapters.soap.contract import DeclaredFault, Part
from tests.adapters.soap.wsdls import BODY, MESSAGES, PORT_TYPE, binding, mentions, read, wsdl


def port_type(*operations: str) -> str:
    return f'<w:portType name="Shop">{"".join(operations)}</w:portType>'


def abstract(inside: str, name: str = "Get") -> str:
    return f"<w:operation name='{name}'>{inside}</w:operation>"


INPUT, OUTPUT = "<w:input message='t:GetIn'/>", "<w:output message='t:GetOut'/>"


def test_an_operation_has_action_documentation_and_faults() -> None:
    got = read(wsdl()).operations["Get"]
    assert (got.name, got.action, got.doc, got.problem) == ("Get", "urn:get", "Gets one.", "")
    assert got.faults == (
        DeclaredFault("Gone", Part("fault", element="{urn:shop}Gone"), action="urn:shop:Shop:Get:Fault:Gone"),
    )


def test_without_an_output_it_is_one_way() -> None:
    assert read(wsdl(port_type=port_type(abstract(INPUT)))).operations["Get"].output is None


@pytest.mark.parametrize(
    ("inside", "word"), [(OUTPUT, "notification"), (OUTPUT + INPUT, "solicit-response"), ("", "without messages")]
)
def test_what_no_client_can_call_is_left_out(inside: str, word: str) -> None:
    contract = read(wsdl(port_type=port_type(abstract(inside))))
    assert contract.operations == {}
    assert mentions(contract.warnings, "Get", word)


def test_one_broken_operation_harms_no_other() -> None:
    broken = abstract("<w:input message='t:Nowhere'/>", "Broken")
    bound = f"<w:operation name='Broken'>{BODY}</w:operation><w:operation name='Get'>{BODY}</w:operation>"
    contract = read(wsdl(port_type=port_type(broken, abstract(INPUT)), bindings=binding(bound)))
    assert contract.operations["Broken"].problem
    assert not contract.operations["Get"].problem
    assert mentions(contract.warnings, "Broken", "Nowhere")


def test_an_operation_that_only_one_side_has_is_told() -> None:
    bound = f"<w:operation name='Get'>{BODY}</w:operation><w:operation name='Extra'>{BODY}</w:operation>"
    contract = read(wsdl(port_type=port_type(abstract(INPUT), abstract(INPUT, "Idle")), bindings=binding(bound)))
    assert list(contract.operations) == ["Get"]
    assert mentions(contract.warnings, "Extra")
    assert mentions(contract.warnings, "Idle")


def overload(name: str, message: str) -> str:
    return abstract(f"<w:input name='{name}' message='t:{message}'/>")


def test_overloads_are_matched_by_their_message_names_and_told_apart() -> None:
    bound = "".join(
        f"<w:operation name='Get'><s:operation soapAction='{name}'/><w:input name='{name}'/></w:operation>"
        for name in ("ByToken", "ById")
    )
    overloads = port_type(overload("ById", "GetIn"), overload("ByToken", "Auth"))
    contract = read(wsdl(port_type=overloads, bindings=binding(bound)))
    assert list(contract.operations) == ["Get", "ById"]
    assert contract.operations["Get"].action == "ByToken"
    assert contract.operations["Get"].input.parts == (Part("token", element="{urn:shop}Token"),)
    assert contract.operations["ById"].input.parts == (Part("body", element="{urn:shop}Get"),)
    assert mentions(contract.warnings, "more than once", "ById")


def test_overloads_without_names_get_a_number() -> None:
    overloads = port_type(abstract(INPUT), abstract("<w:input message='t:Auth'/>"))
    bound = f"<w:operation name='Get'>{BODY}</w:operation>" * 2
    contract = read(wsdl(port_type=overloads, bindings=binding(bound)))
    assert list(contract.operations) == ["Get", "Get2"]
    assert contract.operations["Get2"].input.parts[0].name == "token"


def test_the_style_of_the_operation_wins_over_that_of_the_binding() -> None:
    bound = f"<w:operation name='Get'><s:operation style='document'/>{BODY}</w:operation>"
    assert read(wsdl(bindings=binding(bound, attributes='style="rpc"'))).operations["Get"].style == "document"
    plain = f"<w:operation name='Get'>{BODY}</w:operation>"
    assert read(wsdl(bindings=binding(plain, attributes='style="rpc"'))).operations["Get"].style == "rpc"


@pytest.mark.parametrize(
    ("message", "says"),
    [
        ("", "GoneFault is not defined"),
        ('<w:message name="GoneFault"/>', "has no part"),
        ('<w:message name="GoneFault"><w:part name="f" element="q:No"/></w:message>', "its prefix is not declared"),
    ],
)
def test_a_fault_that_cannot_be_read_is_left_out_and_told(message: str, says: str) -> None:
    messages = MESSAGES.replace(
        '<w:message name="GoneFault"><w:part name="fault" element="t:Gone"/></w:message>', message
    )
    contract = read(wsdl(messages=messages))
    assert contract.operations["Get"].faults == ()
    assert mentions(contract.warnings, "fault Gone", says)


def test_bindings_that_share_out_a_port_type_are_read_as_one() -> None:
    two = port_type(abstract(INPUT), abstract(INPUT, "Find"))
    first = binding(f"<w:operation name='Get'>{BODY}</w:operation>")
    second = binding(f"<w:operation name='Find'>{BODY}</w:operation>", name="SecondBinding")
    contract = read(wsdl(port_type=two, bindings=first + second, services=""), every_port=True)
    assert list(contract.operations) == ["Get", "Find"]
    assert contract.warnings == ()


@pytest.mark.parametrize(
    ("version", "said", "action"),
    [
        ("1.1", "soapAction='urn:get'", "urn:get"),
        ("1.1", "soapAction=''", ""),
        ("1.1", "", "urn:addressed"),
        ("1.2", "", ""),
        ("1.2", "soapActionRequired='true'", "urn:addressed"),
    ],
)
def test_the_action_of_addressing_stands_in_where_one_is_demanded_and_not_written(
    version: str, said: str, action: str
) -> None:
    addressed = PORT_TYPE.replace(
        "<w:input ", "<w:input xmlns:a='http://www.w3.org/2007/05/addressing/metadata' a:Action='urn:addressed' "
    )
    bound = binding(version=version).replace("soapAction='urn:get'", said)
    assert read(wsdl(port_type=addressed, bindings=bound)).operations["Get"].action == action
