"""`serve`: the bridge itself."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Coroutine
from typing import Annotated

import typer

from bridge.app import Application, Refused
from bridge.app.sinks import Sinks
from bridge.cli.output import run, say
from bridge.cli.parameters import ConfigPath, Endpoint, Resolve, Service, State, Wsdls
from bridge.cli.sources import Source, source
from bridge.clock import SystemClock
from bridge.config.check import exposure_place
from bridge.errors import ConfigError, Place
from bridge.events import ConfigRefused
from bridge.web.access import Access, check_exposure

STARTED = "listening on"


def serve(
    config: ConfigPath = None,
    wsdl: Wsdls = None,
    endpoint: Endpoint = None,
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    host: Annotated[str | None, typer.Option(help="Address to listen on (default 127.0.0.1).")] = None,
    port: Annotated[
        int | None, typer.Option(min=0, max=65535, help="TCP port (default 8080); 0 takes a free one.")
    ] = None,
    open_: Annotated[bool, typer.Option("--open", help="Serve everyone who can reach the address.")] = False,
    guess_reads: Annotated[
        bool,
        typer.Option("--guess-reads", help="Take operations whose first word reads (get, list, find …) as safe."),
    ] = False,
) -> None:
    """Serve upstreams as REST, from a configuration file or straight from a WSDL."""

    def read() -> Source:
        found = source(config, wsdl or (), endpoint=endpoint, service=service, resolve=resolve or (), state=state)
        return _listening(found, host, port)

    async def work() -> None:
        await serve_until_stopped(read(), again=read if config else None, open_flag=open_, guess_reads=guess_reads)

    run(work())


def _listening(found: Source, host: str | None, port: int | None) -> Source:
    changes = {key: value for key, value in (("host", host), ("port", port)) if value is not None}
    server = found.config.server.model_copy(update=changes)
    return Source(found.config.model_copy(update={"server": server}), found.path, found.document)


async def serve_until_stopped(
    found: Source,
    *,
    again: Callable[[], Source] | None = None,
    open_flag: bool = False,
    guess_reads: bool = False,
    welcome: Callable[[str], str] | None = None,
) -> None:
    """Runs until SIGTERM or SIGINT; SIGHUP takes what `again` reads. Raises ConfigError when it cannot start."""
    config = found.config
    _check_exposure(found, open_flag=open_flag)
    clock = SystemClock()
    sinks = Sinks(config, clock)
    app = Application(config, clock=clock, emit=sinks.emit, metrics=sinks.metrics.render, guess_reads=guess_reads)
    sinks.metrics.watch("requests_in_flight", "Requests under way.", lambda: app.in_flight)
    stopping = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    try:
        url = await app.start()
        if again is not None:
            loop.add_signal_handler(signal.SIGHUP, reload, app, again, str(found.path), open_flag, sinks)
        if welcome is None:
            say(f"Legacy Bridge is {STARTED} {url}   (docs: {url}/docs)")
        else:
            await _first(app.connected(), stopping.wait())
            say(welcome(url))
        await stopping.wait()
    finally:
        await app.stop()
        sinks.close()


async def _first(*works: Coroutine[object, object, object]) -> None:
    """Waits until one of them is done; what to try can be tried then."""
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def _check_exposure(found: Source, *, open_flag: bool) -> None:
    if reason := check_exposure(found.config.server, Access(found.config.access), open_flag):
        if found.document is not None:
            raise ConfigError([exposure_place(found.document, reason)])
        raise ConfigError([Place("command line", 1, 1, reason)])


def reload(app: Application, again: Callable[[], Source], file: str, open_flag: bool, sinks: Sinks) -> None:
    """What SIGHUP does. A bad file changes nothing and is told. What the command line said still holds."""
    try:
        found = again()
        _check_exposure(found, open_flag=open_flag)
        sinks.masks.learn(found.config)
        app.reload(found.config, file)
    except ConfigError as error:
        sinks.emit(ConfigRefused(file, tuple(str(place) for place in error.places)))
    except Refused as error:
        sinks.emit(ConfigRefused(file, (error.detail,)))
