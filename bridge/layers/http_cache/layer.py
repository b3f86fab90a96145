"""The cache in front of what is passed on: `rules` decides, this asks, keeps and answers.

Small answers are read before they leave, so that others who asked the same meanwhile get them too; larger ones are
kept while they pass. An answer that fails, is cut off or is over the bound leaves nothing behind.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, replace

from cachetools import TTLCache

from bridge.call import Call, Exchange, Meta, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import CallError, Fault, Stopping, Unavailable, UpstreamError
from bridge.events import CacheUsed
from bridge.layers.http_cache import rules
from bridge.layers.http_cache.fields import Fields, end_to_end, values
from bridge.layers.http_cache.passing import Passing, passed_over, read_whole
from bridge.layers.http_cache.ranges import fields_of_part, part
from bridge.layers.http_cache.rules import Asking, Kept
from bridge.layers.http_cache.store import Address, HttpStore

WHOLE_BYTES_MAX = 1_000_000
"""What is read before it leaves."""
UNSHARED_S, UNSHARED_MAX = 10.0, 10_000
"""How long nobody waits for another's answer to an address that was not for sharing, and how many are remembered."""
REFRESHING_MAX, REFRESH_S = 100, 30.0
WAIT_S = 10.0
"""How long anybody waits for what another asked for."""
_TELLING = ("etag", "last-modified", "content-length")


@dataclass(frozen=True, slots=True)
class HttpCacheTerms:
    """What one upstream's cache is to do. `public`: all callers share; `stale_s`: how long an old answer may stand in
    for a failure where the answer itself does not say; `target_of`: path and query behind the address of the upstream
    that an address in an answer means, given the one that was asked for; None for a foreign one."""

    upstream: str
    public: bool
    stale_s: float
    target_of: Callable[[str, str], str | None]


@dataclass(frozen=True, slots=True)
class _Turn:
    """One call on its way through. `who`: whose answers are looked at."""

    call: Call
    asking: Asking
    address: Address
    who: str


class HttpCached:
    """A service for calls with an `exchange`."""

    def __init__(self, inner: Service, terms: HttpCacheTerms, store: HttpStore, clock: Clock, emit: Emit) -> None:
        self._inner, self._terms, self._store, self._clock, self._emit = inner, terms, store, clock, emit
        self._under_way: dict[tuple[Address, str], asyncio.Event] = {}
        self._unshared: TTLCache[tuple[Address, str], bool] = TTLCache(UNSHARED_MAX, UNSHARED_S, clock.monotonic)
        self._refreshing: dict[tuple[Address, str], asyncio.Task[None]] = {}

    async def close(self) -> None:
        """Asks nothing more behind anybody's back."""
        for task in (tasks := [*self._refreshing.values()]):
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def __call__(self, call: Call) -> Reply:
        exchange = call.exchange
        assert exchange is not None  # nothing else is led here
        asking = Asking(exchange.method, exchange.target, exchange.fields)
        if rules.goes_by(asking) or exchange.body is not None:
            return await self._past(call, asking)
        turn = _Turn(call, asking, (self._terms.upstream, asking.uri), self._who(call))
        kept = self._found(turn)
        if kept is None and (turn.address, turn.who) in self._under_way:
            kept = await self._of_another(turn)
        return await self._answer(turn, kept)

    def _who(self, call: Call) -> str:
        """Whose answers are looked at: the caller's, and those under the address that he knows us by."""
        own = "" if self._terms.public or call.principal is None else call.principal.name
        fields = call.exchange.fields if call.exchange is not None else ()
        return "\n".join([own, *values(fields, "x-forwarded-proto"), *values(fields, "x-forwarded-host")])

    def _found(self, turn: _Turn) -> Kept | None:
        return self._store.find(turn.address, turn.who, turn.asking)

    async def _answer(self, turn: _Turn, kept: Kept | None) -> Reply:
        now = self._clock.monotonic()
        match rules.use(kept, turn.asking, now):
            case "refuse":
                self._tell("miss", turn)
                return Reply(b"", Meta(status=504))
            case "hit" if kept is not None:
                self._tell("hit", turn)
                return self._shown(turn, kept, "hit")
            case "stale-while-revalidate" if kept is not None:
                self._tell("stale", turn)
                self._refresh(turn, kept)
                return self._shown(turn, kept, "hit")
            case "validate" if kept is not None:
                return await self._fetch(turn, kept, rules.asked_again(turn.asking, kept))
        return await self._fetch(turn, kept, turn.asking)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _past(self, call: Call, asking: Asking) -> Reply:
        """What no cache answers; a write that goes well makes old what it names."""
        reply = await self._inner(call)
        if rules.invalidates(asking, reply.meta.status):
            self._store.forget((self._terms.upstream, asking.uri))
            for address in rules.named_addresses(reply.meta.fields):
                if (target := self._terms.target_of(asking.uri, address)) is not None:
                    self._store.forget((self._terms.upstream, target))
        return reply.with_meta(cache="fwd=method" if asking.method not in rules.SAFE else "fwd=bypass")

    async def _fetch(self, turn: _Turn, kept: Kept | None, asking: Asking) -> Reply:
        """Asks the system behind; `asking` may have conditions of ours. Who asks the same meanwhile waits for it."""
        place, event = (turn.address, turn.who), asyncio.Event()
        leads = turn.asking.method == "GET" and place not in self._under_way and place not in self._unshared
        if leads:
            self._under_way[place] = event
        try:
            return await self._fetched(turn, kept, asking)
        except CallError as error:
            self._unshared[place] = True
            now = self._clock.monotonic()
            if kept is None or not _stale_helps(error):
                raise
            if not rules.may_replace_error(kept, turn.asking, now, stale_s=self._terms.stale_s):
                raise
            self._tell("stale", turn)
            return self._shown(turn, kept, "hit")
        finally:
            if leads:
                del self._under_way[place]
                event.set()

    async def _fetched(self, turn: _Turn, kept: Kept | None, asking: Asking) -> Reply:
        asked = self._clock.monotonic()
        sent = Exchange(asking.method, asking.uri, asking.fields)
        reply = await self._inner(turn.call.with_(exchange=sent))
        mono, wall = self._clock.monotonic(), self._clock.wall()
        if reply.meta.status == 304 and kept is not None and asking is not turn.asking:
            if reply.stream is not None:
                await reply.stream.close()
            times = {"asked": asked, "mono": mono, "wall": wall}
            again = rules.freshened(kept, turn.asking, reply.meta.fields, **times)
            self._store.put(turn.address, turn.who, again)
            self._tell("revalidated", turn)
            return self._shown(turn, again, "fwd=stale;fwd-status=304")
        self._tell("miss", turn)
        return await self._kept(turn, asking, reply, kept, asked)

    async def _kept(self, turn: _Turn, asking: Asking, reply: Reply, old: Kept | None, asked: float) -> Reply:
        """The answer of the system behind, kept where it may be."""
        status, fields, stream = reply.meta.status, reply.meta.fields, reply.stream
        why = "fwd=uri-miss" if old is None else "fwd=stale"
        bounded = stream is None or stream.length is None or stream.length <= self._store.entry_bytes_max
        if not bounded or not rules.may_keep(asking, status, fields):
            if asking.method == "GET":
                self._unshared[turn.address, turn.who] = True
            if old is not None and (asking.method == "GET" or _differs(old, fields)):
                self._store.forget(turn.address)
            return reply.with_meta(cache=why)

        def put(body: bytes) -> Kept:
            mono, wall = self._clock.monotonic(), self._clock.wall()
            entry = rules.keep(asking, status, fields, body, asked=asked, mono=mono, wall=wall)
            self._store.put(turn.address, turn.who, entry)
            return entry

        if stream is None:
            put(reply.body)
            return reply.with_meta(cache=f"{why};stored")
        if stream.length is not None and stream.length <= WHOLE_BYTES_MAX:
            entry = put(await read_whole(reply))
            shown = Reply(entry.body, reply.meta).with_meta(cache=f"{why};stored")
            return shown if asking.method == turn.asking.method else self._shown(turn, entry, f"{why};stored")
        passing = Passing(stream.pieces, self._store.entry_bytes_max, put)
        return replace(reply, stream=replace(stream, pieces=passing)).with_meta(cache=why)

    async def _of_another(self, turn: _Turn) -> Kept | None:
        """What another gets who asked for the same address before; nothing when that is not for us."""
        place = (turn.address, turn.who)
        event = self._under_way.get(place)
        if event is None or place in self._unshared or turn.asking.method != "GET":
            return None
        try:
            async with asyncio.timeout(min(turn.call.deadline - self._clock.monotonic(), WAIT_S)):
                await event.wait()
        except TimeoutError:
            return None
        kept = self._found(turn)
        if kept is None:  # one after the other nobody would get his in time
            self._unshared[place] = True
        return kept

    def _refresh(self, turn: _Turn, kept: Kept) -> None:
        """Asks behind the caller's back, once at a time for an address."""
        place = (turn.address, turn.who)
        if place in self._refreshing or len(self._refreshing) >= REFRESHING_MAX:
            return
        call = turn.call.with_(deadline=self._clock.monotonic() + REFRESH_S, explain=None)
        own = replace(turn, call=call, asking=replace(turn.asking, method="GET"))
        asking = rules.asked_again(own.asking, kept)
        task = asyncio.create_task(self._refreshed(own, kept, asking), name=f"refresh {self._terms.upstream}")
        self._refreshing[place] = task
        task.add_done_callback(lambda _: self._refreshing.pop(place, None))

    async def _refreshed(self, turn: _Turn, kept: Kept, asking: Asking) -> None:
        try:
            reply = await self._fetched(turn, kept, asking)
        except CallError:
            return  # the layers below have told of it, and the old answer serves on
        if reply.stream is not None:
            with suppress(CallError, TimeoutError):
                async with asyncio.timeout(REFRESH_S):
                    await passed_over(reply, self._store.entry_bytes_max)

    # ── answering ────────────────────────────────────────────────────────────────────────────────────────────────────

    def _shown(self, turn: _Turn, kept: Kept, why: str) -> Reply:
        now = self._clock.monotonic()
        fields, body, status = rules.shown_fields(kept, now), kept.body, kept.status
        if rules.not_modified(kept, turn.asking):
            fields, body, status = rules.fields_of_304(fields), b"", 304
        elif (wanted := part(kept, turn.asking)) is not None:
            begin, end = wanted
            fields = fields_of_part(fields, begin, end, len(body))
            body, status = body[begin:end], 206 if begin < end else 416
        meta = Meta(status=status, fields=fields, cache=why)
        return Reply(body, replace(meta, age_s=kept.age_s(now), ttl_s=kept.left_s(now)))

    def _tell(self, result: str, turn: _Turn) -> None:
        self._emit(CacheUsed(self._terms.upstream, turn.asking.method, result))


def _differs(old: Kept, fields: Fields) -> bool:
    """Whether the head of an answer tells that what is kept is not what it would be now (RFC 9111 §4.3.5)."""
    now = {name.lower(): value for name, value in end_to_end(fields)}
    known = {name.lower(): value for name, value in old.fields}
    return any(
        now.get(name, known.get(name)) != known.get(name) for name in ("etag", "last-modified", "content-length")
    )


def _stale_helps(error: CallError) -> bool:
    """The system behind failed or could not be asked; not: it refused what was asked."""
    if isinstance(error, Fault):
        return error.retryable
    return isinstance(error, UpstreamError | Unavailable) and not isinstance(error, Stopping)
