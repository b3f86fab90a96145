"""Names that would be one key are found, with what becomes of them."""

from __future__ import annotations

from adapters.soap.codec import Projection
from adapters.soap.collisions import Meeting, meetings
from bridge.formats.xml.view import ViewOptions
from bridge.shapes.naming import Style
from tests.adapters.soap.wsdls import SCHEMA, read, wsdl

FIELDS = '<xs:element name="no" type="xs:string"/>'


def found(fields: str, attributes: str = "", naming: Style = "camel") -> list[Meeting]:
    schema = SCHEMA.replace(f"{FIELDS}</xs:sequence>", f"{fields}</xs:sequence>{attributes}")
    schema = schema.replace('name="name" type="xs:string"', 'name="name" type="Order" xmlns="urn:shop"')
    contract = read(wsdl(schema=schema))
    return list(meetings(Projection(contract, ViewOptions(naming=naming)).tools.view))


def element(*names: str) -> str:
    return "".join(f'<xs:element name="{name}" type="xs:string"/>' for name in names)


def test_none() -> None:
    assert found(element("no", "note")) == []


def test_all_that_meet_keep_their_names() -> None:
    meeting = found(element("OrderID", "orderId", "note"))
    assert meeting == [Meeting("Order", "orderId", ("OrderID", "orderId"), ("OrderID", "orderId"))]
    assert str(meeting[0]) == "Order: OrderID and orderId would both be orderId; OrderID is OrderID, orderId is orderId"


def test_an_attribute_beside_an_element() -> None:
    meeting = found(element("no"), '<xs:attribute name="No" type="xs:string"/>')
    assert set(meeting[0].keys) == {"no", "noAttr"}


def test_by_the_naming_that_was_chosen() -> None:
    assert found(element("OrderID", "orderId"), naming="keep") == []
    assert found(element("OrderID", "orderId"), naming="snake")[0].key == "order_id"
