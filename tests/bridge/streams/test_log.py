"""The log of topics: durability by topic, gaps that are told, waiting for more."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import DoesNotFit, NotFound, PayloadTooLarge, StoreUnavailable
from bridge.events import Event, TopicTrimFailed
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.topics import Logged, Message
from bridge.streams import log as module
from bridge.streams.log import Log
from bridge.streams.settings import TopicSettings

KINDS = ("each", "batch", "memory")
every_kind = pytest.mark.parametrize("kind", KINDS)


class StepClock(SystemClock):
    """Sleeps until the test lets it."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self.go = asyncio.Event()
        self.asleep = asyncio.Event()

    async def sleep(self, seconds: float) -> None:
        self.slept.append(seconds)
        self.asleep.set()
        await self.go.wait()
        self.go.clear()


def settings(**changes: object) -> dict[str, TopicSettings]:
    return {kind: TopicSettings.model_validate({"durable": kind, "window": "1ms", **changes}) for kind in KINDS}


@asynccontextmanager
async def opened(
    folder: Path, notify: Callable[[str], None] = lambda _: None, clock: SystemClock | None = None, **changes: object
) -> AsyncIterator[Log]:
    clock = clock or SystemClock()
    store = await Store.open(StoreSettings(url=f"sqlite:///{folder / 'log.db'}"), clock)
    log = Log(settings(**changes), store, clock, lambda _: None, notify)
    yield log
    await log.close()
    await store.close()


def texts(messages: tuple[Logged, ...] | list[Logged]) -> list[str]:
    return [(one.data or b"").decode() for one in messages]


def named(*names: str) -> list[Message]:
    return [Message(name.encode(), key=name[0]) for name in names]


@every_kind
async def test_what_is_appended_is_read_from_any_offset(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path) as log:
        assert await log.append(kind, named("a1", "b1", "a2")) == (0, 1, 2)
        part = await log.read(kind, 1)
        assert (texts(part.messages), part.gap, part.next, part.end) == (["b1", "a2"], False, 3, 3)
        part = await log.read(kind, 0, limit=2)
        assert (texts(part.messages), part.next, part.end) == (["a1", "b1"], 2, 3)
        assert texts(await log.values(kind)) == ["b1", "a2"]
        one = await log.value(kind, "a")
        assert one is not None
        assert one.data == b"a2"
        assert await log.value(kind, "z") is None


@every_kind
async def test_what_is_durable_outlives_the_process(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path) as log:
        await log.append(kind, named("a"))
        before = await log.read(kind, 0)
    async with opened(tmp_path) as log:
        after = await log.read(kind, 1, epoch=before.epoch)
        assert after.gap == (kind == "memory"), "a reader that was further than this log is told"
        assert texts((await log.read(kind, 0)).messages) == ([] if kind == "memory" else ["a"])


@every_kind
async def test_a_gap_is_told(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, keep={"count": 2}) as log:
        await log.append(kind, named("a", "b", "c"))
        await log.trim()
        whole = await log.read(kind, 1)
        assert (texts(whole.messages), whole.gap) == (["b", "c"], False)
        late = await log.read(kind, 0)
        assert (texts(late.messages), late.gap) == (["b", "c"], True)
        other = await log.read(kind, 2, epoch="of another log")
        assert (texts(other.messages), other.gap) == (["b", "c"], True)
        beyond = await log.read(kind, 99, epoch=whole.epoch)
        assert (texts(beyond.messages), beyond.gap) == (["b", "c"], True)
        at_end = await log.read(kind, 3, epoch=whole.epoch)
        assert (at_end.messages, at_end.gap, at_end.next) == ((), False, 3)


@every_kind
async def test_an_empty_topic_has_nothing(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path) as log:
        part = await log.read(kind, 0)
        assert (part.messages, part.gap, part.end) == ((), False, 0)
        assert await log.values(kind) == []


async def test_one_batch_is_one_commit_that_everybody_waits_for(tmp_path: Path) -> None:
    clock = StepClock()
    async with opened(tmp_path, clock=clock) as log:
        first = asyncio.create_task(log.append("batch", named("a", "b")))
        await clock.asleep.wait()
        second = asyncio.create_task(log.append("batch", named("c")))
        third = asyncio.create_task(log.append("batch", named("d")))
        done, _ = await asyncio.wait([first, second, third], timeout=0.05)
        assert not done, "nothing is acknowledged before it is durable"
        assert clock.slept == [0.001]
        third.cancel()
        clock.go.set()
        assert (await first, await second) == ((0, 1), (2,))
        assert texts((await log.read("batch", 0)).messages) == ["a", "b", "c", "d"]


async def test_a_batch_that_is_being_gathered_is_written_at_the_end(tmp_path: Path) -> None:
    async with opened(tmp_path, window="10ms") as log:
        waiting = asyncio.create_task(log.append("batch", named("a")))
        while not log._topics["batch"].gathered:  # the loop turns once until the task has begun
            await asyncio.wait([waiting], timeout=0.001)
        await log.close()
        assert await waiting == (0,)


async def test_a_batch_that_cannot_be_kept_is_told_to_all(tmp_path: Path) -> None:
    async with opened(tmp_path) as log:
        assert log._store is not None
        await log._store.close()
        told = await asyncio.gather(*(log.append("batch", named("a")) for _ in range(3)), return_exceptions=True)
        assert [type(one) for one in told] == [StoreUnavailable] * 3


@every_kind
async def test_who_waits_is_woken_by_what_comes(tmp_path: Path, kind: str) -> None:
    told: list[str] = []
    async with opened(tmp_path, told.append) as log:
        assert not await log.more(kind, 0, patience_s=0.01)
        waiting = asyncio.create_task(log.more(kind, 0, patience_s=90))
        await log.append(kind, named("a"))
        assert await waiting
        assert told == [kind]
        assert not await log.more(kind, 1, patience_s=0.01)


async def test_what_another_process_appended_wakes_too(tmp_path: Path) -> None:
    async with opened(tmp_path) as log, opened(tmp_path, log.grown) as other:
        waiting = asyncio.create_task(log.more("each", 0, patience_s=90))
        await other.append("each", named("a"))
        assert await waiting
        log.grown("a topic that is not in this configuration")


@every_kind
async def test_what_is_too_large_or_unknown_is_refused(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, message="3B") as log:
        with pytest.raises(PayloadTooLarge, match="at most 3 bytes"):
            await log.append(kind, [Message(b"ok"), Message(b"1234")])
        with pytest.raises(PayloadTooLarge):
            await log.append(kind, [Message(b"")] * (module.APPEND_MAX + 1))
        with pytest.raises(NotFound, match="no topic 'x'"):
            await log.append("x", [])
        assert (await log.read(kind, 0)).end == 0


@every_kind
async def test_what_no_store_could_keep_is_refused(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path) as log:
        for wrong in (
            Message(b"", key="nul\0"),
            Message(b"", key="half a pair \ud800"),
            Message(b"", key="x" * (module.NAME_CHARS_MAX + 1)),
            Message(b"", source="\n"),
            Message(None),
        ):
            with pytest.raises(DoesNotFit):
                await log.append(kind, [Message(b"ok", "ok"), wrong])
        assert (await log.read(kind, 0)).end == 0
        assert len(await log.append(kind, [Message(b"", key="ö" * module.NAME_CHARS_MAX)])) == 1


@every_kind
async def test_last_values_are_trimmed_too(tmp_path: Path, kind: str) -> None:
    async with opened(tmp_path, values={"keys": 2}) as log:
        await log.append(kind, [*named("a", "b", "c", "d"), Message(None, "d")])
        await log.trim()
        assert texts(await log.values(kind)) == ["b", "c"]
        await log.append(kind, named("e", "f"))
        await log.trim()
        assert texts(await log.values(kind)) == ["e", "f"]
        assert texts((await log.read(kind, 0)).messages) == ["a", "b", "c", "d", "", "e", "f"]


async def test_retention_goes_on_by_itself_and_says_when_it_cannot(tmp_path: Path) -> None:
    clock, told = StepClock(), list[Event]()
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'log.db'}"), clock)
    seen = asyncio.Event()

    def emit(event: Event) -> None:
        told.append(event)
        seen.set()

    log = Log(settings(keep={"count": 1}), store, clock, emit)
    await log.append("each", named("a", "b", "c"))
    await store.close()
    log.start()
    await clock.asleep.wait()
    clock.asleep.clear()
    clock.go.set()
    await seen.wait()
    await log.close()
    assert isinstance(told[0], TopicTrimFailed)
    assert clock.slept[0] == module.TRIM_EVERY_S


async def test_what_is_gathered_and_not_written_yet_has_a_bound(tmp_path: Path) -> None:
    clock = StepClock()
    async with opened(tmp_path, clock=clock) as log:
        many = [Message(b"x")] * module.APPEND_MAX
        full = module.GATHERED_MAX // module.APPEND_MAX
        waiting = [asyncio.ensure_future(log.append("batch", many)) for _ in range(full)]
        await clock.asleep.wait()
        with pytest.raises(StoreUnavailable):
            await log.append("batch", many)
        clock.go.set()
        assert [len(await one) for one in waiting] == [len(many)] * full
        clock.go.set()
        assert len(await log.append("batch", many)) == len(many)
