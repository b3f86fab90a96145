"""What a command changed is told to the bridge that runs here, if there is one."""

from __future__ import annotations

import socket
from pathlib import Path

from bridge.app.desk import WholeDesk
from bridge.cli.poke import poke
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.queue.deeds import SCHEDULES
from bridge.queue.shown import Shown
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.desk import TopicsDesk
from bridge.streams.log import Log
from bridge.web.admin_server import AdminServer
from tests.contract.operators import SEAL


async def test_all_that_may_have_something_to_do_is_woken(tmp_path: Path) -> None:
    config, woken = Config.model_validate({"state": str(tmp_path)}), list[str]()
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    topics = TopicsDesk(Log({}, None, SystemClock(), print), Shown().mask)
    desk = WholeDesk(store, SEAL, topics, queues=["calls", "mails"], wake=woken.append)
    server = AdminServer(config.admin, config.state, None, desk, print, SystemClock())
    await server.start()
    try:
        await poke(config)
        assert woken == [SCHEDULES, "calls", "mails"]
    finally:
        await server.stop()
        await store.close()


async def test_nobody_there_is_no_fault(tmp_path: Path) -> None:
    config = Config.model_validate({"state": str(tmp_path)})
    await poke(config)
    with socket.socket(socket.AF_UNIX) as left_behind:
        left_behind.bind(str(tmp_path / "admin.sock"))
    await poke(config)
