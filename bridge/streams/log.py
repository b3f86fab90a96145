"""The logs of all topics of a process: append, read from an offset, last values, and a way to wait for more.

A reader that comes back says the epoch and the offset it was at. It gets what came since without a gap, or is told of
the gap: what retention has taken, or that the topic began anew.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import BridgeError, DoesNotFit, NotFound, PayloadTooLarge, StoreUnavailable
from bridge.events import TopicTrimFailed
from bridge.store import topics
from bridge.store.failures import why
from bridge.store.store import Store
from bridge.store.topics import Extent, Keep, Logged, Message
from bridge.store.tx import Tx
from bridge.streams.memory import MemoryTopic
from bridge.streams.settings import TopicSettings

READ_MAX = 1000
APPEND_MAX = 1000
GATHERED_MAX, GATHERED_BYTES_MAX = 10_000, 32_000_000
"""Of one topic, what waits in memory for the disk."""
TRIM_EVERY_S = 10.0
NAME_CHARS_MAX = 500
"""Of a key, and of a source: either stands in an index."""
Notify = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Part:
    """Messages in order. `gap`: some between the asked offset and the first of these are gone, or the epoch is another.

    `next`: the offset to go on from; `end`: where the topic ends, so `next == end` is all there is.
    """

    epoch: str
    messages: tuple[Logged, ...]
    gap: bool
    next: int
    end: int


@dataclass(slots=True)
class _Topic:
    """A topic of the configuration. `more` is set anew at each append, for whoever waits."""

    name: str
    settings: TopicSettings
    keep: Keep
    keep_values: Keep
    memory: MemoryTopic | None
    more: asyncio.Event = field(default_factory=asyncio.Event)
    gathered: list[Message] = field(default_factory=list)
    told: asyncio.Future[tuple[int, ...]] | None = None
    unwritten: int = 0
    unwritten_bytes: int = 0

    def wake(self) -> None:
        self.more.set()
        self.more = asyncio.Event()


class Log:
    """`notify` tells the other processes that a topic has more; they call `grown`."""

    def __init__(
        self,
        settings: Mapping[str, TopicSettings],
        store: Store | None,
        clock: Clock,
        emit: Emit,
        notify: Notify = lambda _: None,
    ) -> None:
        self._store, self._clock, self._emit, self._notify = store, clock, emit, notify
        self._topics = {name: _topic(name, one) for name, one in settings.items()}
        self._tasks: set[asyncio.Task[None]] = set()

    def start(self) -> None:
        """Begins with retention."""
        self._do(self._trim_for_ever())

    def _do(self, work: Coroutine[object, object, None]) -> None:
        task = asyncio.create_task(work)
        self._tasks.add(task)
        task.add_done_callback(self._tasks.discard)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._topics)

    @property
    def durable(self) -> dict[str, str]:
        """How surely each topic of the configuration is kept."""
        return {name: one.settings.durable for name, one in self._topics.items()}

    def message_max(self, topic: str) -> int:
        """Bytes of the largest message. Raises NotFound."""
        return self._known(topic).settings.message

    async def extents(self) -> dict[str, Extent | None]:
        """Of all topics, also of those that are in the store and not in the configuration any more."""
        stored = await self._store.read(topics.stored_topics) if self._store else {}
        here = {name: one.memory.extent if one.memory else stored.get(name) for name, one in self._topics.items()}
        return {**stored, **here}

    async def append(self, topic: str, messages: Sequence[Message]) -> tuple[int, ...]:
        """The offset of each; when it returns they are as durable as the topic is.

        Raises NotFound, PayloadTooLarge, DoesNotFit, StoreUnavailable; then nothing of them is there.
        """
        one = self._known(topic)
        if len(messages) > APPEND_MAX or any(message.size > one.settings.message for message in messages):
            raise PayloadTooLarge(f"A message of {topic} has at most {one.settings.message} bytes")
        _check(messages)
        if one.memory is not None:
            offsets = one.memory.append(messages, self._clock.wall())
        elif one.settings.durable == "each":
            offsets = await self._write(one, messages)
        else:
            return await self._gather(one, messages)
        self._grown_here(one)
        return offsets

    async def _write(self, one: _Topic, messages: Sequence[Message]) -> tuple[int, ...]:
        assert self._store is not None, "a durable topic is refused without a store, at the start"
        return await self._store.write(lambda tx: topics.append(tx, one.name, messages))

    async def _gather(self, one: _Topic, messages: Sequence[Message]) -> tuple[int, ...]:
        """Joins the batch that is being gathered, or begins one."""
        size = sum(message.size for message in messages)
        full = one.unwritten + len(messages) > GATHERED_MAX or one.unwritten_bytes + size > GATHERED_BYTES_MAX
        if full and one.unwritten:
            raise StoreUnavailable(retry_after_s=1.0, cause=f"too much waits to be written to the topic {one.name}")
        one.unwritten, one.unwritten_bytes = one.unwritten + len(messages), one.unwritten_bytes + size
        begin = len(one.gathered)
        one.gathered.extend(messages)
        if one.told is None:
            one.told = asyncio.get_running_loop().create_future()
            self._do(self._flush(one, one.told))
        offsets = await asyncio.shield(one.told)
        return offsets[begin : begin + len(messages)]

    async def _flush(self, one: _Topic, told: asyncio.Future[tuple[int, ...]]) -> None:
        await self._clock.sleep(one.settings.window)
        batch, one.gathered, one.told = one.gathered, [], None
        try:
            told.set_result(await self._write(one, batch))
        except Exception as error:  # noqa: BLE001  whatever it is, it is told to those who wait
            told.set_exception(error)
            told.exception()  # seen, even if everybody who waited has gone
        else:
            self._grown_here(one)
        finally:
            one.unwritten -= len(batch)
            one.unwritten_bytes -= sum(message.size for message in batch)

    async def read(self, topic: str, begin: int, limit: int = 100, epoch: str = "") -> Part:
        """Messages from the offset `begin` on. `epoch`: the one that the reader had, "" for a new reader."""
        one = self._known(topic)
        most = min(max(limit, 1), READ_MAX)
        if one.memory is not None:
            return _part(one.memory.extent, one.memory.read, begin, most, epoch)
        if self._store is None:
            return Part("", (), gap=False, next=0, end=0)

        def query(tx: Tx) -> Part:
            there = topics.extent(tx, topic)
            if there is None:
                return Part("", (), gap=bool(epoch), next=0, end=0)
            return _part(there, lambda at, count: topics.read(tx, topic, at, count), begin, most, epoch)

        return await self._store.read(query)

    async def values(self, topic: str, after: int = -1, limit: int = 100) -> list[Logged]:
        """The last value of each key, in the order in which they came."""
        one = self._known(topic)
        most = min(max(limit, 1), READ_MAX)
        if one.memory is not None:
            return one.memory.values(after, most)
        return await self._store.read(lambda tx: topics.values(tx, topic, after, most)) if self._store else []

    async def value(self, topic: str, key: str) -> Logged | None:
        """The last value of one key."""
        one = self._known(topic)
        if one.memory is not None:
            return one.memory.value(key)
        return await self._store.read(lambda tx: topics.value(tx, topic, key)) if self._store else None

    async def extent(self, topic: str) -> Extent | None:
        one = self._known(topic)
        if one.memory is not None:
            return one.memory.extent
        return await self._store.read(lambda tx: topics.extent(tx, topic)) if self._store else None

    async def more(self, topic: str, begin: int, patience_s: float) -> bool:
        """Waits until the topic reaches beyond `begin`; False when the patience came to its end first."""
        one = self._known(topic)
        try:
            async with asyncio.timeout(patience_s):
                while True:
                    signal = one.more
                    there = await self.extent(topic)
                    if there is not None and there.next > begin:
                        return True
                    await signal.wait()
        except TimeoutError:
            return False

    def grown(self, topic: str) -> None:
        """Another process has appended to it."""
        if topic in self._topics:
            self._topics[topic].wake()

    def _grown_here(self, one: _Topic) -> None:
        one.wake()
        self._notify(one.name)

    async def trim(self) -> int:
        """What retention takes now; how many messages."""
        gone = 0
        for one in self._topics.values():
            if one.memory is not None:
                gone += one.memory.trim(self._clock.wall())
            elif self._store is not None:
                gone += await self._trimmed(self._store, partial(topics.trim, topic=one.name, keep=one.keep))
                kept_from = partial(topics.values_kept_from, topic=one.name, keep=one.keep_values)
                before = await self._store.read(kept_from)
                await self._trimmed(self._store, partial(topics.forget, topic=one.name, before=before))
        return gone

    async def _trimmed(self, store: Store, some: Callable[[Tx], int]) -> int:
        """In units as small as they are, until one finds less to do; how much in all."""
        gone = last = await store.write(some)
        while last >= topics.TRIM_MAX:
            last = await store.write(some)
            gone += last
        return gone

    async def _trim_for_ever(self) -> None:
        while True:
            await self._clock.sleep(TRIM_EVERY_S)
            try:
                await self.trim()
            except BridgeError as error:
                self._emit(TopicTrimFailed(why(error)))

    async def close(self) -> None:
        """What is being gathered is still written."""
        waiting = [one.told for one in self._topics.values() if one.told is not None]
        if waiting:
            await asyncio.wait(waiting)
        for task in list(self._tasks):
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    def _known(self, topic: str) -> _Topic:
        one = self._topics.get(topic)
        if one is None:
            raise NotFound(f"There is no topic {topic[:100]!r}")
        return one


def _check(messages: Sequence[Message]) -> None:
    """Raises DoesNotFit for what no store could keep, or what would mean nothing."""
    for message in messages:
        for name, text in (("key", message.key), ("source", message.source)):
            if len(text) > NAME_CHARS_MAX or not text.isprintable():
                raise DoesNotFit(f"The {name} of a message has at most {NAME_CHARS_MAX} printable characters")
        if message.data is None and not message.key:
            raise DoesNotFit("A message without data takes away the value of its key, so it needs one")


def _topic(name: str, settings: TopicSettings) -> _Topic:
    keep = Keep(settings.keep.age, settings.keep.size, settings.keep.count)
    values = Keep(settings.values.age, settings.values.size, settings.values.keys)
    memory = MemoryTopic(keep, values) if settings.durable == "memory" else None
    return _Topic(name, settings, keep, values, memory)


def _part(there: Extent, read: Callable[[int, int], list[Logged]], begin: int, limit: int, epoch: str) -> Part:
    """`begin` is taken from the start when the reader's epoch has ended or when it lies beyond the end."""
    other = bool(epoch) and epoch != there.epoch
    at = there.first if other or begin > there.next else max(begin, there.first)
    messages = tuple(read(at, limit))
    end = messages[-1].offset + 1 if messages else at
    return Part(there.epoch, messages, gap=other or begin > there.next or begin < there.first, next=end, end=there.next)
