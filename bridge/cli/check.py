"""`check`: the configuration against the contracts it speaks of, before anyone is served."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime

import typer

from bridge.app.gathering import OPENING_MAX
from bridge.cli.check_findings import Checked, Finding, Report, examine
from bridge.cli.check_http import examine_http
from bridge.cli.check_report import as_json, show
from bridge.cli.check_schedules import schedules_told
from bridge.cli.output import BAD_INPUT, FAILED, pretty, result, run
from bridge.cli.parameters import ConfigPath, Json, Resolve, Service, State, Wsdls
from bridge.cli.sources import Source, source
from bridge.clock import SystemClock
from bridge.errors import BridgeError, ConfigError, RouteError
from bridge.web.route_table import RouteTable
from bridge.web.routes import Route, build_routes


def check(
    config: ConfigPath = None,
    wsdl: Wsdls = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Read a configuration and the contracts behind it, and tell what would not work."""

    async def work() -> int:
        try:
            found = source(config, wsdl or (), service=service, resolve=resolve or (), state=state)
        except ConfigError as error:
            if not json:
                raise
            result(pretty(as_json([], [Finding("config", place.message, place) for place in error.places])))
            return BAD_INPUT
        reports = await _examined(found)
        general = [
            *_conflicts(found, reports),
            *await schedules_told(found, reports, datetime.fromtimestamp(SystemClock().wall(), UTC)),
        ]
        if json:
            result(pretty(as_json(reports, general)))
        else:
            show(reports, general)
        return _code([*general, *(finding for report in reports for finding in report.findings)])

    if code := run(work()):
        raise typer.Exit(code)


async def _examined(found: Source) -> list[Report]:
    slots = asyncio.Semaphore(OPENING_MAX)
    state = found.config.state
    return await asyncio.gather(
        *(
            examine_http(Checked(name, settings, found.document), state)
            if settings.http is not None
            else examine(Checked(name, settings, found.document), state, slots)
            for name, settings in found.config.upstreams.items()
        )
    )


def _conflicts(found: Source, reports: list[Report]) -> list[Finding]:
    """Two operations at one address, whichever upstreams they belong to."""
    routes: list[Route] = []
    for report in reports:
        settings = found.config.upstreams[report.name]
        if report.upstream is not None and not report.of("config"):
            try:
                routes += build_routes(
                    report.upstream, settings.routes(), settings.mounted_at(report.name), settings.answers()
                )
            except BridgeError:
                continue  # an operation that cannot be offered, which is told where it is configured
    try:
        RouteTable(routes)
    except RouteError as error:
        return [Finding("config", line) for line in error.detail.splitlines()]
    return []


def _code(findings: list[Finding]) -> int:
    kinds = {finding.severity for finding in findings}
    return BAD_INPUT if "config" in kinds else FAILED if "error" in kinds else 0
