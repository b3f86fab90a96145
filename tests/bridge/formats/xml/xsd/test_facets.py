"""Facets over derivation steps: they only ever narrow."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bridge.formats.xml.layout import XSD
from bridge.formats.xml.xsd.facets import normalised
from bridge.shapes.model import Facets, Kind
from tests.bridge.formats.xml.xsd.schemas import read, simple_type, t


def steps(base: str, *bodies: str) -> Facets:
    """The facets of the last of a chain of restrictions."""
    texts, name = "", f"xs:{base}"
    for number, body in enumerate(bodies):
        texts += (
            f'<xs:simpleType name="s{number}"><xs:restriction base="{name}">{body}</xs:restriction></xs:simpleType>'
        )
        name = f"t:s{number}"
    layout = read(texts)
    assert not layout.problems
    return simple_type(layout, t(f"s{len(bodies) - 1}")).facets


def facet(name: str, value: object) -> str:
    return f'<xs:{name} value="{value}"/>'


@pytest.mark.parametrize(("base", "bodies", "expected"), [
    ("string", [facet("maxLength", 9), facet("maxLength", 5)], {"max_length": 5}),
    ("string", [facet("maxLength", 5), facet("maxLength", 9)], {"max_length": 5}),
    ("string", [facet("minLength", 2), facet("minLength", 4) + facet("maxLength", 6)],
     {"min_length": 4, "max_length": 6}),
    ("string", [facet("length", 3)], {"length": 3}),
    ("string", [facet("length", "x")], {"length": None}),
    ("string", [facet("pattern", "a") + facet("pattern", "b"), facet("pattern", "c")], {"patterns": ("a|b", "c")}),
    ("string", [facet("enumeration", "a") + facet("enumeration", "b")], {"enumeration": ("a", "b")}),
    ("string", [facet("enumeration", "a") + facet("enumeration", "b"), facet("enumeration", "b")],
     {"enumeration": ("b",)}),
    ("string", [facet("enumeration", ""), facet("maxLength", 3)], {"enumeration": ("",), "max_length": 3}),
    ("token", [facet("enumeration", " a  b ")], {"enumeration": ("a b",), "white_space": "collapse"}),
    ("decimal", [facet("enumeration", "1"), facet("enumeration", "1.0")], {"enumeration": ("1.0",)}),
    ("string", [facet("whiteSpace", "replace"), facet("whiteSpace", "collapse")], {"white_space": "collapse"}),
    ("string", [facet("whiteSpace", "collapse"), facet("whiteSpace", "preserve")], {"white_space": "collapse"}),
    ("decimal", [facet("totalDigits", 9) + facet("fractionDigits", 4), facet("fractionDigits", 2)],
     {"total_digits": 9, "fraction_digits": 2}),
    ("int", [facet("minInclusive", 1), facet("maxInclusive", 10)], {"min_inclusive": "1", "max_inclusive": "10"}),
    ("int", [facet("minInclusive", " 5 "), facet("minInclusive", 3)], {"min_inclusive": "5"}),
    ("int", [facet("maxExclusive", 10)], {"max_exclusive": "10", "max_inclusive": None}),
    ("int", [facet("minExclusive", 10), facet("minInclusive", 10)], {"min_exclusive": "10", "min_inclusive": None}),
    ("int", [facet("minInclusive", 10), facet("minExclusive", 10)], {"min_exclusive": "10", "min_inclusive": None}),
    ("int", [facet("minExclusive", 10), facet("minInclusive", 11)], {"min_exclusive": None, "min_inclusive": "11"}),
    ("int", [facet("maxInclusive", 5), facet("maxExclusive", 9)], {"max_inclusive": "5", "max_exclusive": None}),
    ("decimal", [facet("maxInclusive", "99999999999999999999.01"), facet("maxInclusive", "99999999999999999999.001")],
     {"max_inclusive": "99999999999999999999.001"}),
    ("double", [facet("minInclusive", "-1E400"), facet("minInclusive", "-INF")], {"min_inclusive": "-INF"}),
    ("date", [facet("minInclusive", "2020-01-01"), facet("minInclusive", "2021-01-01Z")],
     {"min_inclusive": "2021-01-01Z"}),
    ("int", [facet("maxInclusive", "many")], {"max_inclusive": "many"}),
])  # fmt: skip
def test_steps(base: str, bodies: list[str], expected: dict[str, object]):
    found = steps(base, *bodies)
    assert {name: getattr(found, name) for name in expected} == expected


def test_enumerated_names_keep_their_namespace():
    body = '<xs:enumeration xmlns:e="urn:e" value="e:Bad"/><xs:enumeration value="t:Good"/>'
    assert steps("QName", body).enumeration == ("{urn:e}Bad", "{urn:t}Good")


def test_facets_of_lists_count_items_and_start_anew():
    layout = read(
        '<xs:simpleType name="item"><xs:restriction base="xs:string"><xs:maxLength value="2"/></xs:restriction>'
        '</xs:simpleType><xs:simpleType name="list"><xs:list itemType="t:item"/></xs:simpleType>'
        '<xs:simpleType name="short"><xs:restriction base="t:list"><xs:maxLength value="7"/></xs:restriction>'
        "</xs:simpleType>"
    )
    short = simple_type(layout, t("short"))
    assert (short.kind, short.item, short.facets.max_length) == (None, t("item"), 7)
    assert simple_type(layout, t("list")).facets == Facets(white_space="collapse")


@given(st.lists(st.tuples(
    st.sampled_from(["minInclusive", "minExclusive", "maxInclusive", "maxExclusive"]),
    st.decimals(-50, 50, places=1),
), min_size=1, max_size=6))  # fmt: skip
def test_a_value_fits_the_merged_bounds_as_it_fits_all_steps(said: list[tuple[str, Decimal]]):
    found = steps("decimal", *(facet(name, value) for name, value in said))
    checks = {
        "minInclusive": lambda value, bound: value >= bound,
        "minExclusive": lambda value, bound: value > bound,
        "maxInclusive": lambda value, bound: value <= bound,
        "maxExclusive": lambda value, bound: value < bound,
    }
    merged = [
        (name, Decimal(bound))
        for name, bound in (
            ("minInclusive", found.min_inclusive),
            ("minExclusive", found.min_exclusive),
            ("maxInclusive", found.max_inclusive),
            ("maxExclusive", found.max_exclusive),
        )
        if bound is not None
    ]
    for value in {bound + step for _, bound in said for step in (Decimal("-0.1"), Decimal(0), Decimal("0.1"))}:
        every = all(checks[name](value, bound) for name, bound in said)
        assert every == all(checks[name](value, bound) for name, bound in merged)


@pytest.mark.parametrize(("white_space", "expected"), [
    ("preserve", "\ta\n b "),
    ("replace", " a  b "),
    ("collapse", "a b"),
])  # fmt: skip
def test_white_space(white_space: str, expected: str):
    assert normalised("\ta\n b ", white_space) == expected


def test_the_kind_stays_that_of_the_built_in():
    layout = read(
        '<xs:simpleType name="a"><xs:restriction base="xs:short"/></xs:simpleType>'
        '<xs:simpleType name="b"><xs:restriction base="t:a"/></xs:simpleType>'
    )
    found = simple_type(layout, t("b"))
    assert (found.kind, found.name, found.base) == (Kind.INTEGER, "short", t("a"))
    assert found.facets == simple_type(layout, f"{{{XSD}}}short").facets
