"""Edges of scalars: within the facets, without doubles, the likely one first."""

from __future__ import annotations

import pytest
from hypothesis import given

from bridge.shapes.instance_scalars import edges
from bridge.shapes.instance_texts import DATE_EDGES, NUMBER_EDGES
from bridge.shapes.instance_values import reads, values_of
from bridge.shapes.json import Number
from bridge.shapes.model import Facets, Kind, ListOf, Scalar, Union
from bridge.shapes.sample_scalars import fits_scalar
from tests.bridge.shapes.strategies import scalars

WHOLE, TEXT = Scalar(Kind.INTEGER), Scalar(Kind.STRING)


@given(scalars())
def test_edges_are_within_the_facets_and_each_is_told_once(scalar: Scalar) -> None:
    found = edges(scalar)
    assert len({text for _, text in found}) == len(found)
    assert all(fits_scalar(scalar, text) for _, text in found if text not in {"INF", "-INF", "NaN"})


def test_the_likely_value_comes_first() -> None:
    assert edges(Scalar(Kind.STRING), key="email")[0] == ("likely", "ada@example.com")


def test_steps_beside_a_bound_keep_every_digit() -> None:
    bound = "9223372036854775807123456789012345678901"
    texts = [text for _, text in edges(Scalar(Kind.INTEGER, Facets(max_inclusive=bound)))]
    assert bound in texts
    assert bound[:-1] + "0" in texts
    assert bound[:-1] + "2" not in texts


@pytest.mark.parametrize("kind", [Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE])
def test_beside_a_bound_it_is_within_for_binary_numbers_too(kind: Kind) -> None:
    for bound in (2192837465564738291, -34926722916452190329, 737405312795374798416):
        facets = Facets(white_space="collapse", min_exclusive=str(bound - 9), max_exclusive=str(bound))
        texts = [text for _, text in edges(Scalar(kind, facets, str(kind)))]
        assert texts or kind is not Kind.DECIMAL
        fractions = [text for text in texts if "." in text or kind is not Kind.DECIMAL]
        assert [text for text in fractions if not float(bound - 9) < float(text) < float(bound)] == []
    money = Scalar(Kind.DECIMAL, Facets(white_space="collapse", max_exclusive="1000000000000"), "decimal")
    assert ("maxExclusive-0.01", "999999999999.99") in [(label[:17], text) for label, text in edges(money)]


def test_names_keep_to_ascii() -> None:
    assert all(text.isascii() for _, text in edges(Scalar(Kind.STRING, Facets(patterns=(r"\c+",), max_length=4))))


@pytest.mark.parametrize(("name", "refused"), [("dayTimeDuration", "P1Y"), ("yearMonthDuration", "P400D")])
def test_the_newer_durations_are_narrower(name: str, refused: str) -> None:
    texts = [text for _, text in edges(Scalar(Kind.DURATION, name=name))]
    assert refused not in texts


def test_text_between_elements_is_more_than_blanks() -> None:
    assert all(str(value).strip() for _, value in values_of(TEXT, "mixed"))


def test_a_member_of_a_union_keeps_to_what_earlier_ones_leave() -> None:
    found = [value for _, value in values_of(TEXT, "", earlier=[WHOLE])]
    assert "0012" not in found
    assert "true" in found


def test_an_enumerated_union_is_read_by_its_first_member_that_can() -> None:
    union = Union((WHOLE, TEXT), Facets(enumeration=("1", "one")))
    assert values_of(union, "") == [("value 1", Number("1")), ("value one", "one")]


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        (Kind.INTEGER, " +1 ", True),
        (Kind.DOUBLE, "INF", True),
        (Kind.DECIMAL, "INF", False),
        (Kind.BOOLEAN, "yes", False),
        (Kind.DATE, "2026-02-30", False),
        (Kind.HEX, "0g", False),
        (Kind.STRING, "", True),
    ],
)
def test_whether_a_kind_reads_a_text(kind: Kind, text: str, expected: bool) -> None:
    assert reads(Scalar(kind), text) is expected


def test_a_fixed_list_is_one_value() -> None:
    assert values_of(ListOf(WHOLE), "", fixed="1 2") == [("fixed", [Number("1"), Number("2")])]


@pytest.mark.parametrize("kind", [*NUMBER_EDGES, *DATE_EDGES])
def test_what_is_listed_for_a_kind_is_of_the_kind(kind: Kind) -> None:
    listed = NUMBER_EDGES.get(kind) or DATE_EDGES[kind]
    assert all(reads(Scalar(kind), text) for _, text in listed)
    assert len(edges(Scalar(kind))) >= 3
