"""The contract of one SOAP service for a command that needs no upstream: samples, mock, import."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from adapters.soap.codec import Projection
from adapters.soap.config import SoapSettings
from adapters.soap.contract import Contract
from adapters.soap.documents import DocumentSet
from adapters.soap.documents_gather import Limits, gather
from adapters.soap.documents_rules import Sourcing
from adapters.soap.kept import Kept
from adapters.soap.source import key_for, open_contract
from bridge.cli.sources import source
from bridge.clock import SystemClock
from bridge.errors import BridgeError
from bridge.transport.session import HttpSession


@dataclass(frozen=True, slots=True)
class Named:
    """One SOAP service as the command line names it, and where contracts are kept."""

    name: str
    soap: SoapSettings
    state: str


def named(
    wsdl: str,
    *,
    service: str | None,
    resolve: Sequence[str] | None,
    state: str | None,
    endpoint: str | None = None,
) -> Named:
    """Raises ConfigError for a WSDL or a `--resolve` that cannot be meant."""
    given = source(None, (wsdl,), endpoint=endpoint, service=service, resolve=resolve or (), state=state)
    config = given.config
    name, upstream = next(iter(config.upstreams.items()))
    assert upstream.soap is not None  # a WSDL makes a SOAP upstream
    return Named(name, upstream.soap, config.state)


async def read_service(soap: SoapSettings, state: str, *, every_port: bool = False, compare: bool = False) -> Contract:
    """The contract, from disk where it is kept. Raises ContractError. `every_port`: as `serve` reads it; `compare`:
    with what zeep reads differently."""
    session = HttpSession(soap, trusted=soap.configured)
    try:
        contract, _ = await open_contract(
            soap.wsdl,
            fetch=session.get,
            clock=SystemClock(),
            kept=Kept(Path(state)),
            resolve_map=soap.resolve,
            service=soap.service,
            port=soap.port,
            every_port=every_port and soap.port is None,
            refresh=soap.refresh,
            rewrite=soap.rewrite,
            allow_imports=soap.allow_imports,
            tolerate_missing=soap.tolerate_missing,
            limits=_limits(soap),
            compare=compare,
        )
        return contract
    finally:
        await session.close()


async def read_documents(soap: SoapSettings, state: str, *, every_port: bool = False) -> DocumentSet:
    """The documents behind the contract: those it was derived from, else gathered anew. Raises ContractError."""
    sourcing = Sourcing(soap.resolve, soap.rewrite, soap.allow_imports, soap.tolerate_missing)
    every = every_port and soap.port is None
    kept = await Kept(Path(state)).documents(key_for(soap.wsdl, sourcing, soap.service, soap.port, every_port=every))
    if kept is not None:
        return kept
    session = HttpSession(soap, trusted=soap.configured)
    try:
        return await gather(soap.wsdl, session.get, limits=_limits(soap), sourcing=sourcing)
    finally:
        await session.close()


def left_out(projection: Projection) -> list[tuple[str, str]]:
    """Operations that cannot be offered, each with the reason."""
    found = []
    for name in projection.contract.operations:
        try:
            projection.operation(name)
        except BridgeError as error:
            found.append((name, error.detail))
    return found


def _limits(soap: SoapSettings) -> Limits:
    return Limits(count_max=soap.documents_max, bytes_max=soap.documents_bytes_max)
