"""`jobs` and `queues`: what is to be done, what runs, what waits, and a hand on it."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.desk import After, As, AtDesk, ConfigFile, Limit, Reason, Since, Until, at_desk
from bridge.cli.output import result
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_outcome, show_page, show_rows, show_value, some, time
from bridge.queue.desk_jobs import QueueRow
from bridge.shapes.json import dumps
from bridge.store.dead import HELD_UNTIL
from bridge.store.job_views import JobRow
from bridge.web.admin_inputs import job_filter
from bridge.web.admin_json import plain

jobs = typer.Typer(no_args_is_help=True, help="Jobs: list, show, cancel, retry, hold, skip.")
queues = typer.Typer(no_args_is_help=True, help="Queues: depths, pause, resume.")

Ids = Annotated[list[str], typer.Argument(metavar="ID…", help="Ids of jobs.")]
Id = Annotated[str, typer.Argument(metavar="ID", help="The id of a job.")]
Queue = Annotated[str, typer.Option("--queue", metavar="NAME", help="Of this queue.")]
Kind = Annotated[str, typer.Option("--kind", metavar="KIND", help="Of this kind, such as call.")]
Operation = Annotated[str, typer.Option("--operation", metavar="[UPSTREAM.]NAME", help="Calls of this operation.")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="With this key of order.")]
Code = Annotated[str, typer.Option("--code", metavar="CODE", help="That failed with this error code.")]
Words = Annotated[str, typer.Option("--text", metavar="TEXT", help="With this in payload or cause.")]
JOBS: Columns[JobRow] = {
    "id": lambda row: row.id,
    "state": lambda row: "held" if row.due_at >= HELD_UNTIL else row.state,
    "queue": lambda row: row.queue,
    "kind": lambda row: row.kind,
    "operation": lambda row: row.operation,
    "key": lambda row: row.key,
    "tries": lambda row: row.attempt,
    "accepted": lambda row: time(row.created_at),
    "code": lambda row: row.code,
    "cause": lambda row: row.cause,
}
_QUEUES: Columns[QueueRow] = {
    "queue": lambda row: row.name,
    "ready": lambda row: row.ready,
    "waiting": lambda row: row.waiting,
    "blocked": lambda row: row.blocked,
    "running": lambda row: row.running,
    "dead": lambda row: row.dead,
    "oldest ready": lambda row: f"{row.oldest_ready_s:.0f} s" if row.ready else "",
    "paused by": lambda row: row.paused_by,
}


@jobs.command("list")
def list_(
    config: ConfigFile = None,
    queue: Queue = "",
    kind: Kind = "",
    job_state: Annotated[str, typer.Option("--in", metavar="STATE", help="In this state, such as ready.")] = "",
    operation: Operation = "",
    key: Key = "",
    code: Code = "",
    text: Words = "",
    since: Since = "",
    until: Until = "",
    after: After = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """List jobs, the newest first."""
    given = {"queue": queue, "kind": kind, "state": job_state, "operation": operation, "key": key, "code": code}

    async def work(here: AtDesk) -> int:
        wanted = job_filter({**given, "text": text, "since": since, "until": until}, here.now)
        page = await some(lambda after: here.desk.jobs.search(wanted, after=after, limit=limit), after)
        return show_page(page, JOBS, json=json, none="There are no such jobs.")

    at_desk(config, None, work)


@jobs.command()
def show(job: Id, config: ConfigFile = None, json: Json = False) -> None:
    """Show one job: its payload, its result, and every try that failed."""

    async def work(here: AtDesk) -> int:
        return show_value(await here.desk.jobs.show(job), json=json)

    at_desk(config, None, work)


@jobs.command()
def cancel(ids: Ids, config: ConfigFile = None, reason: Reason = "", as_: As = "", json: Json = False) -> None:
    """Take jobs back. One that runs is stopped by its worker."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.cancel(here.who, ids, reason=reason), json=json)

    at_desk(config, None, work, as_=as_)


@jobs.command()
def retry(ids: Ids, config: ConfigFile = None, as_: As = "", json: Json = False) -> None:
    """Have jobs that wait, are held or are dead run now."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.retry(here.who, ids), json=json)

    at_desk(config, None, work, as_=as_)


@jobs.command()
def hold(ids: Ids, config: ConfigFile = None, reason: Reason = "", as_: As = "", json: Json = False) -> None:
    """Keep jobs from running until they are retried."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.hold(here.who, ids, reason=reason), json=json)

    at_desk(config, None, work, as_=as_)


@jobs.command()
def skip(ids: Ids, config: ConfigFile = None, reason: Reason = "", as_: As = "", json: Json = False) -> None:
    """Lay jobs aside as dead letters, so that the next of their key goes on."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.skip(here.who, ids, reason=reason), json=json)

    at_desk(config, None, work, as_=as_)


@queues.command("list")
def depths(config: ConfigFile = None, json: Json = False) -> None:
    """How much there is in each queue."""

    async def work(here: AtDesk) -> int:
        rows = await here.desk.jobs.depths()
        if json:
            result(dumps(plain(rows)))
        else:
            show_rows(rows, _QUEUES)
        return 0

    at_desk(config, None, work)


Name = Annotated[str, typer.Argument(metavar="QUEUE", help="The name of a queue.")]


@queues.command()
def pause(queue: Name, config: ConfigFile = None, reason: Reason = "", as_: As = "", json: Json = False) -> None:
    """Begin nothing more of a queue, on any node. What runs goes on."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.pause(here.who, queue, reason=reason), json=json)

    at_desk(config, None, work, as_=as_)


@queues.command()
def resume(queue: Name, config: ConfigFile = None, as_: As = "", json: Json = False) -> None:
    """Go on with a paused queue."""

    async def work(here: AtDesk) -> int:
        return show_outcome(await here.desk.jobs.resume(here.who, queue), json=json)

    at_desk(config, None, work, as_=as_)
