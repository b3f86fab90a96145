"""The bridge as a process whose names are resolved by a stub, and that may have a bug planted on purpose.

`python -m tests.faults.process serve …`; FAULT_PLANT names the bug. The names end in `.fault`, everything else is
resolved as usual. What is planted stands here and nowhere in the product.
"""

from __future__ import annotations

import asyncio
import os
import socket
import sys
import threading
from collections.abc import Callable
from typing import Any

SLOW_S = 8.0
_counts: dict[str, int] = {}
_lock = threading.Lock()
_real = socket.getaddrinfo


def _stub(host: Any, port: Any, *more: Any, **named: Any) -> Any:
    name = host.decode() if isinstance(host, bytes) else host
    if not isinstance(name, str) or not name.endswith(".fault"):
        return _real(host, port, *more, **named)
    with _lock:
        _counts[name] = asked = _counts.get(name, 0) + 1
    return _answer(name.partition(".")[0], int(port or 0), asked)


def _answer(kind: str, port: int, asked: int) -> list[Any]:
    v4 = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", port))
    v6 = (socket.AF_INET6, socket.SOCK_STREAM, 6, "", ("::1", port, 0, 0))
    nobody = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.9", port))
    match kind:
        case "nxdomain":
            raise socket.gaierror(socket.EAI_NONAME, "Name or service not known")
        case "servfail":
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        case "servfail-once" if asked == 1:
            raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")
        case "slow":
            threading.Event().wait(SLOW_S)
        case "dead-aaaa":
            return [v6, v4]
        case "nobody":
            return [nobody]
    return [v4]


# ── what can be planted, to see that the matrix sees it ──────────────────────────────────────────────────────────


def _repeats_writes() -> None:
    """Every operation counts as one that may be repeated."""
    from bridge.layers import deadline, retry

    deadline.repeatable = retry.repeatable = lambda _: True  # type: ignore[attr-defined]  # that is the bug


def _swallows_timeout() -> None:
    """Nobody looks at the clock: neither the connection nor the layers."""
    from bridge.transport import session

    class Patient:
        timeout = staticmethod(lambda seconds: asyncio.timeout(seconds + 2.0))

    from bridge.layers import deadline, timeout

    for module in (session, deadline, timeout):
        real = module.asyncio  # type: ignore[attr-defined]  # that is the bug
        patient = type("PatientAsyncio", (), {**vars(real), "timeout": Patient.timeout})
        module.asyncio = patient  # type: ignore[attr-defined]  # that is the bug


def _keeps_places() -> None:
    """A call that failed keeps its place."""
    from bridge.layers import limit

    class Kept(limit.Limited):
        async def __call__(self, call: Any) -> Any:
            await self._slots.take(call)
            reply = await self._inner(call)
            self._slots.give_back(0.0)
            return reply

    from bridge.layers import stack

    stack.Limited = Kept  # type: ignore[misc]  # that is the bug


def _trusts_anybody() -> None:
    """Certificates are not verified."""
    import ssl

    from bridge.transport import session

    def context(*_: object) -> ssl.SSLContext:
        return ssl._create_unverified_context()

    session.client_context = context


PLANTS: dict[str, Callable[[], None]] = {
    "retry-of-writes": _repeats_writes,
    "swallowed-timeout": _swallows_timeout,
    "kept-place": _keeps_places,
    "trust-anybody": _trusts_anybody,
}


def main() -> None:
    socket.getaddrinfo = _stub
    if plant := os.environ.get("FAULT_PLANT"):
        PLANTS[plant]()
    from bridge.__main__ import main as bridge

    sys.argv[0] = "legacy-bridge"
    bridge()


if __name__ == "__main__":
    main()
