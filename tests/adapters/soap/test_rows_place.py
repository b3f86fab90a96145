"""The element that holds the rows is found where the decoder would look for it, and nowhere else."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.rows_path import chosen
from adapters.soap.rows_place import Holder, find_holder, fits
from tests.adapters.soap.listed import PATHS, SPACE, answer_of, codec

XSI = "http://www.w3.org/2001/XMLSchema-instance"


def found(name: str, root: etree._Element, local: str) -> Holder | None:
    """Whether the parent of the first element of this name is the holder."""
    message = codec(name).output
    rows = chosen(message, "")
    child = root.find(f".//{{*}}{local}")
    assert message is not None
    assert rows is not None
    assert child is not None
    parent = child.getparent()
    assert parent is not None
    return find_holder(message, rows, parent)


@pytest.mark.parametrize(
    ("name", "row"),
    [("Beside", "row"), ("Wrapped", "Row"), ("Deep", "Row"), ("Paged", "row"), ("Animals", "dog"), ("Texts", "text")],
)
def test_the_holder(name: str, row: str):
    root = etree.fromstring(answer_of(name).encode())
    holder = found(name, root, row)
    assert holder is not None
    assert holder.kind(f"{{{SPACE}}}{row}") == "row"
    assert holder.kind(f"{{urn:other}}{row}") == "other-namespace"
    assert holder.kind(f"{{{SPACE}}}total") == ""


def test_names_of_a_wildcard_are_no_rows():
    holder = found("Wild", etree.fromstring(answer_of("Wild").encode()), "row")
    assert holder is not None
    assert holder.kind(f"{{{SPACE}}}row") == "row"
    assert holder.kind("{urn:o}row") == ""


@pytest.mark.parametrize("nil", ["WrappedResponse", "WrappedResult"])
def test_what_is_nil_holds_nothing(nil: str):
    root = etree.fromstring(answer_of("Wrapped").encode())
    element = root.find(f".//{{*}}{nil}")
    assert element is not None
    element.set(f"{{{XSI}}}nil", "true")
    assert (found("Wrapped", root, "Row") is None) == (nil == "WrappedResult")


def test_of_several_the_first_holds():
    text = answer_of("Paged").replace("<t:c>", '<t:page no="2"><t:row><t:id>9</t:id></t:row></t:page><t:c>')
    root = etree.fromstring(text.encode())
    pages = root.findall(".//{*}page")
    message = codec("Paged").output
    rows = chosen(message, "")
    assert message is not None
    assert rows is not None
    assert [find_holder(message, rows, page) is not None for page in pages] == [True, False]


@pytest.mark.parametrize(
    ("said", "holds"), [("t:LastPage", True), ("t:Page", True), ("t:Row", False), ("q:Page", False)]
)
def test_the_type_that_an_element_says(said: str, holds: bool):
    root = etree.fromstring(answer_of("Paged").encode())
    page = root.find(".//{*}page")
    assert page is not None
    page.set(f"{{{XSI}}}type", said)
    assert (found("Paged", root, "row") is not None) == holds


@pytest.mark.parametrize("place", ["Envelope", "Body", "BesideResponse"])
def test_elsewhere_there_are_no_rows(place: str):
    root = etree.fromstring(answer_of("Beside").encode())
    element = next(one for one in root.iter("*") if etree.QName(one).localname == place)
    element.tag = "{urn:other}other"
    if place in {"Envelope", "Body"}:
        with pytest.raises(Exception, match="SOAP message"):
            found("Beside", root, "row")
    else:
        assert found("Beside", root, "row") is None


@pytest.mark.parametrize("name", PATHS)
def test_rows_that_can_be_told_by_their_name(name: str):
    message = codec(name).output
    rows = chosen(message, "")
    assert message is not None
    assert rows is not None
    assert fits(message, rows)
