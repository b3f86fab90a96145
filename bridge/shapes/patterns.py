"""XML Schema patterns for validation (linear in the text, whatever the pattern), for JSON Schema, and for samples.

A pattern always means the whole text. `fits` is what a codec should ask: a pattern comes from a stranger's contract
and the text from a stranger's request, so it never backtracks without bound. Texts are bounded by the body limit.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from functools import lru_cache

from bridge.shapes import charsets
from bridge.shapes.charsets import Charset
from bridge.shapes.pattern_linear import Walk, is_tame
from bridge.shapes.pattern_syntax import Alternatives, BadPattern, Chars, Node, Repeat, parse
from bridge.shapes.pattern_syntax import Sequence as Series

ECMA_LENGTH_MAX = 20_000
ECMA_WEIGHT_MAX = 30_000
"""Engines that build automata refuse patterns whose classes and counts multiply beyond this."""

_SURROGATES: Charset = ((0xD800, 0xDFFF),)
Matcher = Callable[[str], bool]


def fits(pattern: str, text: str) -> bool:
    """Whether the whole text matches. Raises BadPattern."""
    return matcher(pattern)(text)


@lru_cache(maxsize=4096)
def matcher(pattern: str) -> Matcher:
    """The compiled test: Python's engine where that is harmless, else a linear walk. Raises BadPattern."""
    node = parse(pattern)
    if is_tame(node):
        match = compile_xsd(pattern).fullmatch
        return lambda text: match(text) is not None
    return Walk(node).fits


@lru_cache(maxsize=4096)
def compile_xsd(pattern: str) -> re.Pattern[str]:
    """As an anchored Python expression. It may backtrack: use `fits` on foreign text. Raises BadPattern."""
    return re.compile(rf"\A(?:{_source(parse(pattern), _python_class)})\Z")


def is_usable(pattern: str) -> bool:
    try:
        matcher(pattern)
    except BadPattern:
        return False
    return True


@lru_cache(maxsize=4096)
def ecma(pattern: str) -> str | None:
    r"""For JSON Schema (ECMA-262, also read alike by Python and Rust), anchored; None if there is no reasonable form.

    Only characters that XML can carry are let through. `\d` is written as `[0-9]`: narrower than the contract, which
    takes the digits of every script, and what a reader of the document expects.
    """
    try:
        node = parse(pattern, digits=charsets.ASCII_DIGITS)
    except BadPattern:
        return None
    if _weight(node) > ECMA_WEIGHT_MAX:
        return None
    source = _source(node, _ecma_class)
    whole = f"^(?:{source})$" if isinstance(node, Alternatives) else f"^{source}$"
    return whole if len(whole) <= ECMA_LENGTH_MAX else None


def example_for(
    patterns: Sequence[str], length_min: int = 0, length_max: int | None = None, *, seed: int = 0
) -> str | None:
    """A text that all patterns match, within the lengths; None if none was found. The same seed, the same text."""
    tests = [matcher(pattern) for pattern in patterns if is_usable(pattern)]
    top = length_min + 200 if length_max is None else length_max
    for pattern in reversed([pattern for pattern in patterns if is_usable(pattern)]):
        node = parse(pattern)
        least = _least(node)
        for attempt in range(60):
            target = max(length_min, least) + (attempt % 7 if attempt else 2)
            text = _Writer(seed + attempt, min(target, max(top, least)) - least).write(node)
            if length_min <= len(text) <= top and all(test(text) for test in tests):
                return text
    return None


# ── writing expressions ──────────────────────────────────────────────────────────────────────────────────────────


def _source(node: Node, write: Callable[[Charset], str]) -> str:
    match node:
        case Chars(chars):
            return write(chars)
        case Series(items):
            parts = (_source(item, write) for item in items)
            return "".join(
                f"(?:{p})" if isinstance(item, Alternatives) else p for item, p in zip(items, parts, strict=True)
            )
        case Alternatives(items):
            return "|".join(_source(item, write) for item in items)
        case Repeat(item, low, high):
            inner = _source(item, write)
            return (inner if isinstance(item, Chars) else f"(?:{inner})") + _quantity(low, high)


def _quantity(low: int, high: int | None) -> str:
    short = {(0, 1): "?", (0, None): "*", (1, None): "+", (1, 1): ""}.get((low, high))
    if short is not None:
        return short
    return f"{{{low}}}" if low == high else f"{{{low},{'' if high is None else high}}}"


def _python_class(chars: Charset) -> str:
    many = len(chars) > 20  # looking up all decimal digits of Unicode takes a moment the first time
    return r"\d" if many and chars == charsets.category("Nd") else _class(chars, _python_char)


def _ecma_class(chars: Charset) -> str:
    return _class(charsets.both(chars, charsets.XML_CHARACTERS), _ecma_char)


def _class(chars: Charset, write: Callable[[int], str]) -> str:
    # Surrogates are no characters: leaving them out of a negated class changes nothing and some engines refuse them.
    others = charsets.minus(charsets.complement(chars), _SURROGATES)
    if not chars:
        return r"[^\s\S]"
    if not others:
        return r"[\s\S]"
    if len(chars) == 1 and chars[0][0] == chars[0][1]:
        return write(chars[0][0]) if chr(chars[0][0]) not in "^-" else "\\^" if chars[0][0] == 0x5E else "-"
    return min(_ranges("[", chars, write), _ranges("[^", others, write), key=len)


def _ranges(opening: str, chars: Charset, write: Callable[[int], str]) -> str:
    spans = (
        write(a) if a == b else f"{write(a)}{write(b)}" if b == a + 1 else f"{write(a)}-{write(b)}" for a, b in chars
    )
    return opening + "".join(spans) + "]"


def _python_char(point: int) -> str:
    if point < 0x80:
        return re.escape(chr(point))
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"


def _ecma_char(point: int) -> str:
    """Escapes that Unicode mode allows; above U+FFFF the character itself, which every dialect reads."""
    character = chr(point)
    if character in "^$\\.*+?()[]{}|/-":
        return "\\" + character
    if point > 0xFFFF or character.isprintable():
        return character
    return f"\\u{point:04x}"


def _weight(node: Node) -> int:
    match node:
        case Chars(chars):
            return len(chars)
        case Series(items) | Alternatives(items):
            return sum(map(_weight, items))
        case Repeat(item, low, high):
            return _weight(item) * max(low, high or 1, 1)


# ── writing samples ──────────────────────────────────────────────────────────────────────────────────────────────


def _least(node: Node) -> int:
    match node:
        case Chars():
            return 1
        case Series(items):
            return sum(map(_least, items))
        case Alternatives(items):
            return min(map(_least, items))
        case Repeat(item, low, _):
            return low * _least(item)


class _Writer:
    """Walks the tree; `spare` characters more than the least may be written."""

    def __init__(self, seed: int, spare: int) -> None:
        self.state = seed * 2654435761 + 12345
        self.spare = max(spare, 0)

    def dice(self, sides: int) -> int:
        self.state = (self.state * 6364136223846793005 + 1442695040888963407) % 2**64
        return (self.state >> 33) % sides

    def write(self, node: Node) -> str:
        match node:
            case Chars(chars):
                return self.character(chars)
            case Series(items):
                return "".join(map(self.write, items))
            case Alternatives(items):
                least = _least(node)
                affordable = [item for item in items if _least(item) - least <= self.spare]
                chosen = affordable[self.dice(len(affordable))]
                self.spare -= _least(chosen) - least
                return self.write(chosen)
            case Repeat(item, low, high):
                each = max(_least(item), 1)
                room = self.spare // each if high is None else min(self.spare // each, high - low)
                self.spare -= room * each
                return "".join(self.write(item) for _ in range(low + room))

    def character(self, chars: Charset) -> str:
        for likely in _LIKELY:
            found = [character for character in likely if charsets.holds(chars, character)]
            if found:
                return found[self.dice(len(found))]
        usable = charsets.both(chars, charsets.XML_CHARACTERS) or chars
        return chr(usable[0][0]) if usable else ""


_LIKELY = ("ABCDEFGHIJKLMNOPQRSTUVWXYZ", "0123456789", "abcdefghijklmnopqrstuvwxyz", "".join(map(chr, range(32, 127))))
