"""What a queue is, said as plainly as can be: a list and loops over all of it. Pure; nothing of the bridge in it."""

from __future__ import annotations

from dataclasses import dataclass, field

ACTIVE = ("waiting", "ready", "running")


@dataclass
class Item:
    """One job. `head`: it is the one of its key whose turn it is."""

    number: int
    key: str
    priority: int
    due_at: float
    state: str
    head: bool = False
    attempt: int = 0
    fence: int = 0
    lease_until: float = 0.0
    begun: bool = False
    began_again: bool = False
    asked: bool = False


@dataclass
class Model:
    """The queue. `items` in the order in which they came."""

    attempts_max: int
    lease_s: float
    now: float
    items: list[Item] = field(default_factory=list)

    def put(self, key: str, priority: int, delay_s: float) -> None:
        due_at = self.now + delay_s
        state = "blocked" if key else "waiting" if delay_s > 0 else "ready"
        self.items.append(Item(len(self.items), key, priority, due_at, state))

    def claim(self, limit: int) -> list[tuple[int, int, int]]:
        """(number, attempt, fence) of each, in their order."""
        for item in self.items:
            if item.state == "running" and item.lease_until <= self.now:
                self._expire(item)
        for item in self.items:
            if item.state == "waiting" and item.due_at <= self.now:
                item.state = "ready"
        for key in {item.key for item in self.items if item.key}:
            self._free(key)
        ready = sorted((item for item in self.items if item.state == "ready"), key=lambda i: (-i.priority, i.number))
        for item in ready[:limit]:
            item.state, item.lease_until = "running", self.now + self.lease_s
            item.attempt, item.fence, item.begun, item.asked = item.attempt + 1, item.fence + 1, False, False
            item.began_again = False
        return [(item.number, item.attempt, item.fence) for item in ready[:limit]]

    def _expire(self, item: Item) -> None:
        if item.begun:
            self.end(item, "dead")
        elif item.asked:
            self.end(item, "cancelled")
        elif not item.began_again:
            item.state, item.attempt = "ready", item.attempt - 1
        elif item.attempt >= self.attempts_max:
            self.end(item, "dead")
        else:
            item.state = "ready"

    def end(self, item: Item, state: str) -> None:
        item.state, item.head = state, False
        self._free(item.key)

    def retry(self, item: Item, delay_s: float) -> None:
        if item.asked:
            self.end(item, "cancelled")
        else:
            item.state, item.due_at = "waiting", self.now + delay_s

    def give_back(self, item: Item) -> None:
        if item.asked:
            self.end(item, "cancelled")
        else:
            item.state, item.attempt = "ready", item.attempt - 1

    def cancel(self, item: Item) -> str:
        if item.state == "running":
            item.asked = True
            return "asked"
        if item.state in {"waiting", "blocked", "ready"}:
            self.end(item, "cancelled")
            return "cancelled"
        return ""

    def skip(self, item: Item) -> bool:
        if item.state not in {"waiting", "blocked", "ready"}:
            return False
        self.end(item, "dead")
        return True

    def revive(self, item: Item) -> bool:
        if item.state != "dead":
            return False
        item.state, item.due_at, item.attempt = "blocked" if item.key else "ready", self.now, 0
        return True

    def _free(self, key: str) -> None:
        if not key or any(item.head for item in self.items if item.key == key):
            return
        for item in self.items:
            if item.key == key and item.state == "blocked":
                item.head, item.state = True, "ready" if item.due_at <= self.now else "waiting"
                return
