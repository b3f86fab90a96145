"""A part of an answer that is kept as a whole (RFC 9110 §14): one range of bytes, else all of it. Pure."""

from __future__ import annotations

import re

from bridge.layers.http_cache.fields import Fields, first
from bridge.layers.http_cache.rules import Asking, Kept

_RANGE = re.compile(r"bytes=[ \t]*(\d{0,18})-(\d{0,18})[ \t]*")


def part(kept: Kept, asking: Asking) -> tuple[int, int] | None:
    """First byte and the one behind the last, None where the whole is to be sent. Equal ones cannot be satisfied."""
    found = _RANGE.fullmatch(first(asking.fields, "range"))
    size = len(kept.body)
    if found is None or asking.method != "GET" or kept.status != 200 or not (found[1] or found[2]):
        return None
    if not found[1]:
        return (max(size - int(found[2]), 0), size) if int(found[2]) and size else (0, 0)
    begin = int(found[1])
    if found[2] and int(found[2]) < begin:
        return None  # no range at all, so it is as if there were none
    end = min(int(found[2]) + 1, size) if found[2] else size
    return (begin, end) if begin < size else (0, 0)


def fields_of_part(fields: Fields, begin: int, end: int, size: int) -> Fields:
    """Those of a 206, or of a 416 when nothing is in the range."""
    told = f"bytes {begin}-{end - 1}/{size}" if begin < end else f"bytes */{size}"
    kept = tuple((name, value) for name, value in fields if name.lower() not in {"content-length", "content-range"})
    return (*kept, ("Content-Range", told), ("Content-Length", str(end - begin)))
