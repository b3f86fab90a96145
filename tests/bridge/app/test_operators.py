"""The operators' side of a running bridge, on a store of its own."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest

from bridge.app.operators import Operators
from bridge.call import Reply
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import ConfigError
from bridge.events import DeadLetters, Event
from bridge.queue.desk_dead import Chosen
from bridge.store.job_views import JobFilter
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.streams.log import Log
from bridge.web.snapshot import Snapshot
from tests.bridge.web.fake import snapshot
from tests.bridge.web.raw import until
from tests.contract.operators import SEAL, buried


async def _nobody(_: object) -> Reply:
    raise AssertionError("nothing is sent")


@asynccontextmanager
async def operators(folder: Path, **config: Any) -> AsyncIterator[tuple[Operators, Store, list[Event], list[str]]]:
    told, woken = list[Event](), list[str]()
    made = Config.model_validate({"state": str(folder / "state"), **config})
    served: Snapshot = snapshot(_nobody)
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'bridge.db'}"), SystemClock())
    here = Operators(
        *(made, store, SEAL, told.append, SystemClock()),
        queues=["calls"],
        log=Log({}, None, SystemClock(), told.append),
        wake=woken.append,
        snapshot=lambda: served,
    )
    try:
        yield here, store, told, woken
    finally:
        await here.stop()
        await store.close()


async def test_it_listens_tells_of_dead_letters_and_wakes_workers(tmp_path: Path) -> None:
    async with operators(tmp_path) as (here, store, told, woken):
        [one] = await buried(store, b'{"operation":"shop.Ping","args":{"a":1}}')
        await here.start()
        assert here.urls == (f"unix:{tmp_path / 'state' / 'admin.sock'}",)
        await until(lambda: any(isinstance(event, DeadLetters) for event in told))
        [planned] = (await here.desk.dead.plan(Chosen(filter=JobFilter()))).items
        assert planned.request is not None
        assert planned.request.body == '{"a":1}'
        assert (await here.desk.dead.replay("ada", Chosen((one,)))).done == (one,)
        assert woken == ["calls"]
    assert not (tmp_path / "state" / "admin.sock").exists()


async def test_an_operation_that_is_not_there_is_seen_in_the_dry_run(tmp_path: Path) -> None:
    async with operators(tmp_path) as (here, store, _, _):
        await buried(store, b'{"operation":"shop.None"}', b'{"operation":"crm.Get"}')
        items = (await here.desk.dead.plan(Chosen(filter=JobFilter()))).items
        assert [one.problem for one in items] == [
            "There is no operation 'shop.None'.",
            "There is no operation 'crm.Get'.",
        ]


async def test_tcp_without_a_key_is_refused_at_the_start(tmp_path: Path) -> None:
    async with operators(tmp_path, admin={"host": "127.0.0.1", "port": 0}) as (here, *_):
        with pytest.raises(ConfigError, match="no key has an admin scope"):
            await here.start()
        here.change(Config())
