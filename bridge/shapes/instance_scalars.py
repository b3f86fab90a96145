"""The edges of a scalar: texts at which codecs break (empty, blank, longest, first and last value, leap day …).

Each is a text as XML Schema writes it and within the facets; what JSON value it stands for is said in `lexical`. Knows
shapes only, and shares nothing with any codec but the regular expressions.
"""

from __future__ import annotations

import struct
from base64 import b64decode, b64encode
from collections.abc import Iterator
from dataclasses import replace
from decimal import Context, Decimal
from math import isfinite

from bridge.shapes import patterns
from bridge.shapes.instance_texts import DATE_EDGES, NUMBER_EDGES, TEXT_EDGES, URI_EDGES
from bridge.shapes.lexical import BINARY, CLARK_NAME, DATES, FLOATS, NAMES, NUMBERS, normalised, value_of
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.numbers import SPECIAL, exact, json_number
from bridge.shapes.sample_scalars import NoSample, fits_scalar, sample_scalar, within

Edge = tuple[str, str]
"""What is special about a text, and the text."""
ENUMERATION_MAX = 50
LONGEST_MAX = 4000
_WIDE = Context(prec=2000)
_STEPS = tuple(map(Decimal, ("0", "1", "-1", "0.1", "-0.1", "0.01", "-0.01", "0.0001", "-0.0001")))


def edges(scalar: Scalar, *, key: str = "", seed: int = 0) -> list[Edge]:
    """Every edge within the facets, the likely value first; empty when no value can be made."""
    found: dict[str, str] = {}
    for label, text in _candidates(scalar, key, seed):
        tidy = _tidy(scalar, text)
        if tidy is not None and tidy not in found:
            found[tidy] = label
    return [(label, text) for text, label in found.items()]


def _tidy(scalar: Scalar, text: str) -> str | None:
    """The text as it would come back; None when it is no value of this scalar."""
    facets, kind = scalar.facets, scalar.kind
    if kind in BINARY | NAMES or kind is Kind.BOOLEAN:
        return text
    text = normalised(text, facets.white_space if kind is Kind.STRING else "collapse")
    if kind in FLOATS and text in SPECIAL:
        return text if not _bounded(facets) and not facets.patterns else None
    if kind in NUMBERS and json_number(text) != text:
        return None
    if (kind in FLOATS or _is_long_fraction(text, kind)) and not _rounds_well(scalar, text):
        return None
    # Editions of XML, and so validators, disagree on which letters beyond ASCII a name may have.
    if not text.isascii() and any(r"\c" in pattern or r"\i" in pattern for pattern in facets.patterns):
        return None
    return text if fits_scalar(scalar, text) else None


def _candidates(scalar: Scalar, key: str, seed: int) -> Iterator[Edge]:
    kind, facets = scalar.kind, scalar.facets
    if kind is Kind.BOOLEAN:
        yield from _booleans(facets)
    elif kind in BINARY:
        yield from _binary(scalar)
    elif kind in NAMES:
        yield from _names(facets)
    elif facets.enumeration is not None:
        yield from _enumeration(scalar)
    else:
        yield from _likely(scalar, key, seed)
        if kind in NUMBERS:
            yield from _numbers(scalar)
        elif kind in DATES:
            yield from _dates(scalar)
        else:
            yield from _texts(facets, URI_EDGES if kind is Kind.URI else TEXT_EDGES)
        yield from _by_pattern(scalar, seed)


def _likely(scalar: Scalar, key: str, seed: int) -> Iterator[Edge]:
    try:
        yield "likely", str(sample_scalar(scalar, key, seed))
    except NoSample:
        return


def _enumeration(scalar: Scalar) -> Iterator[Edge]:
    for text in (scalar.facets.enumeration or ())[:ENUMERATION_MAX]:
        try:
            value_of(scalar, text)
        except ValueError:
            continue
        known = json_number(text.strip()) if scalar.kind in NUMBERS else None
        yield f"value {text[:40]}", text if known is None else known


def _booleans(facets: Facets) -> Iterator[Edge]:
    known = [pattern for pattern in facets.patterns if patterns.is_usable(pattern)]
    for word, digit in (("true", "1"), ("false", "0")):
        if any(all(patterns.fits(pattern, text) for pattern in known) for text in (word, digit)):
            yield word, word


def _names(facets: Facets) -> Iterator[Edge]:
    listed = facets.enumeration
    for text in ("{urn:example}name", "name", "{urn:example:other}a.b-c_1") if listed is None else listed:
        if patterns.fits(CLARK_NAME, text):
            yield f"name {text[:40]}", text


# ── texts and bytes ──────────────────────────────────────────────────────────────────────────────────────────────


def span(facets: Facets) -> tuple[int, int | None]:
    """The fewest and the most characters, bytes or items."""
    highs = [each for each in (facets.length, facets.max_length) if each is not None]
    return max(facets.length or 0, facets.min_length or 0), min(highs) if highs else None


def _texts(facets: Facets, listed: tuple[Edge, ...]) -> Iterator[Edge]:
    low, high = span(facets)
    if low > LONGEST_MAX:
        return
    for label, text in listed:
        padded = text + "x" * (low - len(text))
        yield label, padded if high is None else padded[:high]
    if low:
        yield "shortest", "s" * low
    if high is not None and high <= LONGEST_MAX:
        yield "longest", "l" * high
        yield "longest, non-BMP", "\U0001f600" * high
    elif high is None or high > LONGEST_MAX:
        yield "long", "l" * LONGEST_MAX


def _by_pattern(scalar: Scalar, seed: int) -> Iterator[Edge]:
    known = [pattern for pattern in scalar.facets.patterns if patterns.is_usable(pattern)]
    if not known:
        return
    low, high = span(scalar.facets)
    for each in range(4):
        text = patterns.example_for(known, low, high, seed=seed + each * 61)
        if text is not None:
            yield f"pattern {each + 1}", text


def _binary(scalar: Scalar) -> Iterator[Edge]:
    for label, raw in _bytes(scalar):
        text = raw.hex().upper() if scalar.kind is Kind.HEX else b64encode(raw).decode()
        if all(patterns.fits(one, text) for one in scalar.facets.patterns if patterns.is_usable(one)):
            yield label, text


def _bytes(scalar: Scalar) -> Iterator[tuple[str, bytes]]:
    low, high = span(scalar.facets)
    if scalar.facets.enumeration is not None:
        for text in scalar.facets.enumeration[:ENUMERATION_MAX]:
            try:
                raw = b64decode(str(value_of(scalar, text)), validate=True)
            except ValueError:
                continue
            if low <= len(raw) and (high is None or len(raw) <= high):
                yield f"value {text[:40]}", raw
        return
    for size in dict.fromkeys([low + 3, low, low + 1, low + 2, min(256, high or 256), high or 0]):
        if low <= size <= LONGEST_MAX and (high is None or size <= high):
            yield f"{size} bytes", bytes(255 - index % 256 for index in range(size))


# ── numbers and dates ────────────────────────────────────────────────────────────────────────────────────────────


def _rounds_well(scalar: Scalar, text: str) -> bool:
    """Whoever reads the text as a binary number may compare that with the bounds, as they stand or read likewise.

    Of XML that is a number of its type, of JSON always a double.
    """
    return all(_rounds_within(scalar.facets, text, kind) for kind in {scalar.kind, Kind.DOUBLE})


def _rounds_within(facets: Facets, text: str, kind: Kind) -> bool:
    def read(bound: str | None) -> str | None:
        near = _binary_near(kind, bound.strip()) if bound is not None and exact(bound.strip()) is not None else None
        return bound if near is None else str(near)

    near = _binary_near(kind, text)
    also = replace(
        facets,
        min_inclusive=read(facets.min_inclusive),
        max_inclusive=read(facets.max_inclusive),
        min_exclusive=read(facets.min_exclusive),
        max_exclusive=read(facets.max_exclusive),
    )
    return near is not None and within(near, facets) and within(near, also)


def _binary_near(kind: Kind, text: str) -> Decimal | None:
    """The value of the nearest binary number; None when there is none so large."""
    value = float(text)
    if kind is not Kind.FLOAT:
        return Decimal(value) if isfinite(value) else None
    try:
        return Decimal(struct.unpack("f", struct.pack("f", value))[0])
    except OverflowError:
        return None


def _is_long_fraction(text: str, kind: Kind) -> bool:
    """Validators of JSON compare it with a whole bound of its size as binary numbers, even if they know decimals."""
    return kind is Kind.DECIMAL and "." in text and abs(Decimal(text)) >= 2**53


def _bounded(facets: Facets) -> bool:
    return any((facets.min_inclusive, facets.min_exclusive, facets.max_inclusive, facets.max_exclusive))


def _numbers(scalar: Scalar) -> Iterator[Edge]:
    facets = scalar.facets
    yield from _digits(facets)
    named = {
        "minInclusive": facets.min_inclusive,
        "maxInclusive": facets.max_inclusive,
        "minExclusive": facets.min_exclusive,
        "maxExclusive": facets.max_exclusive,
    }
    for label, bound in named.items():
        value = exact(bound.strip()) if bound is not None else None
        if value is not None and value.adjusted() < 400:
            yield from ((f"{label}{step:+f}" if step else label, _plain(value, step)) for step in _STEPS)
    yield from NUMBER_EDGES[scalar.kind]


def _plain(value: Decimal, step: Decimal) -> str:
    """Without an exponent and without rounding, which the default context does beyond 28 digits."""
    places = max(-int(value.as_tuple().exponent), -int(step.as_tuple().exponent), 0)
    whole = int(value.scaleb(places, _WIDE)) + int(step.scaleb(places, _WIDE))
    text = str(abs(whole)).rjust(places + 1, "0")
    text = f"{text[:-places]}.{text[-places:]}" if places else text
    return f"-{text}" if whole < 0 else text


def _digits(facets: Facets) -> Iterator[Edge]:
    total, fraction = facets.total_digits, facets.fraction_digits
    if total is not None and total <= LONGEST_MAX:
        nines = "9" * (total - (fraction or 0))
        text = f"{nines or '0'}.{'9' * fraction}" if fraction else nines
        yield from (("totalDigits", text), ("totalDigits, minus", f"-{text}"), ("totalDigits, whole", "9" * total))
    if fraction and fraction <= LONGEST_MAX:
        yield "fractionDigits", f"0.{'0' * (fraction - 1)}1"


def _dates(scalar: Scalar) -> Iterator[Edge]:
    """Only a bound itself is known to be within the bounds: the order of dates is not known here."""
    facets = scalar.facets
    if _bounded(facets):
        listed = [("minInclusive", facets.min_inclusive), ("maxInclusive", facets.max_inclusive)]
        yield from ((label, text.strip()) for label, text in listed if text is not None)
        return
    for label, text in DATE_EDGES[scalar.kind]:
        if _of_its_name(scalar.name, text):
            yield label, text


def _of_its_name(name: str, text: str) -> bool:
    """The date types that came after version 1.0 are narrower than their kind."""
    if name == "dateTimeStamp":
        return text[-1] == "Z" or text[-6] in "+-"
    days, _, clock = text.partition("T")
    if name == "dayTimeDuration":
        return not set("YM") & set(days)
    return name != "yearMonthDuration" or not (clock or "D" in days)
