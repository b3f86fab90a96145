"""What of an HTTP message may be shown or kept: headers, addresses and texts without credentials. Pure.

What is a credential is known by where it stands, by the name of its field and by what was handed in as secret.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from urllib.parse import urlsplit

from bridge.call import Hide

MASK = "***"
SECRET_CHARACTERS_MIN = 4
"""Shorter ones are masked where they stand and not wherever the same letters do."""
_PLAIN_HEADERS = {
    *("content-type", "content-length", "content-encoding", "transfer-encoding", "date", "server", "soapaction"),
    *("user-agent", "accept", "accept-encoding", "accept-language", "traceparent", "tracestate", "connection"),
    *("retry-after", "x-powered-by", "vary", "cache-control", "expires", "etag", "last-modified", "mime-version"),
}
_PAIR = re.compile(r"([\w.\-]{1,100})[\"']?\s{0,9}[=:]")
_MARKUP = re.compile(r"<[\w/!?]|&lt;|\A\s*[{\[]")
"""A document within a text, in which nobody looks for names."""


def shown_headers(headers: Mapping[str, str], secrets: Iterable[str] = ()) -> tuple[tuple[str, str], ...]:
    """HTTP headers by their names; of those that are not known to be harmless only that they were there."""
    known = tuple(secrets)
    return tuple((name, without(value, known) if harmless(name) else MASK) for name, value in headers.items())


def harmless(name: str) -> bool:
    """Whether a header of this name may be shown with its value."""
    return name.lower() in _PLAIN_HEADERS


def without(text: str, secrets: Iterable[str]) -> str:
    for secret in sorted(secrets, key=len, reverse=True):
        if len(secret) >= SECRET_CHARACTERS_MIN:
            text = text.replace(_escaped(secret), MASK).replace(secret, MASK)
    return text


def _escaped(text: str) -> str:
    """As XML writes it."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace("\r", "&#13;")


def headers(given: Iterable[tuple[str, str]], hide: Hide) -> tuple[tuple[str, str], ...]:
    """What is not known to be harmless is hidden; a credential also wherever else it or a part of it stands."""
    given = tuple(given)
    for name, value in given:
        if hide.name(name):
            for part in {value, *re.split(r"[\s;,]+", value), *re.split(r"[\s;,=\"]+", value)}:
                hide.learn(part)
    return tuple((name, plain(value, hide) if harmless(name) else MASK) for name, value in given)


def address(url: str, hide: Hide) -> str:
    """Without who asks, and without the values behind the question mark."""
    there = urlsplit(url)
    parts = [part.partition("=") for part in there.query.split("&") if part]
    query = "&".join(f"{name}={MASK}" if sign else MASK for name, sign, _ in parts)
    host = there.netloc.rpartition("@")[2]
    return hide.text(there._replace(netloc=host, query=query, fragment="").geturl())


def plain(text: str, hide: Hide) -> str:
    """A text where nothing says that it holds a secret."""
    if _MARKUP.search(text):
        return MASK
    return "\n".join(_line(one, hide) for one in hide.text(text).split("\n"))


def _line(line: str, hide: Hide) -> str:
    for pair in _PAIR.finditer(line):
        if hide.name(pair[1]):
            return f"{line[: pair.end()]}{MASK}"
    return line
