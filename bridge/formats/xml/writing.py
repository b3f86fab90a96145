"""What an encoder writes into: text parts, violations with JSON Pointers, and the namespaces that were used.

Namespaces get prefixes once per view; an envelope declares only those that its body really used, found by a bit mask
so that the hot path does no more than an `or`.
"""

from __future__ import annotations

from bridge.errors import Violation
from bridge.formats.xml.layout import XSI

ERRORS_MAX = 100

Path = tuple["Path", str | int] | None
"""A linked path, so that descending costs one tuple: (parent, key)."""


def pointer(path: Path) -> str:
    """RFC 6901."""
    keys: list[str] = []
    while path is not None:
        path, key = path
        keys.append(str(key).replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{key}" for key in reversed(keys))


class Prefixes:
    """Namespace → prefix and bit. `xsi` is always known."""

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {XSI: ("xsi", 1)}
        self._heads: dict[int, str] = {}

    def tag(self, name: str) -> tuple[str, int]:
        """The tag of a Clark name and the bit of its namespace (0 for no namespace)."""
        space, _, local = name.rpartition("}")
        if not space:
            return local, 0
        prefix, bit = self.prefix(space[1:])
        return f"{prefix}:{local}", bit

    def prefix(self, space: str) -> tuple[str, int]:
        if space not in self._known:
            number = len(self._known)
            self._known[space] = (f"ns{number}", 1 << number)
        return self._known[space]

    def declarations(self, mask: int) -> str:
        """The xmlns attributes for a mask, each with a leading blank."""
        if mask not in self._heads:
            if len(self._heads) > 1000:
                self._heads.clear()
            used = [(prefix, space) for space, (prefix, bit) in self._known.items() if mask & bit]
            self._heads[mask] = "".join(f' xmlns:{prefix}="{escape_attribute(space)}"' for prefix, space in used)
        return self._heads[mask]


class Out:
    """One encoding under way."""

    __slots__ = ("errors", "mask", "parts", "prefixes")

    def __init__(self, prefixes: Prefixes) -> None:
        self.parts: list[str] = []
        self.errors: list[Violation] = []
        self.mask = 0
        self.prefixes = prefixes

    def error(self, path: Path, detail: str) -> None:
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(Violation(pointer(path), detail))

    def qname(self, value: str) -> str:
        """`{ns}local` as `prefix:local`, the namespace noted as used."""
        tag, bit = self.prefixes.tag(value)
        self.mask |= bit
        return tag


def escape(text: str) -> str:
    """Character data. A carriage return would be normalised away by the reader (XML 1.0 §2.11)."""
    if "&" in text:
        text = text.replace("&", "&amp;")
    if "<" in text:
        text = text.replace("<", "&lt;")
    if ">" in text:
        text = text.replace(">", "&gt;")
    if "\r" in text:
        text = text.replace("\r", "&#13;")
    return text


def escape_attribute(text: str) -> str:
    """An attribute's value in double quotes; white space other than blanks as references (XML 1.0 §3.3.3)."""
    return escape(text).replace('"', "&quot;").replace("\n", "&#10;").replace("\t", "&#9;")
