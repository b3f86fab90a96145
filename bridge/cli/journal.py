"""`journal` and `audit`: what came in and went out, and who did what about it."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.cli.desk import After, As, AtDesk, ConfigFile, DryRun, Limit, Rate, Reason, Since, State, Until, at_desk
from bridge.cli.jobs import Operation
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_outcome, show_page, show_plan, show_value, time
from bridge.errors import BadRequest
from bridge.queue.desk_journal import EntryRow
from bridge.queue.settings import DEFAULT_QUEUE
from bridge.shapes.json import dumps
from bridge.store.audit import Audited
from bridge.store.journal_search import Filter
from bridge.web.admin_inputs import audit_filter, journal_filter
from bridge.web.admin_inputs import rate as parse_rate
from bridge.web.admin_json import plain

journal = typer.Typer(no_args_is_help=True, help="The journal: list, show, search, replay.")
audit = typer.Typer(no_args_is_help=True, help="The audit log: who did what.")

EntryState = Annotated[str, typer.Option("--in", metavar="STATE", help="In this state, such as failed or unknown.")]
EntryKind = Annotated[str, typer.Option("--kind", metavar="KIND", help="Of this kind: call, file, webhook …")]
Upstream = Annotated[str, typer.Option("--upstream", metavar="NAME", help="Of this upstream.")]
About = Annotated[str, typer.Option("--key", metavar="KEY", help="About this, such as order:17.")]
Trace = Annotated[str, typer.Option("--correlation", metavar="ID", help="Of this trace.")]
Idempotency = Annotated[str, typer.Option("--idempotency-key", metavar="KEY", help="That had this key.")]
_ENTRIES: Columns[EntryRow] = {
    "id": lambda row: row.id,
    "at": lambda row: time(row.at),
    "kind": lambda row: row.kind,
    "operation": lambda row: row.operation or row.upstream,
    "state": lambda row: row.state,
    "status": lambda row: row.status or "",
    "code": lambda row: row.code,
    "tries": lambda row: row.attempts or "",
    "principal": lambda row: row.principal,
    "key": lambda row: row.key,
}
_AUDIT: Columns[Audited] = {
    "at": lambda row: time(row.at),
    "who": lambda row: row.who,
    "verb": lambda row: row.verb,
    "target": lambda row: row.target or dumps(plain(row.scope)),
    "reason": lambda row: row.reason,
    "id": lambda row: row.id,
}


def _listed(config: ConfigFile, given: dict[str, str], after: str, limit: int, *, json: bool) -> None:
    async def work(here: AtDesk) -> int:
        page = await here.desk.journal.search(journal_filter(given, here.now), after=after, limit=limit)
        return show_page(page, _ENTRIES, json=json, none="There are no such entries.")

    at_desk(config, None, work)


@journal.command("list")
def list_(
    config: ConfigFile = None,
    kind: EntryKind = "",
    upstream: Upstream = "",
    operation: Operation = "",
    entry_state: EntryState = "",
    key: About = "",
    correlation: Trace = "",
    idempotency_key: Idempotency = "",
    since: Since = "",
    until: Until = "",
    after: After = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """List entries, the newest first."""
    given = {"kind": kind, "upstream": upstream, "operation": operation, "state": entry_state, "key": key}
    more = {"correlation": correlation, "idempotency_key": idempotency_key, "since": since, "until": until}
    _listed(config, {**given, **more}, after, limit, json=json)


@journal.command()
def search(
    words: Annotated[list[str], typer.Argument(metavar="WORD…", help="Words that all must be there; ada* begins so.")],
    config: ConfigFile = None,
    entry_state: EntryState = "",
    since: Since = "",
    until: Until = "",
    after: After = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Find entries by words of their requests."""
    given = {"text": " ".join(words), "state": entry_state, "since": since, "until": until}
    _listed(config, given, after, limit, json=json)


@journal.command()
def show(
    entry: Annotated[str, typer.Argument(metavar="ID", help="The id of an entry.")],
    config: ConfigFile = None,
    wire: Annotated[bool, typer.Option("--wire", help="Only how it went over the wire.")] = False,
    json: Json = False,
) -> None:
    """Show one entry with its request and its answer (masked), its tries, and what has the same correlation."""

    async def work(here: AtDesk) -> int:
        journal = here.desk.journal
        return show_value(await (journal.wire(entry) if wire else journal.show(entry)), json=json)

    at_desk(config, None, work)


@journal.command()
def replay(
    ids: Annotated[list[str] | None, typer.Argument(metavar="[ID…]", help="Ids; or a filter instead.")] = None,
    config: ConfigFile = None,
    state: State = None,
    upstream: Upstream = "",
    operation: Operation = "",
    entry_state: EntryState = "",
    key: About = "",
    correlation: Trace = "",
    since: Since = "",
    until: Until = "",
    queue: Annotated[str, typer.Option("--queue", metavar="NAME", help="The queue that gets the jobs.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="All that failed or are unknown.")] = False,
    rate: Rate = "",
    dry_run: DryRun = False,
    reason: Reason = "",
    as_: As = "",
    json: Json = False,
) -> None:
    """Make jobs of calls that failed or whose outcome is unknown, the oldest first."""
    given = {"upstream": upstream, "operation": operation, "state": entry_state, "key": key}
    times = {"correlation": correlation, "since": since, "until": until}

    async def work(here: AtDesk) -> int:
        wanted = _wanted(ids or [], journal_filter({**given, **times}, here.now), everything=all_)
        desk, per_s = here.desk.journal, parse_rate(rate)
        if dry_run:
            return show_plan(await desk.plan(ids or [], wanted, rate_per_s=per_s), json=json)
        to = queue or DEFAULT_QUEUE
        outcome = await desk.replay(here.who, ids or [], wanted, rate_per_s=per_s, queue=to, reason=reason)
        return show_outcome(outcome, json=json)

    at_desk(config, state, work, as_=as_)


def _wanted(ids: list[str], wanted: Filter, *, everything: bool) -> Filter | None:
    if ids and (everything or wanted != Filter()):
        raise BadRequest("Give ids or a filter, not both.")
    if not ids and wanted == Filter() and not everything:
        raise BadRequest("Say which: ids, a filter such as --upstream NAME, or --all.")
    return None if ids else wanted


@audit.command("list")
def list_acts(
    config: ConfigFile = None,
    who: Annotated[str, typer.Option("--who", metavar="NAME", help="What this person did.")] = "",
    verb: Annotated[str, typer.Option("--verb", metavar="VERB", help="Such as dead.replay, or dead for all.")] = "",
    target: Annotated[str, typer.Option("--target", metavar="ID", help="What was done to this.")] = "",
    since: Since = "",
    until: Until = "",
    after: After = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """List what operators did, the newest first."""
    given = {"who": who, "verb": verb, "target": target, "since": since, "until": until}

    async def work(here: AtDesk) -> int:
        page = await here.desk.audit(audit_filter(given, here.now), after=after, limit=limit)
        return show_page(page, _AUDIT, json=json, none="Nobody has done anything.")

    at_desk(config, None, work)


@audit.command("show")
def show_act(
    entry: Annotated[str, typer.Argument(metavar="ID", help="The id of an entry.")],
    config: ConfigFile = None,
    json: Json = False,
) -> None:
    """Show what an action wrote, such as an edited payload (masked)."""

    async def work(here: AtDesk) -> int:
        return show_value(await here.desk.audited(entry), json=json)

    at_desk(config, None, work)
