"""What goes out is written down before it leaves, and what became of it after."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import nullcontext
from dataclasses import replace

import pytest

from bridge.call import Attempt, Call, Principal, Reply, Side, Stream, Trace
from bridge.contracts import Operation
from bridge.errors import (
    CallError,
    DoesNotFit,
    Fault,
    OutcomeUnknown,
    Overloaded,
    StoreUnavailable,
    UpstreamCut,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.events import JournalLost
from bridge.layers.record import Recorded, Recording
from bridge.shapes.json import loads
from tests.bridge.layers.record.conftest import Journal
from tests.bridge.layers.world import READ, TRACE, WRITE, Inner


def call(args: bytes = b'{"orderId": "17", "amount": 1.50}', **changes: object) -> Call:
    made = Call(WRITE.id, args, 1e12, TRACE, Principal("web"), idempotency_key="k1")
    return replace(made, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time


async def test_a_write_is_in_the_store_before_it_leaves(journal: Journal) -> None:
    inner = Inner()
    task = asyncio.ensure_future(Recorded(inner, WRITE, journal.recording())(call()))
    asked = await inner.arrival()
    (entry,) = await journal.entries()
    assert (entry.state, entry.upstream, entry.operation) == ("sent", "shop", "shop.CreateOrder")
    assert (entry.correlation, entry.principal, entry.idempotency_key) == (TRACE.trace_id, "web", "k1")
    asked.reply(b'{"ok":true}')
    await task
    (entry,) = await journal.settled()
    assert (entry.state, entry.outcome, entry.status, entry.answer) == ("done", "applied", 200, b'{"ok":true}')
    assert entry.request == (
        b'{"args":{"amount":1.50,"orderId":"17"},"idempotencyKey":"k1","operation":"shop.CreateOrder","principal":"web"}'
    )


@pytest.mark.parametrize(
    ("error", "state", "outcome"),
    [
        (OutcomeUnknown(), "unknown", "unknown"),
        (UpstreamCut(), "unknown", "unknown"),
        (UpstreamUnreachable(), "failed", "not_sent"),
        (DoesNotFit(), "failed", "not_sent"),
        (Fault("No stock", status=409, name="NoStock", fault=b'{"sku":"A"}'), "failed", ""),
    ],
)
async def test_what_became_of_a_write_that_failed(journal: Journal, error: CallError, state: str, outcome: str) -> None:
    with pytest.raises(type(error)):
        await Recorded(Inner([error]), WRITE, journal.recording())(call())
    (entry,) = await journal.settled()
    assert (entry.state, entry.outcome, entry.status, entry.code) == (state, outcome, error.status, error.code)
    told = loads(entry.answer)
    assert isinstance(told, dict)
    assert (told["detail"], told.get("fault")) == (error.detail, {"sku": "A"} if error.fault else None)


async def test_of_a_caller_who_left_nobody_knows_what_became(journal: Journal) -> None:
    inner = Inner()
    task = asyncio.ensure_future(Recorded(inner, WRITE, journal.recording())(call()))
    await inner.arrival()
    task.cancel()
    await asyncio.wait([task])
    (entry,) = await journal.settled()
    assert (entry.state, entry.code) == ("unknown", "cancelled")


@pytest.mark.parametrize(
    ("error", "kept"),
    [
        (UpstreamTimeout(), 1),
        (UpstreamUnreachable(), 1),
        (Fault("No such order", status=404), 1),
        (DoesNotFit(), 0),
        (Overloaded(), 0),
    ],
)
async def test_of_a_read_only_what_failed_at_the_system_behind(journal: Journal, error: CallError, kept: int) -> None:
    recorded = Recorded(Inner([b"{}", error]), READ, journal.recording())
    await recorded(call())
    with pytest.raises(type(error)):
        await recorded(call())
    assert [entry.state for entry in await journal.settled()] == ["failed"] * kept


async def test_reads_too_where_they_are_asked_for(journal: Journal) -> None:
    await Recorded(Inner([b'{"a":1}']), READ, journal.recording(reads=True, answers=False))(call())
    (entry,) = await journal.settled()
    assert (entry.state, entry.answer) == ("done", b"")


async def test_it_is_found_by_its_words_and_by_no_secret(journal: Journal) -> None:
    error = UpstreamUnreachable(cause="connect to ledger with s3cret refused")
    recording = journal.recording(keys={"shop.CreateOrder": "order:{orderId}"})
    with pytest.raises(UpstreamUnreachable):
        await Recorded(Inner([error]), WRITE, recording)(
            call(b'{"orderId":"17","name":"Ada","note":"s3cret","login":{"userPassword":"hunter2"}}')
        )
    assert len(await journal.settled(text="ada ledger 17", key="order:17")) == 1
    assert await journal.entries(text="hunter2") == await journal.entries(text="s3cret") == []


async def test_without_words_nothing_of_a_value_is_in_the_clear(journal: Journal) -> None:
    await Recorded(Inner([b"{}"]), WRITE, replace(journal.recording(), extractor=None))(call())
    (entry,) = await journal.settled()
    assert entry.text == ""


async def test_what_is_over_the_bound_is_cut_and_says_so(journal: Journal) -> None:
    args = b'{"text":"' + b"x" * 5000 + b'"}'
    await Recorded(Inner([b"y" * 3000]), WRITE, journal.recording(body=1000))(call(args))
    (entry,) = await journal.settled()
    for data, was in ((entry.request, args), (entry.answer, b"y" * 3000)):
        cut = loads(data)
        assert isinstance(cut, dict)
        assert cut["@cut"] == {
            "bytes": str(len(was)),
            "sha256": hashlib.sha256(was).hexdigest(),
            "begins": was[:1000].decode(),
        }


class _Stream:
    """An answer in pieces, that may break."""

    def __init__(self, error: CallError | None = None) -> None:
        self.error = error

    async def __call__(self, call: Call) -> Reply:
        return Reply(b"", stream=Stream(self._pieces(), self._close, "application/pdf"))

    async def _pieces(self) -> AsyncIterator[bytes]:
        yield b"one"
        if self.error is not None:
            raise self.error
        yield b"two"

    async def _close(self) -> None:
        pass


async def test_a_stream_is_settled_at_its_end_by_size_and_digest(journal: Journal) -> None:
    reply = await Recorded(_Stream(), WRITE, journal.recording())(call())
    assert reply.stream is not None
    assert [entry.state for entry in await journal.entries()] == ["sent"]
    assert [piece async for piece in reply.stream.pieces] == [b"one", b"two"]
    await reply.stream.close()
    (entry,) = await journal.settled()
    digest = hashlib.sha256(b"onetwo").hexdigest()
    assert entry.state == "done"
    assert loads(entry.answer) == {"@cut": {"bytes": "6", "sha256": digest, "mediaType": "application/pdf"}}


async def test_a_stream_that_breaks_is_settled_as_what_it_is(journal: Journal) -> None:
    reply = await Recorded(_Stream(UpstreamCut()), WRITE, journal.recording())(call())
    assert reply.stream is not None
    with pytest.raises(UpstreamCut):
        _ = [piece async for piece in reply.stream.pieces]
    await reply.stream.close()
    (entry,) = await journal.settled()
    assert (entry.state, entry.code) == ("unknown", "upstream_cut")


class _File:
    name, media_type, length = "a.pdf", "application/pdf", 6

    async def pieces(self) -> AsyncIterator[bytes]:
        yield b"one"
        yield b"two"


async def test_of_a_file_its_name_size_and_digest_are_kept(journal: Journal) -> None:
    await Recorded(Inner([b"{}"]), WRITE, journal.recording())(call(uploads={"/file": _File()}))
    (entry,) = await journal.settled()
    kept = loads(entry.request)
    assert isinstance(kept, dict)
    assert kept["uploads"] == {
        "/file": {
            "name": "a.pdf",
            "mediaType": "application/pdf",
            "bytes": "6",
            "sha256": hashlib.sha256(b"onetwo").hexdigest(),
        }
    }


async def test_without_a_store_a_write_goes_on_and_the_loss_is_told(journal: Journal) -> None:
    recorded = Recorded(Inner([b"{}"]), WRITE, journal.recording())
    await journal.store.close()
    assert (await recorded(call())).body == b"{}"
    assert [one.entries for one in journal.events if isinstance(one, JournalLost)] == [1]


async def test_where_the_journal_is_required_such_a_write_is_refused(journal: Journal) -> None:
    inner = Inner([b"{}"])
    recorded = Recorded(inner, WRITE, journal.recording(required=True))
    await journal.store.close()
    with pytest.raises(StoreUnavailable):
        await recorded(call())
    assert inner.asked == []


async def test_a_read_never_suffers(journal: Journal) -> None:
    recorded = Recorded(Inner([b"{}"]), READ, journal.recording(required=True, reads=True))
    await journal.store.close()
    assert (await recorded(call(trace=Trace("a" * 32, "b" * 16)))).body == b"{}"


def wired(result: bytes | CallError) -> Callable[[Call], Awaitable[Reply]]:
    """A system behind a retry that writes down how it went over the wire."""

    async def service(call: Call) -> Reply:
        assert call.trail is not None
        call.trail.attempts.append(Attempt(1, 0.0, 0.5, result.code if isinstance(result, CallError) else ""))
        call.trail.request = lambda hide: Side("POST /", (), hide.text("of s3cret and hunter2"), 9)
        if isinstance(result, CallError):
            raise result
        return Reply(result)

    return service


@pytest.mark.parametrize(
    ("wire", "result", "kept"),
    [
        ("failed", b"{}", b""),
        ("failed", UpstreamCut(), b"of *** and ***"),
        ("always", b"{}", b"of *** and ***"),
        ("never", UpstreamCut(), b'"code":"upstream_cut"'),
    ],
)
@pytest.mark.parametrize("operation", [READ, WRITE])
async def test_the_wire_form_is_kept_masked_of_those_that_it_is_wanted_of(
    journal: Journal, wire: str, result: bytes | CallError, kept: bytes, operation: Operation
) -> None:
    recorded = Recorded(wired(result), operation, _masking(journal.recording(wire=wire, reads=True)))
    with nullcontext() if isinstance(result, bytes) else pytest.raises(CallError):
        await recorded(call(b'{"userPassword":"hunter2"}'))
    (entry,) = await journal.settled()
    assert kept in entry.trail
    assert (b"of " in entry.trail) == (kept[:3] == b"of ")
    assert bool(entry.trail) == bool(kept)
    assert entry.attempts == 1


def _masking(recording: Recording) -> Recording:
    return replace(recording, mask=lambda text: text.replace("s3cret", "***"))
