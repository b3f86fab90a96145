"""A purge by an operator has been seen by all workers of all nodes when the command that made it has ended."""

from __future__ import annotations

from contextlib import AsyncExitStack
from pathlib import Path

import pytest

from tests.journeys.running import Bridge, bridge, command, soap
from tests.journeys.test_shutdown import PATIENT
from tests.journeys.test_workers import KEPT, LISTENING, Shop, by_all
from tests.servers.redis import redis

pytestmark = [pytest.mark.journey, pytest.mark.timeout(240)]


async def test_a_purge_reaches_all_workers_of_all_nodes(tmp_path: Path) -> None:
    with redis() as server:
        async with Shop() as upstream, AsyncExitStack() as stack:
            nodes = list[Bridge]()
            for name in ("one", "other"):
                folder = tmp_path / name
                folder.mkdir()
                settings = {
                    "server": {"workers": 2, "limits": PATIENT},
                    "state": str(folder / "state"),
                    "bus": server.url,
                    "store": f"sqlite:///{folder / 'bridge.db'}",
                    "upstreams": {"shop": soap(upstream.wsdl, operations=KEPT)},
                }
                running = await stack.enter_async_context(bridge(folder, settings))
                await running.log.line(LISTENING)
                await running.log.event("upstream-ready", 2, upstream="shop")
                nodes.append(running)
            for node in nodes:
                assert all(b"0.50" in answer for answer in await by_all(node, "/v1/shop/orders/7"))
            upstream.writes = 1  # behind the bridge's back
            code, out, err = await command(
                "cache", "purge", "--tag", "order:7", "-c", "bridge.yaml", folder=tmp_path / "one"
            )
            assert (code, out.startswith("purged shop")) == (0, True), err
            for node in nodes:
                assert all(b"1.50" in answer for answer in await by_all(node, "/v1/shop/orders/7"))
