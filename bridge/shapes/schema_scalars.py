"""Scalars as JSON Schema: exactly the JSON values that a codec takes for them, as far as the language can say it.

Not said: bounds of dates, patterns over the digits of a JSON number. `format` is used nowhere, because the texts of
XML Schema are wider than those of RFC 3339 (a time zone is optional, 24:00:00 is a time).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from decimal import Decimal

from bridge.call import JsonValue
from bridge.shapes import charsets, patterns
from bridge.shapes.json import Number, dumps
from bridge.shapes.lexical import (
    BASE64,
    BINARY,
    CLARK_NAME,
    COLLAPSED,
    DATES,
    EXAMPLES,
    FLOATS,
    JSON_NUMBER,
    NAMES,
    NUMBERS,
    TEXT,
    value_of,
)
from bridge.shapes.model import Facets, Kind, Scalar
from bridge.shapes.numbers import exact, json_number
from bridge.shapes.pattern_syntax import admits, parse

Json = dict[str, JsonValue]
DIGIT_WAYS_MAX = 8
DIGITS_MAX = 1_000
REPEAT_MAX = 1000


def text_pattern(pattern: str = TEXT) -> str:
    source = patterns.ecma(pattern)
    if source is None:
        raise ValueError(pattern)
    return source


def _shared(pattern: str, description: str, example: str) -> Json:
    return {"type": "string", "pattern": text_pattern(pattern), "description": description, "examples": [example]}


def _component(kind: Kind) -> str:
    return kind.value[0].upper() + kind.value[1:]


SHARED: dict[str, Json] = {
    "QualifiedName": _shared(CLARK_NAME, "`{namespace}local`, or `local` without one.", "{urn:example}name"),
    **{
        _component(kind): _shared(pattern, f"`xs:{kind.value}` of XML Schema", EXAMPLES[kind])
        for kind, pattern in DATES.items()
    },
}
"""Components that every document may refer to; their names have no prefix."""


def scalar_schema(scalar: Scalar, refer: Callable[[str], Json]) -> Json:
    """`refer` gives the reference to a shared component."""
    facets = scalar.facets
    if scalar.kind is Kind.BOOLEAN:
        return {"type": "boolean"}
    if scalar.kind in NAMES:
        return refer("QualifiedName")
    if scalar.kind in BINARY:
        return _binary(facets) | _media(scalar.media)
    if scalar.kind in NUMBERS:
        return _enumerated(scalar) or (_number_text(scalar) if scalar.as_text else _number(scalar))
    if scalar.kind in DATES:
        shared = refer(_component(scalar.kind))
        return _enumerated(scalar) or shared | _patterns(facets.patterns)
    white_space = facets.white_space if scalar.kind is Kind.STRING else "collapse"
    return _enumerated(scalar) or {"type": "string"} | _lengths(facets) | _patterns(_text_patterns(facets, white_space))


def _enumerated(scalar: Scalar) -> Json | None:
    if scalar.facets.enumeration is None:
        return None
    values = dict.fromkeys(map(dumps, _values(scalar)))
    number = scalar.kind in NUMBERS and not scalar.as_text and all(not text.startswith('"') for text in values)
    kind: Json = {} if scalar.kind in FLOATS and not number else {"type": "number" if number else "string"}
    return {**kind, "enum": _unique(_values(scalar))} if values else None


def _values(scalar: Scalar) -> Iterable[JsonValue]:
    for text in scalar.facets.enumeration or ():
        try:
            yield value_of(scalar, text)
        except ValueError:
            continue  # a value that is none of its own kind can never be sent


def _unique(values: Iterable[JsonValue]) -> list[JsonValue]:
    return list({_same(value): value for value in values}.values())


def _same(value: JsonValue) -> object:
    return exact(value) if isinstance(value, Number) else value


# ── texts ────────────────────────────────────────────────────────────────────────────────────────────────────────


def _text_patterns(facets: Facets, white_space: str) -> tuple[str, ...]:
    """Facets hold for the text after white space is normalised, so where they matter it has to come normalised."""
    known = tuple(pattern for pattern in facets.patterns if patterns.ecma(pattern) is not None)
    measured = facets.length is not None or facets.min_length or facets.max_length is not None
    if white_space != "preserve" and (known or measured):
        spaced = all(admits(parse(pattern), charsets.SPACE) for pattern in known)
        if spaced:
            known += (COLLAPSED if white_space == "collapse" else r"[^\t\n\r]*",)
    return known or (TEXT,)


def _patterns(known: Iterable[str]) -> Json:
    sources = [source for source in map(patterns.ecma, known) if source is not None]
    result: Json = {"pattern": sources[0]} if sources else {}
    if sources[1:]:
        result["allOf"] = [{"pattern": source} for source in sources[1:]]
    return result


def _lengths(facets: Facets) -> Json:
    low = max((each for each in (facets.length, facets.min_length) if each), default=0)
    highs = [each for each in (facets.length, facets.max_length) if each is not None]
    result: Json = {"minLength": Number(low)} if low else {}
    if highs:
        result["maxLength"] = Number(min(highs))
    return result


def _binary(facets: Facets) -> Json:
    """Lengths count bytes: three of them are four characters, and the padding tells how many the last group holds."""
    low = max(facets.length or 0, facets.min_length or 0)
    highs = [each for each in (facets.length, facets.max_length) if each is not None]
    high = min(highs) if highs else None
    result: Json = {"type": "string", "contentEncoding": "base64"}
    if low:
        result["minLength"] = Number(-(-low // 3) * 4)
    if high is not None:
        result["maxLength"] = Number(-(-high // 3) * 4)
    fine = (low or high is not None) and max(low, high or 0) <= REPEAT_MAX * 3
    return result | _patterns([_base64_between(low, high) if fine else BASE64])


def _media(media: str) -> Json:
    """A schema can name one type; of several, or of a whole family such as image/*, it can say nothing."""
    plain = media.partition(";")[0].strip()
    return {"contentMediaType": plain} if plain and not set(media) & {"*", ","} else {}


def _base64_between(low: int, high: int | None) -> str:
    tails = ("", "[A-Za-z0-9+/]{2}==", "[A-Za-z0-9+/]{3}=")
    ways = []
    for extra, tail in enumerate(tails):
        least = max(-(-(low - extra) // 3), 0)
        most = None if high is None else (high - extra) // 3
        if most is None or most >= least:
            ways.append(f"([A-Za-z0-9+/]{{4}}){{{least},{'' if most is None else most}}}{tail}")
    return "|".join(ways) or r"[^\s\S]"


# ── numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


def _number_text(scalar: Scalar) -> Json:
    whole = scalar.kind is Kind.INTEGER
    known = [pattern for pattern in scalar.facets.patterns if patterns.is_usable(pattern)]
    return {"type": "string", **_patterns(["-?(0|[1-9][0-9]*)" if whole else JSON_NUMBER, *known])}


def _number(scalar: Scalar) -> Json:
    facets = scalar.facets
    if scalar.kind in FLOATS:
        number: Json = {"type": "number", **_bounds(facets)}
        special = list(_special(facets))
        return {"anyOf": [number, {"enum": special}]} if special else number
    whole = scalar.kind is Kind.INTEGER or facets.fraction_digits == 0
    return {"type": "integer" if whole else "number", **_bounds(facets), **_digits(facets, whole=whole)}


def _special(facets: Facets) -> Iterable[JsonValue]:
    low = any(exact(bound) is not None for bound in (facets.min_inclusive, facets.min_exclusive) if bound)
    high = any(exact(bound) is not None for bound in (facets.max_inclusive, facets.max_exclusive) if bound)
    if not high and facets.max_exclusive is None:
        yield "INF"
    if not low and facets.min_exclusive is None:
        yield "-INF"
    if not (low or high):
        yield "NaN"


def _bounds(facets: Facets) -> Json:
    named = {
        "minimum": facets.min_inclusive,
        "maximum": facets.max_inclusive,
        "exclusiveMinimum": facets.min_exclusive,
        "exclusiveMaximum": facets.max_exclusive,
    }
    found = {name: json_number(text.strip()) for name, text in named.items() if text is not None}
    return {name: number for name, number in found.items() if number is not None}


def _digits(facets: Facets, *, whole: bool) -> Json:
    total, fraction = facets.total_digits, 0 if whole else facets.fraction_digits
    if max(total or 0, fraction or 0) > DIGITS_MAX:
        return {}  # written out, the bound would be as long as it is large
    if total is None:
        return {} if fraction is None or whole else {"multipleOf": _step(fraction)}
    most = min(total if fraction is None else fraction, total)
    if most == 0:
        return {"allOf": [_way(total, 0)]}
    if most >= DIGIT_WAYS_MAX:
        return {
            "allOf": [_way(total, 0, step=False)],
            **({"multipleOf": _step(most)} if most <= DIGIT_WAYS_MAX else {}),
        }
    return {"anyOf": [_way(total - places, places) for places in range(most + 1)]}


def _way(whole: int, places: int, *, step: bool = True) -> Json:
    limit = "1" + "0" * whole
    bounds: Json = {"exclusiveMinimum": Number("-" + limit), "exclusiveMaximum": Number(limit)}
    return bounds | ({"multipleOf": _step(places)} if step else {})


def _step(places: int) -> Number:
    return Number("1" if places == 0 else format(Decimal(1).scaleb(-places), "f"))
