"""`breakers`: how those of a running bridge stand, and a hand on them."""

from __future__ import annotations

from typing import Annotated

import typer

from bridge.call import JsonValue
from bridge.cli.admin_call import asked, run_asking
from bridge.cli.desk import ConfigFile, Reason
from bridge.cli.output import FAILED, result, say
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, cell, show_rows
from bridge.shapes.json import dumps

breakers = typer.Typer(no_args_is_help=True, help="Breakers: list, open, close, auto.")

Name = Annotated[str, typer.Argument(metavar="NAME", help="An upstream, or upstream.Operation.")]
_ROWS: Columns[dict[str, JsonValue]] = {
    "breaker": lambda row: row["name"],
    "state": lambda row: row["state"],
    "by": lambda row: "itself" if row["mode"] == "auto" else "hand",
    "in workers": lambda row: f"{row['alike']} of {row['workers']}",
    "open for": lambda row: (
        f"{float(str(row['forS'])):.1f} s" if (row["state"], row["mode"]) == ("open", "auto") else ""
    ),
    "attempts": lambda row: row["calls"],
    "failed": lambda row: row["bad"],
    "slow": lambda row: row["slow"],
}
_DONE = {"open": "open until it is set otherwise", "close": "closed, however it goes", "auto": "goes by what it sees"}


@breakers.command("list")
def list_(config: ConfigFile = None, json: Json = False) -> None:
    """List the breakers that somebody has come to, over all workers and nodes."""

    async def work() -> int:
        rows = await asked(config, "GET", "/breakers")
        if json:
            result(dumps(rows))
        elif isinstance(rows, list):
            show_rows([row for row in rows if isinstance(row, dict)], _ROWS)
            if not rows:
                say("There are no breakers.")
        return 0

    run_asking(work)


@breakers.command("open")
def open_(name: Name, config: ConfigFile = None, reason: Reason = "", json: Json = False) -> None:
    """Let nobody through, in all workers, until it is set otherwise."""
    _set("open", name, config, reason, json=json)


@breakers.command()
def close(name: Name, config: ConfigFile = None, reason: Reason = "", json: Json = False) -> None:
    """Let everybody through, however it goes, until it is set otherwise."""
    _set("close", name, config, reason, json=json)


@breakers.command()
def auto(name: Name, config: ConfigFile = None, reason: Reason = "", json: Json = False) -> None:
    """Let it go by what it sees again."""
    _set("auto", name, config, reason, json=json)


def _set(verb: str, name: str, config: ConfigFile, reason: str, *, json: bool) -> None:
    async def work() -> int:
        outcome = await asked(config, "POST", f"/breakers/{name}/{verb}", body={"reason": reason} if reason else {})
        done = isinstance(outcome, dict) and outcome.get("done")
        if json:
            result(dumps(outcome))
        elif done:
            result(f"{cell(name)} {_DONE[verb]}")
        else:
            say(f"{cell(name)} left as it is: it is so already")
        return 0 if done else FAILED

    run_asking(work)
