"""What a client asks of a cache: the `Cache-Control` of a request (RFC 9111 §5.2.1). Pure.

What is not understood is left out, as the standard wants it.
"""

from __future__ import annotations

import re

from bridge.call import Wish

_HEADER_MAX = 4096
_SECONDS = re.compile(r"[0-9]{1,10}")
_EVER_S = float(2**31)
"""More than any time of ours: what `max-stale` without a number stands for."""
_AT_ONCE = Wish(max_age_s=0.0)
"""That it is asked for anew says it already."""


def wishes(cache_control: str) -> tuple[bool, Wish | None]:
    """Whether the answer is to be asked for anew in any case, and what else is wished; None for nothing."""
    if not cache_control:
        return False, None
    found: dict[str, float | None] = {}
    for directive in cache_control[:_HEADER_MAX].split(","):
        name, _, value = directive.partition("=")
        digits = value.strip().strip('"')
        seconds = min(float(digits), _EVER_S) if _SECONDS.fullmatch(digits) else None
        found.setdefault(name.strip().lower(), seconds)
    max_age_s, no_store = found.get("max-age"), "no-store" in found
    anew = no_store or "no-cache" in found or max_age_s == 0
    wish = Wish(
        max_age_s=max_age_s,
        min_fresh_s=found.get("min-fresh") or 0.0,
        max_stale_s=_bears(found),
        only_if_cached="only-if-cached" in found,
        no_store=no_store,
    )
    return anew, None if wish in {Wish(), _AT_ONCE} else wish


def _bears(found: dict[str, float | None]) -> float | None:
    if "max-stale" not in found:
        return None
    seconds = found["max-stale"]
    return _EVER_S if seconds is None else seconds
