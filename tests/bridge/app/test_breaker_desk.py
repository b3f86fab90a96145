"""A hand on the breakers: written down first, once, and found again after a restart."""

from __future__ import annotations

import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.app.breaker_desk import BreakerDesk, held
from bridge.app.breaking import Breaking
from bridge.clock import SystemClock
from bridge.errors import NotFound, Unavailable
from bridge.layers.breaker import Breakers, BreakerSettings
from bridge.queue.deeds import Office
from bridge.store.audit import AuditFilter, find
from bridge.store.bus import MemoryBus
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.bridge.app.test_breaking import Member
from tests.contract.operators import SEAL

CLOCK = SystemClock()


@asynccontextmanager
async def desk(folder: Path) -> AsyncIterator[tuple[BreakerDesk, Breakers, Store]]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'bridge.db'}"), CLOCK)
    breakers = Breakers("shop", BreakerSettings().terms, CLOCK, lambda _: None, random.Random(1))
    breakers.of("GetOrder")
    members = [Member(breakers)]
    breaking = Breaking(lambda: members, MemoryBus(CLOCK), CLOCK)
    await breaking.begin(lambda: store.read(held))
    try:
        yield BreakerDesk(Office(store, SEAL), breaking), breakers, store
    finally:
        await breaking.close()
        await store.close()


async def test_works_is_written_down_and_holds(tmp_path: Path) -> None:
    async with desk(tmp_path) as (one, breakers, store):
        outcome = await one.open("eve", "shop.GetOrder", reason="maintenance")
        assert (outcome.done, breakers.of("GetOrder").state) == (("shop.GetOrder",), "open")
        assert [left.why for left in (await one.open("eve", "shop.GetOrder")).left] == ["it is so already"]
        assert (await one.close("eve", "shop")).done == ("shop",)
        told = await store.read(lambda tx: find(tx, AuditFilter(verb="breakers")))
        assert [(each.who, each.verb, each.target, each.reason) for each in told.items] == [
            ("eve", "breakers.close", "shop", ""),
            ("eve", "breakers.open", "shop.GetOrder", "maintenance"),
        ]
    async with desk(tmp_path) as (one, breakers, store):
        assert (breakers.of("GetOrder").state, breakers.whole.mode) == ("open", "closed")
        assert [row.mode for row in await one.search()] == ["closed", "open"]
        await one.auto("eve", "shop.GetOrder")
        assert breakers.of("GetOrder").mode == "auto"
        assert await store.read(held) == {"shop": "closed"}


async def test_the_same_request_again_does_nothing(tmp_path: Path) -> None:
    async with desk(tmp_path) as (one, breakers, _):
        await one.open("eve", "shop", once="k1")
        await one.auto("eve", "shop")
        assert (await one.open("eve", "shop", once="k1")).again
        assert breakers.whole.mode == "auto"


async def test_what_there_is_not(tmp_path: Path) -> None:
    async with desk(tmp_path) as (one, _, _store):
        for name in ("crm", "shop.GetNothing", "shop.", "", "shop.GetOrder.x"):
            with pytest.raises(NotFound):
                await one.open("eve", name)
        with pytest.raises(Unavailable):
            await BreakerDesk(one.office, None).search()
