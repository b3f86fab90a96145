"""The key under which the answer to a call is kept: the same question in other words has the same key.

Order of keys, white space and the spelling of numbers do not matter (`1`, `1.0` and `10e-1` are one value); who asks
does, unless the answer is the same for everyone. Forwarded headers may change an answer, so they are part of it.
"""

from __future__ import annotations

import hashlib
import re

from cachetools import LRUCache

from bridge.call import Call, JsonValue
from bridge.layers.tags import Tag, name
from bridge.shapes.json import Number, loads, quote

Key = tuple[str, str | None, bytes, tuple[tuple[str, str], ...]]
"""Operation, who asks (None: anyone), digest of the canonical arguments, forwarded headers."""

_MEMO_ENTRIES = 8192
_MEMO_ARGS_BYTES = 1024  # longer arguments are not worth the memory; together with the line above: at most 8 MB
_NUMBER = re.compile(r"(-?)([0-9]+)(?:\.([0-9]+))?(?:[eE]([+-]?[0-9]{1,18}))?")


class Keys:
    """Makes keys and remembers the digests of arguments seen as bytes, so that a repeated question is not parsed."""

    def __init__(self) -> None:
        self._digests: LRUCache[bytes, bytes] = LRUCache(maxsize=_MEMO_ENTRIES)

    def of(self, call: Call, *, public: bool) -> Key:
        """Raises MalformedJson when the arguments are no JSON."""
        args = call.args
        digest = self._digest(args) if isinstance(args, bytes) else digest_of(args)
        headers = tuple(sorted((name.lower(), value) for name, value in call.headers.items())) if call.headers else ()
        who = None if public or call.principal is None else call.principal.name
        return call.operation, who, digest, headers

    def _digest(self, args: bytes) -> bytes:
        try:
            return self._digests[args]
        except KeyError:
            digest = digest_of(arguments(args))
        if len(args) <= _MEMO_ARGS_BYTES:
            self._digests[args] = digest
        return digest


def arguments(args: bytes | JsonValue) -> JsonValue:
    """The arguments as values. An empty body is "no arguments", as the codec has it."""
    if isinstance(args, bytes):
        return loads(args) if args.strip() else {}
    return args


def name_of(key: Key) -> Tag:
    """What operators may call the answer by: they know what was asked, not who asked."""
    return name(key[0], key[2].hex())


def digest_of(value: JsonValue) -> bytes:
    return hashlib.blake2b(canonical(value).encode("utf-8"), digest_size=20).digest()


def canonical(value: JsonValue) -> str:
    """One text for all spellings of a value: keys sorted, no white space, numbers by value."""
    match value:
        case Number():
            return canonical_number(value)
        case str():
            return quote(value)
        case None:
            return "null"
        case bool():
            return "true" if value else "false"
        case list():
            return "[" + ",".join(map(canonical, value)) + "]"
        case dict():
            return "{" + ",".join(f"{quote(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"


def canonical_number(text: str) -> str:
    """`-12.50` → `-125e-1`. By digits, never by float or a bounded Decimal, which would merge different numbers."""
    match = _NUMBER.fullmatch(text)
    if match is None:  # an exponent of more than 18 digits: equal only to itself
        return text
    sign, whole, fraction, exponent = match.groups(default="")
    digits = (whole + fraction).lstrip("0")
    significant = digits.rstrip("0")
    if not significant:
        return sign + "0"  # -0 stays apart from 0: xs:double tells them apart
    power = int(exponent or 0) - len(fraction) + len(digits) - len(significant)
    return f"{sign}{significant}e{power}"
