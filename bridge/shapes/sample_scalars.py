"""One sample text or number for a scalar: likely by the name of its key, and always within its facets."""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Iterator
from decimal import Decimal

from bridge.call import JsonValue
from bridge.shapes import patterns
from bridge.shapes.lexical import BINARY, DATES, EXAMPLES, FLOATS, NAMES, NUMBERS, normalised, value_of
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.naming import words
from bridge.shapes.numbers import SPECIAL, digits, exact, plain

LIKELY = {
    "email": "ada@example.com",
    "mail": "ada@example.com",
    "phone": "+15550100",
    "fax": "+15550101",
    "country": "DE",
    "currency": "EUR",
    "language": "en",
    "locale": "en",
    "city": "Berlin",
    "street": "Main Street 1",
    "zip": "10115",
    "postcode": "10115",
    "url": "https://example.com/",
    "uri": "https://example.com/",
    "firstname": "Ada",
    "lastname": "Lovelace",
    "id": "A-1001",
    "no": "A-1001",
    "number": "A-1001",
    "code": "A1",
    "sku": "SKU-1",
    "name": "Ada Lovelace",
    "comment": "A note",
    "description": "A note",
}
_FILL = "abcdefghijklmnopqrstuvwxyz"
_LENGTH_MAX = 100_000


class NoSample(ValueError):
    """No value fits: the contract contradicts itself here, or is beyond what we can make up."""


def sample_scalar(scalar: Scalar, key: str, seed: int) -> JsonValue:
    """Raises NoSample."""
    for text in _candidates(scalar, key, seed):
        if fits_scalar(scalar, text):
            try:
                return value_of(scalar, text)
            except ValueError:
                continue
    raise NoSample(f"no sample for {key or scalar.kind.value}")


def _candidates(scalar: Scalar, key: str, seed: int) -> Iterator[str]:
    facets, kind = scalar.facets, scalar.kind
    if facets.enumeration and kind not in BINARY | NAMES:
        start = seed % len(facets.enumeration)
        yield from (text for text in (*facets.enumeration[start:], *facets.enumeration[:start]) if text not in SPECIAL)
        return
    if kind is Kind.BOOLEAN:
        yield "true" if seed % 2 == 0 else "false"
    elif kind in BINARY:
        yield _bytes(kind, facets)
    elif kind in NAMES:
        yield "name"
    elif kind in NUMBERS:
        yield from _numbers(scalar, seed)
    elif kind in DATES:
        yield from _dates(scalar, seed)
    else:
        yield from _texts(facets, key, seed, uri=kind is Kind.URI)


def fits_scalar(scalar: Scalar, text: str) -> bool:
    """Whether a text is within the facets; enumerations and the bounds of dates are not looked at."""
    facets, kind = scalar.facets, scalar.kind
    if kind in BINARY | NAMES or kind is Kind.BOOLEAN:
        return True
    lexical = DATES.get(kind)
    if lexical and not patterns.fits(lexical, text):
        return False
    if kind in NUMBERS:
        text_ok = _number_fits(scalar, text)
    else:
        low, high = _span(facets)
        text = normalised(text, facets.white_space if kind is Kind.STRING else "collapse")
        text_ok = kind in DATES or (low <= len(text) and (high is None or len(text) <= high))
    usable = (pattern for pattern in facets.patterns if patterns.is_usable(pattern))
    return text_ok and all(patterns.fits(pattern, text) for pattern in usable)


# ── texts and bytes ──────────────────────────────────────────────────────────────────────────────────────────────


def _span(facets: Facets) -> tuple[int, int | None]:
    highs = [each for each in (facets.length, facets.max_length) if each is not None]
    return max(facets.length or 0, facets.min_length or 0), min(highs) if highs else None


def _texts(facets: Facets, key: str, seed: int, *, uri: bool) -> Iterator[str]:
    low, high = _span(facets)
    if low > _LENGTH_MAX:
        raise NoSample(f"{key} must be {low} characters long")
    if facets.patterns:
        found = patterns.example_for(facets.patterns, low, high, seed=seed)
        if found is not None:
            yield found
    text = "https://example.com/" if uri else _likely(key)
    yield text
    longer = text + _FILL * (max(low - len(text), 0) // len(_FILL) + 1)
    yield longer[: max(low, 1) if high is None else max(min(high, max(low, len(text))), low)].strip() or ""
    yield longer[:low]
    yield (_FILL * (low // len(_FILL) + 1))[: max(low, 1)]
    yield ""


def _likely(key: str) -> str:
    parts = words(key)
    found = next((LIKELY[part] for part in ("".join(parts), *reversed(parts)) if part in LIKELY), None)
    return found or " ".join(parts) or "text"


def _bytes(kind: Kind, facets: Facets) -> str:
    low, high = _span(facets)
    size = low or (3 if high is None else min(3, high))
    if size > _LENGTH_MAX or (high is not None and low > high):
        raise NoSample("no bytes of that length")
    raw = bytes(65 + index % 26 for index in range(size))
    return raw.hex().upper() if kind is Kind.HEX else b64encode(raw).decode()


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _numbers(scalar: Scalar, seed: int) -> Iterator[str]:
    facets = scalar.facets
    usable = [pattern for pattern in facets.patterns if patterns.is_usable(pattern)]
    if usable:
        for each in range(20):
            yield patterns.example_for(usable, seed=seed + each) or ""
    whole = scalar.kind is Kind.INTEGER or facets.fraction_digits == 0
    yield str(1 + seed % 9) if whole else f"{1 + seed % 9}.5"
    yield str(1 + seed % 9)
    bounds = [
        exact(text.strip())
        for text in (facets.min_inclusive, facets.min_exclusive, facets.max_inclusive, facets.max_exclusive)
        if text is not None
    ]
    known = [bound for bound in bounds if bound is not None and bound.adjusted() < 400]
    for bound in known:
        yield from (_text(bound + step) for step in _STEPS)
    if len(known) > 1:
        yield _text((min(known) + max(known)) / 2)
    yield "0"


_STEPS = [Decimal(step) for step in ("0", "1", "-1", "0.1", "-0.1", "0.01", "-0.01", "0.0001", "-0.0001")]


def _text(value: Decimal) -> str:
    text = format(value, "f")
    return text.rstrip("0").rstrip(".") if "." in text else text


def _number_fits(scalar: Scalar, text: str) -> bool:
    value = exact(text)
    if value is None or (scalar.kind not in FLOATS and plain(text) is None):
        return False
    facets = scalar.facets
    total, fraction = digits(text)
    whole = scalar.kind is Kind.INTEGER
    return (
        within(value, facets)
        and (not whole or (fraction == 0 and "." not in text))
        and (facets.total_digits is None or total <= facets.total_digits)
        and (facets.fraction_digits is None or fraction <= facets.fraction_digits)
    )


def within(value: Decimal, facets: Facets) -> bool:
    """Whether a number is within the bounds, which are taken exactly."""

    def bound(text: str | None) -> Decimal | None:
        return None if text is None else exact(text.strip())

    low, above = bound(facets.min_inclusive), bound(facets.min_exclusive)
    high, below = bound(facets.max_inclusive), bound(facets.max_exclusive)
    return (
        (low is None or value >= low)
        and (above is None or value > above)
        and (high is None or value <= high)
        and (below is None or value < below)
    )


# ── dates ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _dates(scalar: Scalar, seed: int) -> Iterator[str]:
    """With bounds, only a bound itself is known to be near enough to all of them."""
    facets = scalar.facets
    inclusive = [text for text in (facets.min_inclusive, facets.max_inclusive) if text is not None]
    yield from inclusive
    usable = [pattern for pattern in facets.patterns if patterns.is_usable(pattern)]
    yield EXAMPLES[scalar.kind]
    yield EXAMPLES[scalar.kind].rstrip("Z")
    yield EXAMPLES[scalar.kind].replace("P1DT12H", "P1D")
    yield EXAMPLES[scalar.kind].replace("P1DT12H", "P1Y")
    for each in range(20 if usable else 0):
        yield patterns.example_for([*usable, DATES[scalar.kind]], seed=seed + each) or ""
