"""What a person's action comes to: done to these, not to those and why, and written down in the same transaction."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from bridge.call import JsonValue
from bridge.errors import BadRequest
from bridge.shapes.json import Number
from bridge.store.audit import Act, done_before, record
from bridge.store.sealing import Seal
from bridge.store.store import Store
from bridge.store.tx import Tx

IDS_MAX = 500
"""Of one action: a transaction is short. Whoever wants more of a list goes on where `next` says."""
Wake = Callable[[str], None]
"""Tells the workers of a queue that there is something to do; or whoever fires schedules, by `SCHEDULES`."""
SCHEDULES = "/schedules"
"""No queue has such a name."""


@dataclass(frozen=True, slots=True)
class Left:
    """What was left as it is, and why."""

    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Outcome:
    """`done` to these ids. `next`: more of the filter follow from there on. `due_at`: when the next one would be due,
    where they are spaced out. `again`: this very request was made before, and this is what came of it then."""

    verb: str
    done: tuple[str, ...]
    left: tuple[Left, ...] = ()
    next: str = ""
    due_at: float | None = None
    audit: str = ""
    again: bool = False


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does what. `once`: the key of this request, if it has one."""

    who: str
    verb: str
    reason: str = ""
    once: str = ""
    scope: Mapping[str, JsonValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Office:
    """What every desk works with."""

    store: Store
    seal: Seal
    wake: Wake | None = None

    async def perform(
        self,
        deed: Deed,
        ids: Sequence[str],
        apply: Callable[[Tx, str], tuple[str, str]],
        *,
        after: str = "",
        due_at: Callable[[], float | None] = lambda: None,
    ) -> Outcome:
        """`apply` gives for each id why it was left (`""` when it was done) and the queue that is concerned. `after`
        and `due_at`: where to go on, which the same request again is told too."""
        if len(ids) > IDS_MAX:
            raise BadRequest(f"At most {IDS_MAX} at a time.")

        def unit(tx: Tx) -> tuple[Outcome, set[str]]:
            known = done_before(tx, deed.who, deed.verb, deed.once)
            if known is not None:
                return told(deed.verb, known), set()
            done, left, queues = list[str](), list[Left](), set[str]()
            for one in dict.fromkeys(ids):
                why, queue = apply(tx, one)
                if why:
                    left.append(Left(one, why))
                else:
                    done.append(one)
                    queues.add(queue)
            went = Outcome(deed.verb, tuple(done), tuple(left), after, due_at())
            return self._noted(tx, deed, went), queues

        outcome, queues = await self.store.write(unit)
        self.woken(queues)
        return outcome

    def woken(self, queues: set[str]) -> None:
        """After the commit, since a worker that looks before it finds nothing."""
        for queue in sorted(queues - {""}):
            if self.wake is not None:
                self.wake(queue)

    def _noted(self, tx: Tx, deed: Deed, went: Outcome) -> Outcome:
        """Where nothing was done nothing is written: a double click leaves one entry."""
        if not went.done:
            return went
        left: list[JsonValue] = [{"id": one.id, "why": one.why} for one in went.left[:50]]
        result: dict[str, JsonValue] = {"done": [*went.done], "left": left}
        result |= {"next": went.next} if went.next else {}
        result |= {"dueAt": number(went.due_at)} if went.due_at is not None else {}
        target = went.done[0] if len(went.done) == 1 else ""
        act = Act(deed.who, deed.verb, target, deed.scope, deed.reason, result=result, once=deed.once)
        return replace(went, audit=record(tx, act, self.seal))


def told(verb: str, result: JsonValue) -> Outcome:
    """An outcome as it was written down."""
    kept = result if isinstance(result, dict) else {}
    done, left = kept.get("done"), kept.get("left")
    after, due_at = kept.get("next"), kept.get("dueAt")
    return Outcome(
        verb,
        tuple(one for one in done if isinstance(one, str)) if isinstance(done, list) else (),
        tuple(Left(str(one["id"]), str(one["why"])) for one in left if isinstance(one, dict))
        if isinstance(left, list)
        else (),
        after if isinstance(after, str) else "",
        float(due_at) if isinstance(due_at, Number) else None,
        again=True,
    )


def number(value: float) -> Number:
    return Number(repr(value))
