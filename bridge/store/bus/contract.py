"""What every bus promises to those who share an upstream, a queue or a kept answer, wherever they run.

Nothing here is durable and nothing is needed for an answer to be right: a bus that is gone makes the workers
careful (each takes its own share), and what they may have missed meanwhile is always told.
"""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractAsyncContextManager
from typing import Protocol

DATA_BYTES_MAX = 1_000_000
NAME_CHARS_MAX = 200
PATIENCE_S = 0.05
"""How long anybody waits for the bus itself before he goes on by himself."""
LIMITS_PATIENCE_S = 0.3
"""The same for places and tokens."""

Heard = Callable[[bytes], None]
"""Takes a message. Quick, and never raises."""
Missed = Callable[[], None]
"""Told when messages may have been lost: whoever remembers anything by them forgets it."""


class Tokens(Protocol):
    """A rate that all workers keep together: never more than `rate_per_s` * t + `burst` in any time t."""

    async def take(self, count: int = 1) -> float:
        """0.0: taken. Else nothing was, and in so many seconds it is worth asking again."""
        ...

    @property
    def level(self) -> float:
        """How many there were after the last `take`, as far as we know."""
        ...


class Places(Protocol):
    """So many at the same time over all workers. A worker that dies leaves its places to the others."""

    async def take(self, wait_s: float) -> bool:
        """Whether there was a place in time; each one taken is given back once."""
        ...

    def give_back(self) -> None: ...

    def resize(self, count: int) -> None:
        """There are so many from now on. Those taken stay; whoever asks next asks for one of so many."""
        ...


class Held(Protocol):
    """A lock that is ours. `fence` is higher than that of every earlier holder; `still` turns False when it was lost.

    With the fence whoever is written to can refuse a holder that does not know yet that it lost the lock.
    """

    @property
    def fence(self) -> int: ...

    @property
    def still(self) -> bool: ...

    def leave(self, gift: bytes) -> None:
        """What those who wait in `share` get instead of the lock when we leave it. Longer than DATA_BYTES_MAX: none."""
        ...


class Bus(Protocol):
    """What workers share. All names and topics are of the caller's choosing, up to NAME_CHARS_MAX characters."""

    @property
    def alone(self) -> bool:
        """Nobody else can be on it: what is done for others may be left out."""
        ...

    def publish(self, topic: str, data: bytes) -> None:
        """To all who subscribed, this process included; at most once, in order for each publisher; waits for nobody.

        Raises ValueError when `data` is longer than DATA_BYTES_MAX.
        """
        ...

    async def told(self, topic: str, data: bytes) -> bool:
        """To all others who subscribed; returns when each has heard it, at the latest after PATIENCE_S (then False)."""
        ...

    def subscribe(self, topic: str, heard: Heard, missed: Missed | None = None) -> Callable[[], None]:
        """The result ends it. `missed` is told whenever messages may have been lost on their way to us."""
        ...

    def tokens(self, name: str, rate_per_s: float, burst: int) -> Tokens: ...

    def places(self, name: str, count: int) -> Places: ...

    def lock(self, name: str, ttl_s: float, wait_s: float = 0.0) -> AbstractAsyncContextManager[Held | None]:
        """Held while within, and renewed; None when another had it all the time, or the bus cannot be asked.

        A holder that dies is followed within `ttl_s`.
        """
        ...

    def share(self, name: str, ttl_s: float, wait_s: float) -> AbstractAsyncContextManager[Held | bytes | None]:
        """The same lock for those who want its result only: while they wait, the holder's gift (`Held.leave`) will
        do."""
        ...

    async def close(self) -> None: ...
