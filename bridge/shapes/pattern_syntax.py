"""Reads a regular expression of XML Schema part 2 (appendix F) into a tree.

There are no anchors, groups, back references or lazy quantifiers in that language: `^` and `$` are characters. Some
habits of other dialects that have no other meaning here are read kindly (`(?:`, an unescaped `-` or `[` in a class).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import NoReturn

from bridge.shapes import charsets
from bridge.shapes.charsets import Charset

_QUANTITIES: dict[str, tuple[int, int | None]] = {"?": (0, 1), "*": (0, None), "+": (1, None)}
REPEAT_MAX = 100_000
DEPTH_MAX = 50
_SINGLE = {"n": "\n", "r": "\r", "t": "\t"} | {
    character: character for character in "\\|.?*+(){}-[]^$/ \"'#&,:;<=>@_!%~`"
}


class BadPattern(ValueError):
    """The pattern is not in the language of XML Schema; the message says where."""


@dataclass(frozen=True, slots=True)
class Chars:
    """One character out of a set."""

    chars: Charset


@dataclass(frozen=True, slots=True)
class Sequence:
    """One after the other."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Alternatives:
    """One of them."""

    items: tuple[Node, ...]


@dataclass(frozen=True, slots=True)
class Repeat:
    """`high` None is unbounded."""

    item: Node
    low: int
    high: int | None


Node = Chars | Sequence | Alternatives | Repeat


def parse(pattern: str, *, digits: Charset | None = None) -> Node:
    r"""The tree of a pattern. `digits` replaces what `\d` means (all decimal digits of Unicode)."""
    return _Reader(pattern, digits).whole()


class _Reader:
    """Recursive descent over the text; `at` is the next character."""

    def __init__(self, text: str, digits: Charset | None) -> None:
        self.text, self.at, self.depth = text, 0, 0
        self.digits = digits

    def whole(self) -> Node:
        node = self.alternatives()
        return node if self.at == len(self.text) else self.fail("unbalanced ')'")

    def fail(self, reason: str) -> NoReturn:
        raise BadPattern(f"{reason} at character {self.at + 1} of the pattern {self.text[:200]!r}")

    def next(self) -> str:
        return self.text[self.at : self.at + 1]

    def take(self, expected: str = "") -> str:
        character = self.next()
        if not character or (expected and character != expected):
            self.fail(f"expected {expected!r}" if expected else "the pattern breaks off")
        self.at += 1
        return character

    def alternatives(self) -> Node:
        self.depth += 1
        if self.depth > DEPTH_MAX:
            self.fail("nested too deep")
        branches = [self.sequence()]
        while self.next() == "|":
            self.at += 1
            branches.append(self.sequence())
        self.depth -= 1
        return branches[0] if len(branches) == 1 else Alternatives(tuple(branches))

    def sequence(self) -> Node:
        items = []
        while self.next() not in ("", "|", ")"):
            items.append(self.quantified(self.atom()))
        return items[0] if len(items) == 1 else Sequence(tuple(items))

    def quantified(self, node: Node) -> Node:
        if self.next() == "{":
            return self.counted(node)
        if self.next() not in _QUANTITIES:
            return node
        low, high = _QUANTITIES[self.take()]
        return Repeat(node, low, high)

    def counted(self, node: Node) -> Node:
        self.take("{")
        end = self.text.find("}", self.at)
        lower, comma, upper = self.text[self.at : end].partition(",")
        known = lower.isascii() and lower.isdigit() and (not upper or (upper.isascii() and upper.isdigit()))
        if end < 0 or not known or len(lower) > 6 or len(upper) > 6:
            self.fail("a quantity that is no quantity")
        low = int(lower)
        high = low if not comma else int(upper) if upper else None
        if low > REPEAT_MAX or (high is not None and not low <= high <= REPEAT_MAX):
            self.fail("a quantity out of bounds")
        self.at = end + 1
        return Repeat(node, low, high)

    def atom(self) -> Node:
        character = self.take()
        match character:
            case "(":
                if self.text.startswith("?:", self.at):
                    self.at += 2
                node = self.alternatives()
                self.take(")")
                return node
            case "[":
                return Chars(self.char_class())
            case ".":
                return Chars(charsets.DOT)
            case "\\":
                return Chars(self.escape())
            case "?" | "*" | "+" | "{" | "}" | "]":
                self.at -= 1
                self.fail(f"a stray {character!r}")
        return Chars(charsets.of(character))

    def char_class(self) -> Charset:
        negated = self.next() == "^"
        self.at += negated
        found: list[Charset] = []
        taken: Charset = ()
        while (character := self.next()) != "]" or not found:
            if character == "-" and self.text.startswith("-[", self.at) and found:
                self.at += 2
                taken = self.char_class()
                break
            found.append(self.member())
        self.take("]")
        positive = charsets.union(*found)
        return charsets.minus(charsets.complement(positive) if negated else positive, taken)

    def member(self) -> Charset:
        first = self.class_char()
        is_range = self.next() == "-" and self.text[self.at + 1 : self.at + 2] not in ("]", "[", "")
        if not is_range or not _is_single(first):
            return first
        self.at += 1
        last = self.class_char()
        if not _is_single(last) or last[0][0] < first[0][0]:
            self.fail("a range that is no range")
        return ((first[0][0], last[0][0]),)

    def class_char(self) -> Charset:
        character = self.take()
        return self.escape() if character == "\\" else charsets.of(character)

    def escape(self) -> Charset:
        letter = self.take()
        if letter in _SINGLE:
            return charsets.of(_SINGLE[letter])
        found = self.named(letter.lower())
        return charsets.complement(found) if letter.isupper() else found

    def named(self, letter: str) -> Charset:
        match letter:
            case "s":
                return charsets.SPACE
            case "i":
                return charsets.NAME_START
            case "c":
                return charsets.NAME
            case "d":
                return (charsets.category("Nd") or ()) if self.digits is None else self.digits
            case "w":
                return charsets.word()
            case "p":
                self.take("{")
                end = self.text.find("}", self.at)
                found = charsets.category(self.text[self.at : end]) if end > 0 else None
                if found is not None:
                    self.at = end + 1
                    return found
        return self.fail("an escape that XML Schema does not know")


def _is_single(given: Charset) -> bool:
    return len(given) == 1 and given[0][0] == given[0][1]


def admits(node: Node, chars: Charset) -> bool:
    """Whether a matching text could hold one of these characters."""
    match node:
        case Chars(own):
            return bool(charsets.both(own, chars))
        case Sequence(items) | Alternatives(items):
            return any(admits(item, chars) for item in items)
        case Repeat(item, _, high):
            return high != 0 and admits(item, chars)
