"""The line before the writer."""

from __future__ import annotations

import asyncio
import threading
from dataclasses import dataclass

import pytest

from bridge.errors import StoreUnavailable
from bridge.store.failures import StoreUncertain
from bridge.store.waiting import BATCH_MAX, LINE_S_MAX, TAKEN_S_MAX, WAITING_MAX, Line, Waiting, tell


@dataclass
class _Clock:
    """Moved by hand."""

    now: float = 0.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


def _someone(clock: _Clock, name: str = "") -> Waiting:
    loop = asyncio.get_running_loop()
    return Waiting(lambda _: name, loop, loop.create_future(), clock.monotonic(), value=name)


@pytest.fixture
def clock() -> _Clock:
    return _Clock()


async def test_it_is_bounded_in_number(clock: _Clock) -> None:
    line = Line(clock)
    for _ in range(WAITING_MAX):
        line.put(_someone(clock))
    with pytest.raises(StoreUnavailable, match="kept safe") as caught:
        line.put(_someone(clock))
    assert caught.value.retry_after_s
    assert len(line.take()) == BATCH_MAX
    line.put(_someone(clock))


async def test_who_waited_too_long_is_told_and_not_served(clock: _Clock) -> None:
    line = Line(clock)
    early = _someone(clock)
    line.put(early)
    clock.now = LINE_S_MAX - 1
    late = _someone(clock)
    line.put(late)
    clock.now = LINE_S_MAX + 1
    tell(line.overdue())
    await asyncio.sleep(0)  # what is told arrives in the next turn
    assert isinstance(early.future.exception(), StoreUnavailable)
    assert not isinstance(early.future.exception(), StoreUncertain)
    assert line.take() == [late]


async def test_who_was_taken_and_hears_nothing_is_told_that_nobody_knows(clock: _Clock) -> None:
    line = Line(clock)
    taken = _someone(clock, "in the end")
    line.put(taken)
    assert line.take() == [taken]
    clock.now = TAKEN_S_MAX + 1
    tell(line.overdue())
    await asyncio.sleep(0)  # what is told arrives in the next turn
    assert isinstance(taken.future.exception(), StoreUncertain)
    with pytest.raises(StoreUnavailable):  # and nobody else queues behind
        line.put(_someone(clock))
    tell([taken])  # the writer comes back: too late, and no harm
    line.done()
    await asyncio.sleep(0)  # what is told arrives in the next turn
    assert line.idle
    line.put(_someone(clock))


async def test_who_has_gone_is_left_out(clock: _Clock) -> None:
    line = Line(clock)
    three = [_someone(clock) for _ in range(3)]
    for one in three:
        line.put(one)
    three[1].future.cancel()
    assert line.take() == [three[0], three[2]]


async def test_it_wakes_whoever_takes_and_lets_him_go_when_it_closes(clock: _Clock) -> None:
    line = Line(clock)
    taken: list[list[Waiting]] = []

    def work() -> None:
        while some := line.take():
            taken.append(some)
            line.done()

    thread = threading.Thread(target=work)
    thread.start()
    some = [_someone(clock) for _ in range(20)]
    for one in some:
        line.put(one)
    line.close()
    await asyncio.to_thread(thread.join, 60)
    assert [one for batch in taken for one in batch] == some
    with pytest.raises(StoreUnavailable):
        line.put(_someone(clock))


async def test_whoever_is_left_at_the_end_is_told(clock: _Clock) -> None:
    line = Line(clock)
    taken, waiting = _someone(clock), _someone(clock)
    line.put(taken)
    line.take()
    line.put(waiting)
    line.close()
    tell(line.left())
    await asyncio.sleep(0)  # what is told arrives in the next turn
    assert isinstance(taken.future.exception(), StoreUncertain)
    assert type(waiting.future.exception()) is StoreUnavailable


async def test_a_loop_that_is_closed_disturbs_nobody(clock: _Clock) -> None:
    gone = asyncio.new_event_loop()
    gone.close()
    here = _someone(clock, "here")
    tell([Waiting(lambda _: None, gone, here.loop.create_future(), 0.0), here])
    assert await here.future == "here"
