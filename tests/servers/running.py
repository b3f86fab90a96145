"""Starts a foreign server as a process of our own, waits until it says it is ready, and stops it by its own id."""

from __future__ import annotations

import asyncio
import re
import socket
from collections import deque
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.servers.recorder import Exchange, Recorder, recording

WSDLS = Path(__file__).parent / "wsdl"
SOAP11 = "http://schemas.xmlsoap.org/wsdl/soap/"
SOAP12 = "http://schemas.xmlsoap.org/wsdl/soap12/"

# What each server offers: path, WSDL, SOAP binding.
SERVICES = {
    "types": ("types.wsdl", SOAP11),
    "types-rpc": ("types-rpc.wsdl", SOAP11),
    "types12": ("types.wsdl", SOAP12),
    "orders": ("orders.wsdl", SOAP11),
    "orders12": ("orders.wsdl", SOAP12),
    "encoded": ("encoded.wsdl", SOAP11),
    "encoded12": ("encoded.wsdl", SOAP12),
    "figures": ("figures.wsdl", SOAP11),
    "figures12": ("figures.wsdl", SOAP12),
    "figures-rpc": ("figures-rpc.wsdl", SOAP11),
    "figures-rpc12": ("figures-rpc.wsdl", SOAP12),
    "ledger": ("ledger.wsdl", SOAP11),
    "ledger12": ("ledger.wsdl", SOAP12),
}
# Where a binding names the encoding of its version.
ENCODING11 = 'encodingStyle="http://schemas.xmlsoap.org/soap/encoding/"'
ENCODING12 = 'encodingStyle="http://www.w3.org/2003/05/soap-encoding"'
READY_S_MAX = 90
STOP_S_MAX = 5


@dataclass
class Running:
    """A server that answers, behind its recorder."""

    name: str
    recorder: Recorder
    process: asyncio.subprocess.Process
    # Its last lines of output, for whoever asks why it failed.
    last: deque[str]

    @property
    def exchanges(self) -> list[Exchange]:
        """Everything so far, WSDL downloads included, oldest first."""
        return self.recorder.exchanges

    @property
    def calls(self) -> list[Exchange]:
        """The SOAP calls among them."""
        return [exchange for exchange in self.exchanges if exchange.method == "POST"]

    def url(self, service: str) -> str:
        """The endpoint of a service."""
        return f"{self.recorder.url}/{service}"

    def wsdl_url(self, service: str) -> str:
        """Where a service describes itself."""
        return f"{self.url(service)}?wsdl"

    async def stop(self) -> None:
        """End the process (a story's "the upstream goes down"); the recorder answers 500 from then on."""
        if self.process.returncode is None:
            self.process.terminate()
            try:
                await asyncio.wait_for(self.process.wait(), STOP_S_MAX)
            except TimeoutError:
                self.process.kill()
                await self.process.wait()


Command = Callable[[Recorder], list[str]]


@asynccontextmanager
async def running(
    name: str, command: Command, ready: str, folder: Path, env: Mapping[str, str]
) -> AsyncIterator[Running]:
    """Start a program. `ready` is what it prints when it listens; a group in it is the port it chose."""
    async with recording() as recorder:
        write_wsdls(folder, recorder.url)
        process = await asyncio.create_subprocess_exec(
            *command(recorder),
            cwd=folder,
            env=dict(env),
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        last: deque[str] = deque(maxlen=50)
        server = Running(name, recorder, process, last)
        drain: asyncio.Task[None] | None = None
        try:
            async with asyncio.timeout(READY_S_MAX):
                port = await until_ready(process, ready, last)
            recorder.port = port or recorder.port
            drain = asyncio.create_task(drained(process, last))
            yield server
        finally:
            await server.stop()
            if drain:
                await drain


async def until_ready(process: asyncio.subprocess.Process, ready: str, last: deque[str]) -> int:
    assert process.stdout
    async for line in process.stdout:
        last.append(line.decode(errors="replace"))
        if match := re.search(ready, last[-1]):
            return int(match[1]) if match.groups() else 0
    raise RuntimeError("the server ended before it was ready:\n" + "".join(last))


async def drained(process: asyncio.subprocess.Process, last: deque[str]) -> None:
    """Keep reading, so that a talkative server never waits for us."""
    assert process.stdout
    async for line in process.stdout:
        last.append(line.decode(errors="replace"))


def write_wsdls(folder: Path, url: str) -> None:
    """The WSDLs with the address that clients are to use."""
    for schema in WSDLS.glob("*.xsd"):
        (folder / schema.name).write_bytes(schema.read_bytes())
    for service, (wsdl, binding) in SERVICES.items():
        text = (WSDLS / wsdl).read_text("utf-8").replace("http://localhost/service", f"{url}/{service}")
        if binding == SOAP12:
            text = text.replace(SOAP11, SOAP12).replace(ENCODING11, ENCODING12)
        (folder / f"{service}.wsdl").write_text(text, "utf-8")


def free_port() -> int:
    """For programs that cannot tell which port they got."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
