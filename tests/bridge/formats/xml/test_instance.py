"""All styles of one tree mean the same to a parser; names in texts have prefixes that are in scope."""

from __future__ import annotations

import pytest
from lxml import etree

from bridge.formats.xml.instance_lexical import NameText, texts_of
from bridge.formats.xml.instance_text import STYLES, Tree, write
from bridge.formats.xml.layout import XSD, Layout, SimpleType
from bridge.shapes.model import Facets, Kind

SPACE, LANG = "urn:a", "{http://www.w3.org/XML/1998/namespace}lang"
TREE = Tree(
    "{urn:a}root",
    {LANG: "en", "plain": 'a "b" <c>\n&', "{urn:b}more": "x"},
    [
        Tree("local", {}, ["text ]]> <&>\r\n"]),
        Tree("{urn:b}other", {}, [Tree("{urn:a}deep", {}, [""])]),
        Tree("{urn:a}name", {}, [NameText("{urn:c}kind none")]),
        Tree("{urn:a}mixed", {}, ["a", Tree("b", {}, []), " c "], mixed=True),
    ],
)


def meaning(element: etree._Element) -> object:
    """Names, attributes and text, without what means nothing."""
    inner = [meaning(child) for child in element]
    texts = [element.text, *(child.tail for child in element)]
    kept = [text or "" for text in texts] if not inner or str(element.tag).endswith("mixed") else []
    if str(element.tag).endswith("}name"):
        kept = [clark(element, word) for word in "".join(kept).split()]
    return element.tag, sorted(element.attrib.items()), kept, inner


def clark(element: etree._Element, word: str) -> str:
    prefix, _, local = word.rpartition(":")
    space = element.nsmap.get(prefix or None)
    return f"{{{space}}}{local}" if space else local


@pytest.mark.parametrize("style", STYLES)
def test_every_style_means_the_same(style: str) -> None:
    parser = etree.XMLParser(remove_comments=True, remove_pis=True)
    plain = etree.fromstring(write(TREE), parser)
    assert meaning(etree.fromstring(write(TREE, style), parser)) == meaning(plain)
    assert plain[0].text == "text ]]> <&>\r\n"
    assert plain.get("plain") == 'a "b" <c>\n&'
    assert plain.get(LANG) == "en"
    assert [clark(plain[2], word) for word in (plain[2].text or "").split()] == ["{urn:c}kind", "none"]


def test_styles_are_not_all_alike() -> None:
    assert len({write(TREE, style) for style in STYLES}) == len(STYLES)


def test_values_have_other_spellings() -> None:
    layout = Layout({}, {})
    whole = dict(texts_of(layout, f"{{{XSD}}}int"))
    assert {"plus sign", "leading noughts", "blanks around"} <= whole.keys()
    assert {"1", "0"} <= set(dict(texts_of(layout, f"{{{XSD}}}boolean")).values())
    assert any("\n" in text for _, text in texts_of(layout, f"{{{XSD}}}base64Binary"))
    assert all(isinstance(text, NameText) for _, text in texts_of(layout, f"{{{XSD}}}QName"))


def test_lists_and_unions_are_made_of_their_members() -> None:
    sizes = SimpleType("{u}sizes", item=f"{{{XSD}}}int", facets=Facets(min_length=1, max_length=2))
    either = SimpleType("{u}either", members=(f"{{{XSD}}}boolean", "{u}sizes"))
    layout = Layout({"{u}sizes": sizes, "{u}either": either}, {})
    assert {len(text.split()) for _, text in texts_of(layout, "{u}sizes")} == {1, 2}
    assert {"true", "false"} <= {text for _, text in texts_of(layout, "{u}either")}


def test_an_unknown_type_has_no_texts_and_a_pattern_is_kept() -> None:
    code = SimpleType("{u}code", kind=Kind.STRING, name="string", facets=Facets(patterns=("[A-Z]{3}",)))
    layout = Layout({"{u}code": code}, {})
    assert texts_of(layout, "{u}none") == []
    assert all(len(text) == 3 and text.isupper() for _, text in texts_of(layout, "{u}code"))
