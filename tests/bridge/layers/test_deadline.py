"""The reply comes by the deadline, and says what may have happened."""

from __future__ import annotations

import asyncio
from typing import Never

import pytest

from bridge.errors import CallError, OutcomeUnknown, UpstreamTimeout
from bridge.layers.deadline import WithDeadline
from tests.bridge.layers.world import READ, WRITE, Inner, World, passes


@pytest.mark.parametrize(("in_s", "ours_s", "expected_s"), [(5.0, 30.0, 5.0), (60.0, 30.0, 30.0)])
async def test_the_earlier_deadline_counts_and_the_work_is_cancelled(
    world: World, in_s: float, ours_s: float, expected_s: float
) -> None:
    inner = Inner()
    began = world.clock.monotonic()
    with pytest.raises(UpstreamTimeout):
        await WithDeadline(inner, READ, ours_s, world.clock)(world.call(in_s=in_s))
    took_s = world.clock.monotonic() - began
    assert expected_s <= took_s <= expected_s + 0.25
    assert inner.asked[0].call.deadline == pytest.approx(began + expected_s)
    assert inner.cancelled == 1


async def test_a_write_that_may_have_left_has_an_unknown_outcome(world: World) -> None:
    with pytest.raises(OutcomeUnknown):
        await WithDeadline(Inner(), WRITE, 3.0, world.clock)(world.call(operation=WRITE))


async def test_a_call_that_comes_too_late_is_not_sent(world: World) -> None:
    inner = Inner()
    with pytest.raises(UpstreamTimeout) as caught:
        await WithDeadline(inner, WRITE, 3.0, world.clock)(world.call(operation=WRITE, in_s=-1.0))
    assert caught.value.outcome == "not_sent"
    assert not inner.asked


async def test_an_answer_in_time_passes(world: World) -> None:
    inner = Inner([b"1"], takes_s=2.9)
    assert (await WithDeadline(inner, READ, 3.0, world.clock)(world.call())).body == b"1"


async def test_a_caller_who_leaves_is_no_timeout(world: World) -> None:
    task = asyncio.ensure_future(WithDeadline(Inner(), READ, 3.0, world.clock)(world.call()))
    await passes(1)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task


async def test_a_timeout_from_below_is_not_taken_for_ours(world: World) -> None:
    with pytest.raises(TimeoutError):
        await WithDeadline(Inner([TimeoutError()]), READ, 3.0, world.clock)(world.call())


async def test_the_layer_below_that_knows_more_speaks_first(world: World) -> None:
    known = CallError("known")

    async def knows(call: object) -> Never:
        await passes(3.0)
        raise known

    with pytest.raises(CallError) as caught:
        await WithDeadline(knows, WRITE, 3.0, world.clock)(world.call())
    assert caught.value is known
