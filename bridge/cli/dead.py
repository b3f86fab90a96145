"""`dead`: dead letters listed, shown, edited, replayed, discarded."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from bridge.call import JsonValue
from bridge.cli.desk import After, As, AtDesk, ConfigFile, DryRun, Limit, Rate, Reason, Since, State, Until, at_desk
from bridge.cli.jobs import JOBS, Code, Id, Key, Kind, Operation, Queue, Words
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_outcome, show_page, show_plan, show_value, some, time
from bridge.errors import BadRequest
from bridge.queue.deeds import Outcome
from bridge.queue.desk_dead import Chosen, DeadDesk
from bridge.shapes.json import loads
from bridge.store.job_views import JobFilter, JobRow
from bridge.web.admin_inputs import job_filter
from bridge.web.admin_inputs import rate as parse_rate

dead = typer.Typer(no_args_is_help=True, help="Dead letters: list, show, edit, replay, discard.")

SomeIds = Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Ids; or a filter instead.")]
All = Annotated[bool, typer.Option("--all", help="All of them, without a filter.")]
_COLUMNS: Columns[JobRow] = {
    **{name: get for name, get in JOBS.items() if name not in {"state", "accepted", "cause"}},
    "dead since": lambda row: time(row.ended_at),
    "edited by": lambda row: row.edited_by,
    "cause": lambda row: row.cause,
}


@dead.command("list")
def list_(
    config: ConfigFile = None,
    queue: Queue = "",
    kind: Kind = "",
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
    """List dead letters, the newest first."""
    given = {"queue": queue, "kind": kind, "operation": operation, "key": key, "code": code, "text": text}

    async def work(here: AtDesk) -> int:
        wanted = job_filter({**given, "since": since, "until": until}, here.now)
        page = await some(lambda after: here.desk.dead.search(wanted, after=after, limit=limit), after)
        return show_page(page, _COLUMNS, json=json, none="There are no dead letters.")

    at_desk(config, None, work)


@dead.command()
def show(job: Id, config: ConfigFile = None, json: Json = False) -> None:
    """Show one dead letter: its payload (masked), and every try."""

    async def work(here: AtDesk) -> int:
        return show_value(await here.desk.jobs.show(job), json=json)

    at_desk(config, None, work)


@dead.command()
def edit(
    job: Id,
    text: Annotated[str, typer.Option("--payload", metavar="JSON|@FILE|-", help="The whole new payload.")] = "",
    args: Annotated[str, typer.Option("--args", metavar="JSON|@FILE|-", help="Of a call: its new arguments.")] = "",
    config: ConfigFile = None,
    state: State = None,
    unchecked: Annotated[bool, typer.Option("--unchecked", help="Do not ask the contract whether it fits.")] = False,
    reason: Reason = "",
    as_: As = "",
    json: Json = False,
) -> None:
    """Give a dead letter another payload. What is still masked (***) stays as it was."""

    async def work(here: AtDesk) -> int:
        payload = await _payload(here, job, text, args)
        desk = replace(here.desk.dead, preview=None) if unchecked else here.desk.dead
        return show_outcome(await desk.edit(here.who, job, payload, reason=reason), json=json)

    at_desk(config, state, work, as_=as_)


@dead.command()
def replay(
    ids: SomeIds = None,
    config: ConfigFile = None,
    state: State = None,
    queue: Queue = "",
    kind: Kind = "",
    operation: Operation = "",
    key: Key = "",
    code: Code = "",
    text: Words = "",
    since: Since = "",
    until: Until = "",
    all_: All = False,
    rate: Rate = "",
    dry_run: DryRun = False,
    reason: Reason = "",
    as_: As = "",
    json: Json = False,
) -> None:
    """Have dead letters tried again, in the order of their key."""
    given = {"queue": queue, "kind": kind, "operation": operation, "key": key, "code": code, "text": text}

    async def work(here: AtDesk) -> int:
        wanted = job_filter({**given, "since": since, "until": until}, here.now)
        chosen, per_s = chosen_by(ids or [], wanted, everything=all_), parse_rate(rate)
        if dry_run:
            return show_plan(await here.desk.dead.plan(chosen, rate_per_s=per_s), json=json)
        return show_outcome(await _replayed(here, chosen, per_s, reason), json=json)

    at_desk(config, state, work, as_=as_)


@dead.command()
def discard(
    ids: SomeIds = None,
    config: ConfigFile = None,
    queue: Queue = "",
    kind: Kind = "",
    operation: Operation = "",
    key: Key = "",
    code: Code = "",
    text: Words = "",
    since: Since = "",
    until: Until = "",
    all_: All = False,
    reason: Reason = "",
    as_: As = "",
    json: Json = False,
) -> None:
    """Say that dead letters are not wanted any more; it needs a reason (-m)."""
    given = {"queue": queue, "kind": kind, "operation": operation, "key": key, "code": code, "text": text}

    async def work(here: AtDesk) -> int:
        wanted = job_filter({**given, "since": since, "until": until}, here.now)
        chosen, desk = chosen_by(ids or [], wanted, everything=all_), here.desk.dead
        outcome = await desk.discard(here.who, chosen, reason=reason)
        while outcome.next:
            more = await desk.discard(here.who, replace(chosen, after=outcome.next), reason=reason)
            outcome = together(outcome, more)
        return show_outcome(outcome, json=json)

    at_desk(config, None, work, as_=as_)


def chosen_by(ids: list[str], wanted: JobFilter, *, everything: bool) -> Chosen:
    """Raises BadRequest for both, and for neither: to mean all of them is worth a word."""
    if ids and (everything or not wanted.empty):
        raise BadRequest("Give ids or a filter, not both.")
    if not ids and wanted.empty and not everything:
        raise BadRequest("Say which: ids, a filter such as --operation NAME, or --all.")
    return Chosen(tuple(ids)) if ids else Chosen(filter=wanted)


def together(first: Outcome, more: Outcome) -> Outcome:
    """Two parts of one action."""
    return replace(more, done=(*first.done, *more.done), left=(*first.left, *more.left))


async def _replayed(here: AtDesk, chosen: Chosen, per_s: float | None, reason: str) -> Outcome:
    desk: DeadDesk = here.desk.dead
    outcome = await desk.replay(here.who, chosen, rate_per_s=per_s, reason=reason)
    while outcome.next:
        rest = replace(chosen, after=outcome.next)
        more = await desk.replay(here.who, rest, rate_per_s=per_s, from_at=outcome.due_at or 0.0, reason=reason)
        outcome = together(outcome, more)
    return outcome


async def _payload(here: AtDesk, job: str, text: str, args: str) -> JsonValue:
    if bool(text) == bool(args):
        raise BadRequest("Give --payload, or --args of a call.")
    if text:
        return loads(_read(text))
    payload = (await here.desk.jobs.show(job)).payload
    if not isinstance(payload, dict) or "args" not in payload:
        raise BadRequest("It is no call: give its whole --payload.")
    return {**payload, "args": loads(_read(args))}


def _read(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    return Path(text[1:]).read_bytes() if text.startswith("@") else text.encode()
