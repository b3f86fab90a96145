"""How an HTTP system is opened: nothing is asked of it, for what it offers stands in the configuration."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from adapters.http.config import HttpRequestSettings, HttpSettings
from adapters.http.upstream import HttpUpstream
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.events import ConnectionWarning, UpstreamReady
from bridge.transport.session import HttpSession


async def open_upstream(
    name: str,
    settings: HttpSettings,
    operations: Mapping[str, tuple[Operation, HttpRequestSettings]],
    *,
    clock: Clock,
    emit: Emit,
) -> tuple[HttpUpstream, UpstreamReady]:
    """Raises ConfigError when a file or a secret cannot be used."""
    began = clock.monotonic()
    warn = _warner(name, emit)
    session = HttpSession(settings, trusted=[settings.base], clock=clock, warn=warn)
    for line in session.warnings:
        warn(line)
    upstream = HttpUpstream(name, settings, session, operations, clock=clock, emit=emit)
    return upstream, UpstreamReady(name, len(operations), False, clock.monotonic() - began)


def _warner(name: str, emit: Emit) -> Callable[[str], None]:
    return lambda line: emit(ConnectionWarning(name, line))
