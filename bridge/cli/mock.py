"""`mock`: a SOAP server made of a WSDL alone, with schema-valid answers."""

from __future__ import annotations

import asyncio
import signal
from typing import Annotated

import typer

from adapters.soap.mock import MockService
from adapters.soap.mock_pages import Pages
from bridge.cli.mock_server import MockServer
from bridge.cli.output import fail, result, run, say
from bridge.cli.parameters import OneWsdl, Resolve, Service, State
from bridge.cli.reading import Named, left_out, named, read_documents, read_service
from bridge.clock import SystemClock


def mock(
    wsdl: OneWsdl,
    port: Annotated[int, typer.Option(min=0, max=65535, help="TCP port; 0 takes a free one.")] = 8090,
    host: Annotated[str, typer.Option(help="Address to listen on.")] = "127.0.0.1",
    delay: Annotated[float, typer.Option(min=0, max=3600, help="Seconds that every answer takes.")] = 0.0,
    fault_rate: Annotated[float, typer.Option(min=0, max=1, help="Share of the calls that get a fault.")] = 0.0,
    seed: Annotated[int, typer.Option(help="Other seed, other answers; the same seed, the same answers.")] = 0,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
) -> None:
    """Serve made-up, schema-valid answers for a WSDL. Prints the address of its own WSDL when it is ready."""

    async def work() -> None:
        found = named(wsdl, service=service, resolve=resolve, state=state)
        contract = await read_service(found.soap, found.state, every_port=True)
        mind = MockService(contract, seed=seed, fault_rate=fault_rate)
        for name, reason in left_out(mind.projection):
            say(f"{name} is left out: {reason}")
        if not mind.codecs:
            fail(f"{wsdl} has no operation that can be mocked")
        pages = await asyncio.to_thread(Pages, await read_documents(found.soap, found.state, every_port=True))
        await _serve(
            found, MockServer(mind, pages, path=f"/{found.name}", delay_s=delay, clock=SystemClock()), host, port
        )

    run(work())


async def _serve(found: Named, server: MockServer, host: str, port: int) -> None:
    stopping = asyncio.Event()
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, stopping.set)
    url = await server.start(host, port)
    try:
        result(f"{url}?wsdl")
        say(f"{found.name} is mocked on {url}; Ctrl-C stops it.")
        await stopping.wait()
    finally:
        await server.stop()
