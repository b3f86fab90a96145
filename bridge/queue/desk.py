"""The desk of the operators: all that a person may look at and do, for the command line and the admin API alike.

Whatever changes something takes `who` does it, is written into the audit log in the same transaction, and does nothing
the second time. What comes out are plain frozen values; payloads are masked in them.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.errors import NotFound, StoreError
from bridge.queue.deeds import SCHEDULES, Office, Wake
from bridge.queue.desk_dead import DeadDesk, Preview
from bridge.queue.desk_jobs import JobsDesk, QueueRow
from bridge.queue.desk_journal import JournalDesk
from bridge.queue.desk_schedules import SchedulesDesk
from bridge.queue.shown import Shown
from bridge.store import dead
from bridge.store.audit import Audited, AuditFilter, change_of, find
from bridge.store.job_views import value_of
from bridge.store.page import LIMIT, Page
from bridge.store.sealing import Seal
from bridge.store.store import Store


@dataclass(frozen=True, slots=True)
class Health:
    """How the durable core stands. `dead_since`: since when the oldest dead letter is dead."""

    store: str
    dead: int
    dead_since: float | None
    queues: tuple[QueueRow, ...]


class Desk:
    """`jobs`, `dead`, `journal` and `schedules` are desks of their own. `preview`: how a call would look on the wire,
    where upstreams are open; `masked`: names of fields that nobody is shown."""

    def __init__(
        self,
        store: Store,
        seal: Seal,
        *,
        queues: Iterable[str] = (),
        preview: Preview | None = None,
        masked: Sequence[str] | None = None,
        wake: Wake | None = None,
    ) -> None:
        self._office = Office(store, seal, wake)
        shown = self._shown = Shown() if masked is None else Shown(masked)
        self.jobs = JobsDesk(self._office, shown, tuple(queues))
        self.dead = DeadDesk(self._office, shown, preview)
        self.journal = JournalDesk(self._office, shown, preview)
        self.schedules = SchedulesDesk(self._office)

    async def wake(self) -> None:
        """Somebody else has changed something in the store: it is looked at once whether there is something to do."""
        self._office.woken({*self.jobs.queues, SCHEDULES})

    async def audit(self, wanted: AuditFilter, *, after: str = "", limit: int = LIMIT) -> Page[Audited]:
        """Who did what, the newest first."""
        return await self._office.store.read(lambda tx: find(tx, wanted, after=after, limit=limit))

    async def audited(self, entry: str) -> JsonValue:
        """The content that an action wrote, masked; None where it wrote none. Raises NotFound."""
        try:
            change = await self._office.store.read(lambda tx: change_of(tx, entry, self._office.seal))
        except StoreError as error:
            raise NotFound(error.detail) from error
        return None if change is None else self._shown.mask(value_of(change))

    async def health(self) -> Health:
        depth = await self._office.store.read(dead.depth)
        return Health(self._office.store.kind, depth.count, depth.oldest_at, await self.jobs.depths())
