"""Answers kept for a while: the encoded bytes, under a key made of what was asked and who asked.

Only operations declared `safe` come here; good answers are kept, and faults that the settings name. With `swr` an old
answer is served while a new one is asked for, with `stale` when the upstream cannot give a new one (RFC 5861), and says
so (RFC 9211). What is in demand can be asked for anew before it ends.
"""

from __future__ import annotations

from bridge.call import Call, Meta, Reply, Service
from bridge.clock import Clock
from bridge.contracts import Emit, Operation
from bridge.errors import AnswerFailed, CallError, Fault, NotKept, Stopping, Unavailable, UpstreamError
from bridge.events import CacheUsed
from bridge.layers.cache_second import NOTHING, Looked, SecondLevel
from bridge.layers.cache_settings import CacheSettings
from bridge.layers.cache_store import CacheStore, Entry, entry_of, entry_of_fault
from bridge.layers.coalesce import COLLAPSED
from bridge.layers.kept_fault import KeptFault, kept_fault
from bridge.layers.keys import Key, Keys, arguments, name_of
from bridge.layers.refreshing import Refreshing
from bridge.layers.tags import Purges, Tag, tags

DEMAND_MIN = 3
"""Whoever was asked for so often since it was kept is in demand."""
AGAIN_S = 1.0
"""How long nothing is asked behind anybody's back after that failed."""
REFRESH_S = 86400.0  # an operation's own deadline is a layer below
RESULTS = ("hit", "miss", "stale", "negative", "coalesced", "bypass", "refresh")


class Cached:
    """A service that answers from the store where it can."""

    def __init__(
        self,
        inner: Service,
        operation: Operation,
        settings: CacheSettings,
        store: CacheStore,
        keys: Keys,
        purges: Purges,
        clock: Clock,
        emit: Emit,
        refreshing: Refreshing,
        second: SecondLevel | None = None,
    ) -> None:
        self._inner, self._settings, self._clock, self._emit = inner, settings, clock, emit
        self._store, self._keys, self._purges, self._refreshing = store, keys, purges, refreshing
        self._second = second
        # Events are values, so the same ones serve for every call.
        self._events = {result: CacheUsed(operation.upstream, operation.name, result) for result in RESULTS}

    async def __call__(self, call: Call) -> Reply:
        if call.want != "json" or call.uploads:
            return await self._inner(call)
        key = self._keys.of(call, public=self._settings.public)
        entry = self._store.find(self._purges, key)
        if (reply := self._at_once(entry, call, key)) is not None:
            return reply
        looked = await self._looked(key)
        if looked.entry is not None:
            entry = self._newer(key, entry, looked.entry)
            if (reply := self._at_once(entry, call, key, detail=";detail=shared")) is not None:
                return reply
        if call.wish is not None and call.wish.only_if_cached:
            self._emit(self._events["miss"])
            raise NotKept
        return await self._forward(call, key, entry, looked.mark)

    def peek(self, call: Call) -> Reply | None:
        """A kept answer that is still fresh, at once; None when it takes asking. `used` tells that it went out."""
        if call.no_cache or call.want != "json" or call.uploads:
            return None
        key = self._keys.of(call, public=self._settings.public)
        entry = self._store.find(self._purges, key)
        now = self._clock.monotonic()
        if entry is None or now >= entry.fresh_until or entry.fault is not None:
            return None
        return self._hit(entry, call, key, now) if call.wish is None or entry.fits(call.wish, now) else None

    def used(self) -> None:
        self._emit(self._events["hit"])

    # ── what is kept ─────────────────────────────────────────────────────────────────────────────────────────────────

    def _at_once(self, entry: Entry | None, call: Call, key: Key, *, detail: str = "") -> Reply | None:
        """What may be served without asking the upstream; raises a kept fault."""
        if entry is None or call.no_cache:
            return None
        now = self._clock.monotonic()
        if now < entry.fresh_until and (call.wish is None or entry.fits(call.wish, now)):
            return self._served(entry, call, key, now, detail)
        if not self._may_be_old(entry, call, now):
            return None
        self._emit(self._events["stale"])
        self._refresh(entry, call, key, now)
        return _stale(entry, now, "stale-while-revalidate")

    def _served(self, entry: Entry, call: Call, key: Key, now: float, detail: str) -> Reply:
        if entry.fault is None:
            self._emit(self._events["hit"])
            reply = self._hit(entry, call, key, now)
            return reply.with_meta(cache=f"hit{detail}") if detail else reply
        self._emit(self._events["negative"])
        raise _again(entry.fault, Meta(cache=f"hit{detail}", age_s=entry.age_s(now), ttl_s=entry.left_s(now)))

    def _hit(self, entry: Entry, call: Call, key: Key, now: float) -> Reply:
        """The answer as a hit. Made once a second and not once a call: age and ttl are whole seconds in HTTP."""
        entry.asked += 1
        if now >= entry.ahead_at and entry.asked >= DEMAND_MIN:
            self._refresh(entry, call, key, now)
        age = float(int(now - entry.stored_at))
        if entry.shown_age != age:
            entry.shown = entry.reply.with_meta(age_s=age, ttl_s=float(int(entry.fresh_until - now)))
            entry.shown_age = age
        return entry.shown

    def _may_be_old(self, entry: Entry, call: Call, now: float) -> bool:
        """Whether an answer after its time is served all the same, without anybody being waited for."""
        if entry.fault is not None:
            return False
        wish = call.wish
        if wish is None:
            return now < entry.swr_until
        wanted = wish.max_stale_s is not None and now < entry.kept_until
        return (wanted or now < entry.swr_until) and now >= entry.fresh_until and entry.fits(wish, now)

    # ── asking ───────────────────────────────────────────────────────────────────────────────────────────────────────

    async def _looked(self, key: Key) -> Looked:
        """What other nodes have kept."""
        return await self._second.find(key, self._settings) if self._second is not None else NOTHING

    def _newer(self, key: Key, own: Entry | None, other: Entry) -> Entry:
        """Of the two the one that was asked for later, which is kept here from now on."""
        if own is not None and own.stored_at >= other.stored_at:
            return own
        self._store.put(self._purges, key, other)
        return other

    async def _forward(self, call: Call, key: Key, old: Entry | None, mark: int | None) -> Reply:
        since, why = self._purges.now, _why(old, self._clock.monotonic())
        result = "bypass" if call.no_cache else "miss"
        try:
            reply = await self._inner(call)
            if reply.meta.cache == COLLAPSED:
                result, why = "coalesced", f"{why};collapsed"
            return self._kept(call, key, reply, since, why, mark)
        except CallError as error:
            now = self._clock.monotonic()
            if not _stale_helps(error):
                self._refused(call, key, error, since, why, mark)
                raise
            if old is None or old.fault is not None or now >= old.stale_until:
                raise
            result = "stale"
            return _stale(old, now, error.code)
        finally:
            self._emit(self._events[result])

    def _kept(self, call: Call, key: Key, reply: Reply, since: int, why: str, mark: int | None) -> Reply:
        there = self._store.find(self._purges, key)
        if (
            there is not None and there.fault is None and there.reply.body is reply.body
        ):  # another waiter of the same flight was faster
            return there.reply.with_meta(cache=why)
        about = self._about(call, key)
        unwanted = call.wish is not None and call.wish.no_store
        if reply.meta.status != 200 or unwanted or self._purges.concern(about, since):
            return reply.with_meta(cache=why)
        entry = entry_of(reply, self._settings, self._clock.monotonic(), about, self._purges.now)
        kept = self._put(key, entry, mark)
        return entry.reply.with_meta(cache=f"{why};stored") if kept else reply.with_meta(cache=why)

    def _put(self, key: Key, entry: Entry, mark: int | None) -> bool:
        if self._second is not None and mark is not None:
            self._second.put(key, entry, mark)
        return self._store.put(self._purges, key, entry)

    def _refused(self, call: Call, key: Key, error: CallError, since: int, why: str, mark: int | None) -> None:
        """The upstream answered and refused: what is kept is wrong now. Raises the fault when it is kept itself."""
        if not isinstance(error, Fault | AnswerFailed):
            return
        fault, about = kept_fault(error), self._about(call, key)
        ttl_s = self._settings.negative.get(fault.name) if fault is not None else None
        unwanted = call.wish is not None and call.wish.no_store
        if fault is None or ttl_s is None or unwanted or self._purges.concern(about, since):
            self._store.forget(self._purges, key)
            if self._second is not None and not unwanted:
                self._second.drop(key)
            return
        entry = entry_of_fault(fault, ttl_s, self._clock.monotonic(), about, self._purges.now)
        self._put(key, entry, mark)
        raise _again(fault, Meta(cache=f"{why};stored", ttl_s=ttl_s), error.attempts) from error

    def _about(self, call: Call, key: Key) -> tuple[Tag, ...]:
        about = tags(self._settings.tags, arguments(call.args)) if self._settings.tags else ()
        return *about, name_of(key)

    # ── behind the caller's back ─────────────────────────────────────────────────────────────────────────────────────

    def _refresh(self, entry: Entry, call: Call, key: Key, now: float) -> None:
        if now < entry.again_at:
            return
        own = call.with_(deadline=now + REFRESH_S, wish=None, explain=None, trail=None, priority="background")
        if self._refreshing.begin(key, lambda: self._refreshed(entry, own, key)):
            self._emit(self._events["refresh"])

    async def _refreshed(self, entry: Entry, call: Call, key: Key) -> None:
        looked = await self._looked(key)
        if looked.entry is not None and self._newer(key, entry, looked.entry) is not entry:
            return  # another node was faster
        since = self._purges.now
        try:
            self._kept(call, key, await self._inner(call), since, "", looked.mark)
        except CallError as error:
            entry.again_at = self._clock.monotonic() + AGAIN_S
            if _stale_helps(error):
                return  # the layers below have told of it
            try:
                self._refused(call, key, error, since, "", looked.mark)
            except CallError:
                return  # it is kept; whoever asks next is told


def _why(old: Entry | None, now: float) -> str:
    """Why it was forwarded (RFC 9211 §2.2)."""
    if old is None:
        return "fwd=miss"
    return "fwd=request" if now < old.fresh_until else "fwd=stale"


def _stale(entry: Entry, now: float, why: str) -> Reply:
    """The answer after its time: a negative ttl says so (RFC 9211 §2.5), and why it is served."""
    return entry.reply.with_meta(cache=f"hit;detail={why}", age_s=entry.age_s(now), ttl_s=entry.left_s(now))


def _again(fault: KeptFault, meta: Meta, attempts: int = 0) -> CallError:
    error = fault.error()
    error.headers = (("Cache-Status", meta.cache_status),)
    if meta.age_s is not None:
        error.headers += (("Age", str(int(meta.age_s))),)
    error.attempts = attempts
    return error


def _stale_helps(error: CallError) -> bool:
    """The upstream failed or could not be asked; not: it refused what was asked."""
    if isinstance(error, Fault):
        return error.retryable
    return isinstance(error, UpstreamError | Unavailable) and not isinstance(error, Stopping)
