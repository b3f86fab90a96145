"""Calls behind everybody's back, by which old answers become new ones: of one answer one at a time, and few in all.

Nobody waits for them, and none is begun when there are many: the answer is asked for in the open then, when it is due.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine, Hashable

AT_ONCE_MAX = 20
"""Of one upstream."""


class Refreshing:
    """`close` ends what is under way."""

    def __init__(self, at_once_max: int = AT_ONCE_MAX) -> None:
        self._at_once_max = at_once_max
        self._under_way: dict[Hashable, asyncio.Task[None]] = {}
        self._closed = False

    @property
    def under_way(self) -> int:
        return len(self._under_way)

    def begin(self, key: Hashable, work: Callable[[], Coroutine[None, None, None]]) -> bool:
        """Whether it was begun. `work` handles what goes wrong itself."""
        if self._closed or key in self._under_way or len(self._under_way) >= self._at_once_max:
            return False
        task = self._under_way[key] = asyncio.create_task(work(), name="refresh")
        task.add_done_callback(lambda _: self._under_way.pop(key, None))
        return True

    async def close(self) -> None:
        self._closed = True
        for task in (tasks := [*self._under_way.values()]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
