"""`Retry-After` of an answer, a number or a date, in seconds (RFC 9110 §10.2.3). Pure."""

from __future__ import annotations

import email.utils

RETRY_AFTER_MAX_S = 86_400.0


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
