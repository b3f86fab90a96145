"""Set arithmetic on characters agrees with Python's own sets."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from bridge.shapes import charsets
from bridge.shapes.charsets import TOP, Charset

SPANS = st.lists(st.tuples(st.integers(0, 60), st.integers(0, 20)).map(lambda pair: (pair[0], sum(pair))))


def points(given_set: Charset) -> set[int]:
    return {point for low, high in given_set for point in range(low, high + 1)}


@given(one=SPANS, other=SPANS)
def test_arithmetic(one: Charset, other: Charset) -> None:
    a, b = charsets.charset(one), charsets.charset(other)
    assert points(a) == points(tuple(one))
    assert points(charsets.union(a, b)) == points(a) | points(b)
    assert points(charsets.both(a, b)) == points(a) & points(b)
    assert points(charsets.minus(a, b)) == points(a) - points(b)
    assert charsets.complement(charsets.complement(a)) == a
    assert charsets.union(a, charsets.complement(a)) == ((0, TOP),)


def test_categories_are_those_of_unicode() -> None:
    upper, letters = charsets.category("Lu"), charsets.category("L")
    assert upper is not None
    assert letters is not None
    for character in "AaÉéΣ1 _注\u0301":
        assert charsets.holds(upper, character) == (unicodedata.category(character) == "Lu")
        assert charsets.holds(letters, character) == unicodedata.category(character).startswith("L")
    assert charsets.category("Zzz") is charsets.category("") is charsets.category("IsNone") is None


def test_what_xml_can_carry() -> None:
    assert all(charsets.holds(charsets.XML_CHARACTERS, character) for character in "\t\n\r a\x85\ufffd\U0010ffff")
    assert not any(charsets.holds(charsets.XML_CHARACTERS, character) for character in "\x00\x0b\x1f\ud800\ufffe")


def test_names_and_words() -> None:
    assert all(charsets.holds(charsets.NAME_START, character) for character in "a_:é注")
    assert not any(charsets.holds(charsets.NAME_START, character) for character in "1-.·× ")
    assert all(charsets.holds(charsets.NAME, character) for character in "1-.·")
    assert [character for character in "aé1+ -!" if charsets.holds(charsets.word(), character)] == list("aé1+")
