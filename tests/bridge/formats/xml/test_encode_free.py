"""Free XML where the cases cannot go: a schema inside a message is known by its name only."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.call import JsonValue
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Decoder, Seen
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.layout import ANY_TYPE, XSD, ComplexType, Element, Group, Layout
from bridge.formats.xml.plan import RecordUse
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out
from bridge.shapes.json import loads
from bridge.shapes.model import Record, XmlNode

SCHEMA = Element(f"{{{XSD}}}schema", ANY_TYPE, ref=True)
DATA = ComplexType("{urn:t}Data", content=Group("sequence", (SCHEMA, Element("{urn:t}n", f"{{{XSD}}}int", min=0))))
VIEW = View(Layout({DATA.key: DATA}, {SCHEMA.name: SCHEMA}), ViewOptions())
USE = RecordUse(DATA.key)


def encoded(value: JsonValue) -> tuple[str, list[str]]:
    encoder = Encoder(VIEW, Scalars(VIEW))
    out = Out(encoder.prefixes)
    encoder.element("data", USE, nillable=False)(value, None, out)
    return "".join(out.parts), [error.detail for error in out.errors]


@pytest.mark.parametrize("json", ['{"schema":{}}', '{"schema":{"@attributes":{"id":"Rows"}}}'])
def test_a_schema_is_an_object_even_when_it_is_empty(json: str) -> None:
    text, errors = encoded(loads(json.encode()))
    assert errors == []
    root = etree.fromstring(f'<w xmlns:ns1="{XSD}">{text}</w>')[0]
    assert root[0].tag == SCHEMA.name
    assert Decoder(VIEW, Scalars(VIEW)).element(USE)(root, Seen(strict=True)) == json


def test_a_schema_is_never_a_text() -> None:
    assert encoded({"schema": "text"})[1] == ['must be an object with "@attributes" and "@content" as needed']
    root = etree.fromstring(f'<data><s:schema xmlns:s="{XSD}">text</s:schema></data>')
    assert Decoder(VIEW, Scalars(VIEW)).element(USE)(root, Seen()) == '{"schema":{"@content":["text"]}}'
    shaper = Shaper(VIEW)
    shaper.shape(USE)
    record = shaper.table["Data"]
    assert isinstance(record, Record)
    assert record.fields[0].shape == XmlNode(named=False, text=False)
