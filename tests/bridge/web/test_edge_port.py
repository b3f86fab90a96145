"""One port for several processes, and for nobody else."""

from __future__ import annotations

import asyncio
from contextlib import ExitStack

import pytest

from bridge.errors import ConfigError
from bridge.web.edge_listen import bind
from bridge.web.edge_port import hold, port_of


async def test_several_listen_on_a_held_port_and_each_connection_comes_to_one_of_them() -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(sock) for sock in await hold("127.0.0.1", 0)]
        port = port_of(held)
        assert port
        workers = [stack.enter_context((await bind("127.0.0.1", port, shared=True))[0]) for _ in range(2)]
        came = [asyncio.create_task(asyncio.get_running_loop().sock_accept(worker)) for worker in workers]
        for _ in range(50):
            _, writer = await asyncio.open_connection("127.0.0.1", port)
            writer.close()
        done, waiting = await asyncio.wait(came, timeout=20, return_when=asyncio.FIRST_COMPLETED)
        for task in done:
            task.result()[0].close()
        for task in waiting:
            task.cancel()
        await asyncio.gather(*waiting, return_exceptions=True)
        assert done


async def test_a_port_on_which_another_bridge_has_its_workers_is_taken() -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(sock) for sock in await hold("127.0.0.1", 0)]
        stack.enter_context((await bind("127.0.0.1", port_of(held), shared=True))[0])
        with pytest.raises(ConfigError, match="cannot listen"):
            await hold("127.0.0.1", port_of(held))


async def test_a_port_that_is_held_cannot_be_listened_on_by_a_stranger() -> None:
    with ExitStack() as stack:
        held = [stack.enter_context(sock) for sock in await hold("127.0.0.1", 0)]
        stack.enter_context((await bind("127.0.0.1", port_of(held), shared=True))[0])
        with pytest.raises(ConfigError, match="cannot listen"):
            await bind("127.0.0.1", port_of(held))
