"""`import`: a commented configuration, drafted from a WSDL."""

from __future__ import annotations

import asyncio
import os
import re
from pathlib import Path
from typing import Annotated

import typer

from adapters.http.config import HttpSettings
from adapters.http.opening import open_api
from adapters.soap.codec import Projection
from adapters.soap.config import SoapSettings
from adapters.soap.contract import Contract
from adapters.soap.endpoint import endpoint
from adapters.soap.security.demands import proposal
from adapters.soap.upstream import SoapUpstream
from bridge.cli.draft_guess import guesses
from bridge.cli.draft_http import base_of, draft_text
from bridge.cli.draft_text import Draft, DraftOperation, write
from bridge.cli.opened import nowhere
from bridge.cli.output import BAD_INPUT, fail, result, run, say
from bridge.cli.parameters import Endpoint, Resolve, Service, State
from bridge.cli.reading import Named, left_out, named, read_service
from bridge.cli.sources import upstream_name
from bridge.clock import SystemClock
from bridge.config.model import NAME
from bridge.transport.origins import is_http
from bridge.transport.session import HttpSession


def draft(
    wsdl: Annotated[str, typer.Option("--wsdl", metavar="URL-or-PATH", help="The WSDL.")] = "",
    openapi: Annotated[str, typer.Option("--openapi", metavar="URL-or-PATH", help="Or an OpenAPI document.")] = "",
    output: Annotated[Path | None, typer.Option("-o", "--output", metavar="FILE", help="The file to write.")] = None,
    name: Annotated[str | None, typer.Option(help="Name of the upstream; else made from the WSDL's.")] = None,
    force: Annotated[bool, typer.Option("--force", help="Write over a file that is there.")] = False,
    endpoint: Endpoint = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
) -> None:
    """Draft a configuration for a WSDL or an OpenAPI document: every operation, and guesses for you to confirm."""

    async def work() -> None:
        if output is not None and output.exists() and not force:
            fail(f"{output} is there already; --force writes over it", BAD_INPUT)
        if name is not None and not re.fullmatch(NAME, name):
            fail(f"--name {name}: lower-case letters, digits and hyphens, beginning with a letter", BAD_INPUT)
        if bool(wsdl) == bool(openapi):
            fail("give a WSDL with --wsdl, or an OpenAPI document with --openapi", BAD_INPUT)
        if openapi:
            _give(await _from_openapi(openapi, name, output, endpoint), output)
            return
        given = f"{name}={wsdl}" if name else wsdl
        found = named(given, endpoint=endpoint, service=service, resolve=resolve, state=state)
        contract = await read_service(found.soap, found.state, every_port=True)
        drafted = await _drafted(found, contract, output.parent if output else Path())
        if not drafted.operations:
            reasons = [f"  {operation}: {reason}" for operation, reason in drafted.left_out.items()]
            fail("\n".join([f"{wsdl} has no operation that can be offered", *reasons]))
        _give(write(drafted), output)

    run(work())


def _give(text: str, output: Path | None) -> None:
    if output is None:
        result(text)
    else:
        output.write_text(text, encoding="utf-8")
        say(f"{output} is written. Next: legacy-bridge check {output}")


async def _from_openapi(location: str, name: str | None, output: Path | None, endpoint: str | None) -> str:
    """Raises ContractError for a document that cannot be used."""
    http = HttpSettings.model_validate({"base": endpoint or "http://localhost", "openapi": location})
    session = HttpSession(http)
    try:
        api, _, _ = await open_api(http, session, None)
    finally:
        await session.close()
    assert api is not None  # there is a document
    folder = output.parent if output else Path()
    document = location if is_http(location) else _path(location, folder)
    return draft_text(name or upstream_name(location), api, document, endpoint or base_of(api, location))


async def _drafted(found: Named, contract: Contract, folder: Path) -> Draft:
    session = HttpSession(found.soap, trusted=found.soap.configured)
    try:
        upstream = SoapUpstream(found.name, contract, found.soap, session, flags={}, clock=SystemClock(), emit=nowhere)
        return await asyncio.to_thread(_draft, found, contract, upstream, folder)
    finally:
        await session.close()


def _draft(found: Named, contract: Contract, upstream: SoapUpstream, folder: Path) -> Draft:
    bad = dict(left_out(Projection(contract)))
    guessed = guesses(upstream)
    operations = [
        DraftOperation(one.name, one.doc, upstream.describe(one.name).faults, guessed[one.name])
        for one in upstream.operations.values()
        if one.name not in bad
    ]
    warnings = (*contract.warnings, *endpoint_warnings(contract, found.soap))
    soap = _soap(found.soap, folder)
    security = proposal(contract.security, found.name)
    return Draft(found.name, upstream.title, upstream.doc, soap, operations, bad, warnings, security)


def endpoint_warnings(contract: Contract, soap: SoapSettings) -> tuple[str, ...]:
    """What is to be known about the address that calls go to."""
    return endpoint(contract.port.address, soap).warnings


def _soap(soap: SoapSettings, folder: Path) -> dict[str, str | dict[str, str]]:
    """The `soap:` block. Paths are relative to the file that is written, as `serve` reads them."""
    block: dict[str, str | dict[str, str]] = {"wsdl": soap.wsdl if is_http(soap.wsdl) else _path(soap.wsdl, folder)}
    if soap.service:
        block["service"] = soap.service
    if soap.endpoint:
        block["endpoint"] = soap.endpoint
    if soap.resolve:
        block["resolve"] = {url: _path(path, folder) for url, path in soap.resolve.items()}
    return block


def _path(path: str, folder: Path) -> str:
    return os.path.relpath(Path(path).resolve(), folder.resolve())
