"""What schemas of encoded services do not say is added for the judge: nil, and items of arrays."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.judge_encoded import as_encoded
from tests.adapters.soap.encoded import E11

XS = "http://www.w3.org/2001/XMLSchema"


def judged(types: str, document: str) -> bool:
    """Whether a document is valid; the Array itself is declared as in the schema of SOAP 1.1."""
    array = (
        f'<xs:schema xmlns:xs="{XS}" targetNamespace="{E11}"><xs:complexType name="Array"><xs:sequence>'
        '<xs:any minOccurs="0" maxOccurs="unbounded" processContents="lax"/></xs:sequence></xs:complexType></xs:schema>'
    )
    imported = f'<xs:import namespace="{E11}" schemaLocation="e.xsd"/>'
    root = etree.fromstring(f'<xs:schema xmlns:xs="{XS}" xmlns:e="{E11}">{imported}{types}</xs:schema>')
    as_encoded(root)
    parser = etree.XMLParser()
    parser.resolvers.add(Given(array))
    again = etree.fromstring(etree.tostring(root), parser)
    return etree.XMLSchema(again).validate(etree.fromstring(document))


class Given(etree.Resolver):
    """Resolves everything to one text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.text = text

    def resolve(self, _url: str, _id: str, context: object) -> object:
        return self.resolve_string(self.text, context)


def array(content: str) -> str:
    return (
        f'<xs:element name="a"><xs:complexType><xs:complexContent><xs:restriction base="e:Array">{content}'
        "</xs:restriction></xs:complexContent></xs:complexType></xs:element>"
    )


XSI = "http://www.w3.org/2001/XMLSchema-instance"


def test_every_element_may_be_nil():
    assert judged('<xs:element name="a" type="xs:int"/>', f'<a xmlns:i="{XSI}" i:nil="true"/>')
    assert not judged('<xs:element name="a" type="xs:int"/>', "<a>x</a>")


@pytest.mark.parametrize("content", ["", "<xs:sequence/>", "<xs:annotation/>"])
def test_an_array_without_a_content_has_items(content: str):
    assert judged(array(content), "<a><item/><item>1</item></a>")


def test_an_item_that_is_declared_once_may_be_there_often():
    content = '<xs:sequence><xs:element name="item" type="xs:int"/></xs:sequence>'
    assert judged(array(content), "<a><item>1</item><item>2</item></a>")
    assert not judged(array(content), "<a><item>x</item></a>")


def test_what_says_a_type_is_judged_by_it():
    item = f'<item xmlns:i="{XSI}" xmlns:x="{XS}" i:type="x:int">{{}}</item>'
    assert judged(array(""), f"<a>{item.format(1)}</a>")
    assert not judged(array(""), f"<a>{item.format('x')}</a>")
