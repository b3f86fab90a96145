"""What is synthesised for messages that no schema declares."""

from __future__ import annotations

from pathlib import Path

import pytest
from lxml import etree

from adapters.soap.codec import Projection
from adapters.soap.judge import Judge, without_styles
from bridge.shapes.json import loads
from tests.adapters.soap.wsdls import BODY, MESSAGES, binding, pinned, read, wsdl


@pytest.mark.parametrize("use", ["literal", "encoded"])
def test_a_header_by_type_is_judged_by_its_type(tmp_path: Path, use: str) -> None:
    header = f"<s:header message='t:Auth' part='token' use='{use}' namespace='urn:h'/>"
    directions = BODY.replace("<w:input>", f"<w:input>{header}")
    written = f"<w:operation name='Get'><s:operation soapAction='x'/>{directions}</w:operation>"
    messages = MESSAGES.replace('name="token" element="t:Token"', 'name="token" type="xs:int"')
    text = wsdl(messages=messages, bindings=binding(written))
    contract = read(text)
    made, operation = Projection(contract).operation("Get"), contract.operations["Get"]
    envelope = made.encode_request(loads(b'{"id":7,"headers":{"token":12345}}'))
    judge = Judge(pinned(text), tmp_path, contract)
    assert judge.message(operation, "request", operation.input, envelope).verdict == "valid"
    wrong = envelope.replace(b"12345", b"x")
    assert wrong != envelope
    assert judge.message(operation, "request", operation.input, wrong).verdict == "invalid"


def test_a_second_prefix_of_a_namespace_is_kept_where_a_value_alone_uses_it() -> None:
    xsi = "http://www.w3.org/2001/XMLSchema-instance"
    text = f'<a xmlns="urn:a"><b xmlns:i="{xsi}" xmlns:p="urn:a" i:type="p:T"/></a>'
    copy = without_styles(etree.fromstring(f"<e>{text}</e>")[0], "{urn:judge}m0")
    assert copy.tag == "{urn:judge}m0"
    assert copy[0].nsmap["p"] == "urn:a"
