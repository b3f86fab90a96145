"""The tree of a pattern, and the bounds on what is read."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.shapes import charsets
from bridge.shapes.pattern_syntax import Alternatives, BadPattern, Chars, Repeat, Sequence, admits, parse

A, B = Chars(charsets.of("a")), Chars(charsets.of("b"))


def test_trees() -> None:
    assert parse("ab") == Sequence((A, B))
    assert parse("a|b") == Alternatives((A, B))
    assert parse("a{2,5}b?") == Sequence((Repeat(A, 2, 5), Repeat(B, 0, 1)))
    assert parse("a{3,}") == Repeat(A, 3, None)
    assert parse(r"\d", digits=charsets.ASCII_DIGITS) == Chars(charsets.of("09"))
    assert parse("[a-c-[b]]") == Chars(charsets.of("a", "c"))
    assert parse("") == Sequence(())


def test_messages_say_where() -> None:
    with pytest.raises(BadPattern, match=r"stray '\*' at character 3"):
        parse("a|*")
    with pytest.raises(BadPattern, match="breaks off"):
        parse("[abc")
    with pytest.raises(BadPattern, match="out of bounds"):
        parse("a{100001}")


@given(st.text("ab[]()-^\\|*+?{}1,d", max_size=20))
def test_any_text_is_read_or_refused(pattern: str) -> None:
    with suppress(BadPattern):  # and nothing else, such as an IndexError
        assert parse(pattern) == parse(pattern)


@pytest.mark.parametrize(
    ("pattern", "expected"), [("a b", True), ("[^b]{2}", True), (r"\S+", False), ("( ){0}", False)]
)
def test_admits(pattern: str, expected: bool) -> None:
    assert admits(parse(pattern), charsets.SPACE) is expected
