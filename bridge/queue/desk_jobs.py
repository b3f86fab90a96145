"""The operators' desk for jobs and queues: look, cancel, retry now, hold, skip; pause and resume."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from bridge.errors import NotFound
from bridge.queue.deeds import Deed, Office, Outcome
from bridge.queue.shown import Shown
from bridge.store import dead
from bridge.store.job_views import JobFilter, JobRow, JobStory, job_story, list_jobs
from bridge.store.jobs import cancel, oldest_ready_s, skip
from bridge.store.page import LIMIT, Page
from bridge.store.tx import Tx

_NONE = "there is no such job"


@dataclass(frozen=True, slots=True)
class QueueRow:
    """A queue: how many of its jobs are in each state, how long the oldest ready one has waited, who paused it."""

    name: str
    paused_by: str
    ready: int
    waiting: int
    blocked: int
    running: int
    dead: int
    oldest_ready_s: float


@dataclass(frozen=True, slots=True)
class JobsDesk:
    """`queues`: those of the configuration, which may never have had a job."""

    office: Office
    shown: Shown
    queues: tuple[str, ...] = ()

    async def search(self, wanted: JobFilter, *, after: str = "", limit: int = LIMIT) -> Page[JobRow]:
        return await self.office.store.read(
            lambda tx: list_jobs(tx, wanted, self.office.seal, after=after, limit=limit)
        )

    async def show(self, job_id: str) -> JobStory:
        """Masked. Raises NotFound."""
        story = await self.office.store.read(lambda tx: job_story(tx, job_id, self.office.seal))
        mask = self.shown.mask
        return replace(story, payload=mask(story.payload), original=mask(story.original), result=mask(story.result))

    async def cancel(self, who: str, ids: Sequence[str], *, reason: str = "", once: str = "") -> Outcome:
        """Takes jobs back; one that runs is stopped by its worker at its next sign of life."""
        cause = f"cancelled by {who}{f': {reason}' if reason else ''}"
        deed = Deed(who, "jobs.cancel", reason, once)
        return await self.office.perform(deed, ids, _on(lambda tx, job: bool(cancel(tx, job, cause=cause))))

    async def retry(self, who: str, ids: Sequence[str], *, once: str = "") -> Outcome:
        """What waits for its time, is held, or is dead is due now."""

        def now(tx: Tx, job: str) -> bool:
            return dead.hurry(tx, job) or dead.replay(tx, job, who)

        return await self.office.perform(Deed(who, "jobs.retry", once=once), ids, _on(now))

    async def hold(self, who: str, ids: Sequence[str], *, reason: str = "", once: str = "") -> Outcome:
        """Keeps jobs from running until they are retried."""
        return await self.office.perform(Deed(who, "jobs.hold", reason, once), ids, _on(dead.hold))

    async def skip(self, who: str, ids: Sequence[str], *, reason: str = "", once: str = "") -> Outcome:
        """Lays jobs that do not run aside as dead letters, so that the next of their key goes on."""
        cause = f"skipped by {who}{f': {reason}' if reason else ''}"
        deed = Deed(who, "jobs.skip", reason, once)
        return await self.office.perform(deed, ids, _on(lambda tx, job: skip(tx, job, cause=cause)))

    async def depths(self) -> tuple[QueueRow, ...]:
        """Every queue."""

        def query(tx: Tx) -> tuple[QueueRow, ...]:
            known = {**dict.fromkeys(self.queues, ""), **dead.queue_names(tx)}
            return tuple(_row(tx, name, paused_by) for name, paused_by in sorted(known.items()))

        return await self.office.store.read(query)

    async def pause(self, who: str, queue: str, *, reason: str = "", once: str = "") -> Outcome:
        """Nothing more of it is begun, on any node. Raises NotFound for a queue that nobody knows."""
        await self._known(queue)

        def now(tx: Tx, name: str) -> tuple[str, str]:
            return ("" if dead.pause(tx, name, who) else "it is paused already"), ""

        return await self.office.perform(Deed(who, "queues.pause", reason, once), [queue], now)

    async def resume(self, who: str, queue: str, *, once: str = "") -> Outcome:
        await self._known(queue)

        def now(tx: Tx, name: str) -> tuple[str, str]:
            return ("" if dead.resume(tx, name) else "it is not paused"), name

        return await self.office.perform(Deed(who, "queues.resume", once=once), [queue], now)

    async def _known(self, queue: str) -> None:
        if queue not in self.queues and queue not in await self.office.store.read(dead.queue_names):
            raise NotFound("There is no queue with this name.")


def _on(change: Callable[[Tx, str], bool]) -> Callable[[Tx, str], tuple[str, str]]:
    """Why a job was left is seen by its state."""

    def apply(tx: Tx, job_id: str) -> tuple[str, str]:
        state, queue = dead.whereabouts(tx, job_id)
        if not state:
            return _NONE, ""
        return ("" if change(tx, job_id) else f"it is {state}"), queue

    return apply


def _row(tx: Tx, name: str, paused_by: str) -> QueueRow:
    counted = dead.counts(tx, name)
    ready, waiting, blocked, running, lost = (
        counted.get(state, 0) for state in ("ready", "waiting", "blocked", "running", "dead")
    )
    return QueueRow(name, paused_by, ready, waiting, blocked, running, lost, oldest_ready_s(tx, name))
