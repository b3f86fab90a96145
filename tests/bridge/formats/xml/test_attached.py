"""Binary values that leave the text of a message, and files in their place."""

from __future__ import annotations

from bridge.formats.xml.attached import MEDIA_ATTRIBUTE, SWA_REF, Attached
from bridge.formats.xml.compiled import Scalars
from bridge.formats.xml.encode import Encoder
from bridge.formats.xml.layout import XSD, Attribute, ComplexType, Element, Group, Layout, SimpleType
from bridge.formats.xml.plan import RecordUse
from bridge.formats.xml.shape import Shaper
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.writing import Out
from bridge.shapes.files import places_of_files
from bridge.shapes.json import loads
from bridge.shapes.model import Described, Facets, Kind

BASE64, HEX, STRING = f"{{{XSD}}}base64Binary", f"{{{XSD}}}hexBinary", f"{{{XSD}}}string"
PHOTO = ComplexType("{urn:x}Photo", text=BASE64, attributes=(Attribute(MEDIA_ATTRIBUTE, STRING),))
ORDER = ComplexType(
    "{urn:x}Order",
    content=Group(
        "sequence",
        (
            Element("scan", BASE64, media="image/png"),
            Element("sum", HEX, min=0),
            Element("photo", PHOTO.key, min=0),
            Element("note", STRING, min=0),
            Element("more", SWA_REF, min=0),
            Element("short", "{urn:x}Short", min=0),
        ),
    ),
)
SHORT = SimpleType("{urn:x}Short", "base64Binary", Kind.BASE64, facets=Facets(max_length=3))
REFERENCE = SimpleType(SWA_REF, "anyURI", Kind.URI)
LAYOUT = Layout({one.key: one for one in (PHOTO, ORDER, SHORT, REFERENCE)}, {})
VIEW = View(LAYOUT, ViewOptions())
FILE = Attached.of("f1", 5, "image/gif")


class Taking:
    """Writes down what it is asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[object, ...]] = []

    def element(self, kind: Kind, text: str, value: object, *, reference: bool) -> tuple[str, str]:
        self.asked.append((kind, text, type(value) is Attached, reference))
        return ' href="x"', "<taken/>"

    def content(self, kind: Kind, text: str, value: object, media: str) -> str:
        self.asked.append((kind, text, type(value) is Attached, media))
        return "<taken/>"

    def expect(self, media: str) -> None:
        self.asked.append((media,))


def written(value: object, attach: Taking | None) -> tuple[str, list[str]]:
    encoder = Encoder(VIEW, Scalars(VIEW))
    out = Out(encoder.prefixes, attach=attach)
    encoder.element("order", RecordUse(ORDER.key), nillable=False)(value, None, out)  # type: ignore[arg-type]  # a value of JSON
    return "".join(out.parts), [f"{one.pointer} {one.detail}" for one in out.errors]


def test_each_binary_element_is_asked_for_and_no_other() -> None:
    taking = Taking()
    value = loads(b'{"scan":"AAAA","sum":"AQI=","photo":{"value":"BBBB","contentType":"image/x"},"note":"AAAA"}')
    text, errors = written(value, taking)
    assert errors == []
    assert text == (
        '<order><scan href="x"><taken/></scan><sum href="x"><taken/></sum>'
        '<photo ns1:contentType="image/x"><taken/></photo><note>AAAA</note></order>'
    )
    assert taking.asked == [
        ("image/png",),
        (Kind.BASE64, "AAAA", False, False),
        (Kind.HEX, "0102", False, False),
        (Kind.BASE64, "BBBB", False, "image/x"),
    ]


def test_a_file_leaves_a_hole_and_says_its_type() -> None:
    text, errors = written({"scan": FILE, "sum": FILE, "photo": {"value": FILE}}, None)
    assert errors == []
    assert text == (
        '<order><scan>base64:f1</scan><sum>hex:f1</sum><photo ns1:contentType="image/gif">base64:f1</photo></order>'
    )
    assert written({"scan": FILE, "photo": {"value": FILE, "contentType": "a/b"}}, None)[0].count('"a/b"') == 1


def test_a_file_fits_no_other_kind_and_keeps_to_the_length() -> None:
    _, errors = written({"scan": FILE, "note": FILE, "short": FILE}, None)
    assert errors == ["/note must be a string", "/short must have at most 3 bytes"]


def test_a_reference_to_an_attachment_is_a_binary_value_to_clients() -> None:
    taking = Taking()
    written({"scan": "", "more": "AAAA"}, taking)
    assert taking.asked[-1] == (Kind.BASE64, "AAAA", False, True)
    codec = Scalars(VIEW)[SWA_REF]
    assert codec.to_json(" cid:a@b ") == '"\\u0000cid:a@b"'
    assert codec.to_json("AAAA") == '"AAAA"'


def test_shapes_tell_where_files_are_and_what_they_should_be() -> None:
    shaper = Shaper(VIEW)
    places = places_of_files(Described(shaper.shape(RecordUse(ORDER.key)), shaper.table))
    assert {place: scalar.media for place, scalar in places.items()} == {
        "/scan": "image/png",
        "/sum": "",
        "/photo/value": "",
        "/more": "",
        "/short": "",
    }
