"""Starts the bridge as a user does, `python -m bridge serve …`, and talks to it from outside.

Knows the command line, the log and HTTP; nothing of the code behind.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import signal
import ssl
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

from tests.warm import Started, start

READY_S_MAX = 90
STOP_S_MAX = 90
TOLD_S_MAX = 90
PIECE_BYTES = 1_000_000
# The line for people, or the event in the log: `demo` greets in words of its own.
LISTENING = re.compile(r'(?:listening on |"server-started","url":")(https?://[^\s"]+)')
# What a log never holds, whatever happens.
NEVER = ("Traceback", '"internal-error"', "was never retrieved", "was never awaited")

Json = dict[str, Any]


@dataclass(frozen=True)
class Answer:
    """What a client got."""

    status: int
    headers: Mapping[str, str]
    body: bytes

    @property
    def text(self) -> str:
        return self.body.decode()

    @property
    def json(self) -> Any:
        return json.loads(self.body)


@dataclass
class Log:
    """The lines a process has written so far, and a way to wait for one."""

    lines: list[str] = field(default_factory=list)
    ended: bool = False
    _grown: asyncio.Condition = field(default_factory=asyncio.Condition)

    async def read(self, stream: asyncio.StreamReader) -> None:
        """In pieces and not in lines: a bridge under load writes more lines than a loop can be woken for."""
        rest = b""
        while piece := await stream.read(PIECE_BYTES):
            *whole, rest = (rest + piece).split(b"\n")
            await self._add(whole)
        self.ended = True
        await self._add([rest])

    async def _add(self, lines: list[bytes]) -> None:
        async with self._grown:
            self.lines += [line.decode(errors="replace") for line in lines]
            self._grown.notify_all()

    @property
    def text(self) -> str:
        return "\n".join(self.lines)

    @property
    def events(self) -> list[Json]:
        return [json.loads(line) for line in self.lines if line.startswith("{")]

    def told(self, event: str, **fields: object) -> list[Json]:
        """The lines of one event, with these fields."""
        return [one for one in self.events if one["event"] == event and fields.items() <= one.items()]

    async def line(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Waits for a line; past ones count. None when the process has ended without it."""

        def found() -> re.Match[str] | None:
            return next(filter(None, map(pattern.search, self.lines)), None)

        async with self._grown:
            await self._grown.wait_for(lambda: found() or self.ended)
        return found()

    async def event(self, event: str, count: int = 1, **fields: object) -> Json:
        """Waits until the log has told of something (so many times); past ones count."""
        try:
            async with asyncio.timeout(TOLD_S_MAX), self._grown:
                await self._grown.wait_for(lambda: len(self.told(event, **fields)) >= count or self.ended)
        except TimeoutError:
            pass
        told = self.told(event, **fields)
        assert len(told) >= count, f"the log did not tell of {event} {fields}:\n{self.text}"
        return told[count - 1]


@dataclass
class Bridge:
    """A running bridge. `log` is what it wrote to stderr."""

    url: str
    process: Started
    log: Log
    session: aiohttp.ClientSession

    @property
    def port(self) -> int:
        return int(self.url.rpartition(":")[2])

    async def ask(self, method: str, path: str, **options: Any) -> Answer:
        async with self.session.request(method, self.url + path, **options) as response:
            return Answer(response.status, response.headers, await response.read())

    async def get(self, path: str, **options: Any) -> Answer:
        return await self.ask("GET", path, **options)

    async def post(self, path: str, value: object = None, **options: Any) -> Answer:
        """A value is sent as JSON; bytes as they are."""
        data = value if isinstance(value, bytes) else json.dumps({} if value is None else value).encode()
        headers = {"Content-Type": "application/json", **options.pop("headers", {})}
        return await self.ask("POST", path, data=data, headers=headers, **options)

    async def ready(self, *upstreams: str) -> None:
        """Waits until the log says that these can be used."""
        for name in upstreams:
            await self.log.event("upstream-ready", upstream=name)

    def reload(self) -> None:
        self.process.send_signal(signal.SIGHUP)

    def terminate(self) -> None:
        self.process.send_signal(signal.SIGTERM)

    async def ended(self) -> int:
        """The exit code."""
        async with asyncio.timeout(STOP_S_MAX):
            return await self.process.wait()


def write(folder: Path, config: object, name: str = "bridge.yaml") -> Path:
    """A configuration file. JSON is YAML too; a text is written as it is."""
    path = folder / name
    path.write_text(config if isinstance(config, str) else json.dumps(config, indent=2), "utf-8")
    return path


def soap(wsdl: str, **more: object) -> Json:
    """The settings of one upstream; `operations=` and the like stand beside `soap:`."""
    beside = {key: more.pop(key) for key in ("operations", "limits", "retry", "forward_headers") if key in more}
    return {"soap": {"wsdl": wsdl, **more}, **beside}


async def spawned(arguments: Sequence[str], folder: Path, env: Mapping[str, str] | None = None) -> Started:
    """Any command of ours, as a person would start it in a folder of theirs."""
    return await start(arguments, folder, {**os.environ, "COLUMNS": "1000", **(env or {})})


async def command(*arguments: str, folder: Path, env: Mapping[str, str] | None = None) -> tuple[int | None, str, str]:
    """Runs a command to its end: exit code, stdout, stderr."""
    process = await spawned(arguments, folder, env)
    async with asyncio.timeout(STOP_S_MAX):
        out, err = await process.communicate()
    return process.returncode, out.decode(), err.decode()


@asynccontextmanager
async def bridge(
    folder: Path,
    config: object = None,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    secrets: Sequence[str] = (),
) -> AsyncIterator[Bridge]:
    """`serve` on a free port with its state below `folder`."""
    given = [str(write(folder, config))] if config is not None else []
    line = ["serve", *given, "--port", "0", "--state", str(folder / "state"), *arguments]
    async with started(folder, *line, env=env, tls=tls, secrets=secrets) as running:
        yield running


@asynccontextmanager
async def started(
    folder: Path,
    *arguments: str,
    env: Mapping[str, str] | None = None,
    tls: ssl.SSLContext | None = None,
    secrets: Sequence[str] = (),
) -> AsyncIterator[Bridge]:
    """A command that serves; at its end its log holds neither traces nor secrets."""
    process = await spawned(arguments, folder, env)
    log = Log()
    reading = asyncio.create_task(log.read(process.stderr))
    connector = aiohttp.TCPConnector(limit=0, ssl=tls or True)
    timeout = aiohttp.ClientTimeout(total=60)
    try:
        url = await _listening(log, process)
        async with aiohttp.ClientSession(connector=connector, timeout=timeout) as session:
            yield Bridge(url, process, log, session)
    finally:
        await _end(process)
        await reading
        process.close()
    spoken = [word for word in (*NEVER, *secrets) if word in log.text]
    assert not spoken, f"{spoken} in the log:\n{log.text}"


async def _listening(log: Log, process: Started) -> str:
    match = None
    with suppress(TimeoutError):
        async with asyncio.timeout(READY_S_MAX):
            match = await log.line(LISTENING)
    assert match, f"it does not listen (exit code {process.returncode}):\n{log.text}"
    return match[1]


async def _end(process: Started) -> None:
    if process.returncode is not None:
        return
    process.terminate()
    try:
        async with asyncio.timeout(STOP_S_MAX):
            await process.wait()
    except TimeoutError:
        with suppress(ProcessLookupError):
            process.kill()
        await process.wait()
