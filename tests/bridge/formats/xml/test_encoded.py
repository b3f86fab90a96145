"""The view, shapes, writer and reader of encoded messages on their own; whole messages stand in tests/adapters/soap."""

from __future__ import annotations

import json

import pytest
from jsonschema import Draft202012Validator
from lxml import etree

from bridge.call import JsonValue
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder
from bridge.formats.xml.encoded import EncodedEncoder
from bridge.formats.xml.encoded_read import EncodedDecoder, items_type, type_key
from bridge.formats.xml.encoded_view import MAP, AnyUse, EncodedShaper, EncodedView, MapUse, is_named
from bridge.formats.xml.layout import ANY_TYPE, SOAP_11_ENCODING, SOAP_12_ENCODING, XSD, Layout
from bridge.formats.xml.plan import ArrayUse, RecordUse, ScalarUse
from bridge.formats.xml.reading import Seen, Unreadable
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out, Prefixes
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import Described, Shape
from bridge.shapes.samples import sample
from bridge.shapes.schema import json_schema

T = "urn:t"
TYPES = """
  <xs:complexType name="Item"><xs:sequence><xs:element name="n" type="xs:int"/>
    <xs:element name="kind" minOccurs="0"><xs:simpleType><xs:restriction base="xs:string"/></xs:simpleType></xs:element>
    <xs:element name="any" type="xs:anyType" minOccurs="0"/></xs:sequence><xs:attribute name="id" type="xs:string"/>
  </xs:complexType>
  <xs:complexType name="Shape" abstract="true"><xs:sequence/></xs:complexType>
  <xs:complexType name="Disc"><xs:complexContent><xs:extension base="t:Shape"><xs:sequence>
    <xs:element name="r" type="xs:int"/></xs:sequence></xs:extension></xs:complexContent></xs:complexType>
  <xs:complexType name="Items"><xs:complexContent><xs:restriction base="e:Array"><xs:sequence>
    <xs:element name="one" type="t:Item" maxOccurs="unbounded"/></xs:sequence></xs:restriction></xs:complexContent>
  </xs:complexType>
  <xs:complexType name="Choice"><xs:choice><xs:element name="a" type="xs:int"/><xs:element name="b" type="e:int"/>
  </xs:choice></xs:complexType>"""
XML = f"""<xs:schema xmlns:xs="{XSD}" xmlns:t="{T}" xmlns:e="{SOAP_11_ENCODING}" targetNamespace="{T}">
  <xs:import namespace="{SOAP_11_ENCODING}"/>{TYPES}</xs:schema>"""


def layout() -> Layout:
    return read_schemas([Source("/t.xsd", etree.fromstring(XML))], lambda *_: None)


@pytest.fixture
def view() -> EncodedView:
    return EncodedView(layout(), ViewOptions())


def t(name: str) -> str:
    return f"{{{T}}}{name}"


def written(view: EncodedView, key: str, value: str, encoding: str = SOAP_11_ENCODING) -> str:
    """An element `x` of a type, with its namespaces declared."""
    prefixes = Prefixes()
    out = Out(prefixes)
    encoder = EncodedEncoder(view, Scalars(view), prefixes, encoding)
    encoder.typed("x", view.use_of(key), key)(loads(value.encode()), None, out)
    assert not out.errors
    text = "".join(out.parts)
    end = min(text.index(" "), text.index(">")) if " " in text else text.index(">")
    return text[:end] + out.declarations() + text[end:]


def read(view: EncodedView, key: str, text: str, *, strict: bool = True) -> str:
    reader = EncodedDecoder(view, Scalars(view)).element(view.use_of(key))
    return reader(etree.fromstring(text), Seen(strict=strict))


def described(view: EncodedView, key: str) -> Described:
    table: dict[str, Shape] = {}
    shape = EncodedShaper(view, table).shape(view.use_of(key))
    return Described(shape, table)


# ── the view ─────────────────────────────────────────────────────────────────────────────────────────────────────


def test_every_element_may_be_null_and_nothing_else_changes(view: EncodedView):
    slots = {slot.key: slot for slot in view.record(t("Item")).slots}
    assert all(slot.nillable for slot in slots.values() if slot.kind == "element")
    assert [slots[key].min for key in ("n", "kind", "any")] == [1, 0, 0]
    assert all(slot.nillable for slot in view.record(t("Choice")).slots)


def test_what_lies_how(view: EncodedView):
    assert view.use_of(ANY_TYPE) == AnyUse()
    assert view.use_of(MAP) == MapUse()
    assert view.use_of(t("Items")) == ArrayUse(t("Items"))
    assert view.use_of(t("Item")) == RecordUse(t("Item"))
    assert view.use_of(f"{{{SOAP_11_ENCODING}}}int") == ScalarUse(f"{{{XSD}}}int")


def test_typed_forms_are_for_what_json_has_no_type_for(view: EncodedView):
    assert {t("Item"), t("Disc"), t("Items"), f"{{{XSD}}}date"} <= set(view.typed)
    assert not {f"{{{XSD}}}int", f"{{{XSD}}}string", MAP, t("Shape"), f"{{{SOAP_11_ENCODING}}}int"} & set(view.typed)


@pytest.mark.parametrize(
    ("key", "named"), [(t("A"), True), (t("A/b"), False), (t("/a"), False), ("#In", False), ("", False)]
)
def test_which_types_have_a_name(key: str, *, named: bool):
    assert is_named(key) is named


# ── what is written is what is described, and reads back ─────────────────────────────────────────────────────────

GOOD = [
    (t("Item"), '{"n":1}'),
    (t("Item"), '{"id":"a","n":null,"kind":"k","any":[{"@type":"{urn:t}Disc","@value":{"r":1}}]}'),
    (t("Items"), '[{"n":1},null]'),
    (t("Shape"), '{"@type":"disc","r":1}'),
    (t("Choice"), '{"b":4}'),
    (ANY_TYPE, '{"a":{"b":[1.5,"x",false]}}'),
    (ANY_TYPE, '{"@type":"{urn:t}Items","@value":[]}'),
    (ANY_TYPE, '{"@type":"{http://www.w3.org/2003/05/soap-encoding}Struct","@value":{"a":null}}'),
    (MAP, '{"@type":"{http://xml.apache.org/xml-soap}Map","@content":[{"@name":"item","@content":[{"@name":"key"}]}]}'),
]


@pytest.mark.parametrize(("key", "value"), GOOD)
def test_values_fit_their_schema_and_come_back(view: EncodedView, key: str, value: str):
    schema = loads(dumps(json_schema(described(view, key))).encode())
    Draft202012Validator(_plain(schema)).validate(_plain(loads(value.encode())))
    if "@content" not in value:
        assert read(view, key, written(view, key, value)) == value


@pytest.mark.parametrize("key", [t("Item"), t("Items"), t("Shape"), t("Choice"), ANY_TYPE, MAP])
def test_samples_come_back(view: EncodedView, key: str):
    text = dumps(sample(described(view, key)))
    assert read(view, key, written(view, key, text)) == text


BAD = [
    (ANY_TYPE, '{"@type":"{urn:t}Item","@value":{"n":"much"}}'),
    (ANY_TYPE, '{"@type":"{urn:t}Nothing","@value":1}'),
    (ANY_TYPE, '{"a":{"@value":1}}'),
    (MAP, "1"),
    (MAP, '[{"key":1}]'),
]


@pytest.mark.parametrize(("key", "value"), BAD)
def test_what_does_not_fit_is_neither_described_nor_written(view: EncodedView, key: str, value: str):
    schema = loads(dumps(json_schema(described(view, key))).encode())
    assert not Draft202012Validator(_plain(schema)).is_valid(_plain(loads(value.encode())))
    with pytest.raises(AssertionError):
        written(view, key, value)


def test_nil_of_an_abstract_type_says_one_that_is_not(view: EncodedView):
    text = written(view, t("Shape"), "null")
    assert ':Disc" xsi:nil="true"/>' in text
    assert read(view, t("Shape"), text) == "null"


def test_a_type_without_a_name_is_not_said(view: EncodedView):
    text = written(view, t("Item"), '{"n":1,"kind":"k"}')
    assert "<kind>k</kind>" in text
    assert ':int">1</n>' in text


@pytest.mark.parametrize(
    ("encoding", "said"), [(SOAP_11_ENCODING, ':arrayType="'), (SOAP_12_ENCODING, ':arraySize="2"')]
)
def test_the_markup_of_arrays_is_that_of_the_encoding(view: EncodedView, encoding: str, said: str):
    text = written(view, t("Items"), '[{"n":1},{"n":2}]', encoding)
    assert said in text
    assert "<one xsi:type=" in text
    assert read(view, t("Items"), text) == '[{"n":1},{"n":2}]'


# ── reading ──────────────────────────────────────────────────────────────────────────────────────────────────────

SPACES = (
    f'xmlns:x="{XSD}" xmlns:old="http://www.w3.org/1999/XMLSchema" xmlns:e="{SOAP_11_ENCODING}" xmlns:t="{T}" '
    f'xmlns:f="{SOAP_12_ENCODING}" xmlns:m="http://xml.apache.org/xml-soap" '
    'xmlns:i="http://www.w3.org/2001/XMLSchema-instance"'
)


@pytest.mark.parametrize(
    ("qname", "key"),
    [
        ("x:int", f"{{{XSD}}}int"),
        ("e:int", f"{{{XSD}}}int"),
        ("f:int", f"{{{XSD}}}int"),
        ("old:timeInstant", f"{{{XSD}}}dateTime"),
        ("e:base64", f"{{{XSD}}}base64Binary"),
        ("m:Vector", f"{{{SOAP_11_ENCODING}}}Array"),
        ("e:Array", f"{{{SOAP_11_ENCODING}}}Array"),
        ("t:Item", t("Item")),
        ("", ""),
    ],
)
def test_one_type_by_its_many_names(qname: str, key: str):
    assert type_key(etree.fromstring(f"<a {SPACES}/>"), qname) == key


@pytest.mark.parametrize(
    ("said", "key"),
    [
        ('e:arrayType="x:int[3]"', f"{{{XSD}}}int"),
        ('e:arrayType="x:int[][3]"', f"{{{SOAP_11_ENCODING}}}Array"),
        ('e:arrayType="x:anyType[3]"', ""),
        ('e:arrayType="old:ur-type[3]"', ""),
        ('f:itemType="t:Item" f:arraySize="3"', t("Item")),
        ("", ""),
    ],
)
def test_what_an_array_says_of_its_items(said: str, key: str):
    assert items_type(etree.fromstring(f"<a {SPACES} {said}/>")) == key


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('<a {} i:type="e:Array" e:arrayType="x:int[2]"><b>1</b><b i:type="x:string">1</b></a>', '[1,"1"]'),
        ('<a {} e:arrayType="x:int[][1]"><b e:arrayType="x:int[1]"><c>1</c></b></a>', "[[1]]"),
        ('<a {} f:itemType="x:boolean" f:arraySize="1"><b>1</b></a>', "[true]"),
        ('<a {} i:type="x:float">NaN</a>', '{"@type":"{http://www.w3.org/2001/XMLSchema}float","@value":"NaN"}'),
        ('<a {} i:type="x:long"> 0012 </a>', "12"),
        ('<a {} i:type="x:decimal">1.10</a>', "1.10"),
        ("<a {}>plain</a>", '"plain"'),
        (
            '<a {} i:type="x:anyType">plain</a>',
            '{"@type":"{http://www.w3.org/2001/XMLSchema}anyType","@content":["plain"]}',
        ),
        ('<a {} i:nil="1"/>', "null"),
        ('<a {} i:type="m:Map"/>', "{}"),
        ('<a {} i:type="e:Struct"><b>1</b><b>2</b></a>', None),
        ('<a {} i:type="m:Map"><item><key i:type="x:string">@type</key><value/></item></a>', None),
    ],
)
def test_values_of_any_type(view: EncodedView, text: str, value: str | None):
    found = read(view, ANY_TYPE, text.format(SPACES))
    assert found == value if value is not None else '"@content"' in found


def test_what_cannot_be_read_as_it_says_is_kept_and_counted(view: EncodedView):
    text = f'<a {SPACES} i:type="t:Disc"><r>much</r></a>'
    with pytest.raises(Unreadable):
        read(view, ANY_TYPE, text)
    assert '"@content"' in read(view, ANY_TYPE, text, strict=False)


def test_what_stands_in_an_array_beside_items_is_counted(view: EncodedView):
    for text in ("<a odd='1'/>", "<a>text<b><n>1</n></b></a>"):
        with pytest.raises(Unreadable):
            read(view, t("Items"), text)
        assert read(view, t("Items"), text, strict=False).startswith("[")


def _plain(value: JsonValue) -> object:
    """For a validator that knows numbers as numbers."""
    return json.loads(dumps(value))


def test_an_array_of_the_encoding_in_a_literal_message_is_an_array_too():
    plain = View(layout(), ViewOptions())
    reader = Decoder(plain, Scalars(plain)).element(plain.use_of(t("Items")))
    text = f'<a {SPACES} i:type="e:Array" e:arrayType="t:Item[1]"><any i:type="t:Item"><n>1</n></any></a>'
    assert reader(etree.fromstring(text), Seen(strict=True)) == '[{"n":1}]'
