"""`serve` with several workers: the process that starts them, in the place of the one that would serve."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable

import typer

from bridge.app.sinks import Sinks
from bridge.app.supervisor import Supervisor, WorkerFailed
from bridge.cli.exposure import STARTED, check_open
from bridge.cli.output import say
from bridge.cli.sources import Source
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import ConfigError
from bridge.events import ConfigRefused
from bridge.web.edge_port import hold, port_of

_SLACK_S = 10.0


async def supervise(found: Source, *, again: Callable[[], Source] | None, open_flag: bool) -> None:
    """Runs until SIGTERM or SIGINT; SIGHUP goes to all workers when what `again` reads can be used. Raises ConfigError
    when it cannot start, and Exit with the exit code when something went wrong later."""
    check_open(found, open_flag=open_flag)
    config, clock = found.config, SystemClock()
    held = await hold(config.server.host, config.server.port)
    sinks = Sinks(config, clock)
    command = [sys.executable, "-m", "bridge", *sys.argv[1:]]
    supervisor = Supervisor(command, config.server.workers, port_of(held), clock=clock, emit=sinks.emit)
    stopping, loop = asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    if again is not None:
        loop.add_signal_handler(signal.SIGHUP, _reload, supervisor, again, str(found.path), open_flag, sinks)
    try:
        code = await _until(stopping, supervisor)
    finally:
        ended = await supervisor.stop(_patience_s(config))
        sinks.close()
        for sock in held:
            sock.close()
    if code or ended:
        raise typer.Exit(code or ended)


async def _until(stopping: asyncio.Event, supervisor: Supervisor) -> int:
    """The exit code of a worker that could not start; 0 when it was to stop."""
    starting = asyncio.create_task(supervisor.start())
    stop = asyncio.create_task(stopping.wait())
    try:
        await asyncio.wait([starting, stop], return_when=asyncio.FIRST_COMPLETED)
        if starting.done():
            url = starting.result()
            say(f"Legacy Bridge is {STARTED} {url}   (docs: {url}/docs)")
            await stop
    except WorkerFailed as error:
        return error.code or 1
    finally:
        for task in (starting, stop):
            task.cancel()
        await asyncio.gather(starting, stop, return_exceptions=True)
    return 0


def _reload(supervisor: Supervisor, again: Callable[[], Source], file: str, open_flag: bool, sinks: Sinks) -> None:
    """A bad file is told once and no worker hears of it; a good one each worker judges by itself."""
    try:
        found = again()
        check_open(found, open_flag=open_flag)
        sinks.masks.learn(found.config)
    except ConfigError as error:
        sinks.emit(ConfigRefused(file, tuple(str(place) for place in error.places)))
        return
    supervisor.tell_all(signal.SIGHUP)


def _patience_s(config: Config) -> float:
    """A worker drains, then lets calls under way end; longer than that it is not waited for."""
    slowest_s = max((one.limits.deadline for one in config.upstreams.values()), default=0.0)
    return config.server.limits.drain + slowest_s + _SLACK_S
