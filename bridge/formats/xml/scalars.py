"""One value between JSON and XML text, both ways, compiled from a simple type.

Encoding is strict: every facet is checked and a readable reason given. Decoding checks only the lexical form (what a
kind must look like to be a value at all); judging facets of an answer is not the bridge's business.
"""

from __future__ import annotations

import re
from base64 import b64decode, b64encode
from collections.abc import Callable
from dataclasses import dataclass, replace

from bridge.call import JsonValue
from bridge.formats.xml import dates
from bridge.formats.xml.attached import REFERENCE, Attached
from bridge.formats.xml.facets import Check, text_checks, value_checks
from bridge.formats.xml.scalar_numbers import (
    BLANKS,
    Unfit,
    boolean_json,
    decimal_json,
    decimal_text,
    float_json,
    float_text,
    integer_json,
    integer_text,
    odd_boolean_json,
    odd_decimal_json,
    odd_integer_json,
)
from bridge.formats.xml.writing import is_name
from bridge.shapes.json import Number, quote
from bridge.shapes.model import Facets, Kind

ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")
"""What XML 1.0 cannot carry (§2.2)."""

SPACE = re.compile("[ \t\n\r]+")
_BLANKS = str.maketrans("\t\n\r", "   ")
_JSON_NUMBER = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?(?:[eE][+-]?\d+)?", re.ASCII)
_BASE64 = re.compile(r"[A-Za-z0-9+/]*+={0,2}", re.ASCII)
_CANONICAL = re.compile(r"[A-Za-z0-9+/]*+(?:(?<=[AQgw])==|(?<=[AEIMQUYcgkosw048])=)?", re.ASCII)  # no bit is left over
_HEX = re.compile(r"[0-9a-fA-F]*+", re.ASCII)

BAD_DATE = "bad-date"
"""The oddity that somebody asked for by name, so that strictness does not refuse it."""
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT, Kind.DOUBLE})


@dataclass(frozen=True, slots=True)
class ScalarCodec:
    """`to_text`: JSON value → XML text, not yet escaped; raises Unfit. `to_json`: XML text → JSON text; raises Unfit.

    `plain`: the text needs no escaping. `blank`: an empty element is a value (strings, binary, lists).
    `names`: words of the text may be names, `{namespace}local` on our side and `prefix:local` on the wire.
    `number`: the JSON is a number, so equality is that of values.
    `odd`: reads texts that are none of the kind and yet mean one value only; raises Unfit. They are counted as
    `oddity`. `loose`: the codec that takes values outside the facets, where requests may have them. `binary`: the
    kind where it is one; `reference`: what stands in the text only names the bytes."""

    to_text: Callable[[JsonValue], str]
    to_json: Callable[[str], str]
    plain: bool = False
    blank: bool = False
    names: bool = False
    number: bool = False
    odd: Callable[[str], str] | None = None
    oddity: str = ""
    loose: ScalarCodec | None = None
    binary: Kind | None = None
    reference: bool = False


def collapse(text: str) -> str:
    return SPACE.sub(" ", text).strip(" ")


def atomic(kind: Kind, facets: Facets, *, as_text: bool = False, bad_dates: bool = False) -> ScalarCodec:
    """The codec of one atomic type. `as_text`: a number is a JSON string; `bad_dates`: an unreadable date passes."""
    if kind is Kind.STRING:
        return _string(facets)
    if kind is Kind.BOOLEAN:
        return _boolean(facets)
    if kind in NUMBERS:
        return _number(kind, facets, as_text=as_text)
    if kind in dates.LEXICAL:
        return _date(kind, facets, lenient=bad_dates)
    if kind in {Kind.BASE64, Kind.HEX}:
        return _binary(kind, facets)
    if kind in {Kind.QNAME, Kind.NOTATION}:
        return _name(facets)
    return _string(replace(facets, white_space="collapse"))


def _unbroken(text: str) -> str:
    return text.translate(_BLANKS)


def apply(checks: tuple[Check, ...], value: object) -> None:
    """Raises Unfit with the first reason."""
    for check in checks:
        reason = check(value)
        if reason:
            raise Unfit(reason)


def _string(facets: Facets) -> ScalarCodec:
    space = {"collapse": collapse, "replace": _unbroken}.get(facets.white_space)
    checks = (*text_checks(facets, "characters", len), *value_checks(facets))

    def to_text(value: JsonValue) -> str:
        if type(value) is not str:
            raise Unfit("must be a string")
        if ILLEGAL.search(value):
            raise Unfit("holds a character that XML cannot carry")
        text = space(value) if space else value
        if checks:
            apply(checks, text)
        return text

    to_json: Callable[[str], str] = (lambda text: quote(space(text))) if space else quote
    return ScalarCodec(to_text, to_json, blank=True)


def _boolean(facets: Facets) -> ScalarCodec:
    checks = value_checks(facets)

    def to_text(value: JsonValue) -> str:
        if type(value) is not bool:
            raise Unfit("must be true or false")
        word, digit = ("true", "1") if value else ("false", "0")
        if checks and not _fits(checks, word) and _fits(checks, digit):
            return digit  # a pattern may want the other spelling
        apply(checks, word)
        return word

    return ScalarCodec(to_text, boolean_json, plain=True, odd=odd_boolean_json, oddity="odd-boolean")


def _fits(checks: tuple[Check, ...], text: str) -> bool:
    return not any(check(text) for check in checks)


def _number(kind: Kind, facets: Facets, *, as_text: bool) -> ScalarCodec:
    checks = value_checks(facets, number=True)
    write = {Kind.INTEGER: integer_text, Kind.DECIMAL: decimal_text}.get(kind, float_text)
    read = {Kind.INTEGER: integer_json, Kind.DECIMAL: decimal_json}.get(kind, float_json)
    noun = "a whole number" if kind is Kind.INTEGER else "a number"

    def to_text(value: JsonValue) -> str:
        if as_text and type(value) is str and _JSON_NUMBER.fullmatch(value):
            value = Number(value)
        elif as_text and type(value) is Number:
            raise Unfit(f"must be {noun} written as a string")
        text = write(value)
        if checks:
            apply(checks, text)
        return text

    exact = kind in {Kind.INTEGER, Kind.DECIMAL}
    odd: Callable[[str], str] | None = {Kind.INTEGER: odd_integer_json, Kind.DECIMAL: odd_decimal_json}.get(kind)
    to_json = _as_text(read) if as_text else read
    if odd and as_text:
        odd = _as_text(odd)
    return ScalarCodec(to_text, to_json, plain=True, number=not as_text and exact, odd=odd, oddity="odd-number")


def _quoted(json: str) -> str:
    return json if json[0] == '"' else f'"{json}"'


def _as_text(read: Callable[[str], str]) -> Callable[[str], str]:
    return lambda text: _quoted(read(text))


def _date(kind: Kind, facets: Facets, *, lenient: bool) -> ScalarCodec:
    checks = value_checks(facets, order=lambda text: dates.order_key(kind, text))

    def to_text(value: JsonValue) -> str:
        if type(value) is not str or not dates.valid(kind, value):
            raise Unfit(f"must be a string of the form {_FORMS[kind]}")
        if checks:
            apply(checks, value)
        return value

    def to_json(text: str) -> str:
        text = text.strip(BLANKS)
        if not dates.valid(kind, text):
            raise Unfit(f"is no {kind.value}: {text[:40]!r}")
        return quote(text)

    as_it_is = (lambda text: quote(text.strip(BLANKS))) if lenient else None
    return ScalarCodec(to_text, to_json, odd=as_it_is, oddity=BAD_DATE if lenient else "")


_FORMS = {
    Kind.DATETIME: "2026-01-31T23:59:59Z",
    Kind.DATE: "2026-01-31",
    Kind.TIME: "23:59:59",
    Kind.YEAR_MONTH: "2026-01",
    Kind.YEAR: "2026",
    Kind.MONTH_DAY: "--01-31",
    Kind.DAY: "---31",
    Kind.MONTH: "--01",
    Kind.DURATION: "P1DT12H",
}


def _binary(kind: Kind, facets: Facets) -> ScalarCodec:
    checks = text_checks(facets, "bytes", len)
    written = value_checks(replace(facets, enumeration=None))
    allowed = _bytes_of(kind, facets.enumeration)

    def to_text(value: JsonValue) -> str:
        if type(value) is Attached:
            apply(checks, range(value.length))  # of a file nothing is judged but its length
            return value.hole(kind)
        if type(value) is not str or len(value) % 4 or not _CANONICAL.fullmatch(value):
            raise Unfit("must be a string in base64")
        if kind is Kind.BASE64 and not checks and not written and allowed is None:
            return value
        raw = b64decode(value)
        apply(checks, raw)
        if allowed is not None and raw not in allowed:
            raise Unfit("is none of the allowed values")
        text = value if kind is Kind.BASE64 else raw.hex().upper()
        apply(written, text)
        return text

    def to_json(text: str) -> str:
        return f'"{b64encode(_bytes(kind, text)).decode()}"' if kind is Kind.HEX else f'"{_checked(text)}"'

    return ScalarCodec(to_text, to_json, plain=True, blank=True, binary=kind)


def reference() -> ScalarCodec:
    """A swaRef. What an answer refers to is put in later, by whoever has the attachments."""
    plain = _binary(Kind.BASE64, Facets())

    def to_json(text: str) -> str:
        bare = text.strip(BLANKS)
        return f'"{REFERENCE}{quote(bare)[1:]}' if bare[:4].lower() == "cid:" else plain.to_json(bare)

    return replace(plain, to_json=to_json, blank=False, reference=True)


def _checked(text: str) -> str:
    bare = SPACE.sub("", text)
    if len(bare) % 4 or not _BASE64.fullmatch(bare):
        raise Unfit("is not base64")
    return bare


def _bytes(kind: Kind, text: str) -> bytes:
    if kind is Kind.BASE64:
        return b64decode(_checked(text))
    bare = SPACE.sub("", text)
    if len(bare) % 2 or not _HEX.fullmatch(bare):
        raise Unfit("is not hexadecimal")
    return bytes.fromhex(bare)


def _bytes_of(kind: Kind, texts: tuple[str, ...] | None) -> frozenset[bytes] | None:
    if texts is None:
        return None
    found = set()
    for text in texts:
        try:
            found.add(_bytes(kind, text))
        except Unfit:
            continue  # an enumerated value that is none of its own type is never met
    return frozenset(found)


def _name(facets: Facets) -> ScalarCodec:
    # Patterns are about the spelling with a prefix, which is ours to choose.
    checks = value_checks(replace(facets, patterns=()))

    def to_text(value: JsonValue) -> str:
        if type(value) is not str or not is_name(value):
            raise Unfit("must be a name of the form {namespace}local")
        apply(checks, value)
        return value

    return ScalarCodec(to_text, lambda text: quote(collapse(text)), names=True)
