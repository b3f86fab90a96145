"""Calls behind everybody's back: one a key, few in all, none after the end."""

from __future__ import annotations

import asyncio

from bridge.layers.refreshing import Refreshing
from tests.bridge.layers.world import passes


async def test_one_a_key_and_few_in_all() -> None:
    refreshing, go, done = Refreshing(at_once_max=2), asyncio.Event(), list[str]()

    def work(name: str) -> bool:
        async def whole() -> None:
            await go.wait()
            done.append(name)

        return refreshing.begin(name, whole)

    assert [work(name) for name in ("a", "a", "b", "c")] == [True, False, True, False]
    go.set()
    await passes(0.001)
    assert (done, refreshing.under_way) == (["a", "b"], 0)
    assert work("a")
    await passes(0.001)
    await refreshing.close()


async def test_at_its_end_nothing_goes_on_and_nothing_begins() -> None:
    refreshing, cancelled = Refreshing(), list[bool]()

    async def for_ever() -> None:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.append(True)
            raise

    refreshing.begin("a", for_ever)
    await passes(0.001)
    await refreshing.close()
    assert (cancelled, refreshing.under_way) == ([True], 0)
    assert not refreshing.begin("b", for_ever)
