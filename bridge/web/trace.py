"""Who a request is, from its first byte on: ids, W3C trace context, principal, client.

Pure but for random ids. What a client sends is either exactly right or replaced; it is never repaired.
"""

from __future__ import annotations

import os
import re
from collections.abc import Mapping
from dataclasses import dataclass, field

from bridge.call import Principal, Trace
from bridge.web.again import Again

REQUEST_ID_HEADER = "Bridge-Request-Id"
_TRACEPARENT = re.compile(r"([0-9a-f]{2})-([0-9a-f]{32})-([0-9a-f]{16})-([0-9a-f]{2})(-.*)?")
_REQUEST_ID = re.compile(r"[A-Za-z0-9._~-]{1,64}")
_STATE = re.compile(r"[\x20-\x7e]{1,512}")


@dataclass(slots=True)
class Notes:
    """What the handler learns about its request, for the access log: the edge emits `RequestDone` with it.

    `route` is the template of the route. Left as it is where a request never got that far. `again`: how the same answer
    can be had from the cache once more; `limits`: header fields that tell the caller of its limit.
    """

    route: str = ""
    upstream: str = ""
    operation: str = ""
    cache: str = ""
    attempts: int = 0
    code: str = ""
    cause: str = ""
    again: Again | None = None
    limits: tuple[tuple[str, str], ...] = ()


@dataclass(frozen=True, slots=True)
class RequestInfo:
    """One request as the edge hands it to the handler.

    `client` is the address of the caller behind our own proxies; `scheme` and `host` are what the caller used to
    reach us; `received_at` seconds on the monotonic clock when its head was complete. `principal` None: no keys are
    configured, or the path is public. The handler writes into `notes`.
    """

    request_id: str
    trace: Trace
    client: str
    received_at: float
    scheme: str = "http"
    host: str = ""
    principal: Principal | None = None
    notes: Notes = field(default_factory=Notes)


def read_trace(headers: Mapping[str, str]) -> Trace:
    """Our own span in the caller's trace, or in a new one when `traceparent` is absent or not exactly valid."""
    given = headers.get("traceparent")
    match = _TRACEPARENT.fullmatch(given) if given else None
    if match is None or not _acceptable(*match.groups()):
        fresh = os.urandom(24).hex()
        return Trace(fresh[:32], fresh[32:])
    state = headers.get("tracestate", "")
    return Trace(match[2], os.urandom(8).hex(), match[4], state if _STATE.fullmatch(state) else "")


def _acceptable(version: str, trace_id: str, span_id: str, _flags: str, rest: str | None) -> bool:
    # A later version may carry more fields; version 00 may not, and ff is forbidden (W3C Trace Context §3.2.2).
    return version != "ff" and (version != "00" or rest is None) and bool(trace_id.strip("0") and span_id.strip("0"))


def read_request_id(headers: Mapping[str, str], trace: Trace) -> str:
    """The caller's own id where it is short and harmless; else that of its trace, so that there is one to search for.

    A trace of the caller's has many requests, and the span tells them apart.
    """
    given = headers.get(REQUEST_ID_HEADER) or headers.get("X-Request-Id")
    if given and _REQUEST_ID.fullmatch(given):
        return given
    return f"{trace.trace_id}-{trace.span_id}" if "traceparent" in headers else trace.trace_id
