"""The faults of an operation: typed, from the detail or from the Header, whatever else came with them."""

from __future__ import annotations

import json

import pytest

from adapters.soap.addressing import NAMESPACES
from adapters.soap.codec import Projection
from adapters.soap.contract import Version
from bridge.formats.xml import safe
from bridge.shapes.json import loads
from tests.adapters.soap.test_message_headers import OPEN, codec, envelope
from tests.adapters.soap.wsdls import PORT_TYPE, read, wsdl

BODY = "<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring>{}</e:Fault>"


def test_a_fault_in_the_header_is_no_header_besides() -> None:
    made = codec(OPEN)
    body = "<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring></e:Fault>"
    fault = made.decode_fault(safe.parse(envelope(made, "<t:Refused>7</t:Refused><o:Other>1</o:Other>", body)))
    other = {"@name": "{urn:t}Other", "@content": ["1"]}
    assert (fault.detail, json.loads(fault.headers)) == ("7", {"@any": [other]})


@pytest.mark.parametrize("version", ["1.1", "1.2"])
def test_a_fault_in_the_header_is_typed(version: Version) -> None:
    made = codec(version=version)
    assert [fault.name for fault in made.description.faults] == ["Gone", "Refused"]
    root = safe.parse(made.encode_fault("Refused", loads(b"7"), "no", "client"))
    assert [str(one.tag) for one in root[0]] == ["{urn:shop}Refused"]
    fault = made.decode_fault(root)
    assert (fault.name, fault.detail, fault.text, fault.blame) == ("Refused", "7", "no", "client")


def test_the_detail_of_a_fault_is_stronger_than_its_header() -> None:
    made = codec()
    detail = "<detail><t:Gone>g</t:Gone></detail>"
    body = f"<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring>{detail}</e:Fault>"
    fault = made.decode_fault(safe.parse(envelope(made, "<t:Refused>7</t:Refused>", body)))
    assert (fault.name, fault.detail) == ("Gone", '"g"')


def test_other_headers_of_a_fault_are_no_faults() -> None:
    made = codec()
    body = "<e:Fault><faultcode>e:Client</faultcode><faultstring>x</faultstring></e:Fault>"
    fault = made.decode_fault(safe.parse(envelope(made, "<t:Token>abc</t:Token><o:Refused>7</o:Refused>", body)))
    assert (fault.name, fault.detail, fault.headers) == ("", None, '{"token":"abc"}')


def test_what_it_is_of_is_told_with_it() -> None:
    made = codec()
    fault = made.decode_fault(safe.parse(envelope(made, "<t:Refused>7</t:Refused>", BODY.format(""))))
    assert fault.types == ("{urn:shop}Refused", "{http://www.w3.org/2001/XMLSchema}int")
    detail = "<detail><t:Gone>g</t:Gone><o:Other/></detail>"
    fault = made.decode_fault(safe.parse(envelope(made, "", BODY.format(detail))))
    assert fault.types == ("{urn:shop}Gone", "{http://www.w3.org/2001/XMLSchema}string", "{urn:t}Other")


def test_what_nobody_declared_and_what_cannot_be_read() -> None:
    made = codec()
    fault = made.decode_fault(safe.parse(envelope(made, "", BODY.format("<detail><o:Other/></detail>"))))
    assert (fault.name, fault.detail) == ("", None)
    fault = made.decode_fault(safe.parse(envelope(made, "<t:Refused>seven</t:Refused>", BODY.format(""))))
    assert (fault.name, fault.detail) == ("Refused", None)


@pytest.mark.parametrize(("action", "name"), [("Gone", "Gone"), ("Lost", "Lost"), ("Nobody", "Gone"), ("", "Gone")])
def test_faults_of_one_element_are_told_apart_by_their_action(action: str, name: str) -> None:
    two = PORT_TYPE.replace("</w:operation>", "<w:fault name='Lost' message='t:GoneFault'/></w:operation>")
    made = Projection(read(wsdl(port_type=two))).operation("Get")
    space = NAMESPACES["2005/08"]
    header = f'<w:Action xmlns:w="{space}">urn:shop:Shop:Get:Fault:{action}</w:Action>' if action else ""
    body = BODY.format("<detail><t:Gone>g</t:Gone></detail>")
    fault = made.decode_fault(safe.parse(envelope(made, header, body)))
    assert (fault.name, fault.detail) == (name, '"g"')
