"""What stands in the Body: an element, a wrapper, or several."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.contract import Message, Part
from adapters.soap.message_root import declared, inner_slot, made_type, root_of
from bridge.errors import ContractError
from bridge.formats.xml.layout import XSD
from bridge.formats.xml.plan import RecordUse
from bridge.formats.xml.view import View, ViewOptions
from bridge.formats.xml.xsd import Source, read_schemas
from tests.adapters.soap.test_message import SCHEMA

STRING = f"{{{XSD}}}string"


@pytest.fixture
def view() -> View:
    return View(read_schemas([Source("m.xsd", etree.fromstring(SCHEMA))], lambda *_: None), ViewOptions())


def of(name: str) -> Part:
    return Part(name.lower(), f"{{urn:t}}{name}")


def test_one_element_is_the_root(view: View) -> None:
    root, use = root_of(view, Message((of("One"),)), "Op")
    assert root == "{urn:t}One"
    assert isinstance(use, RecordUse)


def test_several_stand_in_the_body_itself(view: View) -> None:
    root, use = root_of(view, Message((of("One"), of("Two"))), "Op")
    assert root is None
    assert isinstance(use, RecordUse)
    assert [slot.key for slot in view.record(use.type).slots] == ["one", "two"]


def test_a_wrapper_is_made_around_parts_of_types(view: View) -> None:
    root, use = root_of(view, Message((Part("a", "", STRING), Part("b", "", STRING)), wrapper="{urn:t}Do"), "Op")
    assert root == "{urn:t}Do"
    assert isinstance(use, RecordUse)
    assert len(view.record(use.type).slots) == 2


def test_nothing_is_nothing(view: View) -> None:
    assert root_of(view, Message(()), "Op") == (None, None)


@pytest.mark.parametrize(("least", "found"), [(0, [0, 0]), (1, [1, 1])])
def test_parts_may_be_required_or_not(view: View, least: int, found: list[int]) -> None:
    made = made_type(view, "#x", (of("Auth"), Part("b", "", STRING)), least=least)
    assert made.content is not None
    assert [item.min for item in made.content.items] == found


def test_an_element_that_is_not_there_is_named(view: View) -> None:
    with pytest.raises(ContractError, match=r"\{urn:t\}Gone is not defined"):
        declared(view, "{urn:t}Gone")


@pytest.mark.parametrize(
    ("name", "request_too", "answer_too"),
    [("One", True, True), ("Text", False, True), ("Two", False, False), ("Marked", False, False)],
)
def test_a_wrapper_disappears_where_one_element_remains(
    view: View, name: str, *, request_too: bool, answer_too: bool
) -> None:
    _, use = root_of(view, Message((of(name),)), "Op")
    assert use is not None
    assert (inner_slot(view, use, request=True) is not None) is request_too
    assert (inner_slot(view, use, request=False) is not None) is answer_too
