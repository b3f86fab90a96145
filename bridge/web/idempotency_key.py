"""The header `Idempotency-Key`, by draft-ietf-httpapi-idempotency-key-header-07: one string of RFC 9651. Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence

from multidict import istr

from bridge.errors import BadRequest

NAME = "Idempotency-Key"
KEY, REPLAYED = istr(NAME), istr("Idempotency-Replayed")
LENGTH_MAX = 255
_KEY = r"[a-z*][a-z0-9_.*-]*"
_BARE_ITEM = (
    r'(?:-?[0-9]{1,15}|-?[0-9]{1,12}\.[0-9]{1,3}|"(?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*"'
    r"|[A-Za-z*][!#$%&'*+.^_`|~0-9A-Za-z:/-]*|:[A-Za-z0-9+/=]*:|\?[01]|@-?[0-9]{1,15})"
)
_ITEM = re.compile(rf'"((?:[\x20-\x21\x23-\x5b\x5d-\x7e]|\\["\\])*)"(?:; *{_KEY}(?:={_BARE_ITEM})?)*')
_UNQUOTED = re.compile(r"[A-Za-z0-9._~:/+=@-]+")
_ESCAPED = re.compile(r"\\(.)")


def read_key(values: Sequence[str], *, unquoted: bool = False) -> str | None:
    """The key, None without the header. `unquoted`: also a plain word, as many clients send it. Raises BadRequest."""
    if not values:
        return None
    text = values[0].strip(" \t")
    if len(values) > 1:
        raise BadRequest(f"{NAME} is given more than once.")
    if unquoted and _UNQUOTED.fullmatch(text):
        return _bounded(text)
    found = _ITEM.fullmatch(text)
    if found is None:
        raise BadRequest(f'{NAME} is a text in quotes, such as {NAME}: "8e03978e-40d5-43dd-bc93-6894a57f9324".')
    return _bounded(_ESCAPED.sub(r"\1", found[1]))


def _bounded(key: str) -> str:
    if not 1 <= len(key) <= LENGTH_MAX:
        raise BadRequest(f"{NAME} has 1 to {LENGTH_MAX} characters.")
    return key
