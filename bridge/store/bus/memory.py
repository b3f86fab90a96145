"""The bus of a process that is alone: nothing leaves it, and nothing is ever missed."""

from __future__ import annotations

from bridge.clock import Clock
from bridge.store.bus.arbiter import Arbiter, Who
from bridge.store.bus.asking import Asking
from bridge.store.bus.messages import Ask, Grant
from bridge.store.bus.shared import Sharing
from bridge.store.bus.topics import Topics, check_data, check_name

_ME = 0


class MemoryBus(Sharing):
    """A `Bus` within one event loop."""

    alone = True

    def __init__(self, clock: Clock) -> None:
        super().__init__(Topics(), Asking(self._send, self._release, clock))
        self._arbiter = Arbiter(clock, self._decided, lends=False)  # to ask costs nothing here

    def _send(self, number: int, what: Ask) -> bool:
        self._arbiter.sweep()
        self._asking.answered(number, self._arbiter.ask((_ME, number), what))
        return True

    def _release(self, number: int, gift: bytes | None) -> None:
        self._arbiter.release((_ME, number), gift)

    def _decided(self, who: Who, grant: Grant) -> None:
        self._asking.answered(who[1], grant)

    def publish(self, topic: str, data: bytes) -> None:
        check_data(data)
        self._topics.deliver_soon(topic, data)

    async def told(self, topic: str, data: bytes) -> bool:
        check_name(topic)
        check_data(data)
        return True

    async def close(self) -> None:
        self._asking.lost()
