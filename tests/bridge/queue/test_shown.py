"""What is masked before an operator sees it, and what his edit gives back."""

from __future__ import annotations

import pytest

from bridge.call import JsonValue
from bridge.queue.diff import changes
from bridge.queue.shown import MASK, Shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"user": "ada", "password": "x"}, {"user": "ada", "password": MASK}),
        ({"newPasswordHash": "x", "apiKey": "k"}, {"newPasswordHash": MASK, "apiKey": MASK}),
        ({"token": {"deep": "x"}}, {"token": MASK}),
        ({"list": [{"PIN": "1"}, "pin"]}, {"list": [{"PIN": MASK}, "pin"]}),
        ({"password": None, "pinned": "no"}, {"password": None, "pinned": "no"}),
        ("password", "password"),
    ],
)
def test_what_stands_at_a_telling_name_is_masked(value: JsonValue, shown: JsonValue) -> None:
    assert Shown().mask(value) == shown


def test_the_names_can_be_chosen() -> None:
    assert Shown(("iban",)).mask({"iban": "x", "password": "y"}) == {"iban": MASK, "password": "y"}
    assert Shown(()).mask({"password": "y"}) == {"password": "y"}


@pytest.mark.parametrize(
    ("edited", "before", "meant"),
    [
        ({"a": "2", "password": MASK}, {"a": "1", "password": "x"}, {"a": "2", "password": "x"}),
        ({"password": "new"}, {"password": "x"}, {"password": "new"}),
        ({"note": MASK}, {"note": "x"}, {"note": MASK}),
        ({"l": [{"pin": MASK}, {"pin": MASK}]}, {"l": [{"pin": "1"}]}, {"l": [{"pin": "1"}, {"pin": MASK}]}),
        ({"password": MASK}, "text", {"password": MASK}),
    ],
)
def test_a_mask_that_was_left_alone_means_the_value_of_before(
    edited: JsonValue, before: JsonValue, meant: JsonValue
) -> None:
    assert Shown().restore(edited, before) == meant


def test_that_a_hidden_value_was_changed_is_shown() -> None:
    before: JsonValue = {"a": 1, "login": {"password": "one"}, "all": [{"token": "x"}]}
    after: JsonValue = {"a": 1, "login": {"password": "two"}, "all": [{"token": "x"}, {"token": "y"}], "secret": "z"}
    shown = Shown()
    assert changes(shown.mask(before), shown.mask_beside(before, before)) == ()
    found = changes(shown.mask(before), shown.mask_beside(after, before))
    assert [(one.pointer, one.before, one.after) for one in found] == [
        ("/login/password", '"***"', '"*** (another)"'),
        ("/all/1", "", '{"token":"***"}'),
        ("/secret", "", '"***"'),
    ]
