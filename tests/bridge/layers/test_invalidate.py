"""What may have been written is written down; what was never sent is not."""

from __future__ import annotations

import asyncio

import pytest

from bridge.errors import BridgeError, CallError, Fault, OutcomeUnknown, UpstreamFault, UpstreamUnreachable
from bridge.layers.invalidate import Invalidating
from bridge.layers.tags import Purges, Tag
from tests.bridge.layers.meeting import MeetingBus
from tests.bridge.layers.world import WRITE, Inner, World

ABOUT = (Tag("order:1"),)


async def test_after_the_write_and_not_before(world: World) -> None:
    inner, purges = Inner(), Purges()
    task = asyncio.ensure_future(Invalidating(inner, ("order:{orderId}",), purges)(world.call(operation=WRITE)))
    asked = await inner.arrival()
    assert not purges.concern(ABOUT, 0)
    asked.reply()
    await task
    assert purges.concern(ABOUT, 0)


@pytest.mark.parametrize(
    ("error", "expected"),
    [
        (OutcomeUnknown(), True),
        (UpstreamFault(), True),
        (Fault("half done", status=409), True),
        (UpstreamUnreachable(), False),
    ],
)
async def test_failed_writes(world: World, error: CallError, expected: bool) -> None:
    purges = Purges()
    with pytest.raises(BridgeError):
        await Invalidating(Inner([error]), ("order:*",), purges)(world.call(operation=WRITE))
    assert purges.concern(ABOUT, 0) is expected


async def test_when_the_caller_leaves(world: World) -> None:
    inner, purges = Inner(), Purges()
    task = asyncio.ensure_future(Invalidating(inner, ("order:*",), purges)(world.call(operation=WRITE)))
    await inner.arrival()
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert purges.concern(ABOUT, 0)


async def test_the_other_workers_know_before_the_answer_leaves(world: World) -> None:
    bus = MeetingBus()
    mine, other = bus.worker(), bus.worker()
    await Invalidating(Inner([b"{}"]), ("order:{orderId}",), mine.purges, mine)(world.call(operation=WRITE))
    assert other.purges.concern(ABOUT, 0)


async def test_they_also_know_when_the_caller_has_gone(world: World) -> None:
    bus, inner = MeetingBus(), Inner()
    mine, other = bus.worker(), bus.worker()
    task = asyncio.ensure_future(
        Invalidating(inner, ("order:{orderId}",), mine.purges, mine)(world.call(operation=WRITE))
    )
    await inner.arrival()
    task.cancel()
    await asyncio.wait([task])
    assert task.cancelled()
    assert other.purges.concern(ABOUT, 0)
