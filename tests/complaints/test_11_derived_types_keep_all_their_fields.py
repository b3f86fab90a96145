"""Complaint 11: of derived and abstract types the fields of the base are missing, and a derived type is refused where
its base is declared.

mvantellingen/python-zeep#1407 (only one level of extension), #1017 (an array of the base refuses the derived type),
#884 (the element of the request is itself of a derived type), #877, #972 (an answer of several levels), #37.
"""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges, Op, element, schema, wsdl, xml


def derived(name: str, base: str, content: str, more: str = "") -> str:
    return (
        f'<xs:complexType name="{name}" {more}><xs:complexContent><xs:extension base="t:{base}"><xs:sequence>{content}'
        "</xs:sequence></xs:extension></xs:complexContent></xs:complexType>"
    )


WSDL = wsdl(
    schema(
        '<xs:complexType name="Entity" abstract="true"><xs:sequence><xs:element name="Created" type="xs:date"/>'
        '</xs:sequence><xs:attribute name="id" type="xs:long" use="required"/></xs:complexType>'
        + derived("Resource", "Entity", '<xs:element name="Path" type="xs:string"/>', 'abstract="true"')
        + derived("Image", "Resource", '<xs:element name="Width" type="xs:int"/>')
        + derived("Map", "Image", '<xs:element name="Scale" type="xs:decimal"/>')
        + derived("Folder", "Resource", '<xs:element name="Inside" type="t:Entity" minOccurs="0" maxOccurs="9"/>')
        + element("Store", '<xs:element name="What" type="t:Entity" maxOccurs="unbounded"/>')
        + element("StoreResponse", '<xs:element name="What" type="t:Resource" maxOccurs="unbounded"/>')
        + '<xs:complexType name="Ask" abstract="true"><xs:attribute name="max" type="xs:int"/></xs:complexType>'
        + derived("AskByText", "Ask", '<xs:element name="Text" type="xs:string"/>')
        + derived("AskByScope", "Ask", '<xs:element name="Scope" type="t:Scope"/>')
        + '<xs:complexType name="Scope" abstract="true"/>'
        + derived("StoreScope", "Scope", '<xs:element name="Name" type="xs:string"/>')
        + '<xs:element name="Search" type="t:Ask"/>'
        + element("SearchResponse", '<xs:element name="Hits" type="xs:int"/>')
    ),
    Op("Store"),
    Op("Search"),
)
IMAGE = {"@type": "image", "id": 1, "created": "2020-02-29", "path": "/a", "width": 3}
MAP = {"@type": "map", "id": 2, "created": "2020-02-29", "path": "/b", "width": 4, "scale": 0.5}
BASE = "<t:Created>2020-02-29</t:Created><t:Path>{}</t:Path>"
IMAGE_XML = f'<t:What xsi:type="t:Image" id="1">{BASE.format("/a")}<t:Width>3</t:Width></t:What>'
MAP_XML = f'<t:What xsi:type="t:Map" id="2">{BASE.format("/b")}<t:Width>4</t:Width><t:Scale>0.5</t:Scale></t:What>'


async def test_every_level_both_ways_and_mixed_in_one_array_zeep_1407_1017_972(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers(f"<t:StoreResponse>{IMAGE_XML}{MAP_XML}</t:StoreResponse>")
        told = await old.post("store", [IMAGE, MAP])
        assert (told.status, told.json) == (200, [IMAGE, MAP])
        assert old.sent == xml(f"<t:Store>{IMAGE_XML}{MAP_XML}</t:Store>")


async def test_a_derived_type_that_holds_its_base_zeep_37(bridges: Bridges) -> None:
    folder = {"@type": "folder", "id": 3, "created": "2020-02-29", "path": "/", "inside": [IMAGE, MAP]}
    async with bridges(WSDL) as old:
        inside = (IMAGE_XML + MAP_XML).replace("t:What", "t:Inside")
        text = f'<t:What xsi:type="t:Folder" id="3">{BASE.format("/")}{inside}</t:What>'
        old.answers(f"<t:StoreResponse>{text}</t:StoreResponse>")
        assert (await old.post("store", [folder])).json == [folder]
        assert old.sent == xml(f"<t:Store>{text}</t:Store>")


async def test_the_element_of_the_request_may_be_of_a_derived_type_zeep_884(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        old.answers("<t:SearchResponse><t:Hits>1</t:Hits></t:SearchResponse>")
        asked = {"@type": "askByScope", "max": 10, "scope": {"@type": "storeScope", "name": "n"}}
        told = await old.post("search", asked)
        assert (told.status, told.json) == (200, 1)
        assert old.sent == xml(
            '<t:Search xsi:type="t:AskByScope" max="10"><t:Scope xsi:type="t:StoreScope"><t:Name>n</t:Name></t:Scope>'
            "</t:Search>"
        )


@pytest.mark.parametrize(
    "wrong",
    [
        {**IMAGE, "@type": "entity"},
        {key: one for key, one in IMAGE.items() if key != "@type"},
        {key: one for key, one in MAP.items() if key != "path"},
        {**IMAGE, "scale": 1},
        {**IMAGE, "@type": "storeScope"},
    ],
    ids=["abstract", "no type", "a field of the base missing", "a field of another type", "no relative"],
)
async def test_what_is_none_of_the_types_is_refused(bridges: Bridges, wrong: object) -> None:
    async with bridges(WSDL) as old:
        told = await old.post("store", [wrong])
        assert (told.status, told.json["code"]) == (422, "does_not_fit")
        assert old.asked == []


async def test_the_openapi_document_has_each_type_with_all_its_fields_zeep_877(bridges: Bridges) -> None:
    async with bridges(WSDL) as old:
        document = (await old.ask("GET", "/openapi.json")).json
        of = {
            name.lower().rpartition(".")[2]: one
            for name, one in document["components"]["schemas"].items()
            if "width" in str(one.get("properties", one))
        }
        assert any({"created", "path", "width", "scale", "id"} <= set(str(one).split("'")) for one in of.values())
