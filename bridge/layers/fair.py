"""Who is next: interactive before background, and among those of one kind each caller in turn. Pure.

One caller's flood waits behind itself. Nobody starves: background has its share of the turns, however much else waits.
"""

from __future__ import annotations

from collections import OrderedDict
from typing import Generic, Literal, TypeVar

from bridge.call import Priority

T = TypeVar("T")


class _Lane(Generic[T]):
    """The waiting of one priority, by caller; the first of `callers` is next."""

    def __init__(self) -> None:
        self.callers: OrderedDict[str, dict[T, None]] = OrderedDict()
        self.count = 0

    def push(self, item: T, who: str) -> None:
        self.callers.setdefault(who, {})[item] = None
        self.count += 1

    def pop(self) -> T:
        who, waiting = next(iter(self.callers.items()))
        item = next(iter(waiting))
        self.remove(item, who)
        if who in self.callers:
            self.callers.move_to_end(who)
        return item

    def remove(self, item: T, who: str) -> bool:
        waiting = self.callers.get(who, {})
        if item not in waiting:
            return False
        del waiting[item]
        self.count -= 1
        if not waiting:
            del self.callers[who]
        return True

    def of(self, who: str) -> int:
        return len(self.callers.get(who, ()))

    def push_out(self, most: int) -> T | None:
        """Takes the newest of whoever has the most waiting, if that are more than `most`."""
        who = max(self.callers, key=self.of, default="")
        if self.of(who) <= most:
            return None
        item = next(reversed(self.callers[who]))
        self.remove(item, who)
        return item

    def ahead(self, who: str) -> int:
        """How many go before another one of this caller."""
        mine = self.of(who)
        return sum(min(len(waiting), mine if name == who else mine + 1) for name, waiting in self.callers.items())


class FairQueue(Generic[T]):
    """At most `size` wait; every `background_every`-th turn is for background while both kinds wait."""

    def __init__(self, size: int, background_every: int) -> None:
        self._size, self._every = size, background_every
        self._lanes: dict[Priority, _Lane[T]] = {"interactive": _Lane(), "background": _Lane()}
        self._contested = 0

    def __len__(self) -> int:
        return sum(lane.count for lane in self._lanes.values())

    def waiting(self, priority: Priority) -> int:
        return self._lanes[priority].count

    def push(self, item: T, who: str, priority: Priority) -> T | Literal["full"] | None:
        """None: it waits. When there is no room somebody else gives way for it and is returned, or it is "full"."""
        out: T | None = None
        if len(self) >= self._size:
            out = self._make_room(who, priority)
            if out is None:
                return "full"
        self._lanes[priority].push(item, who)
        return out

    def _make_room(self, who: str, priority: Priority) -> T | None:
        own, background = self._lanes[priority], self._lanes["background"]
        if priority == "interactive" and background.count > self._size // self._every:
            return background.push_out(0)
        return own.push_out(own.of(who) + 1)  # he who gives way still has as many as the newcomer then

    def pop(self) -> T:
        """The next one. Raises KeyError when nobody waits."""
        first, second = self._lanes["interactive"], self._lanes["background"]
        if first.count and second.count:
            self._contested += 1
            if self._contested % self._every == 0:
                first, second = second, first
        if not first.count and not second.count:
            raise KeyError("nobody waits")
        return (first if first.count else second).pop()

    def remove(self, item: T, who: str, priority: Priority) -> bool:
        """He waits no more; whether he did."""
        return self._lanes[priority].remove(item, who)

    def ahead(self, who: str, priority: Priority) -> int:
        """How many would go before another one of this caller, as it looks now."""
        own = self._lanes[priority].ahead(who)
        if priority == "interactive":
            return own + min(self._lanes["background"].count, own // (self._every - 1))
        return own + min(self._lanes["interactive"].count, (own + 1) * (self._every - 1))
