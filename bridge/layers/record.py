"""What goes out is written down: a write before it leaves, so that a crash leaves a trace, and what became of it after.

Of a `safe` operation only what failed at the system behind is kept, or all of it where `journal.reads` says so, and
nobody waits for that. An answer out of the cache never comes here: nothing went out.
"""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, replace

from bridge.call import Call, JsonValue, Reply, Service, Stream, Trail
from bridge.contracts import Operation
from bridge.errors import CallError, UpstreamError, UpstreamThrottled
from bridge.layers.canonical import about, kept_body, kept_call, kept_error, kept_stream
from bridge.layers.kept_trail import CREDENTIALS, Hidden, kept_trail
from bridge.store.ids import new_id
from bridge.store.journal import Entry, Settled, State
from bridge.store.journal_words import Extractor
from bridge.store.recorder import Recorder

_CAUSE_MAX = 500


@dataclass(frozen=True, slots=True)
class Recording:
    """What the layer needs; one for a process. `extractor` None: entries are found by no words. `mask` takes secrets
    out of a text."""

    recorder: Recorder
    extractor: Extractor | None = None
    mask: Callable[[str], str] = str


@dataclass(frozen=True, slots=True)
class _UnderWay:
    """A call that has begun, on the monotonic clock."""

    began: float
    trail: Trail


class Recorded:
    """A service that writes its calls down."""

    def __init__(self, inner: Service, operation: Operation, recording: Recording) -> None:
        self._inner, self._operation, self._recording = inner, operation, recording
        self._recorder, self._settings = recording.recorder, recording.recorder.settings

    async def __call__(self, call: Call) -> Reply:
        return await (self._read(call) if self._operation.safe else self._write(call))

    async def _write(self, call: Call) -> Reply:
        under_way = self._begun()
        entry, values = await self._entry(call, "sent")
        await self._recorder.begin(entry)
        try:
            reply = await self._inner(call.with_(trail=under_way.trail))
        except BaseException as error:  # a caller who has gone as well: it may have been done
            self._recorder.settle(entry.id, self._failed(error, under_way, values))
            raise
        return self._watched(reply, entry, under_way, values)

    async def _read(self, call: Call) -> Reply:
        under_way = self._begun()
        try:
            reply = await self._inner(call.with_(trail=under_way.trail))
        except CallError as error:
            if self._settings.reads or _went_out(error):
                entry, values = await self._entry(call, "failed")
                self._recorder.add(_ended(entry, self._failed(error, under_way, values)))
            raise
        if not self._settings.reads:
            return reply
        entry, values = await self._entry(call, "sent")
        self._recorder.add(replace(entry, node=self._recorder.node))
        return self._watched(reply, entry, under_way, values)

    def _begun(self) -> _UnderWay:
        return _UnderWay(self._recorder.clock.monotonic(), Trail())

    async def _entry(self, call: Call, state: State) -> tuple[Entry, JsonValue]:
        """With the values of its arguments."""
        at = self._recorder.clock.wall()
        digests = {pointer: await _digest(one.pieces()) for pointer, one in call.uploads.items()}
        kept = kept_call(call, digests, self._settings.body)
        extractor = self._recording.extractor
        entry = Entry(
            id=new_id(at),
            kind="call",
            upstream=self._operation.upstream,
            operation=self._operation.id,
            state=state,
            at=at,
            correlation=call.trace.trace_id,
            idempotency_key=call.idempotency_key or "",
            principal=call.principal.name if call.principal else "",
            key=about(self._settings.keys.get(self._operation.id, ""), kept.values),
            request=kept.data,
            text=extractor.words(kept.values, self._operation.name) if extractor else "",
        )
        return entry, kept.values

    def _failed(self, error: BaseException, under_way: _UnderWay, values: JsonValue) -> Settled:
        took_s, tries = self._recorder.clock.monotonic() - under_way.began, len(under_way.trail.attempts)
        hide = self._hidden(values)
        trail = kept_trail(under_way.trail, hide, wire=self._settings.wire != "never")
        if not isinstance(error, CallError):  # its caller is gone, or it is a fault of ours: it may have happened
            return Settled("unknown", "unknown", code="cancelled", attempts=tries, duration_s=took_s, trail=trail)
        extractor, told = self._recording.extractor, (error.detail, error.cause[:_CAUSE_MAX])
        return Settled(
            state="unknown" if error.outcome == "unknown" and not self._operation.safe else "failed",
            outcome=error.outcome or "",
            status=error.status,
            code=error.code,
            attempts=tries,
            duration_s=took_s,
            trail=trail,
            answer=kept_error(error, self._settings.body, hide.text),
            words=extractor.of_text(error.code, *map(hide.text, told)) if extractor else "",
        )

    def _hidden(self, values: JsonValue) -> Hidden:
        return Hidden((*self._settings.mask, *CREDENTIALS), self._recording.mask, values)

    def _trail(self, trail: Trail, values: JsonValue) -> bytes:
        """Of a call that went well: at once and without the wire form there is nothing that the entry does not say."""
        wire = self._settings.wire == "always"
        return kept_trail(trail, self._hidden(values), wire=wire) if wire or len(trail.attempts) > 1 else b""

    def _watched(self, reply: Reply, entry: Entry, under_way: _UnderWay, values: JsonValue) -> Reply:
        """Settles it now, or when the stream of the reply has ended."""
        if reply.stream is not None:
            passing = _Passing(
                reply.stream,
                lambda answer: self._done(entry, reply, under_way, values, answer),
                lambda error: self._recorder.settle(entry.id, self._failed(error, under_way, values)),
            )
            return replace(reply, stream=passing.stream())
        self._done(entry, reply, under_way, values, kept_body(reply.body, self._settings.body))
        return reply

    def _done(self, entry: Entry, reply: Reply, under_way: _UnderWay, values: JsonValue, answer: bytes) -> None:
        self._recorder.settle(
            entry.id,
            Settled(
                "done",
                "applied",
                reply.meta.status,
                attempts=reply.meta.attempts,
                duration_s=self._recorder.clock.monotonic() - under_way.began,
                answer=answer if self._settings.answers else b"",
                trail=self._trail(under_way.trail, values),
            ),
        )


class _Passing:
    """A stream that is measured while it passes. `done` or `failed` is called once, at its end."""

    def __init__(self, stream: Stream, done: Callable[[bytes], None], failed: Callable[[BaseException], None]) -> None:
        self._stream, self._done, self._failed = stream, done, failed
        self._digest, self._size, self._open = hashlib.sha256(), 0, True

    def stream(self) -> Stream:
        return replace(self._stream, pieces=self._pieces(), close=self._close)

    async def _pieces(self) -> AsyncIterator[bytes]:
        try:
            async for piece in self._stream.pieces:
                self._digest.update(piece)
                self._size += len(piece)
                yield piece
        except CallError as error:
            self._ended(error)
            raise
        self._ended(None)

    async def _close(self) -> None:
        try:
            await self._stream.close()
        finally:
            self._ended(None)

    def _ended(self, error: CallError | None) -> None:
        if not self._open:
            return
        self._open = False
        if error is not None:
            self._failed(error)
        else:
            self._done(kept_stream(self._stream.media_type, self._size, self._digest.hexdigest()))


def _went_out(error: CallError) -> bool:
    """Whether the system behind had to do with it; of what a client got wrong, or was too much for us, the access log
    tells."""
    return isinstance(error, UpstreamError | UpstreamThrottled) or error.outcome != "not_sent"


def _ended(entry: Entry, settled: Settled) -> Entry:
    return replace(
        entry,
        state=settled.state,
        outcome=settled.outcome,
        status=settled.status,
        code=settled.code,
        attempts=settled.attempts,
        duration_s=settled.duration_s,
        answer=settled.answer,
        trail=settled.trail,
        text=f"{entry.text} {settled.words}".strip(),
    )


async def _digest(pieces: AsyncIterator[bytes]) -> str:
    digest = hashlib.sha256()
    async for piece in pieces:
        digest.update(piece)
    return digest.hexdigest()
