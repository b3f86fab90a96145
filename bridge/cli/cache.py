"""`cache`: what a running bridge keeps of answers, and making it ask anew."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.call import JsonValue
from bridge.cli.admin_call import asked, run_asking
from bridge.cli.desk import ConfigFile, Limit, Reason
from bridge.cli.output import FAILED, result, say
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_rows
from bridge.shapes.json import dumps, loads

cache = typer.Typer(no_args_is_help=True, help="Kept answers: show, purge.")

Upstream = Annotated[str, typer.Option("--upstream", metavar="NAME", help="Of this upstream only.")]
Operation = Annotated[str, typer.Option("--operation", metavar="UPSTREAM.NAME", help="Of this operation only.")]
Tag = Annotated[str, typer.Option("--tag", metavar="TAG", help="About this, such as order:17, or order:*.")]
_ROWS: Columns[dict[str, JsonValue]] = {
    "answer to": lambda row: f"{row['upstream']}.{row['operation']}",
    "key": lambda row: str(row["key"])[:12],
    "whose": lambda row: row["who"] or "(everybody)",
    "fault": lambda row: row["fault"],
    "age": lambda row: f"{row['ageS']} s",
    "fresh for": lambda row: f"{row['leftS']} s",
    "bytes": lambda row: row["bytes"],
    "asked": lambda row: row["asked"],
    "about": lambda row: " ".join(map(str, row["tags"])) if isinstance(row["tags"], list) else "",
}


@cache.command()
def show(
    config: ConfigFile = None,
    upstream: Upstream = "",
    operation: Operation = "",
    tag: Tag = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Show what is kept, the answers asked for most first. Of several workers it is the first that tells."""

    async def work() -> int:
        query = {"upstream": upstream, "operation": operation, "tag": tag}
        given = {name: one for name, one in query.items() if one}
        view = await asked(config, "GET", "/cache", query={**given, "limit": str(limit)})
        if json:
            result(dumps(view))
        else:
            _show(view)
        return 0

    run_asking(work)


@cache.command()
def purge(
    config: ConfigFile = None,
    tag: Tag = "",
    upstream: Upstream = "",
    operation: Operation = "",
    key: Annotated[str, typer.Option("--key", metavar="KEY", help="One answer: a key that `show` tells.")] = "",
    args: Annotated[str, typer.Option("--args", metavar="JSON", help="One answer: what was asked.")] = "",
    all_: Annotated[bool, typer.Option("--all", help="Everything of every upstream.")] = False,
    reason: Reason = "",
    json: Json = False,
) -> None:
    """Make kept answers old, in all workers and on all nodes: whoever asks next gets a new one."""

    async def work() -> int:
        body: dict[str, JsonValue] = {"upstream": upstream, "operation": operation, "tag": tag, "key": key}
        body |= {"all": all_, "reason": reason}
        if args:
            body["args"] = loads(args.encode())
        outcome = await asked(config, "POST", "/cache/purge", body=body)
        assert isinstance(outcome, dict), "a purge answers with an object"
        if json:
            result(dumps(outcome))
            return 0
        done = outcome["done"]
        result(
            f"purged {', '.join(map(str, done)) if isinstance(done, list) else ''}: {outcome['dropped']} answers here"
        )
        if not outcome["everywhere"]:
            say("Not every other worker and node has said that it heard it: purge once more.")
        return 0 if outcome["everywhere"] else FAILED

    run_asking(work)


def _show(view: JsonValue) -> None:
    rows = [
        {**row, "upstream": one["upstream"]} for one in _objects(view, "upstreams") for row in _objects(one, "items")
    ]
    show_rows(rows, _ROWS)
    if isinstance(view, dict):
        say(f"{view['usedBytes']} of {view['bytesMax']} bytes are used." if rows else "Nothing is kept.")


def _objects(value: JsonValue, name: str) -> list[dict[str, JsonValue]]:
    found = value.get(name) if isinstance(value, dict) else None
    return [one for one in found if isinstance(one, dict)] if isinstance(found, list) else []
