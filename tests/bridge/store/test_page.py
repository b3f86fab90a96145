"""Pages: where the next one begins."""

from __future__ import annotations

import pytest

from bridge.store.page import LIMIT_MAX, Page, bounded, page_of


@pytest.mark.parametrize(
    ("rows", "page"),
    [
        ("", Page(())),
        ("ab", Page(("a", "b"))),
        ("abc", Page(("a", "b", "c"))),
        ("abcd", Page(("a", "b", "c"), "c")),
    ],
)
def test_there_is_a_next_one_only_when_something_follows(rows: str, page: Page[str]) -> None:
    assert page_of(list(rows), 3, str) == page


@pytest.mark.parametrize(("asked", "given"), [(-1, 1), (0, 1), (7, 7), (10**9, LIMIT_MAX)])
def test_nobody_gets_more_than_a_page_may_have(asked: int, given: int) -> None:
    assert bounded(asked) == given
