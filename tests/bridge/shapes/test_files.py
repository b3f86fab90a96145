"""Where the binary values of a shape are."""

from __future__ import annotations

from bridge.contracts import Description
from bridge.shapes.files import PLACES_MAX, names_leading_to_files, places_of_files
from bridge.shapes.model import (
    Described,
    Field,
    Items,
    Kind,
    ListOf,
    Record,
    Ref,
    Scalar,
    Shape,
    Union,
    Variant,
    Variants,
)

FILE, HEX, TEXT = Scalar(Kind.BASE64), Scalar(Kind.HEX), Scalar(Kind.STRING)


def places(shape: Shape | None, **table: Shape) -> list[str]:
    """Asked about one shape, and as about one of many: it is the same."""
    described = Described(shape, table)
    found = places_of_files(described)
    assert places_of_files(described, names_leading_to_files(table)) == found
    return list(found)


def test_what_is_binary_is_found_in_the_order_of_the_document() -> None:
    photo = Record((Field("name", TEXT), Field("value", FILE)))
    shape = Record((Field("a/b~c", FILE), Field("photos", ListOf(Ref("Photo"))), Field("sum", HEX)))
    assert places(shape, Photo=photo) == ["/a~1b~0c", "/photos/*/value", "/sum"]


def test_choices_of_every_kind_are_gone_through() -> None:
    members = (Variant("plain", FILE, wrapped=True), Variant("rich", Record((Field("data", FILE),))))
    items = Items((Field("image", FILE), Field("text", TEXT)))
    shape = Record((Field("any", Variants(members)), Field("items", items), Field("either", Union((TEXT, HEX)))))
    assert places(shape) == ["/any/value", "/any/data", "/items/*/image", "/either"]


def test_the_whole_value_may_be_one() -> None:
    assert places(FILE) == [""]
    assert places(TEXT) == places(None) == []


def test_what_holds_itself_is_entered_once() -> None:
    tree = Record((Field("data", FILE), Field("children", ListOf(Ref("Tree")))))
    assert places(Ref("Tree"), Tree=tree) == ["/data"]


def test_very_many_are_not_listed() -> None:
    shape = Record(tuple(Field(f"file{index}", FILE) for index in range(PLACES_MAX + 1)))
    assert len(places(shape)) == PLACES_MAX


def test_a_web_of_types_without_files_costs_one_look_at_each() -> None:
    table: dict[str, Shape] = {
        f"T{index}": Record(tuple(Field(f"f{other}", Ref(f"T{other}")) for other in range(index + 1, 40)))
        for index in range(40)
    }
    assert places(Ref("T0"), **table) == []


def test_a_description_tells_both_ways() -> None:
    nothing = Described(None)
    description = Description(Described(Record((Field("scan", FILE),))), nothing)
    assert (description.input_files, description.output_files) == (("/scan",), ())


def test_the_names_that_lead_to_files() -> None:
    table: dict[str, Shape] = {
        "Photo": Record((Field("value", FILE),)),
        "Album": Record((Field("photos", ListOf(Ref("Photo"))),)),
        "Shelf": Record((Field("albums", ListOf(Ref("Album"))), Field("next", Ref("Shelf")))),
        "Note": Record((Field("text", TEXT), Field("next", Ref("Note")))),
        "Lost": Ref("Nowhere"),
    }
    assert names_leading_to_files(table) == {"Photo", "Album", "Shelf"}
