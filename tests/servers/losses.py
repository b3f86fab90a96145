"""What the foreign servers themselves cannot keep, each with its reason.

`test_servers.py` proves the table exact with hand-made envelopes: what is listed is lost, what is not listed is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal

ANY = frozenset({"plain", "nillable", "many", "attribute", "list"})
ELEMENTS = frozenset({"plain", "nillable", "many"})
ATTRIBUTE = frozenset({"attribute"})
LIST = frozenset({"list"})
NIL = "nil"


@dataclass(frozen=True)
class Loss:
    """Values of some types that one server does not give back as it got them, in some of the variants."""

    server: str
    types: frozenset[str]
    reason: str
    lost: Callable[[str], bool] = lambda _: True
    variants: frozenset[str] = ANY


def of(names: str) -> frozenset[str]:
    return frozenset(names.split())


def empty(text: str) -> bool:
    return not text


def blank(text: str) -> bool:
    return bool(text) and not text.strip(" \t\r\n")


def padded(text: str) -> bool:
    return text != text.strip()


def broken(text: str) -> bool:
    return "\n" in text or "\t" in text


def zoned(text: str) -> bool:
    return bool(re.search(r"(?:Z|[+-]\d\d:\d\d)$", text))


def outside_years(text: str) -> bool:
    """Python's dates hold the years 1 to 9999."""
    return not re.match(r"\d{4}-", text)


def next_midnight(text: str) -> bool:
    return "24:00:00" in text


def west_and_uneven(text: str) -> bool:
    return bool(re.search(r"-\d\d:(?!00)\d\d$", text))


def past_microseconds(text: str) -> bool:
    return bool(re.search(r"\.\d{7}", text))


def with_months(text: str) -> bool:
    return bool(re.match(r"-?P(?:\d+Y)?\d*[1-9]\d*M|-?P\d+Y", text))


def with_fraction(text: str) -> bool:
    return "." in text


def with_exponent(text: str) -> bool:
    return "E" in str(Decimal(text))


def not_finite(text: str) -> bool:
    return text in {"INF", "-INF", "NaN"}


def lowest(text: str) -> bool:
    return text in {"-2147483648", "-32768", "-128"}


QNAME = "a QName is a text to it: the prefix comes back, its declaration does not"
SPYNE_ABSENT = of(
    "nmtokens idref idrefs entity entities nonPositiveInteger negativeInteger positiveInteger gYearMonth gYear"
    " gMonthDay gDay gMonth anySimpleType"
)

LOSSES = (
    Loss("php", of("qName"), QNAME),
    Loss("php", of("boolean"), "items of a list are texts to it, and the text 'false' is true", "false".__eq__, LIST),
    Loss(
        "php",
        of("hexBinary base64Binary"),
        "items of a list are texts to it: encoded again, never decoded",
        variants=LIST,
    ),
    Loss(
        "php",
        of("string anyUri"),
        "a list with & or < in it comes back empty",
        lambda text: bool({"&", "<"} & {*text}),
        LIST,
    ),
    Loss(
        "php",
        of("string normalizedString anySimpleType"),
        "it drops a text of nothing but white space",
        blank,
        ELEMENTS,
    ),
    Loss("node", of("qName"), QNAME),
    Loss("node", of("string normalizedString anySimpleType"), "it trims texts", padded, ELEMENTS),
    Loss(
        "node",
        of("string normalizedString token anyUri hexBinary base64Binary anySimpleType"),
        "an empty element is null to it",
        empty,
        ELEMENTS,
    ),
    Loss("node", of("string"), "it does not escape line ends in attributes, so they become blanks", broken, ATTRIBUTE),
    Loss("spyne", SPYNE_ABSENT, "it has no such type"),
    Loss("spyne", of("qName"), QNAME),
    Loss("spyne", of("decimal"), "it writes an exponent, which xs:decimal has not", with_exponent),
    Loss("spyne", of("float double"), "it writes inf and nan, which XML Schema does not know", not_finite),
    Loss("spyne", of("duration"), "months and years become days (datetime.timedelta)", with_months),
    Loss("spyne", of("duration"), "fractions of seconds become binary floats, without their noughts", with_fraction),
    Loss("spyne", of("dateTime date"), "Python has no such year", outside_years),
    Loss("spyne", of("dateTime time"), "it fails on 24:00:00", next_midnight),
    Loss("spyne", of("dateTime"), "it adds the minutes of zones in the west, -00:30 is +00:30 to it", west_and_uneven),
    Loss("spyne", of("dateTime"), "Python's times have microseconds", past_microseconds),
    Loss("spyne", of("date"), "Python's dates have no zone", zoned),
    Loss("spyne", of("time"), "it drops the zone of a time", zoned),
    Loss("spyne", of("hexBinary"), "it fails when it writes one", lambda text: bool(text)),
    Loss("spyne", of("hexBinary base64Binary"), "an empty binary is absent to it", empty, ELEMENTS),
    Loss("spyne", of("int short byte"), "its attributes stop one before the lowest", lowest, ATTRIBUTE),
)

# Servers to which nil and absent are the same.
NIL_LOST = {"spyne": "nil and absent are both None to it"}


def reason(server: str, variant: str, name: str, text: str) -> str:
    """Why a server cannot keep a value; empty when it can."""
    for loss in LOSSES:
        if (loss.server, variant in loss.variants, name in loss.types) == (server, True, True) and loss.lost(text):
            return loss.reason
    return ""
