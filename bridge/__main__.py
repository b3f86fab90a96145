"""`legacy-bridge` and `python -m bridge`: the table of commands."""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import version
from typing import Annotated

import typer

from bridge.cli.alerts import alerts
from bridge.cli.breakers import breakers
from bridge.cli.cache import cache
from bridge.cli.call import call
from bridge.cli.check import check
from bridge.cli.dead import dead
from bridge.cli.demo import demo
from bridge.cli.draft import draft
from bridge.cli.jobs import jobs, queues
from bridge.cli.journal import audit, journal
from bridge.cli.mock import mock
from bridge.cli.openapi import openapi
from bridge.cli.routes import routes
from bridge.cli.samples import samples
from bridge.cli.schedules import schedules
from bridge.cli.serve import serve
from bridge.cli.store import store_app
from bridge.cli.topics import topics
from bridge.cli.verify import verify

app = typer.Typer(
    no_args_is_help=True, add_completion=False, pretty_exceptions_enable=False, help="Clean APIs for legacy systems."
)
COMMANDS: dict[str, Callable[..., None]] = {
    "serve": serve,
    "check": check,
    "routes": routes,
    "openapi": openapi,
    "import": draft,
    "call": call,
    "samples": samples,
    "verify": verify,
    "mock": mock,
    "demo": demo,
}
ROOMS: dict[str, typer.Typer] = {
    "jobs": jobs,
    "queues": queues,
    "dead": dead,
    "journal": journal,
    "schedules": schedules,
    "topics": topics,
    "breakers": breakers,
    "cache": cache,
    "alerts": alerts,
    "audit": audit,
    "store": store_app,
}
for name, command in COMMANDS.items():
    app.command(name)(command)
for name, room in ROOMS.items():
    app.add_typer(room, name=name)


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"legacy-bridge {version('legacy-bridge')}")
        raise typer.Exit


@app.callback()
def _root(
    shown: Annotated[bool, typer.Option("--version", callback=_version, is_eager=True, help="The version.")] = False,
) -> None:
    """Clean APIs for legacy systems."""


def main() -> None:
    app()


if __name__ == "__main__":
    main()
