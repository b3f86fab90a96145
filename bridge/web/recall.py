"""Answers that are given again without reading the request: the same bytes were asked a moment ago, and the cache
still holds what was answered.

A head decides everything about a request without a body, so for identical bytes on one configuration the gate, the
route and the arguments are the same. What may change is asked each time: whether the snapshot is still the one, and
whether the cache still gives the very same reply (it makes a new one each second, for the age). Then only the request
id is new. Knows bytes and replies; parses nothing.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from bridge.web.again import Again
from bridge.web.trace import REQUEST_ID_HEADER, RequestInfo

ENTRIES_MAX = 1024
HEAD_BYTES_MAX = 4096
BODY_BYTES_MAX = 256_000
BYTES_MAX = 32_000_000
# What makes two requests with the same bytes different, or their answer the last of its connection.
_NOT_AGAIN = re.compile(
    rb"\r\n(connection|expect|upgrade|traceparent|x-request-id|bridge-request-id|if-[a-z-]+):", re.IGNORECASE
)


@dataclass(slots=True)
class Recalled:
    """One answer as bytes: everything up to the request id, and what follows it."""

    address: str
    again: Again
    info: RequestInfo
    method: str
    path: str
    head: bytes
    body: bytes

    def bytes_for(self, request_id: str) -> bytes:
        return b"%b%b\r\n\r\n%b" % (self.head, request_id.encode("ascii"), self.body)


class Recall:
    """The answers of one server, by the bytes of the request. Bounded; starts anew when full."""

    def __init__(self) -> None:
        self._entries: dict[bytes, Recalled] = {}
        self._bytes = 0

    def find(self, request: bytes, address: str) -> Recalled | None:
        """The answer, if it is still the one; the caller has made sure that `request` is a whole head."""
        found = self._entries.get(request)
        if found is None or found.address != address or found.again.peek() is not found.again.reply:
            return None
        return found

    def keep(self, request: bytes, found: Recalled) -> None:
        if len(found.body) > BODY_BYTES_MAX or _NOT_AGAIN.search(request):
            return
        if len(self._entries) >= ENTRIES_MAX or self._bytes > BYTES_MAX:
            self.clear()
        self._entries[request] = found
        self._bytes += len(request) + len(found.head) + len(found.body)

    def clear(self) -> None:
        """Forget everything, as when other rules hold."""
        self._entries.clear()
        self._bytes = 0


def is_whole_head(data: bytes) -> bool:
    """One GET request without a body, complete and nothing behind it."""
    return data[:5] == b"GET /" and len(data) <= HEAD_BYTES_MAX and data.find(b"\r\n\r\n") == len(data) - 4


def rendered(status_line: str, headers: list[tuple[str, str]]) -> bytes:
    """The head of an answer with the name of the last field, whose value is the request id."""
    lines = [f"{name}: {value}" for name, value in headers if name != REQUEST_ID_HEADER]
    return "\r\n".join([status_line, *lines, f"{REQUEST_ID_HEADER}: "]).encode("utf-8")
