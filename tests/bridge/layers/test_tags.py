"""Tags meet when they may mean the same; the log of purges never forgets to say so."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.layers.tags import EVERYTHING, Purges, Tag, check_template, name, read, tag
from bridge.shapes.json import Number

any_tag = st.builds(Tag, st.text("ab:", max_size=4), st.booleans())


@pytest.mark.parametrize(
    ("template", "expected"),
    [
        ("order:{orderId}", Tag("order:17")),
        ("order:*", Tag("order:", open=True)),
        ("*", Tag("", open=True)),
        ("orders", Tag("orders")),
        ("line:{orderId}:{line}", Tag("line:17:3")),
        ("line:{missing}:{line}", Tag("line:", open=True)),
        ("line:{list}", Tag("line:", open=True)),
        ("c:{star}", Tag("c:*")),
    ],
)
def test_templates(template: str, expected: Tag) -> None:
    assert tag(template, {"orderId": "17", "line": Number("3"), "list": [], "star": "*"}) == expected


@pytest.mark.parametrize("wrong", ["", "a{b", "a}b", "a*b", "**", "a{}", "a{b c}"])
def test_what_is_no_template(wrong: str) -> None:
    with pytest.raises(ValueError, match="a tag is"):
        check_template(wrong)


@given(any_tag, any_tag)
def test_two_tags_meet_when_some_text_fits_both(one: Tag, other: Tag) -> None:
    texts = {one.text, other.text}
    meet = any(_fits(one, text) and _fits(other, text) for text in texts)
    assert one.concerns(other) == other.concerns(one) == meet


def test_purges_before_the_answer_do_not_concern_it() -> None:
    purges = Purges()
    purges.add([Tag("order:1")])
    since = purges.now
    purges.add([Tag("order:2")])
    assert not purges.concern([Tag("order:1")], since)
    assert purges.concern([Tag("order:2")], since)
    assert purges.concern([Tag("order:1")], 0)


def test_what_the_log_no_longer_knows_counts_as_yes() -> None:
    purges = Purges()
    purges.add(Tag("other") for _ in range(4096))
    assert not purges.concern([Tag("order:1")], 0)
    purges.add([Tag("other")])
    assert purges.concern([Tag("order:1")], 0)
    assert not purges.concern([], 0)


def _fits(pattern: Tag, text: str) -> bool:
    return text.startswith(pattern.text) if pattern.open else text == pattern.text


def test_names_meet_names_only() -> None:
    every, operation, one = name(), name("shop.Get"), name("shop.Get", "a" * 40)
    assert [each.named for each in (every, operation, one, Tag(""))] == [True, True, True, False]
    assert every.concerns(one)
    assert operation.concerns(one)
    assert not one.concerns(name("shop.Get", "b" * 40))
    assert not operation.concerns(name("shop.GetAll", "a" * 40))
    assert not Tag("", open=True).concerns(one)
    assert not every.concerns(Tag("order:1", open=True))


def test_no_value_of_a_caller_makes_a_name() -> None:
    assert tag("{orderId}", {"orderId": "\0shop.Get\0"}) == Tag("", open=True)
    with pytest.raises(ValueError, match="a tag is"):
        check_template("\0shop")


def test_a_name_that_was_purged_is_remembered_longer_than_any_write() -> None:
    purges, one = Purges(), name("shop.Get", "a" * 40)
    purges.add([name("shop.Get")])
    since = purges.now
    purges.add(Tag("other") for _ in range(5000))
    assert purges.concern([one], since - 1)
    assert not purges.concern([one], since)
    assert purges.concern([Tag("order:1"), one], since)
    purges.forget()
    assert not purges.concern([one], since)
    purges.add(name("shop.Other") for _ in range(256))
    purges.forget()
    assert not purges.concern([one], since)
    purges.add([name("shop.Other")])
    purges.forget()
    assert purges.concern([one], since)  # too many to know


def test_that_nothing_is_wanted_any_more_is_told() -> None:
    told = list[str]()
    purges = Purges(lambda: told.append("empty"))
    purges.add([Tag("", open=True), name("shop.Get"), Tag("order:1")])
    assert told == []
    purges.add(read(EVERYTHING))
    assert told == ["empty"]
