"""`call`: one operation, from the command line."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated

import typer

from bridge.app import Gathering
from bridge.call import Call, Trace
from bridge.cli.explained import show_explained
from bridge.cli.files import save, with_files
from bridge.cli.opened import opened
from bridge.cli.output import err, result, run
from bridge.cli.parameters import Endpoint, Resolve, Service, State
from bridge.cli.rows import print_rows
from bridge.cli.sources import Source, source
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.config.nearest import suggestion
from bridge.contracts import Envelopes, Upstream
from bridge.errors import ConfigError, Place
from bridge.web.trace import read_trace


def call(
    target: Annotated[str, typer.Argument(metavar="[UPSTREAM.]OPERATION", help="What to call.")],
    config: Annotated[Path | None, typer.Argument(metavar="[CONFIG]", help="Configuration file (YAML).")] = None,
    json: Annotated[str, typer.Option("--json", metavar="TEXT|@FILE|-", help="The request as JSON.")] = "",
    wsdl: Annotated[list[str] | None, typer.Option("--wsdl", metavar="URL-or-PATH", help="The WSDL.")] = None,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Print what would be sent, and send nothing.")] = False,
    explain: Annotated[bool, typer.Option("--explain", help="Print both sides of the call, and its times.")] = False,
    rows: Annotated[bool, typer.Option("--rows", help="Print the list of the answer while it comes.")] = False,
    file: Annotated[
        list[str] | None, typer.Option("--file", metavar="NAME=@PATH", help="A file of the request.")
    ] = None,
    out: Annotated[str, typer.Option("--out", metavar="PATH|-", help="Where to write the file of the answer.")] = "",
    endpoint: Endpoint = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
) -> None:
    """Call one operation and print its answer as JSON."""

    async def work() -> None:
        found = source(config, wsdl or (), endpoint=endpoint, service=service, resolve=resolve or (), state=state)
        async with opened(_only(found, target)) as gathering:
            upstream, operation = _found(gathering, target)
            body = _body(json)
            if dry_run:
                if file:
                    raise ConfigError([Place("command line", 1, 1, "a dry run goes without files")])
                _show(await gathering.snapshot.upstreams[upstream].dry_run(operation, body))
                return
            made = Call(f"{upstream}.{operation}", body, SystemClock().monotonic() + 3600, _trace())
            made = with_files(made, gathering.snapshot.upstreams[upstream].describe(operation), file or ())
            if out:
                await save(made, gathering.snapshot.services[made.operation], out)
                return
            if explain:
                await show_explained(made, gathering.snapshot.explained[made.operation])
                return
            if rows:
                await print_rows(made, gathering.snapshot.services[made.operation])
                return
            reply = await gathering.snapshot.services[made.operation](made)
            if reply.body:
                result(reply.body.decode())

    run(work())


def _trace() -> Trace:
    return read_trace({})


def _only(found: Source, target: str) -> Config:
    name = target.partition(".")[0]
    chosen = {key: one for key, one in found.config.upstreams.items() if key == name} or found.config.upstreams
    return found.config.model_copy(update={"upstreams": chosen})


def _found(gathering: Gathering, target: str) -> tuple[str, str]:
    """The upstream and the operation that a target names. Raises ConfigError with the nearest right name."""
    upstreams = gathering.snapshot.upstreams
    name, _, operation = target.partition(".")
    if name in upstreams and operation in upstreams[name].operations:
        return name, operation
    having = [each for each, upstream in upstreams.items() if target in upstream.operations]
    if len(having) == 1:
        return having[0], target
    known = [f"{each}.{one}" for each, upstream in upstreams.items() for one in upstream.operations]
    if len(upstreams) == 1:
        known += list(next(iter(upstreams.values())).operations)
    if left_out := _left_out(upstreams, target):
        raise ConfigError([Place("command line", 1, 1, f"{target!r} cannot be called: {left_out}")])
    raise ConfigError([Place("command line", 1, 1, f"there is no operation {target!r}", suggestion(target, known))])


def _left_out(upstreams: Mapping[str, Upstream], target: str) -> str | None:
    """Why an operation that the contract has is not offered; None where it has no such operation."""
    name, _, operation = target.partition(".")
    wanted = [(upstreams[name], operation)] if name in upstreams else []
    for upstream, own in [*wanted, *((one, target) for one in upstreams.values())]:
        for line in upstream.warnings:
            said = line.removeprefix("operation ")
            if said.startswith(f"{own} is left out: ") or (said.startswith(f"{own} is ") and said.endswith("left out")):
                return line
    return None


def _body(text: str) -> bytes:
    if text == "-":
        return sys.stdin.buffer.read()
    if text.startswith("@"):
        return Path(text[1:]).read_bytes()
    return text.encode()


def _show(envelopes: Envelopes) -> None:
    """The head on stderr, the exact envelope on stdout."""
    err.print(f"{envelopes.method} {envelopes.url}", markup=False)
    for name, value in envelopes.headers:
        err.print(f"{name}: {value}", markup=False)
    result(envelopes.body.decode(errors="replace"))
