"""Values drawn from the shapes of every case are valid XML and read back equal; what is hostile costs little."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from lxml import etree

from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.decode import Seen
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.layout import XSD
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import ERRORS_MAX, Out
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import dumps, loads
from bridge.shapes.model import Described
from bridge.shapes.samples import NoSample, sample
from tests.bridge.formats.test_xml import CASES, Case
from tests.cpu import costs_at_most

SEEDS = range(25)
FOLDER = Path(__file__).parent / "cases"
WILD = ("No matching global element declaration available", "Element 'note'")  # samples of wildcards are any element


@pytest.mark.parametrize("path", CASES, ids=lambda path: path.stem)
def test_samples_of_any_seed_are_valid_and_read_back_equal(path: Path) -> None:
    case = Case(path)
    described = Described(case.shaper.shape(case.use), case.shaper.table)
    written = 0
    for seed in SEEDS:
        try:
            text = dumps(sample(described, seed))
        except NoSample:
            continue
        element, errors = case.encode(text)
        if element is None:
            # A sample knows what may stand in an array, not in which order, nor which array is left over.
            assert all("cannot stand here" in one.detail or "not complete" in one.detail for one in errors), errors
            continue
        alone = etree.fromstring(etree.tostring(element))
        assert case.judge.validate(alone) or any(words in str(case.judge.error_log) for words in WILD), (
            text,
            case.judge.error_log,
        )
        seen = Seen(strict=True)
        back = json.loads(case.read(alone, seen), parse_float=str, parse_int=str)
        assert present(back) == present(json.loads(text, parse_float=str, parse_int=str))
        written += 1
    assert written >= 3


def present(value: object) -> object:
    """An array that is left out and one that is empty are the same on the wire."""
    if isinstance(value, dict):
        return {key: present(one) for key, one in value.items() if one != []}
    return [present(one) for one in value] if isinstance(value, list) else value


def test_a_fixed_value_may_be_spelt_otherwise() -> None:
    _, errors = Case(FOLDER / "fixed_by_value.yaml").encode('{"v":"","n":5.0,"a":7.5,"s":"7.50"}')
    assert errors == []


def test_names_in_values_reach_the_wire_with_their_namespaces() -> None:
    element, _ = Case(FOLDER / "qname.yaml").encode(
        '{"k":"{urn:x}y","q":["{urn:x}a","{urn:t}b","c"],"l":["{urn:y&}a","b"],"u":"{urn:x}a"}'
    )
    assert element is not None
    texts = [element.get("k", ""), *(child.text or "" for child in element)]
    spaces = [element.nsmap.get(name.partition(":")[0]) for text in texts for name in text.split() if ":" in name]
    assert spaces == ["urn:x", "urn:x", "urn:t", "urn:y&", "urn:x"]
    assert texts[3] == "c"


@pytest.mark.parametrize("text", ["a<b", "<x/>", "]]>", 'a"b', "a&b"])
def test_a_union_with_names_escapes_what_is_none(text: str) -> None:
    element, errors = Case(FOLDER / "qname.yaml").encode(f'{{"q":["a"],"u":{json.dumps(text)}}}')
    assert errors == []
    assert element is not None
    assert element[1].text == text
    assert len(element[1]) == 0


def encoder_of(*schemas: str) -> tuple[Encoder, View]:
    sources = [Source(f"s{at}.xsd", etree.fromstring(text)) for at, text in enumerate(schemas)]
    view = View(read_schemas(sources, lambda *_: None), ViewOptions())
    return Encoder(view, Scalars(view)), view


def encode(encoder: Encoder, view: View, name: str, text: str) -> Out:
    out = Out(encoder.prefixes)
    encoder.element(name, view.use_of(view.layout.elements[name].type), nillable=False)(loads(text.encode()), None, out)
    return out


def test_unknown_keys_cost_little_however_many_there_are() -> None:
    fields = "".join(f'<xs:element name="alpha{number}" type="xs:int" minOccurs="0"/>' for number in range(300))
    encoder, view = encoder_of(
        f'<xs:schema xmlns:xs="{XSD}"><xs:element name="R"><xs:complexType><xs:sequence>{fields}</xs:sequence>'
        "</xs:complexType></xs:element></xs:schema>"
    )
    keys = ",".join(f'"alphx{number}":1' for number in range(30_000))
    with costs_at_most(5):
        out = encode(encoder, view, "R", f'{{"{"k" * 1_000_000}":1,{keys}}}')
    assert len(out.errors) == ERRORS_MAX


def test_the_namespace_of_a_type_is_declared_though_only_xsi_type_names_it() -> None:
    head = f'<xs:schema xmlns:xs="{XSD}" xmlns:a="urn:a"'
    encoder, view = encoder_of(
        f'{head} targetNamespace="urn:a"><xs:complexType name="A"/><xs:element name="R" type="a:A"/></xs:schema>',
        f'{head} targetNamespace="urn:b"><xs:import namespace="urn:a"/><xs:complexType name="B"><xs:complexContent>'
        '<xs:extension base="a:A"/></xs:complexContent></xs:complexType></xs:schema>',
    )
    out = encode(encoder, view, "{urn:a}R", '{"@type":"b"}')
    root = etree.fromstring(f"<w{out.declarations()}>{''.join(out.parts)}</w>")[0]
    prefix, _, local = root.get("{http://www.w3.org/2001/XMLSchema-instance}type", "").partition(":")
    assert (root.nsmap[prefix], local) == ("urn:b", "B")


def test_long_keys_are_cut_in_pointers() -> None:
    _, errors = Case(FOLDER / "repeated_choice.yaml").encode('{"h":"x","items":[{"' + "k" * 100_000 + '":1}]}')
    assert [len(one.pointer) < 300 for one in errors] == [True]


def test_deep_values_of_a_recursive_type() -> None:
    case = Case(FOLDER / "recursion.yaml")
    text = '{"n":1,"kid":[' * 45 + '{"n":1,"kid":[]}' + "]}" * 45
    element, errors = case.encode(text)
    assert errors == []
    assert element is not None
    assert case.decode(etree.tostring(element).decode().replace("ns1:", "").replace('xmlns:ns1="urn:t"', ""))[0] == text


def test_a_long_array_is_linear() -> None:
    case = Case(FOLDER / "repeated_group.yaml")
    with costs_at_most(8):
        element, errors = case.encode('{"items":[' + ",".join('{"k":"a"},{"v":1}' for _ in range(50_000)) + "]}")
        text, _ = case.decode("<R>" + "<k>a</k><v>1</v>" * 50_000 + "</R>")
    assert errors == []
    assert element is not None
    assert text.count('"k"') == text.count('"v"') == 50_000
