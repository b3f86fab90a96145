"""What an encoder writes into: text parts, violations with JSON Pointers, and the namespaces that were used.

Namespaces get prefixes once per view; an envelope declares only those that its body really used, found by a bit mask
so that the hot path does no more than an `or`.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import count

from bridge.errors import Violation
from bridge.formats.xml.attached import Attach
from bridge.formats.xml.layout import XSI
from bridge.formats.xml.leniency import STRICT, Leniency

ERRORS_MAX = 100
KEY_SHOWN_MAX = 200
XML = "http://www.w3.org/XML/1998/namespace"
XMLNS = "http://www.w3.org/2000/xmlns/"

_START = (
    "A-Z_a-z\\u00c0-\\u00d6\\u00d8-\\u00f6\\u00f8-\\u02ff\\u0370-\\u037d\\u037f-\\u1fff\\u200c\\u200d\\u2070-\\u218f"
    "\\u2c00-\\u2fef\\u3001-\\ud7ff\\uf900-\\ufdcf\\ufdf0-\\ufffd\\U00010000-\\U000effff"
)
_CLARK = re.compile(
    r"(?:\{([^{}\x00-\x20\x7f-\x9f\ud800-\udfff\ufffe\uffff]+)\})?"
    f"[{_START}][{_START}.0-9\\u00b7\\u0300-\\u036f\\u203f\\u2040-]*"
)


def is_name(text: str) -> bool:
    """True for `{namespace}local` or `local` that XML can carry (Namespaces in XML 1.0 §3, §4)."""
    match = _CLARK.fullmatch(text)
    return match is not None and match[1] != XMLNS and text != "xmlns"


Path = tuple["Path", str | int] | None
"""A linked path, so that descending costs one tuple: (parent, key)."""


def pointer(path: Path) -> str:
    """RFC 6901."""
    keys: list[str] = []
    while path is not None:
        path, key = path
        keys.append(str(key)[:KEY_SHOWN_MAX].replace("~", "~0").replace("/", "~1"))
    return "".join(f"/{key}" for key in reversed(keys))


class Prefixes:
    """The namespaces of a contract → prefix and bit. `xsi` and `xml` are always known.

    What a client names itself never comes in here, or the table would grow for ever: see Out.qname.
    """

    def __init__(self) -> None:
        self._known: dict[str, tuple[str, int]] = {XSI: ("xsi", 1), XML: ("xml", 0)}
        self._numbers = count(1)
        self._heads: dict[int, str] = {}

    def tag(self, name: str) -> tuple[str, int]:
        """The tag of a Clark name and the bit of its namespace (0 for no namespace)."""
        space, _, local = name.rpartition("}")
        if not space:
            return local, 0
        prefix, bit = self.prefix(space[1:])
        return f"{prefix}:{local}", bit

    def prefix(self, space: str) -> tuple[str, int]:
        found = self._known.get(space)
        if found is None:  # two threads may come here at once; each number is given once
            number = next(self._numbers)
            found = self._known.setdefault(space, (f"ns{number}", 1 << number))
        return found

    def known(self, space: str) -> tuple[str, int] | None:
        return self._known.get(space)

    def declarations(self, mask: int) -> str:
        """The xmlns attributes for a mask, each with a leading blank."""
        if mask not in self._heads:
            if len(self._heads) > 1000:
                self._heads.clear()
            used = [(prefix, space) for space, (prefix, bit) in list(self._known.items()) if mask & bit]
            self._heads[mask] = "".join(f' xmlns:{prefix}="{escape_attribute(space)}"' for prefix, space in used)
        return self._heads[mask]


class Out:
    """One encoding under way. `graph`: it is SOAP-encoded, where some attributes say what refers to what. `attach`:
    takes binary values out of the text."""

    __slots__ = ("attach", "bent", "errors", "foreign", "graph", "lenient", "mask", "parts", "prefixes")

    def __init__(self, prefixes: Prefixes, lenient: Leniency = STRICT, attach: Attach | None = None) -> None:
        self.lenient, self.attach = lenient, attach
        self.bent: Counter[str] = Counter()
        self.parts: list[str] = []
        self.errors: list[Violation] = []
        self.mask = 0
        self.graph = False
        self.prefixes = prefixes
        self.foreign: dict[str, str] = {}

    def error(self, path: Path, detail: str) -> None:
        if len(self.errors) < ERRORS_MAX:
            self.errors.append(Violation(pointer(path), detail))

    def bend(self, kind: str, *, allowed: bool) -> bool:
        """Whether a breach may pass; counted when it does."""
        if allowed:
            self.bent[kind] += 1
        return allowed

    def qname(self, value: str) -> str:
        """`{ns}local` (see is_name) as `prefix:local`, the namespace noted as used.

        A namespace that the contract does not know gets a prefix for this message only.
        """
        space, _, local = value.rpartition("}")
        if not space:
            return local
        known = self.prefixes.known(space[1:])
        if known is None:
            return f"{self.foreign.setdefault(space[1:], f'x{len(self.foreign) + 1}')}:{local}"
        self.mask |= known[1]
        return f"{known[0]}:{local}"

    def declarations(self) -> str:
        """The xmlns attributes that the parts need, each with a leading blank."""
        foreign = [f' xmlns:{prefix}="{escape_attribute(space)}"' for space, prefix in self.foreign.items()]
        return self.prefixes.declarations(self.mask) + "".join(foreign)


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
