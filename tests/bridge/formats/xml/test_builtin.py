"""The built-in types: all of them, with the right kind and bounds."""

from __future__ import annotations

import re

import pytest

from bridge.formats.xml.builtin import ANY, BUILTINS
from bridge.formats.xml.layout import ANY_SIMPLE, ANY_TYPE, XSD, SimpleType, Wildcard
from bridge.shapes.model import Kind

# XML Schema part 2, §3.2 and §3.3.
PRIMITIVES = [
    "string", "boolean", "decimal", "float", "double", "duration", "dateTime", "time", "date", "gYearMonth",
    "gYear", "gMonthDay", "gDay", "gMonth", "hexBinary", "base64Binary", "anyURI", "QName", "NOTATION",
]  # fmt: skip
DERIVED = [
    "normalizedString", "token", "language", "NMTOKEN", "NMTOKENS", "Name", "NCName", "ID", "IDREF", "IDREFS",
    "ENTITY", "ENTITIES", "integer", "nonPositiveInteger", "negativeInteger", "long", "int", "short", "byte",
    "nonNegativeInteger", "unsignedLong", "unsignedInt", "unsignedShort", "unsignedByte", "positiveInteger",
]  # fmt: skip


def builtin(name: str) -> SimpleType:
    return BUILTINS[f"{{{XSD}}}{name}"]


@pytest.mark.parametrize("name", [*PRIMITIVES, *DERIVED, "anySimpleType"])
def test_every_type_of_the_recommendation_is_there(name: str):
    found = builtin(name)
    assert (found.key, found.name, found.base) == (f"{{{XSD}}}{name}", name, "")
    assert (found.kind is None) == (name in {"NMTOKENS", "IDREFS", "ENTITIES"})


@pytest.mark.parametrize("name", PRIMITIVES)
def test_a_primitive_is_of_its_own_kind(name: str):
    assert builtin(name).kind == Kind(name)
    assert builtin(name).facets.white_space == ("preserve" if name == "string" else "collapse")


@pytest.mark.parametrize(
    ("bits", "signed", "unsigned"),
    [
        (8, "byte", "unsignedByte"),
        (16, "short", "unsignedShort"),
        (32, "int", "unsignedInt"),
        (64, "long", "unsignedLong"),
    ],
)
def test_sized_integers(bits: int, signed: str, unsigned: str):
    facets = builtin(signed).facets
    assert (facets.min_inclusive, facets.max_inclusive) == (str(-(2 ** (bits - 1))), str(2 ** (bits - 1) - 1))
    facets = builtin(unsigned).facets
    assert (facets.min_inclusive, facets.max_inclusive) == ("0", str(2**bits - 1))
    assert builtin(signed).kind == builtin(unsigned).kind == Kind.INTEGER


@pytest.mark.parametrize(
    ("name", "least", "most"),
    [
        ("integer", None, None),
        ("positiveInteger", "1", None),
        ("nonNegativeInteger", "0", None),
        ("nonPositiveInteger", None, "0"),
        ("negativeInteger", None, "-1"),
    ],
)
def test_unbounded_integers(name: str, least: str | None, most: str | None):
    found = builtin(name)
    assert (found.kind, found.facets.min_inclusive, found.facets.max_inclusive) == (Kind.INTEGER, least, most)


@pytest.mark.parametrize(("name", "item"), [("NMTOKENS", "NMTOKEN"), ("IDREFS", "IDREF"), ("ENTITIES", "ENTITY")])
def test_lists(name: str, item: str):
    found = builtin(name)
    assert (found.kind, found.item, found.facets.min_length) == (None, builtin(item).key, 1)


def test_texts():
    assert builtin("normalizedString").facets.white_space == "replace"
    for name in ("token", "language", "NMTOKEN", "Name", "NCName", "ID", "IDREF", "ENTITY"):
        assert (builtin(name).kind, builtin(name).facets.white_space) == (Kind.STRING, "collapse")
    assert builtin("NCName").facets.patterns
    (language,) = builtin("language").facets.patterns
    assert re.fullmatch(language, "de-CH")
    assert not re.fullmatch(language, "de_CH")


def test_any_types():
    assert builtin("anySimpleType").key == ANY_SIMPLE
    assert (builtin("anySimpleType").kind, builtin("anySimpleType").facets.white_space) == (Kind.STRING, "preserve")
    assert ANY.key == ANY_TYPE
    assert ANY.mixed
    assert ANY.content is not None
    (wildcard,) = ANY.content.items
    assert wildcard == Wildcard(process="lax", min=0, max=None)
