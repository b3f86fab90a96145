"""`serve`: the bridge itself."""

from __future__ import annotations

import asyncio
import os
import signal
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Annotated

import typer

from bridge.app import Application, Refused
from bridge.app.buses import Buses, meeting_over, open_buses
from bridge.app.durable import needed
from bridge.app.limiting import ABOUT as LIMIT_FIGURES
from bridge.app.sinks import Sinks
from bridge.app.worker_metrics import WorkerMetrics
from bridge.app.workers import Control, Worker
from bridge.cli.check_schedules import refuse_schedules
from bridge.cli.exposure import STARTED, check_open
from bridge.cli.output import run, say, told
from bridge.cli.parameters import ConfigPath, Endpoint, Resolve, Service, State, Wsdls
from bridge.cli.sources import Source, source
from bridge.cli.supervise import supervise
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import ConfigError
from bridge.events import ConfigRefused
from bridge.sinks.metrics import Metrics
from bridge.store.figures import ABOUT


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
    workers: Annotated[
        int | None, typer.Option(min=1, max=64, help="Processes that serve side by side (default 1).")
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
        refuse_schedules(found)
        return _listening(found, host=host, port=port, workers=workers)

    worker = Worker.of(os.environ)
    with told():
        found = read()
    again = read if config else None
    if worker is None and found.config.server.workers > 1:
        run(supervise(found, again=again, open_flag=open_))
    else:
        run(serve_until_stopped(found, again=again, open_flag=open_, guess_reads=guess_reads, worker=worker))


def _listening(found: Source, **given: str | int | None) -> Source:
    changes = {key: value for key, value in given.items() if value is not None}
    server = found.config.server.model_copy(update=changes)
    return Source(found.config.model_copy(update={"server": server}), found.path, found.document)


async def serve_until_stopped(
    found: Source,
    *,
    again: Callable[[], Source] | None = None,
    open_flag: bool = False,
    guess_reads: bool = False,
    welcome: Callable[[str], str] | None = None,
    worker: Worker | None = None,
) -> None:
    """Runs until SIGTERM or SIGINT; SIGHUP takes what `again` reads. Raises ConfigError when it cannot start."""
    placed = worker.placed if worker else _as_it_is
    config = placed(found.config)
    check_open(found, open_flag=open_flag)
    clock, stopping, loop = SystemClock(), asyncio.Event(), asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, stopping.set)
    sinks = Sinks(config, clock, worker=worker.number if worker else 0)
    buses = await open_buses(meeting_over(config), clock, worker)
    gathered = _gathered(worker, sinks, buses)
    app = Application(
        config,
        clock=clock,
        emit=sinks.emit,
        metrics=gathered.render,
        guess_reads=guess_reads,
        bus=buses.bus,
        mask=sinks.masks.mask,
        first=worker is None or worker.number == 1,
    )
    control = Control(worker, stopping.set, app.alert) if worker else None
    _watch(sinks.metrics, app)
    try:
        url = await app.start()
        if again is not None:
            loop.add_signal_handler(signal.SIGHUP, reload, app, again, str(found.path), open_flag, sinks, placed)
        if control is not None:
            await control.ready(url)
        elif welcome is None:
            say(f"Legacy Bridge is {STARTED} {url}   (docs: {url}/docs)")
        else:
            await _first(app.connected(), stopping.wait())
            say(welcome(url))
        await stopping.wait()
    finally:
        await app.stop()
        await buses.close()
        sinks.close()
        if control is not None:
            await control.close()


def _watch(metrics: Metrics, app: Application) -> None:
    metrics.watch("requests_in_flight", "Requests under way.", lambda: app.in_flight)
    about = "0 closed, 1 half-open, 2 open; without an operation it is that of the whole upstream."
    metrics.watch_each("breaker_state", about, ("upstream", "operation"), app.breaker_states)
    metrics.watch_each("retry_budget_left", "Further tries that may begin now.", ("upstream",), app.retry_budgets)
    for name, about in LIMIT_FIGURES.items():
        metrics.watch_each(f"limit_{name}", about, ("upstream",), partial(app.limit_figure, name))
    if needed(app.config):
        by = ("queue", "state")
        metrics.watch_each("queue_depth", "Jobs by queue and state, in the whole store.", by, app.queue_depths)
        about = "How long the oldest job that is ready has waited."
        metrics.watch_each("queue_oldest_ready_seconds", about, ("queue",), app.queue_ages)
        for name, about in ABOUT.items():
            metrics.watch_count(f"store_{name}", about, partial(app.store_figure, name))
        metrics.watch_each("alerts_firing", "Alerts that are open.", ("rule", "level"), app.alerts_firing)


def _gathered(worker: Worker | None, sinks: Sinks, buses: Buses) -> Metrics | WorkerMetrics:
    if worker is None:
        return sinks.metrics
    return WorkerMetrics(worker.hub.parent, worker.number, sinks.metrics.render, buses.machine)


def _as_it_is(config: Config) -> Config:
    return config


async def _first(*works: Coroutine[object, object, object]) -> None:
    """Waits until one of them is done; what to try can be tried then."""
    tasks = [asyncio.create_task(work) for work in works]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    for task in tasks:
        task.cancel()


def reload(
    app: Application,
    again: Callable[[], Source],
    file: str,
    open_flag: bool,
    sinks: Sinks,
    placed: Callable[[Config], Config] = _as_it_is,
) -> None:
    """What SIGHUP does. A bad file changes nothing and is told. What the command line said still holds."""
    try:
        found = again()
        check_open(found, open_flag=open_flag)
        sinks.masks.learn(found.config)
        app.reload(placed(found.config), file)
    except ConfigError as error:
        app.tell(ConfigRefused(file, tuple(str(place) for place in error.places)))
    except Refused as error:
        app.tell(ConfigRefused(file, (error.detail,)))
