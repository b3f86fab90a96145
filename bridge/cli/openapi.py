"""`openapi`: the OpenAPI document of what would be served."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.app.documents import write_document
from bridge.cli.opened import opened
from bridge.cli.output import result, run
from bridge.cli.parameters import ConfigPath, Resolve, Service, State, Wsdls
from bridge.cli.sources import source


def openapi(
    config: ConfigPath = None,
    wsdl: Wsdls = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    guess_reads: Annotated[bool, typer.Option("--guess-reads", help="As in serve.")] = False,
) -> None:
    """Write the OpenAPI 3.1 document to stdout."""

    async def work() -> None:
        found = source(config, wsdl or (), service=service, resolve=resolve or (), state=state)
        async with opened(found.config, guess_reads=guess_reads) as gathering:
            snapshot = gathering.snapshot
            document = write_document(snapshot, tuple(snapshot.upstreams), security=found.config.access is not None)
            result(document.decode())

    run(work())
