"""`schedules`: when each runs next, how it ran, and a hand on it."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.desk import As, AtDesk, ConfigFile, Reason, at_desk
from bridge.cli.output import result
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_outcome, show_rows, show_value, time
from bridge.queue.desk_schedules import ScheduleRow
from bridge.shapes.json import dumps
from bridge.web.admin_json import plain

schedules = typer.Typer(no_args_is_help=True, help="Schedules: list, show, run, next, pause, resume.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="The name of a schedule.")]
_SCHEDULES: Columns[ScheduleRow] = {
    "schedule": lambda row: row.name,
    "when": lambda row: row.timing,
    "next": lambda row: time(row.next_due_at),
    "last": lambda row: time(row.last.fired_at) if row.last else "",
    "came to": lambda row: row.last.state if row.last else "",
    "paused by": lambda row: row.paused or ("" if row.active else "not in the configuration"),
}
_NEXT: Columns[ScheduleRow] = {name: _SCHEDULES[name] for name in ("next", "schedule")}


def _listed(config: ConfigFile, columns: Columns[ScheduleRow], *, json: bool, due: bool) -> None:
    async def work(here: AtDesk) -> int:
        rows = list(await here.desk.schedules.search())
        if due:
            rows = sorted((row for row in rows if row.next_due_at is not None), key=lambda row: row.next_due_at or 0.0)
        if json:
            result(dumps(plain(rows)))
        else:
            show_rows(rows, columns)
        return 0

    at_desk(config, None, work)


@schedules.command("list")
def list_(config: ConfigFile = None, json: Json = False) -> None:
    """List schedules with their next and last runs."""
    _listed(config, _SCHEDULES, json=json, due=False)


@schedules.command("next")
def next_(config: ConfigFile = None, json: Json = False) -> None:
    """What runs next, the soonest first."""
    _listed(config, _NEXT, json=json, due=True)


@schedules.command()
def show(
    name: Name,
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Show one schedule and its latest runs."""

    async def work(here: AtDesk) -> int:
        return show_value(await here.desk.schedules.show(name), json=json)

    at_desk(config, None, work)


@schedules.command()
def run(name: Name, config: ConfigFile = None, as_: As = "", json: Json = False) -> None:
    """Run a schedule now, once more."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.schedules.run(here.who, name), json=json)

    at_desk(config, None, work, as_=as_)


@schedules.command()
def pause(name: Name, config: ConfigFile = None, reason: Reason = "", as_: As = "", json: Json = False) -> None:
    """Run a schedule no more until it is resumed."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.schedules.pause(here.who, name, reason=reason), json=json)

    at_desk(config, None, work, as_=as_)


@schedules.command()
def resume(name: Name, config: ConfigFile = None, as_: As = "", json: Json = False) -> None:
    """Go on with a paused schedule. What would have run meanwhile is not made up for."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.schedules.resume(here.who, name), json=json)

    at_desk(config, None, work, as_=as_)
