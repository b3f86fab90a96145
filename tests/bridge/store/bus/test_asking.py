"""Who asks hears whether anybody is there, then what is decided; what he no longer waits for he gives back."""

from __future__ import annotations

import asyncio

import pytest

from bridge.clock import SystemClock
from bridge.store.bus.asking import Asking
from bridge.store.bus.messages import GIVEN, NO, QUEUED, Ask, Grant, PlaceAsk

PLACE = PlaceAsk("up", 1)


class Far:
    """Whoever decides, played by hand; `at_once` is said to each question."""

    def __init__(self, *at_once: Grant, there: bool = True) -> None:
        self.at_once, self.there = at_once, there
        self.released: list[int] = []
        self.asking = Asking(self._send, lambda number, gift: self.released.append(number), SystemClock())

    def _send(self, number: int, what: Ask) -> bool:
        for grant in self.at_once:
            self.asking.answered(number, grant)
        return self.there


async def test_an_answer_at_once_is_not_waited_for() -> None:
    far = Far(GIVEN)
    work = far.asking.ask(1, PLACE)
    with pytest.raises(StopIteration) as done:
        work.send(None)
    assert done.value.value == GIVEN


@pytest.mark.parametrize(
    ("far", "said", "released"),
    [
        (Far(there=False), None, []),
        (Far(), None, [1]),
        (Far(QUEUED), NO, [1]),
        (Far(QUEUED, GIVEN), GIVEN, []),
    ],
    ids=["nobody there", "silence", "not in time", "both at once"],
)
async def test_what_is_said_in_the_end(far: Far, said: Grant | None, released: list[int]) -> None:
    assert await far.asking.ask(1, PLACE, 0.01) == said
    assert far.released == released


async def test_a_turn_that_comes_later_is_waited_for() -> None:
    far = Far(QUEUED)
    asking = asyncio.create_task(far.asking.ask(1, PLACE, 20))
    await asyncio.sleep(0)  # it has asked after its first turn, which is the next one
    far.asking.answered(1, GIVEN)
    far.asking.answered(7, GIVEN)
    assert await asking == GIVEN


async def test_whoever_waits_hears_that_nobody_is_there_any_more() -> None:
    far = Far(QUEUED)
    asking = asyncio.create_task(far.asking.ask(1, PLACE, 20))
    await asyncio.sleep(0)  # it has asked after its first turn, which is the next one
    far.asking.lost()
    assert await asking is None


async def test_whoever_gives_up_gives_back_what_he_may_have_got() -> None:
    far = Far(QUEUED)
    asking = asyncio.create_task(far.asking.ask(1, PLACE, 20))
    await asyncio.sleep(0)  # it has asked after its first turn, which is the next one
    asking.cancel()
    await asyncio.wait([asking])
    assert far.released == [1]
