"""How commands come to the operators' desk: the store of a configuration, opened beside a running bridge or without
one, and the name of whoever types.
"""

from __future__ import annotations

import os
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, NoReturn

import typer

from bridge.app import Gathering
from bridge.app.durable import queues_of
from bridge.cli.opened import opened
from bridge.cli.output import BAD_INPUT, FAILED, run, say
from bridge.cli.poke import poke
from bridge.clock import SystemClock
from bridge.config.check import read_config
from bridge.config.model import Config
from bridge.contracts import Envelopes
from bridge.errors import (
    BadRequest,
    BridgeError,
    CallError,
    ConfigError,
    DoesNotFit,
    NotFound,
    Place,
    StoreUnavailable,
    Unavailable,
)
from bridge.queue.desk import Desk
from bridge.store.keys import unlock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.url import StoreUrl
from bridge.web.admin_socket import user_name

ConfigFile = Annotated[
    Path | None, typer.Option("--config", "-c", metavar="FILE", help="Configuration file (YAML) that names the store.")
]
State = Annotated[str | None, typer.Option("--state", metavar="DIR", help="Folder for contracts already read.")]
As = Annotated[str, typer.Option("--as", metavar="NAME", help="Who asks for it, for the audit log.")]
Reason = Annotated[str, typer.Option("--reason", "-m", metavar="TEXT", help="Why, for the audit log.")]
Limit = Annotated[int, typer.Option("--limit", "-n", min=1, max=1000, help="Rows at most.")]
After = Annotated[str, typer.Option("--after", metavar="NEXT", help="Go on where the last page said.")]
Since = Annotated[str, typer.Option("--since", metavar="2h|TIME", help="Not older than this.")]
Until = Annotated[str, typer.Option("--until", metavar="2h|TIME", help="Older than this.")]
Rate = Annotated[str, typer.Option("--rate", metavar="5/s", help="How many become due in a time.")]
DryRun = Annotated[bool, typer.Option("--dry-run", help="Show what would be sent, and change nothing.")]


@dataclass(frozen=True, slots=True)
class AtDesk:
    """Where a command stands: the desk, and who is at it."""

    desk: Desk
    who: str
    now: float


def at_desk(config: Path | None, state: str | None, work: Callable[[AtDesk], Awaitable[int]], *, as_: str = "") -> None:
    """Runs a command's work and ends with its exit code."""

    async def whole() -> int:
        found = read_config(config)[0] if config is not None else Config()
        if state is not None:
            found = found.model_copy(update={"state": state})
        async with desk_of(found) as desk:
            try:
                return await work(AtDesk(desk, who(as_), SystemClock().wall()))
            except CallError as error:
                for line in lines_of(error):
                    say(line)
                return BAD_INPUT if isinstance(error, BadRequest | DoesNotFit) else FAILED

    if code := run(whole()):
        raise typer.Exit(code)


def lines_of(error: CallError) -> Iterator[str]:
    """What went wrong. Who types here may know why the store cannot be used; a client of the bridge may not."""
    yield f"{error.detail}: {error.cause}" if isinstance(error, StoreUnavailable) and error.cause else error.detail
    yield from (f"  {one.pointer}: {one.detail}" for one in error.errors[:20])


@asynccontextmanager
async def desk_of(config: Config) -> AsyncIterator[Desk]:
    """Raises ConfigError where there is no store yet, and StoreError where it cannot be used."""
    refuse_absent(config.store)
    async with AsyncExitStack() as stack:
        store = await Store.open(config.store, SystemClock())
        stack.push_async_callback(store.close)
        seal, previews = await unlock(store, config.store), _Previews(config, stack)
        woken = set[str]()
        yield Desk(store, seal, queues=queues_of(config), preview=previews, masked=masked(config), wake=woken.add)
        if woken:
            await poke(config)


def who(name: str = "") -> str:
    """The user that the system knows; what it is told besides is written beside it, not instead."""
    user = user_name(os.getuid())
    return f"{name} ({user})" if name else user


class _Previews:
    """How calls would look: an upstream is opened when the first of its operations is asked for."""

    def __init__(self, config: Config, stack: AsyncExitStack) -> None:
        self._config, self._stack = config, stack
        self._open: dict[str, Gathering] = {}

    async def __call__(self, operation: str, args: bytes) -> Envelopes:
        name, _, own = operation.partition(".")
        if name not in self._config.upstreams:
            raise NotFound(f"The configuration has no upstream {name[:80]!r}: name the one with -c.")
        if name not in self._open:
            only = self._config.model_copy(update={"upstreams": {name: self._config.upstreams[name]}})
            try:
                self._open[name] = await self._stack.enter_async_context(opened(only))
            except CallError:
                raise
            except BridgeError as error:
                raise Unavailable(f"{name} cannot be opened: {error.detail}") from error
        upstream = self._open[name].snapshot.upstreams[name]
        if own not in upstream.operations:
            raise NotFound(f"{name} has no operation {own[:80]!r}.")
        return await upstream.dry_run(own, args)


def masked(config: Config) -> tuple[str, ...]:
    """Names of fields that no operator is shown."""
    return (*config.journal.mask, "*authorization*")


def refuse_absent(settings: StoreSettings) -> None:
    """To look at nothing is no reason to make an empty store, which a wrong folder would leave behind."""
    url = StoreUrl.parse(settings.url)
    if url.kind == "sqlite" and not Path(url.path).exists():
        _refuse(f"there is no store at {url.path}", "name the configuration with -c, or start the bridge first")


def _refuse(message: str, hint: str) -> NoReturn:
    raise ConfigError([Place("command line", 1, 1, message, hint)])
