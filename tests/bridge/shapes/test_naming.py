"""The golden table of names, and the laws that hold for every name."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from bridge.shapes.naming import Style, assign, clean, first_word, kebab

GOLDEN = YAML(typ="safe").load(Path(__file__).with_name("naming.golden.yaml"))
START = "_abzABZÄßéΩжЖ注क"
NCNAMES = st.from_regex(f"[{START}][{START}0-9.\\-·]{{0,12}}", fullmatch=True)
STYLES: list[Style] = ["camel", "snake", "keep"]


@pytest.mark.parametrize(("original", "expected"), GOLDEN["names"].items(), ids=repr)
def test_golden_names(original: str, expected: list[str]) -> None:
    assert [clean(original, "camel"), clean(original, "snake"), kebab(original)] == expected
    assert clean(original, "keep") == original


@pytest.mark.parametrize("case", GOLDEN["records"], ids=lambda case: case["why"])
def test_golden_records(case: dict[str, list[str]]) -> None:
    assert assign(case["given"], "camel") == case["expect"]


@given(name=NCNAMES | st.text(), style=st.sampled_from(STYLES))
def test_every_text_has_a_usable_name(name: str, style: Style) -> None:
    result = clean(name, style)
    assert result
    assert not result.startswith("@")


@given(names=st.lists(NCNAMES, max_size=8), style=st.sampled_from(STYLES))
def test_the_names_of_a_record_are_all_different_and_do_not_depend_on_luck(names: list[str], style: Style) -> None:
    result = assign(names, style)
    assert len(set(result)) == len(names) == len(result)
    assert assign(names, style) == result


@given(names=st.lists(NCNAMES, unique=True, min_size=2, max_size=6))
def test_a_name_that_meets_another_is_the_original(names: list[str]) -> None:
    for original, name in zip(names, assign(names, "camel"), strict=True):
        meets = sum(clean(other) == clean(original) for other in names) > 1
        assert name == (original if meets else name)


@pytest.mark.parametrize(
    ("name", "word"),
    [("GetOrder", "get"), ("getaway", "getaway"), ("list_all", "list"), ("LISTOrders", "list"), ("_", "")],
)
def test_first_word(name: str, word: str) -> None:
    assert first_word(name) == word
