"""What the header fields of an answer say about how many more calls the upstream takes. Pure.

Read are `RateLimit` of the newer IETF drafts (`"default";r=50;t=30`), the fields of the older ones and what grew wild
before (`RateLimit-Remaining`, `X-RateLimit-Remaining`, `X-Rate-Limit-…`, with a reset in seconds or at a time of day),
and a 429 with `Retry-After`. What is not understood is not said.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from bridge.errors import CallError, Quota
from bridge.transport.retry_after import RETRY_AFTER_MAX_S, retry_after_s

_ITEM = re.compile(r'(?:"[^"\\]{0,100}"|[A-Za-z*][A-Za-z0-9_.:/*-]{0,100})((?:;[a-z][a-z0-9_.*-]*=[^;,"]{1,30}){0,8})')
_PREFIXES = ("ratelimit-", "x-ratelimit-", "x-rate-limit-")
_EPOCH_MIN = 1_000_000_000  # a number this large is no count of seconds from now
_EPOCH_MS_MIN = 1_000_000_000_000
_TEXT_MAX = 1000


def quota_of(status: int, headers: Mapping[str, str], now_s: float) -> Quota | None:
    """Names in lower case; `now_s`: wall time. None where nothing is said."""
    told = _structured(headers.get("ratelimit", "")) or _loose(headers, now_s)
    if status != 429:
        return told
    after_s = retry_after_s(headers.get("retry-after", ""), now_s)
    reset_s = after_s if after_s is not None else told.reset_s if told else None
    return Quota(told.remaining if told else None, reset_s, told.limit if told else None, refused=True)


@contextmanager
def heard(status: int, headers: Mapping[str, str], now_s: float) -> Iterator[Quota | None]:
    """Errors that are raised while an answer is read say what it said."""
    quota = quota_of(status, headers, now_s)
    try:
        yield quota
    except CallError as error:
        error.quota = quota
        raise


def _structured(text: str) -> Quota | None:
    """The policy of which the least is left."""
    least: Quota | None = None
    for match in _ITEM.finditer(text[:_TEXT_MAX]):
        pairs = dict(part.split("=", 1) for part in match[1].split(";")[1:])
        remaining, reset_s = _count(pairs.get("r", "")), _count(pairs.get("t", ""))
        if remaining is None:
            continue
        if least is None or least.remaining is None or remaining < least.remaining:
            least = Quota(remaining, None if reset_s is None else float(min(reset_s, int(RETRY_AFTER_MAX_S))))
    return least


def _loose(headers: Mapping[str, str], now_s: float) -> Quota | None:
    for prefix in _PREFIXES:
        remaining = _count(headers.get(f"{prefix}remaining", ""))
        if remaining is not None:
            reset_s = _reset_s(headers.get(f"{prefix}reset", ""), now_s)
            return Quota(remaining, reset_s, _count(headers.get(f"{prefix}limit", "")))
    return None


def _reset_s(text: str, now_s: float) -> float | None:
    """Seconds from now, or a time: seconds or milliseconds since the epoch, or a date."""
    try:
        number = float(text) if re.fullmatch(r"[0-9]{1,15}(\.[0-9]{1,9})?", text.strip()) else None
    except ValueError:
        return None
    if number is None:
        return retry_after_s(text, now_s) if text else None
    if number >= _EPOCH_MS_MIN:
        number /= 1000
    after_s = number - now_s if number >= _EPOCH_MIN else number
    return min(max(after_s, 0.0), RETRY_AFTER_MAX_S)


def _count(text: str) -> int | None:
    """A number as it stands, or the first of a list (`100, 100;w=60`)."""
    first = text.partition(",")[0].partition(";")[0].strip()
    return int(first) if re.fullmatch(r"[0-9]{1,12}", first) else None
