"""What counts as the same XML, and what does not."""

from __future__ import annotations

import pytest
from lxml import etree

from adapters.soap.verify_trees import apart


def difference(one: str, other: str) -> str | None:
    return apart(etree.fromstring(one), etree.fromstring(other), {})


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("1  \u0020 1 \t +1  001", "1 1 1 1"),
        ("true 0 1", "1 false true"),
        (" 1.50 -0 ", "1.5 0"),
        ("p:a  p:b", "p:a p:b"),
    ],
)
def test_lists_are_the_same_where_each_item_has_the_same_value(one: str, other: str) -> None:
    assert difference(f"<e xmlns:p='urn:p'>{one}</e>", f"<e xmlns:p='urn:p'>{other}</e>") is None
    assert difference(f"<e xmlns:p='urn:p' a='{one}'/>", f"<e xmlns:p='urn:p' a='{other}'/>") is None


def test_the_names_of_a_list_are_compared_by_namespace() -> None:
    assert difference("<e xmlns:p='urn:p'>p:a p:b</e>", "<e xmlns:q='urn:p'>q:a  q:b</e>") is None
    assert difference("<e xmlns:p='urn:p'>p:a p:b</e>", "<e xmlns:p='urn:q'>p:a p:b c</e>") is not None


@pytest.mark.parametrize("other", ["1 2", "1 2 4", "1 3 2", "1 2 3 3", "123", ""])
def test_lists_of_other_items_differ(other: str) -> None:
    assert difference("<e>1 2 3</e>", f"<e>{other}</e>") == f"/e: '1 2 3' became {other!r}"
