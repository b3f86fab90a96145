"""`topics`: which there are, what was published, and the last value of each key."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from contextlib import AsyncExitStack
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.desk import After, ConfigFile, Limit, masked, refuse_absent
from bridge.cli.output import FAILED, result, run, say
from bridge.cli.parameters import Json
from bridge.cli.shown import Columns, show_rows, show_value, time
from bridge.clock import SystemClock
from bridge.config.check import read_config
from bridge.config.model import Config
from bridge.errors import BadRequest, NotFound
from bridge.queue.shown import Shown
from bridge.shapes.json import dumps
from bridge.store.store import Store
from bridge.streams.desk import MessageRow, TopicRow, TopicsDesk
from bridge.streams.log import Log
from bridge.streams.settings import log_url
from bridge.web.admin_inputs import offset
from bridge.web.admin_json import plain

topics = typer.Typer(no_args_is_help=True, help="Topics: list, read, values.")

Name = Annotated[str, typer.Argument(metavar="TOPIC", help="The name of a topic.")]
Key = Annotated[str, typer.Option("--key", metavar="KEY", help="Of this key only.")]
_TOPICS: Columns[TopicRow] = {
    "topic": lambda row: row.name,
    "durable": lambda row: row.durable or "not in the configuration",
    "messages": lambda row: "in the bridge" if row.durable == "memory" else row.messages,
    "from": lambda row: row.first,
    "up to": lambda row: row.next,
    "bytes": lambda row: row.size,
}
_MESSAGES: Columns[MessageRow] = {
    "offset": lambda row: row.offset,
    "at": lambda row: time(row.at),
    "key": lambda row: row.key,
    "data": lambda row: "(no value any more)" if row.encoding == "none" else _line(row),
}


@topics.command("list")
def list_(config: ConfigFile = None, json: Json = False) -> None:
    """List topics, also those that the configuration has no more."""

    async def work(desk: TopicsDesk) -> int:
        rows = await desk.search()
        if json:
            result(dumps(plain(rows)))
        else:
            show_rows(rows, _TOPICS)
        return 0

    _at_topics(config, "", work)


@topics.command()
def read(
    topic: Name,
    config: ConfigFile = None,
    begin: Annotated[
        str, typer.Option("--from", metavar="OFFSET", help="From this offset on; -10 for the last ten.")
    ] = "",
    key: Key = "",
    limit: Limit = 50,
    json: Json = False,
) -> None:
    """Read what was published to a topic, the oldest first."""

    async def work(desk: TopicsDesk) -> int:
        page = await desk.read(topic, offset(begin), key=key, limit=limit)
        if json:
            return show_value(page, json=True)
        if page.gap:
            say("Some messages after that offset are gone.")
        show_rows(page.items, _MESSAGES)
        if page.next < page.end:
            say(f"There is more: --from {page.next}")
        elif not page.items:
            say("There are no such messages.")
        return 0

    _at_topics(config, topic, work)


@topics.command()
def values(
    topic: Name, config: ConfigFile = None, key: Key = "", after: After = "", limit: Limit = 50, json: Json = False
) -> None:
    """Show the last value of each key, the one that has not changed for longest first."""

    async def work(desk: TopicsDesk) -> int:
        begin = offset(after)
        page = await desk.values(topic, key=key, after=-1 if begin is None else begin, limit=limit)
        if json:
            return show_value(page, json=True)
        show_rows(page.items, _MESSAGES)
        if page.next is not None:
            say(f"There may be more: --after {page.next}")
        elif not page.items:
            say("There are no such values.")
        return 0

    _at_topics(config, topic, work)


def _line(row: MessageRow) -> str:
    return dumps(row.data) if row.encoding == "json" else str(row.data)


def _at_topics(file: Path | None, topic: str, work: Callable[[TopicsDesk], Awaitable[int]]) -> None:
    """Runs a command's work on the logs of a configuration, beside a running bridge or without one."""

    async def whole() -> int:
        config = read_config(file)[0] if file is not None else Config()
        async with AsyncExitStack() as stack:
            try:
                _refuse_memory(config, topic)
                log = Log(config.streams, await _logs(config, stack), SystemClock(), lambda _: None)
                return await work(TopicsDesk(log, Shown(masked(config)).mask))
            except NotFound as error:
                say(error.detail)
                return FAILED

    if code := run(whole()):
        raise typer.Exit(code)


async def _logs(config: Config, stack: AsyncExitStack) -> Store | None:
    """None where the configuration keeps nothing on the disk."""
    if config.streams and all(one.durable == "memory" for one in config.streams.values()):
        return None
    settings = config.store.model_copy(update={"url": log_url(config.store.url)})
    refuse_absent(settings)
    store = await Store.open(settings, SystemClock())
    stack.push_async_callback(store.close)
    return store


def _refuse_memory(config: Config, topic: str) -> None:
    if topic in config.streams and config.streams[topic].durable == "memory":
        socket = config.admin.socket_path(config.state)
        address = f"http://localhost/admin/v1/topics/{topic}"
        raise BadRequest(f"{topic} is in the memory of the bridge: ask it, with curl --unix-socket {socket} {address}")
