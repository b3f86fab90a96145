"""What `check` finds about schedules: times that never come, operations that are not there, arguments that do not
fit."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

from bridge.cli.check_findings import Finding, Report
from bridge.cli.sources import Source
from bridge.queue.schedule_entry import check_schedule


async def schedules_told(found: Source, reports: Iterable[Report], now: datetime) -> list[Finding]:
    """One finding for each thing that would not work, at the line of its schedule. Sends nothing.

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
            place = found.document.places.key(("schedules", name)).place(text) if found.document else None
            told.append(Finding("config", text, place))
    return told
