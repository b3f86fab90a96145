"""The cookies of one session with one upstream (RFC 6265): which came, and which go to an address.

Domain, path, `Secure` and expiry are the library's to judge; how many there may be, and how large, is ours. A new login
gets a jar of its own, so a late answer to an old session cannot spoil it.
"""

from __future__ import annotations

from collections.abc import Mapping

import aiohttp
from yarl import URL

COOKIES_MAX = 50
COOKIE_CHARACTERS_MAX = 4096
SEPARATOR = "\n"
"""Between several `Set-Cookie` in one value; no header has a line break in it."""


class CookieJar:
    """What one login set, and later answers changed."""

    def __init__(self) -> None:
        # Also for hosts without a name: it only ever holds what the upstream itself has set.
        self._jar = aiohttp.CookieJar(unsafe=True)

    def __len__(self) -> int:
        return len(self._jar)

    def take(self, url: str, set_cookies: str) -> None:
        """Notes what an answer from this address sets. Too large ones, and too many, are passed over."""
        for one in set_cookies.split(SEPARATOR)[:COOKIES_MAX]:
            if one.strip() and len(one) <= COOKIE_CHARACTERS_MAX and (len(self) < COOKIES_MAX or self._has(one)):
                self._jar.update_cookies_from_headers([one], URL(url))

    def header(self, url: str) -> str:
        """The value of `Cookie` for this address; "" for none."""
        found = self._jar.filter_cookies(URL(url))
        return "; ".join(f"{one.key}={one.value}" for one in found.values())

    def secrets(self) -> tuple[str, ...]:
        """The values, for whoever masks them."""
        return tuple(one.value for one in self._jar if one.value)

    def _has(self, set_cookie: str) -> bool:
        return any(one.key == set_cookie.partition("=")[0].strip() for one in self._jar)


def cookied(headers: dict[str, str], jar: CookieJar | None, url: str) -> dict[str, str]:
    """The same with the cookies that go to this address."""
    value = jar.header(url) if jar is not None else ""
    return {**headers, "Cookie": value} if value else headers


def note_cookies(jar: CookieJar | None, url: str, headers: Mapping[str, str]) -> None:
    """Takes what an answer sets. `headers` in lower case."""
    if jar is not None and "set-cookie" in headers:
        jar.take(url, headers["set-cookie"])
