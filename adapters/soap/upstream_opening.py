"""How a SOAP service is opened: its contract, its sessions, and whether calls could go at all. What it offers is in
upstream.py.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from pathlib import Path

from adapters.soap.config import SoapSettings
from adapters.soap.contract import Contract
from adapters.soap.documents_gather import Limits
from adapters.soap.kept import Kept
from adapters.soap.source import open_contract
from adapters.soap.upstream import Flags, SoapUpstream
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.events import ConnectionWarning, ContractWarning, UpstreamReady
from bridge.rules.settings import FailRule
from bridge.transport.session import HttpSession


async def open_upstream(
    name: str,
    settings: SoapSettings,
    flags: Mapping[str, Flags],
    *,
    state_dir: Path | None,
    clock: Clock,
    emit: Emit,
    slots: asyncio.Semaphore | None = None,
    fail_when: tuple[FailRule, ...] = (),
) -> tuple[SoapUpstream, UpstreamReady]:
    """Gets the contract and opens the upstream. Raises ContractError or ConfigError.

    The event is for whoever makes it ready to be asked: its routes may not stand yet.

    `state_dir` None keeps nothing on disk; `slots` bounds how many contracts are derived at once.
    """
    started = clock.monotonic()
    warn = _warner(name, emit)
    session = HttpSession(settings, trusted=settings.configured, clock=clock, warn=warn)
    try:
        contract, from_disk = await _contract(settings, session, state_dir, clock, slots)
        upstream = SoapUpstream(
            name, contract, settings, session, flags=flags, clock=clock, emit=emit, fail_when=fail_when
        )
        upstream.require_session()
        upstream.check_rows()
    except BaseException:  # a cancelled start as well leaves no connection behind
        await session.close()
        raise
    for line in upstream.warnings:
        emit(ContractWarning(name, line))
    for line in session.warnings:
        warn(line)
    return upstream, UpstreamReady(name, len(upstream.operations), from_disk, clock.monotonic() - started)


def _warner(name: str, emit: Emit) -> Callable[[str], None]:
    return lambda line: emit(ConnectionWarning(name, line))


async def _contract(
    settings: SoapSettings,
    session: HttpSession,
    state_dir: Path | None,
    clock: Clock,
    slots: asyncio.Semaphore | None,
) -> tuple[Contract, bool]:
    """The contract, and whether it was on disk. Raises ContractError."""
    return await open_contract(
        settings.wsdl,
        fetch=session.get,
        clock=clock,
        kept=Kept(state_dir) if state_dir else None,
        resolve_map=settings.resolve,
        service=settings.service,
        port=settings.port,
        every_port=settings.port is None,
        refresh=settings.refresh,
        rewrite=settings.rewrite,
        allow_imports=settings.allow_imports,
        tolerate_missing=settings.tolerate_missing,
        limits=Limits(count_max=settings.documents_max, bytes_max=settings.documents_bytes_max),
        slots=slots,
    )
