"""What `check` finds about schedules: times that never come, operations that are not there, arguments that do not
fit; and what `serve` does not begin with."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bridge.cli.check_findings import Finding, Report
from bridge.cli.sources import Source
from bridge.errors import ConfigError, Place
from bridge.queue.schedule_entry import check_schedule


async def schedules_told(found: Source, reports: Iterable[Report], now: datetime) -> list[Finding]:
    """One finding for each thing that would not work, at its line. Sends nothing.

    A call of an upstream that could not be read is not judged: that is told already, where it belongs.
    """
    told = []
    upstreams = {report.name: report.upstream for report in reports if report.upstream is not None}
    unread = found.config.upstreams.keys() - upstreams.keys()
    for name, settings in found.config.schedules.items():
        if settings.call.partition(".")[0] in unread:
            continue
        for line in await check_schedule(settings, upstreams, now):
            text = f"the schedule {name}: {line}"
            told.append(Finding("config", text, _place(found, name, line, text)))
    return told


def refuse_schedules(found: Source) -> None:
    """Raises ConfigError with the line of each schedule whose file of holidays cannot be used."""
    refused = []
    for name, settings in found.config.schedules.items():
        try:
            settings.spec()
        except ValueError as error:
            line = f"holidays: {error}"
            refused.append(_place(found, name, line, line) or Place("schedules", 1, 1, f"{name}: {line}"))
    if refused:
        raise ConfigError(refused)


def _place(found: Source, name: str, line: str, text: str) -> Place | None:
    """A line begins with the key that it blames, as far as that is written: `holidays: …`, `with/orderId: …`."""
    if found.document is None:
        return None
    return found.document.places.value(("schedules", name, *line.partition(":")[0].split("/"))).place(text)
