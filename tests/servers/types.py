"""Every built-in type with values at its edges: as XML text, as a client's JSON, and when two texts are one value.

It knows nothing of servers; what a server cannot keep is in `losses.py`.
"""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

INSTANT = re.compile(r"(?P<rest>.*?)(?:\.(?P<fraction>\d+))?(?P<zone>Z|[+-]\d\d:\d\d)?", re.DOTALL)

Canonical = Callable[[str], object]


@dataclass(frozen=True)
class BuiltIn:
    """One built-in type. `name` is the element's in types.xsd and, as it is clean already, the client's too."""

    name: str
    xsd: str
    texts: tuple[str, ...]
    to_json: Callable[[str], str]
    # Equal in value space, plus the digits of decimals ("Lossless" in DESIGN.md).
    canonical: Canonical

    def same(self, one: str, other: str) -> bool:
        return self.canonical(one) == self.canonical(other)


def quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def words(text: str) -> str:
    return json.dumps(text.split(), ensure_ascii=False)


def number(text: str) -> str:
    """JSON has no INF and no NaN: those are strings; it wants a digit before the point and no plus."""
    if text in {"INF", "-INF", "NaN"}:
        return quoted(text)
    return text


def hex_json(text: str) -> str:
    return quoted(base64.b64encode(bytes.fromhex(text)).decode())


def digits(text: str) -> object:
    """A decimal has no exponent (XML Schema part 2 §3.2.3.1)."""
    assert "E" not in text.upper(), text
    return Decimal(text).as_tuple()


def floating(text: str) -> object:
    """INF, -INF and NaN as they are; -0 is not 0."""
    return text if text in {"INF", "-INF", "NaN"} else str(float(text))


def single(text: str) -> object:
    """As `floating`, with the 24 bits of a float."""
    if text in {"INF", "-INF", "NaN"}:
        return text
    value = float(text)
    return f"{value:.6e}"


def instant(text: str) -> object:
    match = INSTANT.fullmatch(text)
    assert match
    zone = {"+00:00": "Z", "-00:00": "Z"}.get(match["zone"] or "", match["zone"])
    return match["rest"], (match["fraction"] or "").rstrip("0"), zone


def duration(text: str) -> object:
    """Months and seconds (XML Schema part 2 §3.2.6)."""
    match = re.fullmatch(r"(-)?P(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:([\d.]+)S)?)?", text)
    assert match, text
    years, months, days, hours, minutes = (int(part or 0) for part in match.groups()[1:6])
    seconds = ((days * 24 + hours) * 60 + minutes) * 60 + Decimal(match[7] or 0)
    sign = -1 if match[1] else 1
    return sign * (years * 12 + months), sign * seconds.normalize()


def binary(text: str) -> object:
    return base64.b64decode(text)


def hexadecimal(text: str) -> object:
    return bytes.fromhex(text)


def truth(text: str) -> object:
    return text in {"true", "1"}


def strings(name: str, xsd: str, *texts: str) -> BuiltIn:
    return BuiltIn(name, xsd, texts, quoted, str)


def whole(name: str, *texts: str) -> BuiltIn:
    return BuiltIn(name, name, texts, number, int)


def dates(name: str, *texts: str) -> BuiltIn:
    return BuiltIn(name, name, texts, quoted, instant)


BUILT_INS = (
    strings(
        "string", "string", "", " ", "a", " kept  spaces ", "line\nfeed\ttab", "<&>\"']]>", "Zoë 漢字 🙂", "null", "007"
    ),
    strings("normalizedString", "normalizedString", "", " ", " a  b ", "Zoë"),
    strings("token", "token", "", "a b", "007", "1e5"),
    strings("language", "language", "de", "de-CH", "x-klingon"),
    strings("name", "Name", "a", ":a", "Zoë_1.-"),
    strings("ncName", "NCName", "a", "Zoë_1.-"),
    strings("nmtoken", "NMTOKEN", "a", "-1", "00"),
    BuiltIn("nmtokens", "NMTOKENS", ("a", "a -1 00"), words, str.split),
    strings("id", "ID", "a", "_1"),
    strings("idref", "IDREF", "a"),
    BuiltIn("idrefs", "IDREFS", ("a", "a b"), words, str.split),
    strings("entity", "ENTITY", "a"),
    BuiltIn("entities", "ENTITIES", ("a", "a b"), words, str.split),
    strings("anyUri", "anyURI", "", "urn:a", "https://example.org/ä?b=c&d=e#f", "../a b"),
    strings("qName", "QName", "{urn:example:types}a", "{urn:example:other}b"),
    BuiltIn("boolean", "boolean", ("true", "false"), str, truth),
    BuiltIn(
        "decimal",
        "decimal",
        (
            "0",
            "-0.1",
            "1.50",
            "100",
            "123456789012345678901234567890.123456789",
            "0.0000000001",
            "-99999999999999999.99",
        ),
        number,
        digits,
    ),
    whole("integer", "0", "-1", "9223372036854775808", "123456789012345678901234567890"),
    whole("nonPositiveInteger", "0", "-1", "-9223372036854775809"),
    whole("negativeInteger", "-1", "-9223372036854775809"),
    whole("nonNegativeInteger", "0", "1", "18446744073709551616"),
    whole("positiveInteger", "1", "18446744073709551616"),
    whole("long", "0", "9007199254740993", "9223372036854775807", "-9223372036854775808"),
    whole("int", "0", "2147483647", "-2147483648"),
    whole("short", "0", "32767", "-32768"),
    whole("byte", "0", "127", "-128"),
    whole("unsignedLong", "0", "9223372036854775808", "18446744073709551615"),
    whole("unsignedInt", "0", "4294967295"),
    whole("unsignedShort", "0", "65535"),
    whole("unsignedByte", "0", "255"),
    BuiltIn("float", "float", ("0", "1.5", "-0.25", "3.4028235E38", "1E-45", "INF", "-INF", "NaN"), number, single),
    BuiltIn(
        "double",
        "double",
        ("0", "1.5", "-0.1", "0.30000000000000004", "1.7976931348623157E308", "5E-324", "INF", "-INF", "NaN"),
        number,
        floating,
    ),
    BuiltIn(
        "duration",
        "duration",
        ("P1Y2M3DT4H5M6.7S", "-P1D", "PT0S", "PT4.1S", "P400D", "PT36H", "P1M"),
        quoted,
        duration,
    ),
    dates(
        "dateTime",
        "2024-02-29T23:59:59",
        "2024-02-29T23:59:59Z",
        "2024-02-29T23:59:59.5+01:00",
        "2024-02-29T23:59:59-00:30",
        "2024-02-29T24:00:00",
        "2024-02-29T23:59:59.1234567",
        "0001-01-01T00:00:00",
        "9999-12-31T23:59:59-14:00",
        "-0044-03-15T12:00:00",
        "12024-01-01T00:00:00Z",
    ),
    dates("time", "00:00:00", "23:59:59.999999", "12:30:00Z", "12:30:00-05:30", "24:00:00"),
    dates("date", "2024-02-29", "2024-02-29Z", "2024-02-29+13:00", "0001-01-01", "9999-12-31", "-0044-03-15"),
    dates("gYearMonth", "2024-02", "2024-02Z", "-0044-03"),
    dates("gYear", "2024", "2024+01:00", "-0044", "12024"),
    dates("gMonthDay", "--02-29", "--12-31Z"),
    dates("gDay", "---31", "---01+01:00"),
    dates("gMonth", "--12", "--01Z"),
    BuiltIn("hexBinary", "hexBinary", ("", "00FF10", "0badf00d"), hex_json, hexadecimal),
    BuiltIn("base64Binary", "base64Binary", ("", "AA==", "AP8QdGV4dA=="), quoted, binary),
    strings("anySimpleType", "anySimpleType", "", " ", "a", "1.50", " a "),
)
