"""The walk in linear time: counts, and the judgement on when it is needed."""

from __future__ import annotations

import pytest

from bridge.shapes.pattern_linear import Walk, is_tame
from bridge.shapes.pattern_syntax import BadPattern, parse


def test_counts_are_exact() -> None:
    walk = Walk(parse("(ab|c){2,3}"))
    assert [walk.fits(text) for text in ("ab", "abc", "cc", "ababab", "cccc", "ccc")] == [
        False,
        True,
        True,
        True,
        False,
        True,
    ]


def test_long_texts_are_no_trouble() -> None:
    walk = Walk(parse("(a|b|ab)*c"))
    assert walk.fits("ab" * 50_000 + "c")
    assert not walk.fits("ab" * 50_000)


def test_an_enormous_pattern_is_refused_before_it_is_built() -> None:
    with pytest.raises(BadPattern, match="too large"):
        Walk(parse("(a{1,1000}){1,1000}"))


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("a*", True),
        ("(ab)*", True),
        ("a{1,9}b{1,9}c{1,9}", True),
        ("(a?)*", False),
        ("(a|ab)*", False),
        ("a*a*a*", False),
        ("(a+b)?", True),
    ],
)
def test_what_is_tame(pattern: str, expected: bool) -> None:
    assert is_tame(parse(pattern)) is expected
