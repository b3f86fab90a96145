"""Facets against libxml2: random restrictions and values, both sides must agree on what fits."""

from __future__ import annotations

from decimal import Decimal
from xml.sax.saxutils import quoteattr

import pytest
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from lxml import etree

from bridge.formats.xml.facets import digits, text_checks, value_checks
from bridge.formats.xml.layout import XSD, SimpleType
from bridge.formats.xml.scalars import Unfit, atomic
from bridge.formats.xml.xsd import Source, read_schemas
from bridge.shapes.json import Number
from bridge.shapes.model import Facets, Kind
from tests.cpu import costs_at_most

SETTINGS = settings(max_examples=300, derandomize=True, deadline=None, suppress_health_check=list(HealthCheck))
NUMBERS = st.decimals(-1000, 1000, places=2).map(str) | st.integers(-50, 50).map(str) | st.just("0.00")
SMALL = st.integers(0, 6).map(str)
TEXTS = st.text("ab é1", max_size=7)
PATTERNS = st.sampled_from(["[a-z]*", "a+|b", r"\d{1,2}", ".{2,3}", "[^b]*", r"\c+", r"[\i-[b]]?.*", "(ab)*"])
DATES = st.dates().map(str)


def facets_of(kind: str) -> st.SearchStrategy[list[tuple[str, str]]]:
    match kind:
        case "decimal":
            bounds = st.sampled_from(["minInclusive", "maxInclusive", "minExclusive", "maxExclusive"])
            counts = st.tuples(st.just("totalDigits"), st.integers(1, 6).map(str)) | st.tuples(
                st.just("fractionDigits"), SMALL
            )
            return st.lists(
                st.tuples(bounds, NUMBERS) | counts | st.tuples(st.just("enumeration"), NUMBERS), max_size=3
            )
        case "date":
            bounds = st.sampled_from(["minInclusive", "maxInclusive", "minExclusive", "maxExclusive", "enumeration"])
            return st.lists(st.tuples(bounds, DATES), max_size=2)
        case "base64Binary":
            return st.lists(st.tuples(st.sampled_from(["length", "minLength", "maxLength"]), SMALL), max_size=2)
    sizes = st.tuples(st.sampled_from(["length", "minLength", "maxLength"]), SMALL)
    words = st.tuples(st.just("enumeration"), TEXTS) | st.tuples(st.just("pattern"), PATTERNS)
    return st.lists(sizes | words, max_size=3)


def restricted(kind: str, facets: list[tuple[str, str]]) -> tuple[etree.XMLSchema, SimpleType]:
    several = {"enumeration", "pattern"}
    facets = [one for at, one in enumerate(facets) if one[0] in several or one[0] not in dict(facets[:at])]
    inside = "".join(f"<xs:{name} value={quoteattr(value)}/>" for name, value in facets)
    root = etree.fromstring(
        f'<xs:schema xmlns:xs="{XSD}"><xs:element name="r" type="T"/><xs:simpleType name="T">'
        f'<xs:restriction base="xs:{kind}">{inside}</xs:restriction></xs:simpleType></xs:schema>'
    )
    try:
        judge = etree.XMLSchema(root)
    except etree.XMLSchemaParseError:
        assume(False)  # facets that contradict each other
    found = read_schemas([Source("f.xsd", root)], lambda *_: None).types["T"]
    assert isinstance(found, SimpleType)
    return judge, found


@pytest.mark.parametrize("kind", ["decimal", "string", "token", "date", "base64Binary"])
def test_libxml2_agrees_on_what_fits(kind: str) -> None:
    values = {
        "decimal": NUMBERS,
        "date": DATES,
        "base64Binary": st.sampled_from(["", "QQ==", "QUI=", "QUJD", "QUJDRA=="]),
    }
    verdicts = set()

    @SETTINGS
    @given(facets=facets_of(kind), several=st.lists(values.get(kind, TEXTS), min_size=4, max_size=8))
    def check(facets: list[tuple[str, str]], several: list[str]) -> None:
        judge, found = restricted(kind, facets)
        assert found.kind is not None
        codec = atomic(found.kind, found.facets)
        for value in [*several, *(text for name, text in facets if "Length" not in name and name != "pattern")]:
            if kind == "decimal" and not value.lstrip("-").replace(".", "").isdigit():
                continue
            element = etree.Element("r")
            element.text = value
            try:
                codec.to_text(Number(value) if kind == "decimal" else value)
                fits = True
            except Unfit:
                fits = False
            verdicts.add(fits)
            assert fits == judge.validate(element), (facets, value)

    check()
    assert verdicts == {True, False}


@pytest.mark.parametrize(
    ("facets", "good", "bad"),
    [
        (Facets(total_digits=3), ["999", "0.12", "-1.50", "100", "000.1"], ["1000", "0.0001", "12.34"]),
        (Facets(fraction_digits=1), ["1.0000", "1.1", "-7"], ["1.01"]),
        (Facets(min_inclusive="9007199254740993"), ["9007199254740993"], ["9007199254740992"]),
        (Facets(max_exclusive="1" + "0" * 40), ["9" * 40], ["1" + "0" * 40]),
        (Facets(enumeration=("1.0", "2")), ["1", "2.00", "1.0"], ["1.01"]),
        (Facets(min_inclusive="no number"), ["-5"], []),
    ],
)
def test_bounds_and_digits_are_exact(facets: Facets, good: list[str], bad: list[str]) -> None:
    checks = value_checks(facets, number=True)
    assert all(not check(text) for check in checks for text in good)
    for text in bad:
        assert any(check(text) for check in checks)


def test_floats_beyond_numbers_have_an_order() -> None:
    checks = value_checks(Facets(max_inclusive="5", min_inclusive="-INF"), number=True)
    assert [any(check(text) for check in checks) for text in ("-INF", "5", "INF", "NaN")] == [False, False, True, True]
    assert value_checks(Facets(enumeration=("INF", "NaN")), number=True)[0]("NaN") == ""


def test_digits_are_never_rounded() -> None:
    text = "1" * 3000 + "." + "2" * 3000
    assert digits(text) == Decimal(text)
    assert format(digits(text), "f") == text


def test_reasons_are_written_for_people() -> None:
    length = text_checks(Facets(length=3), "characters", len)
    assert [check("ab") for check in length] == ["must have exactly 3 characters"]
    many = value_checks(Facets(enumeration=tuple(f"v{index}" for index in range(20))))[0]("x")
    assert many.endswith("v11, …")
    assert len(value_checks(Facets(patterns=("a" * 500,)))[0]("x")) < 150


def test_the_reader_and_the_checks_agree_on_kinds() -> None:
    _, found = restricted("decimal", [("maxInclusive", "5")])
    assert found.kind is Kind.DECIMAL
    assert found.facets.max_inclusive == "5"


@pytest.mark.parametrize("pattern", ["(a+)+$", r"([a-zA-Z0-9_\-\.]+)+@x", r"(\s*\w+\s*)*!", "[0-9]*(.[0-9]*){0,}x"])
def test_a_pattern_of_the_contract_cannot_stop_the_server(pattern: str) -> None:
    (check,) = value_checks(Facets(patterns=(pattern,)))
    with costs_at_most(2):
        assert check("a" * 2000 + "\n\n") != ""


@pytest.mark.parametrize("pattern", ["(?i)[a-z]+", r"\bfoo\b", r"\p{Foo}", "[A-Z", "a{5,2}"])
def test_a_pattern_that_is_none_binds_nobody(pattern: str) -> None:
    assert value_checks(Facets(patterns=(pattern,))) == ()
