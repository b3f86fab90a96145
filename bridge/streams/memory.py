"""A topic that lives in memory only: the same offsets, last values and retention, and an epoch that ends with the
process."""

from __future__ import annotations

import secrets
from collections import deque
from collections.abc import Sequence
from itertools import islice

from bridge.store.topics import Extent, Keep, Logged, Message

SOURCES_MAX = 10_000


class MemoryTopic:
    """Bounded by what is kept of its messages and of its last values; the oldest go first."""

    def __init__(self, keep: Keep, values: Keep = Keep()) -> None:  # noqa: B008  it is frozen
        self._keep, self._keep_values = keep, values
        self._messages: deque[Logged] = deque()
        self._values: dict[str, Logged] = {}
        self._values_size = 0
        self._sources: dict[str, int] = {}
        self._epoch, self._next, self._size = secrets.token_hex(8), 0, 0

    @property
    def extent(self) -> Extent:
        return Extent(self._epoch, self._next - len(self._messages), self._next, self._size)

    def append(self, messages: Sequence[Message], now: float) -> tuple[int, ...]:
        offsets = tuple(self._append(message, now) for message in messages)
        self.trim(now)
        return offsets

    def _append(self, message: Message, now: float) -> int:
        if message.source and message.source in self._sources:
            return self._sources[message.source]
        logged = Logged(self._next, now, message.key, message.data)
        self._messages.append(logged)
        self._next += 1
        self._size += message.size
        if message.key:
            self._forget(message.key)  # also so that values stand in the order in which they came
            if message.data is not None:
                self._values[message.key] = logged
                self._values_size += logged.size
        if message.source:
            self._sources[message.source] = logged.offset
            if len(self._sources) > SOURCES_MAX:
                del self._sources[next(iter(self._sources))]
        return logged.offset

    def read(self, begin: int, limit: int) -> list[Logged]:
        skip = max(0, begin - self.extent.first)
        return list(islice(self._messages, skip, skip + limit))

    def values(self, after: int, limit: int) -> list[Logged]:
        return list(islice((one for one in self._values.values() if one.offset > after), limit))

    def value(self, key: str) -> Logged | None:
        return self._values.get(key)

    def trim(self, now: float) -> int:
        """How many messages are gone."""
        gone = 0
        while self._messages and _over(self._keep, self._messages[0], now, self._size, len(self._messages)):
            self._size -= self._messages.popleft().size
            gone += 1
        while self._values:
            key, oldest = next(iter(self._values.items()))
            if not _over(self._keep_values, oldest, now, self._values_size, len(self._values)):
                break
            self._forget(key)
        return gone

    def _forget(self, key: str) -> None:
        gone = self._values.pop(key, None)
        if gone is not None:
            self._values_size -= gone.size


def _over(keep: Keep, oldest: Logged, now: float, size: int, count: int) -> bool:
    return (
        (keep.age_s is not None and now - oldest.at > keep.age_s)
        or (keep.size is not None and size > keep.size)
        or (keep.count is not None and count > keep.count)
    )
