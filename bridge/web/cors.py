"""Cross-origin rules (Fetch standard, CORS protocol). Pure; off unless origins are configured.

Credentials such as cookies are never allowed: a key travels in a header that the page sets itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

Headers = tuple[tuple[str, str], ...]
EXPOSED = "ETag, Age, Retry-After, Bridge-Request-Id, Cache-Status, Preference-Applied, Idempotency-Replayed, Location"


@dataclass(frozen=True, slots=True)
class Cors:
    """The origins whose pages may call (`*` is any), the request headers they may set, how long that is known."""

    origins: tuple[str, ...] = ()
    allow_headers: tuple[str, ...] = ()
    max_age_s: float = 600.0

    def allows(self, origin: str) -> bool:
        return bool(origin) and ("*" in self.origins or origin.lower() in self.origins)

    def headers(self, origin: str) -> Headers:
        """For every answer, errors included, so that a page can read the problem document."""
        if not self.origins:
            return ()
        if "*" in self.origins:
            return (("Access-Control-Allow-Origin", "*"), ("Access-Control-Expose-Headers", EXPOSED))
        if not self.allows(origin):
            return (("Vary", "Origin"),)
        return (
            ("Access-Control-Allow-Origin", origin),
            ("Access-Control-Expose-Headers", EXPOSED),
            ("Vary", "Origin"),
        )

    def preflight(self, origin: str, allowed: Sequence[str]) -> Headers:
        """The answer's headers to an OPTIONS with `Access-Control-Request-Method`; bare when the origin may not."""
        if not self.allows(origin):
            return self.headers(origin)
        return (
            *self.headers(origin),
            ("Access-Control-Allow-Methods", ", ".join(allowed)),
            ("Access-Control-Allow-Headers", ", ".join(self.allow_headers)),
            ("Access-Control-Max-Age", str(int(self.max_age_s))),
        )


def is_preflight(method: str, origin: str, wanted_method: str) -> bool:
    return method == "OPTIONS" and bool(origin) and bool(wanted_method)
