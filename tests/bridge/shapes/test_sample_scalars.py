"""Samples of single values: likely by name, never outside the facets, refused when nothing fits."""

from __future__ import annotations

import pytest

from bridge.shapes.json import Number
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.sample_scalars import NoSample, sample_scalar


@pytest.mark.parametrize(
    ("key", "expected"),
    [
        ("email", "ada@example.com"),
        ("homeCity", "Berlin"),
        ("orderId", "A-1001"),
        ("deliveryNote", "delivery note"),
        ("", "text"),
    ],
)
def test_texts_are_likely_by_name(key: str, expected: str) -> None:
    assert sample_scalar(Scalar(Kind.STRING), key, 0) == expected


@pytest.mark.parametrize(
    ("facets", "expected"),
    [
        (Facets(max_length=3), "del"),
        (Facets(length=20), "delivery noteabcdefg"),
        (Facets(length=0), ""),
        (Facets(patterns=("[A-Z]{2}",), max_length=2), None),
    ],
)
def test_texts_obey_lengths(facets: Facets, expected: str | None) -> None:
    value = sample_scalar(Scalar(Kind.STRING, facets), "deliveryNote", 0)
    assert value == expected or (expected is None and isinstance(value, str) and len(value) == 2)


@pytest.mark.parametrize(
    ("kind", "facets", "expected"),
    [
        (Kind.INTEGER, Facets(), "1"),
        (Kind.INTEGER, Facets(min_exclusive="99"), "100"),
        (Kind.INTEGER, Facets(max_inclusive="-5"), "-5"),
        (Kind.DECIMAL, Facets(fraction_digits=0), "1"),
        (Kind.DECIMAL, Facets(min_exclusive="0", max_exclusive="0.01"), "0.0001"),
        (Kind.DECIMAL, Facets(min_exclusive="0.00001", max_exclusive="0.00003"), "0.00002"),
        (Kind.DOUBLE, Facets(enumeration=("NaN", "2.5")), "2.5"),
    ],
)
def test_numbers_obey_bounds(kind: Kind, facets: Facets, expected: str) -> None:
    value = sample_scalar(Scalar(kind, facets), "n", 0)
    assert value == expected
    assert isinstance(value, Number)


@pytest.mark.parametrize(
    "scalar",
    [
        Scalar(Kind.INTEGER, Facets(min_inclusive="5", max_inclusive="4")),
        Scalar(Kind.STRING, Facets(min_length=3, max_length=2)),
        Scalar(Kind.STRING, Facets(length=10**9)),
        Scalar(Kind.STRING, Facets(patterns=("a", "b"))),
        Scalar(Kind.BASE64, Facets(length=10**9)),
        Scalar(Kind.DOUBLE, Facets(enumeration=("NaN",))),
    ],
    ids=str,
)
def test_what_contradicts_itself_has_no_sample(scalar: Scalar) -> None:
    with pytest.raises(NoSample):
        sample_scalar(scalar, "x", 0)


def test_the_seed_turns_the_enumeration() -> None:
    scalar = Scalar(Kind.STRING, Facets(enumeration=("a", "b", "c")))
    assert [sample_scalar(scalar, "x", seed) for seed in range(4)] == ["a", "b", "c", "a"]


def test_dates_take_a_bound() -> None:
    assert sample_scalar(Scalar(Kind.DATE, Facets(min_inclusive="2030-05-01")), "x", 0) == "2030-05-01"
    assert sample_scalar(Scalar(Kind.DATETIME, Facets(patterns=(".*[0-9]",))), "x", 0) == "2026-01-15T09:30:00"
