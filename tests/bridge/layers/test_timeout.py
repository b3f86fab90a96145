"""One attempt ends in its time, and never after the deadline; a moment is left for whoever knows more to say so."""

from __future__ import annotations

import pytest

from bridge.call import Call, Reply
from bridge.errors import OutcomeUnknown, UpstreamTimeout
from bridge.layers.deadline import GRACE_S
from bridge.layers.timeout import WithTimeout
from tests.bridge.layers.world import READ, WRITE, Inner, World


@pytest.mark.parametrize(("timeout_s", "in_s", "expected_s"), [(2.0, 30.0, 2.0), (20.0, 3.0, 3.0)])
async def test_ends_in_time(world: World, timeout_s: float, in_s: float, expected_s: float) -> None:
    inner = Inner()
    began = world.clock.monotonic()
    with pytest.raises(UpstreamTimeout) as caught:
        await WithTimeout(inner, READ, timeout_s, world.clock)(world.call(in_s=in_s))
    assert world.clock.monotonic() - began == pytest.approx(expected_s + GRACE_S)
    assert inner.asked[0].call.deadline - began == pytest.approx(expected_s)
    assert (caught.value.retryable, inner.cancelled) == (True, 1)


async def test_a_write_has_an_unknown_outcome(world: World) -> None:
    with pytest.raises(OutcomeUnknown):
        await WithTimeout(Inner(), WRITE, 1.0, world.clock)(world.call(operation=WRITE))


async def test_an_attempt_that_ends_by_itself_says_whether_it_was_sent(world: World) -> None:
    async def waits_for_a_login(call: Call) -> Reply:
        await world.clock.sleep(call.deadline - world.clock.monotonic())
        error = UpstreamTimeout()
        error.outcome = "not_sent"
        raise error

    with pytest.raises(UpstreamTimeout) as caught:
        await WithTimeout(waits_for_a_login, WRITE, 1.0, world.clock)(world.call(operation=WRITE))
    assert caught.value.outcome == "not_sent"


async def test_nothing_is_sent_after_the_deadline(world: World) -> None:
    inner = Inner()
    with pytest.raises(UpstreamTimeout) as caught:
        await WithTimeout(inner, WRITE, 1.0, world.clock)(world.call(operation=WRITE, in_s=0.0))
    assert caught.value.outcome == "not_sent"
    assert not inner.asked


async def test_a_timeout_from_below_is_not_taken_for_ours(world: World) -> None:
    with pytest.raises(TimeoutError):
        await WithTimeout(Inner([TimeoutError()]), READ, 1.0, world.clock)(world.call())
