"""The simple types that XML Schema 1.0 brings along (part 2, §3), as `SimpleType`s by Clark name.

`anySimpleType` is read as a string that keeps its white space; `anyType` is no simple type and stands as `ANY`.
The lexical rules of a kind (what a date looks like) belong to the scalars, not to the facets here.
"""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from bridge.formats.xml.layout import ANY_TYPE, XSD, ComplexType, Group, SimpleType, Wildcard
from bridge.shapes.model import Facets, Kind

ANY = ComplexType(
    key=ANY_TYPE,
    content=Group("sequence", (Wildcard(process="lax", min=0, max=None),)),
    any_attribute=Wildcard(process="lax"),
    mixed=True,
)

_INTEGERS: dict[str, tuple[str | None, str | None]] = {
    "nonPositiveInteger": (None, "0"),
    "negativeInteger": (None, "-1"),
    "nonNegativeInteger": ("0", None),
    "positiveInteger": ("1", None),
    "long": ("-9223372036854775808", "9223372036854775807"),
    "int": ("-2147483648", "2147483647"),
    "short": ("-32768", "32767"),
    "byte": ("-128", "127"),
    "unsignedLong": ("0", "18446744073709551615"),
    "unsignedInt": ("0", "4294967295"),
    "unsignedShort": ("0", "65535"),
    "unsignedByte": ("0", "255"),
}

# XSD regular expressions; \i and \c are the name characters of XML.
_TEXTS: dict[str, str] = {
    "token": "",
    "language": r"[a-zA-Z]{1,8}(-[a-zA-Z0-9]{1,8})*",
    "NMTOKEN": r"\c+",
    "Name": r"\i\c*",
    "NCName": r"[\i-[:]][\c-[:]]*",
    "ID": r"[\i-[:]][\c-[:]]*",
    "IDREF": r"[\i-[:]][\c-[:]]*",
    "ENTITY": r"[\i-[:]][\c-[:]]*",
}

_LISTS = {"NMTOKENS": "NMTOKEN", "IDREFS": "IDREF", "ENTITIES": "ENTITY"}

# Not of version 1.0, yet written by newer tools into schemas that are otherwise 1.0.
_NEWER = {"dateTimeStamp": Kind.DATETIME, "dayTimeDuration": Kind.DURATION, "yearMonthDuration": Kind.DURATION}


def _all() -> dict[str, SimpleType]:
    found = [_atom(str(kind), kind, Facets(white_space="collapse")) for kind in Kind if kind is not Kind.STRING]
    found += [_atom(name, Kind.STRING, Facets()) for name in ("anySimpleType", "anyAtomicType", "string")]
    found += [_atom("normalizedString", Kind.STRING, Facets(white_space="replace"))]
    found += [_atom(name, kind, Facets(white_space="collapse")) for name, kind in _NEWER.items()]
    for name, pattern in _TEXTS.items():
        facets = Facets(white_space="collapse", patterns=(pattern,) if pattern else ())
        found.append(_atom(name, Kind.STRING, facets))
    for name, (least, most) in _INTEGERS.items():
        facets = Facets(white_space="collapse", min_inclusive=least, max_inclusive=most)
        found.append(_atom(name, Kind.INTEGER, facets))
    for name, item in _LISTS.items():
        facets = Facets(white_space="collapse", min_length=1)
        found.append(SimpleType(f"{{{XSD}}}{name}", name=name, item=f"{{{XSD}}}{item}", facets=facets))
    return {one.key: one for one in found}


def _atom(name: str, kind: Kind, facets: Facets) -> SimpleType:
    return SimpleType(f"{{{XSD}}}{name}", name=name, kind=kind, facets=facets)


BUILTINS: Mapping[str, SimpleType] = MappingProxyType(_all())
