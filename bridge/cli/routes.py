"""`routes`: which address leads to which operation."""

from __future__ import annotations

from rich.table import Table

from bridge.call import JsonValue
from bridge.cli.opened import opened
from bridge.cli.output import out, result, run
from bridge.cli.parameters import ConfigPath, Json, Resolve, Service, State, Wsdls
from bridge.cli.sources import source
from bridge.shapes.json import dumps
from bridge.web.routes import Route


def routes(
    config: ConfigPath = None,
    wsdl: Wsdls = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    json: Json = False,
) -> None:
    """List the addresses and the operations behind them."""

    async def work() -> None:
        found = source(config, wsdl or (), service=service, resolve=resolve or (), state=state)
        async with opened(found.config) as gathering:
            listed = list(gathering.snapshot.routes)
            if json:
                result(dumps([_row(route) for route in listed]))
            else:
                out.print(_table(listed))

    run(work())


def _row(route: Route) -> JsonValue:
    return {"method": route.method, "path": route.path, "upstream": route.upstream, "operation": route.operation}


def _table(listed: list[Route]) -> Table:
    table = Table("method", "path", "operation", box=None)
    for route in listed:
        table.add_row(route.method, route.path, route.id)
    return table
