"""The operators' desk for dead letters: look, edit, see what a replay would send, replay, discard."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace

from bridge.call import JsonValue
from bridge.contracts import Envelopes
from bridge.errors import BadRequest, CallError, Conflict, DoesNotFit
from bridge.queue.calls import KIND, CallOrder
from bridge.queue.deeds import IDS_MAX, Deed, Left, Office, Outcome, number
from bridge.queue.diff import Change, changes
from bridge.queue.shown import Shown
from bridge.shapes.json import dumps
from bridge.store import dead
from bridge.store.audit import Act, digest, record
from bridge.store.job_views import JobFilter, JobRow, JobStory, job_story, list_jobs, value_of
from bridge.store.jobs import discard
from bridge.store.page import LIMIT, Page
from bridge.store.tx import Tx

PREVIEWS_MAX = 20
"""Of one dry run: each may have to open an upstream's contract."""
Preview = Callable[[str, bytes], Awaitable[Envelopes]]
"""What an operation with these arguments would send. Raises what a call would raise for arguments that do not fit."""


@dataclass(frozen=True, slots=True)
class Request:
    """What would go over the wire; credentials are masked in it."""

    method: str
    url: str
    headers: dict[str, str]
    body: str


@dataclass(frozen=True, slots=True)
class Planned:
    """What a replay would do with one letter. `why`: it would be left as it is. `changes`: what an edit did to it.
    `problem`: why the request that it makes cannot be shown, or would not be accepted."""

    id: str
    queue: str
    kind: str
    operation: str
    key: str
    due_at: float | None
    why: str = ""
    changes: tuple[Change, ...] = ()
    request: Request | None = None
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`next`: more of the filter follow from there on."""

    items: tuple[Planned, ...]
    next: str = ""


@dataclass(frozen=True, slots=True)
class Chosen:
    """Letters by their ids, or all that fit a filter, the oldest first, from `after` on."""

    ids: tuple[str, ...] = ()
    filter: JobFilter | None = None
    after: str = ""
    limit: int = IDS_MAX

    def scope(self) -> dict[str, JsonValue]:
        if self.filter is None:
            return {"ids": [*self.ids[:100]]}
        given = {name: getattr(self.filter, name) for name in JobFilter.__dataclass_fields__}
        told = {name: number(one) if isinstance(one, float) else one for name, one in given.items() if one}
        return {"filter": {**told}, "after": self.after}


@dataclass(frozen=True, slots=True)
class DeadDesk:
    """`preview`: how a call would look; without one nothing can be shown or judged of it."""

    office: Office
    shown: Shown
    preview: Preview | None = None

    async def search(self, wanted: JobFilter, *, after: str = "", limit: int = LIMIT) -> Page[JobRow]:
        wanted = replace(wanted, state="dead")
        return await self.office.store.read(
            lambda tx: list_jobs(tx, wanted, self.office.seal, after=after, limit=limit)
        )

    async def edit(self, who: str, job_id: str, payload: JsonValue, *, reason: str = "", once: str = "") -> Outcome:
        """Another payload for a letter; of a call its arguments and nothing else. The first one is kept.

        Raises NotFound, DoesNotFit when the operation would not take it, Conflict when another was quicker.
        """
        story = await self._story(job_id)
        before, meant = story.payload, self.shown.restore(payload, story.payload)
        if meant == before and story.job.state == "dead":
            return Outcome("dead.edit", (), (Left(job_id, "it has this payload already"),))
        if story.job.kind == KIND:
            await self._judged(meant, before)
        data, deed = dumps(meant).encode(), Deed(who, "dead.edit", reason, once)

        def unit(tx: Tx) -> Outcome:
            edited = dead.edit(tx, job_id, data, who, self.office.seal)
            if edited is None:
                return Outcome(deed.verb, (), (Left(job_id, f"it is {dead.whereabouts(tx, job_id)[0]}"),))
            if value_of(edited.before) != before:
                raise Conflict("Somebody else has edited it meanwhile: look at it again.")
            act = Act(who, deed.verb, job_id, {}, reason, digest(edited.before), digest(data), {"done": [job_id]}, data)
            return Outcome(deed.verb, (job_id,), audit=record(tx, act, self.office.seal))

        return await self.office.store.write(unit)

    async def plan(self, chosen: Chosen, *, rate_per_s: float | None = None) -> Plan:
        """What `replay` would do. Nothing is changed."""
        ids, after = await self._ids(chosen)
        items = []
        for index, one in enumerate(ids):
            items.append(await self._planned(one, _due(index, rate_per_s), previewed=index < PREVIEWS_MAX))
        return Plan(tuple(items), after)

    async def replay(
        self,
        who: str,
        chosen: Chosen,
        *,
        rate_per_s: float | None = None,
        from_at: float = 0.0,
        reason: str = "",
        once: str = "",
    ) -> Outcome:
        """Has letters tried again: the same jobs, in order of their key, with all their attempts. One that is no dead
        letter any more is left alone. `rate_per_s` spaces out when they are due, from `from_at` on."""
        ids, after = await self._ids(chosen)
        due_at = list[float]()

        def apply(tx: Tx, job_id: str) -> tuple[str, str]:
            if not due_at or job_id == ids[0]:
                due_at[:] = [max(tx.now, from_at)]  # a unit may run again, and then begins anew
            state, queue = dead.whereabouts(tx, job_id)
            if not state:
                return "there is no such job", ""
            if not dead.replay(tx, job_id, who, not_before=due_at[0] if rate_per_s or from_at else 0.0):
                return f"it is {state}", ""
            if rate_per_s:
                due_at[0] += 1.0 / rate_per_s
            return "", queue

        scope = chosen.scope() | ({"ratePerS": number(rate_per_s)} if rate_per_s else {})
        deed = Deed(who, "dead.replay", reason, once, scope)
        following = (lambda: due_at[0] if due_at else None) if rate_per_s else lambda: None
        return await self.office.perform(deed, ids, apply, after=after, due_at=following)

    async def discard(self, who: str, chosen: Chosen, *, reason: str, once: str = "") -> Outcome:
        """Letters that nobody wants any more. Raises BadRequest without a reason."""
        if not reason.strip():
            raise BadRequest("To discard dead letters a reason is needed.")
        ids, after = await self._ids(chosen)

        def apply(tx: Tx, job_id: str) -> tuple[str, str]:
            state, queue = dead.whereabouts(tx, job_id)
            if not state:
                return "there is no such job", ""
            return ("" if discard(tx, job_id, cause=f"discarded by {who}: {reason}") else f"it is {state}"), queue

        deed = Deed(who, "dead.discard", reason, once, chosen.scope())
        return await self.office.perform(deed, ids, apply, after=after)

    async def plan_of(
        self, ids: Sequence[str], wanted: JobFilter | None, *, after: str = "", rate_per_s: float | None = None
    ) -> Plan:
        """`plan`, in values that rooms beside this one have as well."""
        return await self.plan(Chosen(tuple(ids), wanted, after), rate_per_s=rate_per_s)

    async def replay_of(
        self,
        who: str,
        ids: Sequence[str],
        wanted: JobFilter | None,
        *,
        after: str = "",
        rate_per_s: float | None = None,
        from_at: float = 0.0,
        reason: str = "",
        once: str = "",
    ) -> Outcome:
        """`replay` likewise."""
        chosen = Chosen(tuple(ids), wanted, after)
        return await self.replay(who, chosen, rate_per_s=rate_per_s, from_at=from_at, reason=reason, once=once)

    async def discard_of(
        self, who: str, ids: Sequence[str], wanted: JobFilter | None, *, after: str = "", reason: str, once: str = ""
    ) -> Outcome:
        """`discard` likewise."""
        return await self.discard(who, Chosen(tuple(ids), wanted, after), reason=reason, once=once)

    async def _ids(self, chosen: Chosen) -> tuple[list[str], str]:
        if chosen.filter is None:
            return list(dict.fromkeys(chosen.ids)), ""
        wanted, limit = replace(chosen.filter, state="dead"), min(chosen.limit, IDS_MAX)
        page = await self.office.store.read(
            lambda tx: list_jobs(tx, wanted, self.office.seal, after=chosen.after, limit=limit, oldest_first=True)
        )
        return [one.id for one in page.items], page.next

    async def _story(self, job_id: str) -> JobStory:
        return await self.office.store.read(lambda tx: job_story(tx, job_id, self.office.seal))

    async def _judged(self, meant: JsonValue, before: JsonValue) -> None:
        """An edit is no way to call as somebody else, or twice what is to be done once."""
        order, was = CallOrder.read(dumps(meant).encode()), CallOrder.read(dumps(before).encode())
        for name in ("operation", "principal", "idempotency_key"):
            if getattr(order, name) != getattr(was, name):
                raise DoesNotFit(f"Of a call only `args` may be edited, not its {name.replace('_', ' ')}.")
        if self.preview is not None:
            await self.preview(order.operation, dumps(order.args).encode())

    async def _planned(self, job_id: str, due_at: float | None, *, previewed: bool) -> Planned:
        try:
            story = await self._story(job_id)
        except CallError as error:
            return Planned(job_id, "", "", "", "", None, error.detail)
        job = story.job
        if job.state != "dead":
            return Planned(job.id, job.queue, job.kind, job.operation, job.key, None, f"it is {job.state}")
        mask, edited = self.shown.mask, story.original is not None
        changed = changes(mask(story.original), self.shown.mask_beside(story.payload, story.original)) if edited else ()
        planned = Planned(job.id, job.queue, job.kind, job.operation, job.key, due_at, "", changed)
        if job.kind != KIND or self.preview is None or not previewed:
            return planned
        try:
            order = CallOrder.read(dumps(story.payload).encode())
            made = await self.preview(order.operation, dumps(order.args).encode())
        except CallError as error:
            return replace(planned, problem=" ".join([error.detail, *(one.detail for one in error.errors[:5])]))
        body = made.body.decode("utf-8", "replace")
        return replace(planned, request=Request(made.method, made.url, dict(made.headers), body))


def _due(index: int, rate_per_s: float | None) -> float | None:
    """Seconds after the replay."""
    return index / rate_per_s if rate_per_s else None
