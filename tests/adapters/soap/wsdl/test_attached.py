"""What a WSDL says of attachments and of MTOM."""

from __future__ import annotations

import pytest

from adapters.soap.contract import AttachedPart
from tests.adapters.soap.attachments.filed import contract
from tests.adapters.soap.wsdls import BODY, binding, read, wsdl

WSP = 'xmlns:wsp="http://www.w3.org/ns/ws-policy"'
OLD_WSP = 'xmlns:wsp="http://schemas.xmlsoap.org/ws/2004/09/policy"'
ID = 'xmlns:u="http://docs.oasis-open.org/wss/2004/01/oasis-200401-wss-wssecurity-utility-1.0.xsd" u:Id="P"'
MTOM = (
    "<o:OptimizedMimeSerialization{} "
    'xmlns:o="http://schemas.xmlsoap.org/ws/2004/09/policy/optimizedmimeserialization"/>'
)
NEW_MTOM = '<o:MTOM xmlns:o="http://www.w3.org/2007/08/soap12-mtom-policy"/>'
OPTIONAL = ' wsp:Optional="true"'
REFERENCE = '<wsp:PolicyReference {} URI="#P"/>'


def said(policy: str, reference: str = "") -> str:
    """Of a WSDL whose binding holds the reference, or else the policy itself."""
    bound = binding(f"<w:operation name='Get'><s:operation/>{BODY}</w:operation>")
    document = wsdl(bindings=bound.replace("<s:binding ", f"{reference or policy}<s:binding ", 1))
    if reference:
        document = document.replace("</w:definitions>", f"{policy}</w:definitions>")
    return read(document).mtom


@pytest.mark.parametrize(
    ("policy", "reference", "expected"),
    [
        (f"<wsp:Policy {WSP}>{MTOM.format('')}</wsp:Policy>", "", "required"),
        (f"<wsp:Policy {OLD_WSP}>{NEW_MTOM}</wsp:Policy>", "", "required"),
        (f"<wsp:Policy {WSP} {ID}>{MTOM.format('')}</wsp:Policy>", REFERENCE.format(WSP), "required"),
        (
            f"<wsp:Policy {WSP} {ID}>{MTOM.format(OPTIONAL)}</wsp:Policy>",
            REFERENCE.format(WSP),
            "optional",
        ),
        (
            f"<wsp:Policy {WSP}><wsp:ExactlyOne><wsp:All>{NEW_MTOM}</wsp:All><wsp:All/></wsp:ExactlyOne></wsp:Policy>",
            "",
            "optional",
        ),
        (
            f"<wsp:Policy {WSP}><wsp:ExactlyOne><wsp:All>{NEW_MTOM}</wsp:All></wsp:ExactlyOne></wsp:Policy>",
            "",
            "required",
        ),
        (f"<wsp:Policy {WSP}/>", "", ""),
        (f"<wsp:Policy {WSP}>{NEW_MTOM}</wsp:Policy>", REFERENCE.format(WSP), ""),
    ],
)
def test_a_policy_speaks_of_mtom(policy: str, reference: str, expected: str) -> None:
    assert said(policy, reference) == expected


def test_parts_of_the_message_that_are_attachments() -> None:
    attach = contract("http://files.example").operations["Attach"]
    assert attach.input.attachments == (AttachedPart("Scan", "image/png, image/jpeg"),)
    assert [part.name for part in attach.input.parts] == ["body"]
    assert attach.output is not None
    assert attach.output.attachments == (AttachedPart("Scan"),)
