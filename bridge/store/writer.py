"""Group commit: units that wait at the same time share one transaction, and each is acknowledged after its commit.

One thread writes, in the order in which units came. A unit that raises takes nothing with it and fails alone: the
transaction is rolled back and done again with a savepoint around each unit. So a unit may run more than once; it only
speaks to its `Tx` and gives back a value. Whatever the database does, the thread goes on, and nobody is told that
something is durable which is not.

Two nodes whose batches take the same rows in another order would wait for each other until the database finds out. So
whoever holds rows waits for none: at the unit that would have to, the batch is parted. What came before it is
committed, and it begins the next transaction, in which it may wait, since it holds nothing.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable
from typing import Any

from bridge.errors import StoreUnavailable
from bridge.store.engines import Database
from bridge.store.failpoints import reached
from bridge.store.failures import Meaning, meaning, meets, refused, taken, unavailable, uncertain
from bridge.store.figures import Figures
from bridge.store.session import Session
from bridge.store.time import StoreClock
from bridge.store.tx import Tx
from bridge.store.waiting import Line, Unit, Waiting, tell

ROUNDS_MAX = 6
AGAIN_PAUSE_S = 0.02
RIVALS_MAX = 4
# How long the units of a batch may wait for rows that other nodes hold, all together.
MEETING_S_MAX = 10.0
WATCH_S = 0.5
CLOSE_S_MAX = 20.0


class Writer:
    """The thread. `start` once, `submit` from any event loop, `close` once: what waits is still written."""

    def __init__(self, database: Database, clock: StoreClock, close_s_max: float = CLOSE_S_MAX) -> None:
        self._clock, self._close_s_max = clock, close_s_max
        self._session = Session(database, clock)
        self._line = Line(clock)
        self.figures = Figures()
        self._watched: set[asyncio.AbstractEventLoop] = set()
        self._thread = threading.Thread(target=self._work, name="store writer", daemon=True)

    def start(self) -> None:
        self._thread.start()

    async def submit(self, unit: Unit) -> Any:
        loop = asyncio.get_running_loop()
        waiting = Waiting(unit, loop, loop.create_future(), self._clock.monotonic())
        self._line.put(waiting)
        if loop not in self._watched:
            self._watched.add(loop)
            loop.call_later(WATCH_S, self._watch, loop)
        return await waiting.future

    def close(self) -> None:
        """Bounded: whoever is left then is told."""
        self._line.close()
        if self._thread.is_alive():
            self._thread.join(self._close_s_max)
        tell(self._line.left())

    def _watch(self, loop: asyncio.AbstractEventLoop) -> None:
        """Tells whoever has waited for too long; rests while nobody waits."""
        tell(self._line.overdue())
        if self._line.idle:
            self._watched.discard(loop)
        else:
            loop.call_later(WATCH_S, self._watch, loop)

    def _work(self) -> None:
        while batch := self._line.take():
            until = self._clock.monotonic() + MEETING_S_MAX
            while batch:
                settled = self._settle(batch, until)
                reached("store.telling")
                tell(batch[:settled])
                reached("store.told")
                batch = batch[settled:]
            self._line.done()
            self._rest()
        self._session.drop()

    def _rest(self) -> None:
        """Between two batches; nothing that fails here concerns anybody."""
        try:
            self._session.tidy()
        except Exception:  # noqa: BLE001  the next one gets a new connection
            self._session.drop()
        self._session.give_way()

    def _settle(self, batch: list[Waiting], until: float) -> int:
        """How many units have their end, which are the first ones: all, or where another node is met those before."""
        try:
            return self._rounds(batch, until)
        except BaseException as error:  # noqa: BLE001  a fault of ours must not end the thread: it is told
            self._session.drop()
            return _all(batch, lambda error=error: uncertain(error))  # type: ignore[misc]  # mypy knows no default here

    def _rounds(self, batch: list[Waiting], until: float) -> int:
        """Two transactions that met, and a connection that was lost before its commit, are done again."""
        apart, lost = False, 0
        for round_ in range(1, ROUNDS_MAX + 1):
            try:
                return self._group(batch, apart=apart)
            except StoreUnavailable as known:
                self._session.drop()
                return _all(batch, lambda known=known: _again(known))  # type: ignore[misc]  # mypy knows no default here
            except Exception as error:  # noqa: BLE001  whatever the database says: nobody is acknowledged, all are told
                why = self._recover(error)
                self.figures.conflicts += meets(error)
                if meets(error) and not apart and len(batch) > 1:
                    apart = True  # a savepoint around each shows which of them it is
                    continue
                late = self._clock.monotonic() > until
                lost += why is Meaning.LOST
                if late or round_ == ROUNDS_MAX or lost > 1 or why not in {Meaning.AGAIN, Meaning.LOST}:
                    told = batch[:1] if meets(error) and not late else batch  # only the first one waited for a row
                    return _all(told, lambda error=error: unavailable(error))  # type: ignore[misc]  # mypy knows no default here
                self._session.pause(AGAIN_PAUSE_S)
        return len(batch)

    def _recover(self, error: Exception) -> Meaning:
        why = meaning(error) or Meaning.LOST
        self._session.rollback()
        if why not in {Meaning.AGAIN, Meaning.BUSY}:
            self._session.drop()
        return why

    def _group(self, batch: list[Waiting], *, apart: bool) -> int:
        return len(batch) if not apart and self._together(batch) else self._each(batch)

    def _together(self, batch: list[Waiting]) -> bool:
        """All units without savepoints; False when one of them raised, and then nothing has happened."""
        tx = self._session.begin(hurry=len(batch) > 1)
        for waiting in batch:
            if _run(tx, waiting) is not None:
                self._session.rollback()
                return False
        try:
            tx.flush()
        except Exception as error:  # a unit may raise what it likes
            if _of_all(error):
                raise
            self._session.rollback()
            return False
        self._commit(len(batch))
        return True

    def _each(self, batch: list[Waiting]) -> int:
        """With savepoints; up to the unit that would have to wait for another node while we hold what those before it
        have taken. It comes first in the next transaction, which then holds nothing."""
        tx = self._session.begin()
        for place, waiting in enumerate(batch):
            if place == 1:
                self._session.hurry()
            try:
                self._apart(tx, waiting)
            except Exception as error:  # as above
                if place == 0 or not meets(error):
                    raise
                self.figures.conflicts += 1
                self._session.savepoint("ROLLBACK TO")
                self._commit(place)
                return place
        self._commit(len(batch))
        return len(batch)

    def _commit(self, units: int) -> None:
        before = self._clock.monotonic()
        self._session.commit()
        self.figures.committed(units, self._clock.monotonic() - before)

    def _apart(self, tx: Tx, waiting: Waiting) -> None:
        """Between savepoints; again where another node was first with a row that may be there only once: then it is
        seen now."""
        for _ in range(RIVALS_MAX):
            self._session.savepoint("SAVEPOINT")
            waiting.error = _run(tx, waiting, flush=True)
            again = tx.failed is not None and taken(tx.failed)
            if waiting.error is not None:
                self._session.savepoint("ROLLBACK TO")
                tx.forget()
            self._session.savepoint("RELEASE")
            if not again:
                return


def _run(tx: Tx, waiting: Waiting, *, flush: bool = False) -> BaseException | None:
    """What the unit raised, or what the database said of it. Raises what concerns all units."""
    error: BaseException | None = None
    waiting.error = None  # of a round before this one, which is not there any more
    try:
        waiting.value = waiting.unit(tx)
        if flush:
            tx.flush()
    except BaseException as raised:  # noqa: BLE001  it is the caller's, and goes to him
        error = raised
    reached("store.applied")
    if tx.failed is not None:  # also where the unit went on as if nothing had happened
        error = tx.failed
    if error is None:
        return None
    if _of_all(error):
        raise error
    return refused(error) if meaning(error) is Meaning.REFUSED else error


def _of_all(error: BaseException) -> bool:
    return meaning(error) not in {None, Meaning.REFUSED}


def _all(batch: list[Waiting], error: Callable[[], Exception]) -> int:
    """One exception each: a traceback grows with each raise."""
    for waiting in batch:
        waiting.value, waiting.error = None, error()
    return len(batch)


def _again(error: StoreUnavailable) -> StoreUnavailable:
    return type(error)(retry_after_s=error.retry_after_s, cause=error.cause)
