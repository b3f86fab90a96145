"""One message: which wrappers the client does not see, and where headers and several parts stand."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.contract import HeaderPart, Message, Part
from adapters.soap.envelope import frame, take_apart
from adapters.soap.message import MessageCodec
from adapters.soap.toolbox import Toolbox
from bridge.errors import ContractError, DoesNotFit
from bridge.formats.xml.layout import XSD
from bridge.formats.xml.reading import Seen
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import loads
from bridge.shapes.model import Record, Ref, Scalar

SCHEMA = f"""<xs:schema xmlns:xs="{XSD}" xmlns:t="urn:t" targetNamespace="urn:t" elementFormDefault="qualified">
  <xs:complexType name="P"><xs:sequence><xs:element name="n" type="xs:int"/></xs:sequence></xs:complexType>
  <xs:element name="One"><xs:complexType><xs:sequence><xs:element name="p" type="t:P" minOccurs="0"/></xs:sequence>
  </xs:complexType></xs:element>
  <xs:element name="Text"><xs:complexType><xs:sequence><xs:element name="s" type="xs:string"/></xs:sequence>
  </xs:complexType></xs:element>
  <xs:element name="Two"><xs:complexType><xs:sequence><xs:element name="a" type="xs:int"/>
    <xs:element name="headers" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Marked"><xs:complexType><xs:sequence><xs:element name="p" type="t:P"/></xs:sequence>
    <xs:attribute name="v" type="xs:int"/></xs:complexType></xs:element>
  <xs:element name="Nil" nillable="true"><xs:complexType><xs:sequence><xs:element name="p" type="t:P"/></xs:sequence>
  </xs:complexType></xs:element>
  <xs:element name="Nils" nillable="true"><xs:complexType><xs:sequence>
    <xs:element name="p" type="t:P" nillable="true"/></xs:sequence></xs:complexType></xs:element>
  <xs:element name="Auth" type="xs:string"/>
</xs:schema>"""


def codec(*elements: str, headers: bool = False, request: bool = True, wrapper: str = "") -> MessageCodec:
    layout = read_schemas([Source("m.xsd", etree.fromstring(SCHEMA))], lambda *_: None)
    parts = tuple(Part(f"part{at}", f"{{urn:t}}{name}") for at, name in enumerate(elements))
    head = (HeaderPart(Part("h", "{urn:t}Auth")), HeaderPart(Part("again", "{urn:t}Auth"))) if headers else ()
    message = Message(parts, head, wrapper=wrapper)
    return MessageCodec(Toolbox(View(layout, ViewOptions())), message, "Op", request=request)


def body(made: MessageCodec, text: str) -> etree._Element:
    encoded = made.encode(loads(text.encode()))
    return etree.fromstring(frame("1.1", encoded.declarations, encoded.headers, encoded.body))


def back(made: MessageCodec, root: etree._Element) -> str | None:
    return made.decode(take_apart(root), Seen(strict=True))


@pytest.mark.parametrize(
    ("made", "text"),
    [
        (codec("One"), '{"n":1}'),
        (codec("Text"), '{"s":"x"}'),
        (codec("Text", request=False), '"x"'),
        (codec("Two"), '{"a":1,"headers":"x"}'),
        (codec("Two", headers=True), '{"a":1,"headers":"x","@headers":{"auth":"k"}}'),
        (codec("One", headers=True), '{"n":1,"headers":{"auth":"k"}}'),
        (codec("Text", headers=True, request=False), '{"s":"x","headers":{"auth":"k"}}'),
        (codec("Marked"), '{"v":1,"p":{"n":1}}'),
        (codec("Text", "Two"), '{"text":{"s":"x"},"two":{"a":1}}'),
        (codec("Text", "Two", wrapper="{urn:rpc}Op"), '{"text":{"s":"x"},"two":{"a":1}}'),
    ],
    ids=lambda one: one if isinstance(one, str) else "",
)
def test_what_the_client_writes_comes_back(made: MessageCodec, text: str) -> None:
    assert back(made, body(made, text)) == text


@pytest.mark.parametrize(
    ("elements", "json"), [(("Text",), '{"s":"x"}'), (("Text", "Two"), '{"text":{"s":"x"},"two":{"a":1}}')]
)
def test_what_names_the_result_of_a_call_is_no_result(elements: tuple[str, ...], json: str) -> None:
    """SOAP 1.2 part 2 §4.2.1; PHP writes it in literal messages too. Strict: nothing is tolerated."""
    made = codec(*elements, wrapper="{urn:rpc}Op", request=False)
    root = body(made, json)
    name = etree.Element("{http://www.w3.org/2003/05/soap-rpc}result")
    name.text = "text"
    root[0][0].insert(0, name)
    assert back(made, root) == json


def test_a_request_is_unwrapped_only_to_an_object() -> None:
    shape = codec("One").described().shape
    assert isinstance(shape, Ref)
    assert shape.name == "P"
    assert isinstance(codec("Text", request=False).described().shape, Scalar)
    assert codec("Text").described().shape == Ref("Text")


def test_an_optional_inner_element_makes_the_body_optional() -> None:
    made = codec("One")
    assert not made.described().required
    assert "p>" not in made.encode(None, given=False).body


def test_no_parts_take_no_input() -> None:
    made = codec()
    assert made.described().shape is None
    assert made.encode(loads(b"{}")).body == "<soap:Body/>"
    with pytest.raises(DoesNotFit):
        made.encode(loads(b'{"a":1}'))


def test_an_answer_of_headers_alone_is_an_object_with_or_without_them() -> None:
    made = codec(headers=True, request=False)
    sent = made.encode(loads(b'{"headers":{"auth":"k"}}'))
    for headers, text in ((sent.headers, '{"headers":{"auth":"k"}}'), ("", "{}")):
        assert back(made, etree.fromstring(frame("1.1", sent.declarations, headers, sent.body))) == text


def test_headers_alone() -> None:
    made = codec(headers=True)
    shape = made.described().shape
    assert isinstance(shape, Record)
    assert [field.key for field in shape.fields] == ["headers"]
    assert "k</" in made.encode(loads(b'{"headers":{"auth":"k"}}')).headers


def test_an_element_that_is_not_defined_is_named() -> None:
    with pytest.raises(ContractError, match="Nothing"):
        codec("Nothing")


@pytest.mark.parametrize("request_", [True, False])
def test_a_message_whose_element_is_nil_is_null(request_: bool) -> None:
    made = codec("Nil", request=request_)
    root = body(made, "null")
    nil = root[-1][0]
    assert (nil.tag, dict(nil.attrib)) == ("{urn:t}Nil", {"{http://www.w3.org/2001/XMLSchema-instance}nil": "true"})
    assert back(made, root) == "null"
    assert back(made, body(made, '{"n":1}')) == '{"n":1}'
    assert made.described().nullable
    with pytest.raises(DoesNotFit):
        body(codec("One", request=request_), "null")


@pytest.mark.parametrize("request_", [True, False])
def test_a_wrapper_stays_where_null_could_mean_it_or_what_it_holds(request_: bool) -> None:
    made = codec("Nils", request=request_)
    for text in ("null", '{"p":null}', '{"p":{"n":1}}'):
        assert back(made, body(made, text)) == text
