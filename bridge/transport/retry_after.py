"""When to ask again, as an answer says it, in seconds: `Retry-After` (RFC 9110 §10.2.3), a number or a date, and what
is found in its place: `RateLimit` of the IETF draft, `X-RateLimit-Reset` and its kin. Pure.
"""

from __future__ import annotations

import email.utils
import re
from collections.abc import Mapping

RETRY_AFTER_MAX_S = 86_400.0
_EPOCH_MIN_S, _EPOCH_MIN_MS = 1e9, 1e12
"""From here on a number is no time to wait but a point in time: 2001, and the same in milliseconds."""
_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,9})?")
_MEMBER = re.compile(r"(?:^|[;,\s])(r|t|remaining|reset)\s*=\s*([0-9]{1,15})")
_FIELD_MAX = 1000
_MILLISECONDS = ("retry-after-ms", "x-ms-retry-after-ms")
_RESETS = ("ratelimit-reset", "x-ratelimit-reset", "x-rate-limit-reset", "x-ratelimit-reset-after")
_LEFT = ("ratelimit-remaining", "x-ratelimit-remaining", "x-rate-limit-remaining")


def retry_after_s(value: str, now_s: float) -> float | None:
    """Within bounds; None where it is neither. `now_s`: wall time, for dates."""
    text = value.strip()
    if text.isascii() and text.isdigit():
        return min(float(text[:9]), RETRY_AFTER_MAX_S)
    try:
        when = email.utils.parsedate_to_datetime(text).timestamp()
    except (TypeError, ValueError, OverflowError):
        return None
    return min(max(when - now_s, 0.0), RETRY_AFTER_MAX_S)


def asked_s(status: int, headers: Mapping[str, str], now_s: float) -> float | None:
    """What an answer of this status asks for. `headers` by lower-case name. `Retry-After` is taken to the letter; the
    others where it is the quota that refuses: always with 429, else when nothing is left of it."""
    if (told := retry_after_s(headers.get("retry-after", ""), now_s)) is not None:
        return told
    for name in _MILLISECONDS:
        if _NUMBER.fullmatch(text := headers.get(name, "").strip()):
            return min(float(text) / 1000, RETRY_AFTER_MAX_S)
    if status != 429 and not used_up(headers):
        return None
    return _reset_s(headers, now_s)


def used_up(headers: Mapping[str, str]) -> bool:
    """Whether an answer says that nothing is left of a quota."""
    if any(headers.get(name, "").strip() == "0" for name in _LEFT):
        return True
    return any(left == 0 for left, _ in _draft(headers))


def _reset_s(headers: Mapping[str, str], now_s: float) -> float | None:
    """The longest of what is said: a quota is free again when all of them are. A time that is over says nothing."""
    texts = [headers[name] for name in _RESETS if name in headers]
    found = [_waited(text.strip(), now_s) for text in texts]
    quotas = _draft(headers)
    found += [wait_s for left, wait_s in quotas if left == 0 or not any(other == 0 for other, _ in quotas)]
    longest = max((one for one in found if one is not None), default=0.0)
    return min(longest, RETRY_AFTER_MAX_S) if longest > 0 else None


def _waited(text: str, now_s: float) -> float | None:
    """A number of seconds, a point in time in seconds or milliseconds, or a date."""
    if not _NUMBER.fullmatch(text):
        return retry_after_s(text, now_s)
    number = float(text)
    if number >= _EPOCH_MIN_MS:
        return number / 1000 - now_s
    return number - now_s if number >= _EPOCH_MIN_S else number


def _draft(headers: Mapping[str, str]) -> list[tuple[float | None, float | None]]:
    """What is left of each quota, and when it is free again, by `RateLimit`: `"default";r=0;t=30` (the IETF draft,
    ratelimit-headers-08 and later) or `limit=10, remaining=0, reset=30` (before)."""
    text = headers.get("ratelimit", "")[:_FIELD_MAX]
    quotas = [dict(_MEMBER.findall(one)) for one in (text.split(",") if ";" in text else [text])]
    return [(_number(one, "r", "remaining"), _number(one, "t", "reset")) for one in quotas if one]


def _number(members: Mapping[str, str], *names: str) -> float | None:
    return next((float(members[name]) for name in names if name in members), None)
