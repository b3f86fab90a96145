"""The HTTP headers of a request that come from the caller: those that may be passed on, and its trace. Pure."""

from __future__ import annotations

import string
from urllib.parse import quote

from bridge.call import Call

_KEY_CHARS = string.ascii_letters + string.digits + string.punctuation.replace("%", "")
"""What a key may have as it is; a percent sign not, since it would begin what stands for another character."""
_OURS = frozenset(
    {
        *("content-type", "content-length", "content-encoding", "transfer-encoding", "host", "soapaction"),
        *("connection", "keep-alive", "te", "trailer", "upgrade", "expect", "proxy-authorization", "proxy-connection"),
        *("traceparent", "tracestate", "user-agent", "accept-encoding", "mime-version"),
    }
)


def passed_on(call: Call, *, trusted: bool, private: frozenset[str] = frozenset()) -> dict[str, str]:
    """`private`: names in small letters that go no further than to us.

    What a caller sent us may be a credential too, so it goes where ours would go and nowhere else.
    """
    theirs = call.headers.items() if trusted else ()
    kept = _OURS | private | ({call.key_field[0].lower()} if call.key_field else set())
    return {name: value for name, value in theirs if name.lower() not in kept and _is_printable(value)}


def trace_headers(call: Call) -> dict[str, str]:
    """By which the system behind can tell whose call it is (https://www.w3.org/TR/trace-context/)."""
    state = {"tracestate": call.trace.state} if call.trace.state else {}
    return {"traceparent": call.trace.header(), **state}


def key_header(call: Call) -> dict[str, str]:
    """The same with each attempt, so that a system that honours it does the work once."""
    return {call.key_field[0]: quote(call.key_field[1], safe=_KEY_CHARS)} if call.key_field else {}


def _is_printable(value: str) -> bool:
    return all(char.isprintable() or char == "\t" for char in value)
