"""The operators' desk for topics: which there are, what was published, and the last value of each key. It only looks.

Data are shown as what they are: JSON with its telling fields masked, text, or base64 of what is neither.
"""

from __future__ import annotations

import base64
from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

from bridge.call import JsonValue
from bridge.errors import CallError
from bridge.shapes.json import loads
from bridge.store.topics import Logged
from bridge.streams.log import Log, Part

STEP = 100
LOOKED_MAX = 10_000
"""Messages that are looked at for those of a key. Whoever wants more goes on at `next`."""
BYTES_MAX = 4_000_000
"""Of data on a page."""
Encoding = Literal["json", "text", "base64", "none"]
Mask = Callable[[JsonValue], JsonValue]


@dataclass(frozen=True, slots=True)
class TopicRow:
    """A topic in a list. `durable` "": the configuration has it no more. Offsets from `first` up to, and without,
    `next`; `size`: bytes of its data."""

    name: str
    durable: str
    messages: int
    first: int
    next: int
    size: int
    epoch: str


@dataclass(frozen=True, slots=True)
class MessageRow:
    """A message, or the last value of a key. `encoding` "none": the key has no value from here on."""

    offset: int
    at: float
    key: str
    encoding: Encoding
    data: JsonValue


@dataclass(frozen=True, slots=True)
class MessagePage:
    """Messages in order. `gap`: some after the asked offset are gone. `next`: where to go on, `end`: where the topic
    ends."""

    topic: str
    epoch: str
    gap: bool
    next: int
    end: int
    items: tuple[MessageRow, ...]


@dataclass(frozen=True, slots=True)
class ValuePage:
    """Last values, the one that has not changed for longest first. `next`: hand it in as `after`; None: that is all."""

    topic: str
    next: int | None
    items: tuple[MessageRow, ...]


class TopicsDesk:
    """`mask` hides what stands in fields with telling names."""

    def __init__(self, log: Log, mask: Mask) -> None:
        self._log, self._mask = log, mask

    async def search(self) -> tuple[TopicRow, ...]:
        """All topics: those of the configuration, and those that it had once."""
        durable, rows = self._log.durable, list[TopicRow]()
        for name, one in sorted((await self._log.extents()).items()):
            first, end, size, epoch = (one.first, one.next, one.size, one.epoch) if one else (0, 0, 0, "")
            rows.append(TopicRow(name, durable.get(name, ""), end - first, first, end, size, epoch))
        return tuple(rows)

    async def read(self, topic: str, begin: int | None = None, *, key: str = "", limit: int = 50) -> MessagePage:
        """From an offset on, from the oldest one without, or the last so many (`-10`). Raises NotFound."""
        there = await self._log.extent(topic)
        first, end = (there.first, there.next) if there else (0, 0)
        asked = first if begin is None else max(first, end + begin) if begin < 0 else begin
        rows, size, looked, gap, step = list[Logged](), 0, 0, False, self._step(topic)
        while True:
            part = await self._log.read(topic, asked, step)
            gap = gap or part.gap
            for one in part.messages:
                looked, asked = looked + 1, one.offset + 1
                if key in ("", one.key):
                    rows.append(one)
                    size += one.size
                if len(rows) >= limit or size >= BYTES_MAX:
                    return self._page(topic, part, asked, rows, gap=gap)
            if not part.messages or looked >= LOOKED_MAX:
                return self._page(topic, part, part.next, rows, gap=gap)

    async def values(self, topic: str, *, key: str = "", after: int = -1, limit: int = 50) -> ValuePage:
        """The last value of each key, or of one. Raises NotFound."""
        if key:
            one = await self._log.value(topic, key)
            return ValuePage(topic, None, self._rows([one] if one else []))
        rows, size, step = list[Logged](), 0, self._step(topic)
        while len(rows) < limit and size < BYTES_MAX:
            some = await self._log.values(topic, rows[-1].offset if rows else after, min(step, limit - len(rows)))
            if not some:
                return ValuePage(topic, None, self._rows(rows))
            rows += some
            size += sum(each.size for each in some)
        return ValuePage(topic, rows[-1].offset, self._rows(rows))

    def _step(self, topic: str) -> int:
        """How many are read at a time: few, where they may be large."""
        return min(max(BYTES_MAX // self._log.message_max(topic), 1), STEP)

    def _page(self, topic: str, part: Part, at: int, rows: list[Logged], *, gap: bool) -> MessagePage:
        return MessagePage(topic, part.epoch, gap, at, part.end, self._rows(rows))

    def _rows(self, logged: list[Logged]) -> tuple[MessageRow, ...]:
        return tuple(MessageRow(one.offset, one.at, one.key, *self._shown(one.data)) for one in logged)

    def _shown(self, data: bytes | None) -> tuple[Encoding, JsonValue]:
        if data is None:
            return "none", None
        try:
            return "json", self._mask(loads(data))
        except CallError:
            pass
        try:
            return "text", data.decode()
        except UnicodeDecodeError:
            return "base64", base64.b64encode(data).decode()
