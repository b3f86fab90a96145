"""Two attribute wildcards made one, by the tables of the specification."""

from __future__ import annotations

import pytest

from bridge.formats.xml.layout import Wildcard
from bridge.formats.xml.xsd.wildcards import both, either

ANY = Wildcard()
NOT_A = Wildcard(("##other",), "urn:a")
NOT_B = Wildcard(("##other",), "urn:b")
NOT_ABSENT = Wildcard(("##other",), "")


def of(*namespaces: str) -> Wildcard:
    return Wildcard(namespaces)


@pytest.mark.parametrize(("first", "second", "expected"), [
    (of("urn:a", "urn:b"), of("urn:b", "urn:a"), of("urn:a", "urn:b")),
    (ANY, NOT_A, ANY),
    (of("urn:a"), of("urn:b", ""), of("urn:a", "urn:b", "")),
    (NOT_A, NOT_B, NOT_ABSENT),
    (NOT_A, of("urn:a", ""), ANY),
    (NOT_A, of("urn:a"), NOT_ABSENT),
    (NOT_A, of("urn:b"), NOT_A),
    (of("urn:b"), NOT_A, NOT_A),
    (NOT_ABSENT, of(""), ANY),
    (NOT_A, of(""), ANY),
    (NOT_A, NOT_A, NOT_A),
])  # fmt: skip
def test_what_one_of_two_lets_in(first: Wildcard, second: Wildcard, expected: Wildcard):
    assert either(first, second) == expected


@pytest.mark.parametrize(("first", "second", "expected"), [
    (ANY, NOT_A, NOT_A),
    (of("urn:a"), ANY, of("urn:a")),
    (of("urn:a", "urn:b"), of("urn:b", "urn:c"), of("urn:b")),
    (of("urn:a"), of("urn:b"), of()),
    (NOT_A, of("urn:a", "urn:b", ""), of("urn:b")),
    (of("urn:a", "urn:b", ""), NOT_A, of("urn:b")),
    (NOT_ABSENT, NOT_A, NOT_A),
    (NOT_A, NOT_A, NOT_A),
])  # fmt: skip
def test_what_two_let_in_together(first: Wildcard, second: Wildcard, expected: Wildcard):
    assert both(first, second) == expected


def test_one_alone_stays():
    assert either(None, NOT_A) == either(NOT_A, None) == both(None, NOT_A) == both(NOT_A, None) == NOT_A
    assert either(None, None) is None
    assert both(None, None) is None


def test_how_it_is_processed():
    lax, strict = Wildcard(process="lax"), Wildcard(process="strict")
    assert either(lax, strict) == strict
    assert both(lax, strict) == lax
