"""The admin API as a table: method, address, the scope it needs, and what it asks of the desk.

`test_admin_routes.py` goes through it: a route without a scope does not exist.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import Literal

from bridge.call import JsonValue
from bridge.errors import BadRequest, DoesNotFit, Violation
from bridge.store.job_views import JobFilter
from bridge.web import admin_inputs as inputs
from bridge.web.admin_desk import AdminDesk

PREFIX = "/admin/v1"
IDS_MAX = 500
Scope = Literal["read", "jobs", "dead", "replay", "schedules", "queues", "wire", "cache", "breakers"]
_PAGE = ("after", "limit")


@dataclass(frozen=True)
class Ask:
    """A request as it was understood: who asks, the names in its path, its query, its body, its own key."""

    who: str
    now: float
    path: Mapping[str, str] = field(default_factory=dict)
    query: Mapping[str, str] = field(default_factory=dict)
    body: Mapping[str, JsonValue] = field(default_factory=dict)
    once: str = ""

    @property
    def id(self) -> str:
        return next(iter(self.path.values()))

    @property
    def after(self) -> str:
        return self.query.get("after", "")

    @property
    def limit(self) -> int:
        return inputs.limit(self.query.get("limit", ""))

    @property
    def filter(self) -> dict[str, str]:
        """The query without what turns pages."""
        return {name: one for name, one in self.query.items() if name not in _PAGE}

    @property
    def reason(self) -> str:
        return inputs.texts(self.body, "reason")["reason"]

    @cached_property
    def some(self) -> Some:
        return Some.read(self.body, self.now)


@dataclass(frozen=True, slots=True)
class Some:
    """Which ones a body means: `ids`, or `filter` (`{}` for all) from `after` on."""

    ids: tuple[str, ...]
    filter: dict[str, str] | None
    after: str
    rate_per_s: float | None
    from_at: float
    dry_run: bool

    @classmethod
    def read(cls, body: Mapping[str, JsonValue], now: float) -> Some:
        ids, wanted, dry_run = body.get("ids"), body.get("filter"), body.get("dryRun", False)
        if (ids is None) == (wanted is None):
            raise DoesNotFit("Say which: `ids`, or a `filter` ({} for all).")
        if ids is not None and not (isinstance(ids, list) and 1 <= len(ids) <= IDS_MAX and _are_texts(ids)):
            raise DoesNotFit(errors=[Violation("/ids", f"must be a list of 1 to {IDS_MAX} texts")])
        if wanted is not None and (not isinstance(wanted, dict) or not _are_texts(wanted.values())):
            raise DoesNotFit(errors=[Violation("/filter", "must be an object of texts")])
        if not isinstance(dry_run, bool):
            raise DoesNotFit(errors=[Violation("/dryRun", "must be true or false")])
        told = inputs.texts(body, "after", "rate", "fromAt")
        chosen = tuple(one for one in ids if isinstance(one, str)) if isinstance(ids, list) else ()
        marks = None if wanted is None else {name: str(one) for name, one in dict(wanted).items()}
        from_at = inputs.when(told["fromAt"], now) or 0.0
        return cls(chosen, marks, told["after"], inputs.rate(told["rate"]), from_at, dry_run)


Answer = Callable[[AdminDesk, Ask], Awaitable[object]]


@dataclass(frozen=True)
class AdminRoute:
    """`body`: the members that it may have; None: it takes none."""

    method: Literal["GET", "POST"]
    path: str
    scope: Scope
    doc: str
    answer: Answer
    body: tuple[str, ...] | None = None
    query: tuple[str, ...] = ()

    @cached_property
    def pattern(self) -> re.Pattern[str]:
        return re.compile(re.sub(r"\{(\w+)\}", r"(?P<\1>[A-Za-z0-9._:-]{1,100})", PREFIX + self.path))


async def _replay(desk: AdminDesk, ask: Ask) -> object:
    some = ask.some
    wanted = inputs.job_filter(some.filter, ask.now) if some.filter is not None else None
    if some.dry_run:
        return await desk.dead.plan_of(some.ids, wanted, after=some.after, rate_per_s=some.rate_per_s)
    return await desk.dead.replay_of(
        ask.who,
        some.ids,
        wanted,
        after=some.after,
        rate_per_s=some.rate_per_s,
        from_at=some.from_at,
        reason=ask.reason,
        once=ask.once,
    )


async def _discard(desk: AdminDesk, ask: Ask) -> object:
    some = ask.some
    wanted = inputs.job_filter(some.filter, ask.now) if some.filter is not None else None
    return await desk.dead.discard_of(ask.who, some.ids, wanted, after=some.after, reason=ask.reason, once=ask.once)


async def _replay_journal(desk: AdminDesk, ask: Ask) -> object:
    some = ask.some
    wanted = inputs.journal_filter(some.filter, ask.now) if some.filter is not None else None
    if some.dry_run:
        return await desk.journal.plan(some.ids, wanted, rate_per_s=some.rate_per_s)
    return await desk.journal.replay(
        ask.who, some.ids, wanted, rate_per_s=some.rate_per_s, reason=ask.reason, once=ask.once
    )


async def _published(desk: AdminDesk, ask: Ask) -> object:
    begin = inputs.offset(ask.query.get("from", ""))
    return await desk.topics.read(ask.id, begin, key=ask.query.get("key", ""), limit=ask.limit)


async def _values(desk: AdminDesk, ask: Ask) -> object:
    after = inputs.offset(ask.after)
    key = ask.query.get("key", "")
    return await desk.topics.values(ask.id, key=key, after=-1 if after is None else after, limit=ask.limit)


async def _edit(desk: AdminDesk, ask: Ask) -> object:
    if "payload" not in ask.body:
        raise DoesNotFit(errors=[Violation("/payload", "is missing")])
    return await desk.dead.edit(ask.who, ask.id, ask.body["payload"], reason=ask.reason, once=ask.once)


def _search(get: Callable[[AdminDesk, Ask], Awaitable[object]], *names: str) -> tuple[Answer, tuple[str, ...]]:
    return get, (*names, "since", "until", *_PAGE)


_JOBS = _search(lambda desk, ask: desk.jobs.search(_jobs(ask), after=ask.after, limit=ask.limit), *inputs.JOBS)
_DEAD = _search(lambda desk, ask: desk.dead.search(_jobs(ask), after=ask.after, limit=ask.limit), *inputs.JOBS)
_JOURNAL = _search(
    lambda desk, ask: desk.journal.search(inputs.journal_filter(ask.filter, ask.now), after=ask.after, limit=ask.limit),
    *inputs.JOURNAL,
)
_AUDIT = _search(
    lambda desk, ask: desk.audit(inputs.audit_filter(ask.filter, ask.now), after=ask.after, limit=ask.limit),
    *inputs.AUDIT,
)
_SOME = ("ids", "filter", "after", "reason")
_REPLAY = (*_SOME, "rate", "fromAt", "dryRun")
_WHY = ("reason",)


def _jobs(ask: Ask) -> JobFilter:
    return inputs.job_filter(ask.filter, ask.now)


ROUTES: Sequence[AdminRoute] = (
    AdminRoute("GET", "/health", "read", "How the durable core stands.", lambda desk, _: desk.health()),
    AdminRoute("GET", "/jobs", "read", "Jobs, the newest first.", _JOBS[0], query=_JOBS[1]),
    AdminRoute("GET", "/jobs/{id}", "read", "One job with its story.", lambda desk, ask: desk.jobs.show(ask.id)),
    AdminRoute("POST", "/jobs/{id}/cancel", "jobs", "Take it back.",
               lambda desk, ask: desk.jobs.cancel(ask.who, [ask.id], reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/jobs/{id}/retry", "jobs", "Run it now.",
               lambda desk, ask: desk.jobs.retry(ask.who, [ask.id], once=ask.once), ()),
    AdminRoute("POST", "/jobs/{id}/hold", "jobs", "Keep it from running.",
               lambda desk, ask: desk.jobs.hold(ask.who, [ask.id], reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/jobs/{id}/skip", "jobs", "Lay it aside, so that the next of its key goes on.",
               lambda desk, ask: desk.jobs.skip(ask.who, [ask.id], reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("GET", "/dead", "read", "Dead letters, the newest first.", _DEAD[0], query=_DEAD[1]),
    AdminRoute("GET", "/dead/{id}", "read", "One dead letter.", lambda desk, ask: desk.jobs.show(ask.id)),
    AdminRoute("POST", "/dead/{id}/edit", "dead", "Give it another payload.", _edit, ("payload", "reason")),
    AdminRoute("POST", "/dead/replay", "replay", "Have dead letters tried again.", _replay, _REPLAY),
    AdminRoute("POST", "/dead/discard", "dead", "Say that they are not wanted any more.", _discard, _SOME),
    AdminRoute("GET", "/journal", "read", "The journal, the newest first.", _JOURNAL[0], query=_JOURNAL[1]),
    AdminRoute("GET", "/journal/{id}", "read", "One entry.", lambda desk, ask: desk.journal.show(ask.id)),
    AdminRoute("GET", "/journal/{id}/wire", "wire", "How it went over the wire, masked.",
               lambda desk, ask: desk.journal.wire(ask.id)),
    AdminRoute("POST", "/journal/replay", "replay", "Make jobs of calls that did not end well.", _replay_journal,
               ("ids", "filter", "reason", "rate", "dryRun")),
    AdminRoute("GET", "/schedules", "read", "All schedules.", lambda desk, _: desk.schedules.search()),
    AdminRoute("GET", "/schedules/{name}", "read", "One schedule and its runs.",
               lambda desk, ask: desk.schedules.show(ask.id)),
    AdminRoute("POST", "/schedules/{name}/run", "schedules", "Run it now, once more.",
               lambda desk, ask: desk.schedules.run(ask.who, ask.id, once=ask.once), ()),
    AdminRoute("POST", "/schedules/{name}/pause", "schedules", "Run it no more.",
               lambda desk, ask: desk.schedules.pause(ask.who, ask.id, reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/schedules/{name}/resume", "schedules", "Go on with it.",
               lambda desk, ask: desk.schedules.resume(ask.who, ask.id, once=ask.once), ()),
    AdminRoute("GET", "/queues", "read", "All queues with their depths.", lambda desk, _: desk.jobs.depths()),
    AdminRoute("POST", "/queues/{name}/pause", "queues", "Begin nothing more of it.",
               lambda desk, ask: desk.jobs.pause(ask.who, ask.id, reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/queues/{name}/resume", "queues", "Go on with it.",
               lambda desk, ask: desk.jobs.resume(ask.who, ask.id, once=ask.once), ()),
    AdminRoute("POST", "/wake", "queues", "Look at once whether there is something to do.",
               lambda desk, _: desk.wake(), ()),
    AdminRoute("GET", "/topics", "read", "All topics.", lambda desk, _: desk.topics.search()),
    AdminRoute("GET", "/topics/{name}", "read", "What was published there, the oldest first.", _published,
               query=("from", "key", "limit")),
    AdminRoute("GET", "/topics/{name}/values", "read", "The last value of each key.", _values,
               query=("key", *_PAGE)),
    AdminRoute("GET", "/breakers", "read", "How the breakers stand, over all workers and nodes.",
               lambda desk, _: desk.breakers.search()),
    AdminRoute("POST", "/breakers/{name}/open", "breakers", "Let nobody through.",
               lambda desk, ask: desk.breakers.open(ask.who, ask.id, reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/breakers/{name}/close", "breakers", "Let everybody through.",
               lambda desk, ask: desk.breakers.close(ask.who, ask.id, reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("POST", "/breakers/{name}/auto", "breakers", "Let it go by what it sees again.",
               lambda desk, ask: desk.breakers.auto(ask.who, ask.id, reason=ask.reason, once=ask.once), _WHY),
    AdminRoute("GET", "/cache", "read", "What this process keeps of answers, those asked for most first.",
               lambda desk, ask: desk.cache.show(**ask.filter, limit=ask.limit),
               query=("upstream", "operation", "tag", "limit")),
    AdminRoute("POST", "/cache/purge", "cache", "Ask anew for what these answers are about, everywhere.",
               lambda desk, ask: desk.cache.purge_of(ask.who, ask.body, once=ask.once),
               ("upstream", "operation", "tag", "key", "args", "all", "reason")),
    AdminRoute("GET", "/audit", "read", "Who did what, the newest first.", _AUDIT[0], query=_AUDIT[1]),
    AdminRoute("GET", "/audit/{id}", "read", "What an action wrote.", lambda desk, ask: desk.audited(ask.id)),
)  # fmt: skip


def _are_texts(values: Iterable[JsonValue]) -> bool:
    """A number of JSON is a text with exactly its digits here, and no text for us."""
    return all(type(one) is str and len(one) <= inputs.TEXT_MAX for one in values)


def check_query(route: AdminRoute, query: Mapping[str, str]) -> None:
    """Raises BadRequest for what the route does not know."""
    if unknown := [name for name in query if name not in route.query]:
        raise BadRequest(f"There is no query parameter {unknown[0][:40]!r} here.")


def check_body(route: AdminRoute, body: Mapping[str, JsonValue]) -> None:
    """Raises DoesNotFit for what the route does not know."""
    if unknown := [name for name in body if name not in (route.body or ())]:
        raise DoesNotFit(errors=[Violation(f"/{name[:40]}", "is not known here") for name in unknown[:20]])
