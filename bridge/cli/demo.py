"""`demo`: a small legacy world in a process of its own, the bridge in front of it, and what to try."""

from __future__ import annotations

import asyncio
import sys
import tempfile
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Annotated

import typer

from bridge.cli.output import fail, run, say
from bridge.cli.serve import serve_until_stopped
from bridge.cli.sources import Source
from bridge.config.check import read_config
from bridge.shipped import shipped

READY_S = 20.0
LEGACY = "http://127.0.0.1:8081/shop"

TRY = """
A wholesaler's order system from 2006 speaks SOAP on {legacy}
(every call takes {delay} s). Legacy Bridge gives it a clean API:

  curl {url}/v1/shop/orders/1001                  # an order, through SOAP
  curl {url}/v1/shop/orders/1001                  # again: from the cache
  curl {url}/v1/shop/orders/9999                  # a fault becomes a problem document
  curl {url}/v1/shop/stock/CD-300                 # numbers keep every digit
  curl -X POST {url}/v1/shop/orders -H 'Content-Type: application/json' \\
       -d '{{"customerId":"C-1","lines":[{{"sku":"AB-100","quantity":2}}]}}'
  curl -X POST {url}/v1/shop/orders -H 'Content-Type: application/json' \\
       -d '{{"customerId":"C-1","lines":[{{"sku":"wrong","quantity":0}}]}}'   # every mistake at once

In a browser: {url}/docs   (choose an operation, then "Try it out")
Stop with Ctrl-C.
"""


def demo(
    port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the bridge; 0 takes a free one.")] = 8080,
    delay: Annotated[float, typer.Option(help="Seconds that the old system takes for each call.")] = 0.4,
    legacy_port: Annotated[int, typer.Option(min=0, max=65535, help="Port of the old system; 0 takes a free one.")] = 0,
) -> None:
    """Start a small legacy world and the bridge in front of it."""

    async def work() -> None:
        with tempfile.TemporaryDirectory(prefix="legacy-bridge-demo-") as state:
            async with legacy_world(legacy_port, delay) as address:
                source = _source(address, port, state)
                await serve_until_stopped(
                    source, welcome=lambda url: TRY.format(url=url, legacy=address.removesuffix("?wsdl"), delay=delay)
                )

    run(work())


def _source(address: str, port: int, state: str) -> Source:
    """config/demo.yaml, with the addresses that were really taken."""
    config, _ = read_config(shipped("config/demo.yaml"))
    shop = config.upstreams["shop"]
    assert shop.soap is not None
    moved = shop.model_copy(update={"soap": shop.soap.model_copy(update={"wsdl": address})})
    server = config.server.model_copy(update={"port": port})
    return Source(config.model_copy(update={"upstreams": {"shop": moved}, "server": server, "state": state}))


@asynccontextmanager
async def legacy_world(port: int, delay_s: float) -> AsyncIterator[str]:
    """The shop in its own process; the address of its WSDL. Stopped at the end."""
    command = [sys.executable, "-m", "bridge.demo.shop", "--port", str(port), "--delay", str(delay_s)]
    folder = Path(__file__).parents[2]
    process = await asyncio.create_subprocess_exec(*command, stdout=asyncio.subprocess.PIPE, cwd=folder)
    try:
        assert process.stdout is not None
        async with asyncio.timeout(READY_S):
            line = (await process.stdout.readline()).decode().strip()
        if not line:
            fail(f"the demo's legacy system did not start; is port {port} taken?")
        yield line
    finally:
        if process.returncode is None:
            process.terminate()
        await process.wait()
        say("The demo has stopped.")
