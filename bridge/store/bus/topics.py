"""The subscriptions of one process, and how messages reach them. Knows no way to other processes."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from dataclasses import dataclass

from bridge.store.bus.contract import DATA_BYTES_MAX, NAME_CHARS_MAX, Heard, Missed


@dataclass(slots=True, eq=False)
class _Subscription:
    heard: Heard
    missed: Missed | None
    ended: bool = False

    def hear(self, data: bytes) -> None:
        if not self.ended:
            self.heard(data)

    def miss(self) -> None:
        if self.missed is not None and not self.ended:
            self.missed()


class Topics:
    """`changed(topic, wanted)` is told when the first subscribes to a topic, and when the last has gone."""

    def __init__(self, changed: Callable[[str, bool], None] | None = None) -> None:
        self._changed = changed
        self._by_topic: dict[str, list[_Subscription]] = {}

    @property
    def names(self) -> list[str]:
        return list(self._by_topic)

    def subscribe(self, topic: str, heard: Heard, missed: Missed | None = None) -> Callable[[], None]:
        check_name(topic)
        mine = _Subscription(heard, missed)
        there = self._by_topic.setdefault(topic, [])
        there.append(mine)
        if self._changed is not None and len(there) == 1:
            self._changed(topic, True)

        def end() -> None:
            if mine.ended:
                return
            mine.ended = True
            there.remove(mine)
            if not there and self._by_topic.get(topic) is there:
                del self._by_topic[topic]
                if self._changed is not None:
                    self._changed(topic, False)

        return end

    def deliver(self, topic: str, data: bytes) -> None:
        """At once: whoever brings it is nobody's caller."""
        for subscription in tuple(self._by_topic.get(topic, ())):
            subscription.hear(data)

    def deliver_soon(self, topic: str, data: bytes) -> None:
        """After whoever publishes is done, so that nobody is called back in the middle of his own work."""
        loop = asyncio.get_running_loop()
        for subscription in self._by_topic.get(topic, ()):
            loop.call_soon(subscription.hear, data)

    def miss(self) -> None:
        for subscriptions in tuple(self._by_topic.values()):
            for subscription in tuple(subscriptions):
                subscription.miss()


def check_name(name: str) -> None:
    if not 0 < len(name) <= NAME_CHARS_MAX:
        raise ValueError(f"a name on the bus has 1 to {NAME_CHARS_MAX} characters")


def check_data(data: bytes) -> None:
    if len(data) > DATA_BYTES_MAX:
        raise ValueError(f"a message on the bus has at most {DATA_BYTES_MAX} bytes")
