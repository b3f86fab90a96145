"""soap:headerfault: what a fault may carry in its Header."""

from __future__ import annotations

import pytest

from adapters.soap.contract import Contract, DeclaredFault, Part
from tests.adapters.soap.wsdls import BODY, MESSAGES, SCHEMA, binding, mentions, read, wsdl

XSD = "{http://www.w3.org/2001/XMLSchema}"


def contract(*faults: str, messages: str = MESSAGES) -> Contract:
    header = f"<s:header message='t:Auth' part='token' use='literal'>{''.join(faults)}</s:header>"
    operation = f"<w:operation name='Get'>{BODY.replace('<w:input>', f'<w:input>{header}')}</w:operation>"
    schema = SCHEMA.replace("</xs:schema>", '<xs:element name="Refused" type="xs:string"/></xs:schema>')
    more = '<w:message name="RefusedFault"><w:part name="fault" element="t:Refused"/></w:message>'
    return read(wsdl(schema=schema, messages=messages + more, bindings=binding(operation)))


REFUSED = "<s:headerfault message='t:RefusedFault' part='fault' use='literal'/>"


def test_it_has_the_name_of_its_element() -> None:
    got = contract(REFUSED, REFUSED)
    assert got.operations["Get"].header_faults == (DeclaredFault("Refused", Part("fault", "{urn:shop}Refused")),)
    assert not mentions(got.warnings, "headerfault")


def test_the_only_part_need_not_be_named() -> None:
    assert contract(REFUSED.replace("part='fault'", "")).operations["Get"].header_faults[0].name == "Refused"


def test_the_name_of_another_fault_is_taken() -> None:
    gone = "<s:headerfault message='t:GoneFault' part='fault' use='literal'/>"
    operation = contract(gone).operations["Get"]
    assert [fault.name for fault in operation.faults] == ["Gone"]
    assert [fault.name for fault in operation.header_faults] == ["GoneHeader"]


def test_by_type_it_is_of_the_namespace_of_the_binding() -> None:
    typed = MESSAGES.replace('name="token" element="t:Token"', 'name="token" type="xs:int"')
    fault = "<s:headerfault message='t:Auth' part='token' use='encoded' namespace='urn:h'/>"
    assert contract(fault, messages=typed).operations["Get"].header_faults == (
        DeclaredFault("token", Part("{urn:h}token", type=f"{XSD}int"), "encoded"),
    )


@pytest.mark.parametrize(
    ("fault", "word"),
    [
        ("<s:headerfault message='t:Nowhere' part='fault'/>", "t:Nowhere is not defined"),
        ("<s:headerfault message='t:RefusedFault' part='other'/>", "lacks the part other"),
    ],
)
def test_one_that_cannot_be_read_is_left_out_and_told(fault: str, word: str) -> None:
    got = contract(fault, REFUSED)
    assert [one.name for one in got.operations["Get"].header_faults] == ["Refused"]
    assert mentions(got.warnings, "Get", "headerfault", word)
