"""How an HTTP system is opened: its OpenAPI document is read if it has one; nothing else is asked of it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.http.api import Api, api_of
from adapters.http.config import HttpSettings
from adapters.http.document import read
from adapters.http.fetching import fetched
from adapters.http.offered import Flags, plans_of
from adapters.http.upstream import HttpUpstream
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.events import ConnectionWarning, ContractWarning, UpstreamReady
from bridge.rules.settings import FailRule
from bridge.transport.session import HttpSession


async def open_upstream(
    name: str,
    settings: HttpSettings,
    flags: Mapping[str, Flags],
    *,
    clock: Clock,
    emit: Emit,
    state_dir: Path | None = None,
    fail_when: tuple[FailRule, ...] = (),
) -> tuple[HttpUpstream, UpstreamReady]:
    """Raises ContractError, or ConfigError when a file or a secret cannot be used. `state_dir` None keeps no document
    on disk."""
    began = clock.monotonic()
    warn = _warner(name, emit)
    session = HttpSession(settings, trusted=[settings.base], clock=clock, warn=warn)
    try:
        api, from_disk, told = await open_api(settings, session, state_dir)
        plans = plans_of(api, flags)
        upstream = HttpUpstream(
            name, settings, session, plans, flags=flags, clock=clock, emit=emit, api=api, fail_when=fail_when
        )
        for each in [name for name, own in flags.items() if own.rows]:
            upstream.describe(each)  # a list that no answer has is found now
    except BaseException:  # a cancelled start as well leaves no connection behind
        await session.close()
        raise
    for line in (*((told,) if told else ()), *upstream.warnings):
        emit(ContractWarning(name, line))
    for line in session.warnings:
        warn(line)
    return upstream, UpstreamReady(name, len(upstream.operations), from_disk, clock.monotonic() - began)


async def open_api(
    settings: HttpSettings, session: HttpSession, state_dir: Path | None
) -> tuple[Api | None, bool, str]:
    """What the document says, None without one; whether it was on disk; and what is to be known of that. Raises
    ContractError."""
    if settings.openapi is None:
        return None, False, ""
    data, from_disk, told = await fetched(settings, session.get, state_dir)
    where = settings.openapi
    api = await asyncio.to_thread(lambda: api_of(read(data, where), where))
    return api, from_disk, told


def _warner(name: str, emit: Emit) -> Callable[[str], None]:
    return lambda line: emit(ConnectionWarning(name, line))
