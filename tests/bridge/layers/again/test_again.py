"""The same request again is answered as before, and never done a second time."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import suppress
from dataclasses import replace

import pytest

from bridge.call import Exchange, Principal, Reply
from bridge.contracts import Operation
from bridge.errors import (
    BadRequest,
    CallError,
    DoesNotFit,
    Fault,
    MalformedJson,
    OutcomeUnknown,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.errors_writes import AnsweredBefore, IdempotencyInProgress, IdempotencyKeyMissing, IdempotencyKeyReused
from bridge.layers.again import LEASE_SPARE_S
from bridge.layers.again_key import sent_key
from bridge.web.problems import problem
from tests.bridge.layers.again.conftest import Kept
from tests.bridge.layers.world import WRITE, Inner


async def failure(call: object) -> CallError:
    with pytest.raises(CallError) as caught:
        await call  # type: ignore[misc]  # whatever the layer gave
    return caught.value


def document(error: CallError, request_id: str = "other") -> bytes:
    return problem(error, request_id=request_id, trace_id="f" * 32).body


async def test_a_good_answer_is_given_again_and_the_system_behind_is_asked_once(kept: Kept) -> None:
    inner = Inner([b'{"number":"4711"}'])
    service = await kept.write(inner)
    first = await service(kept.call())
    again = await service(kept.call(args=b'{ "number": "4711" }', request_id="r2"))
    other = await (await kept.write(inner))(kept.call())
    assert (first.body, first.meta.replayed) == (b'{"number":"4711"}', False)
    assert {(one.body, one.meta.status, one.meta.replayed) for one in (again, other)} == {(first.body, 200, True)}
    assert len(inner.asked) == 1


async def test_a_thousand_at_once_have_one_effect_and_equal_answers_in_two_processes(kept: Kept) -> None:
    inner = Inner()
    services = [await kept.write(inner), await kept.write(inner)]
    tasks = [asyncio.ensure_future(services[number % 2](kept.call())) for number in range(1000)]
    (await inner.arrival()).reply(b"1")
    replies = await asyncio.gather(*tasks)
    assert len(inner.asked) == 1
    assert {reply.body for reply in replies} == {b"1"}
    assert sum(not reply.meta.replayed for reply in replies) == 1


async def test_a_refusal_is_given_again_byte_for_byte(kept: Kept) -> None:
    inner = Inner([Fault("no stock", status=409, name="NoStock", fault=b'{"left":0}')])
    service = await kept.write(inner)
    first = await failure(service(kept.call()))
    again = await failure(service(kept.call(request_id="r2")))
    other = await failure((await kept.write(inner))(kept.call()))
    assert document(first) == document(again) == document(other)
    assert b'"instance":"urn:legacy-bridge:request:r1"' in document(again)
    assert b'"fault":{"left":0}' in document(again)
    assert (again.status, again.code, again.headers) == (409, "fault", (("Idempotency-Replayed", "true"),))
    assert len(inner.asked) == 1


async def test_another_request_under_the_same_key_is_refused(kept: Kept, inner: Inner) -> None:
    service = await kept.write(inner)
    task = asyncio.ensure_future(service(kept.call()))
    asked = await inner.arrival()
    other = kept.call(args=b'{"number":"4712"}')
    assert isinstance(await failure(service(other)), IdempotencyKeyReused)
    assert (await failure((await kept.write(inner))(other))).status == 422
    asked.reply()
    await task
    assert (await failure(service(other))).code == "idempotency_key_reused"
    assert (await failure(service(kept.call(headers={"X-Tenant": "7"})))).code == "idempotency_key_reused"
    assert len(inner.asked) == 1


async def test_callers_and_operations_do_not_meet(kept: Kept) -> None:
    inner = Inner([b"1", b"2", b"3"])
    service = await kept.write(inner)
    cancel = await kept.write(inner, operation=Operation("shop", "CancelOrder"))
    bodies = [(await service(kept.call(principal=who))).body for who in (Principal("web"), Principal("app"))]
    bodies.append((await cancel(kept.call(operation="shop.CancelOrder"))).body)
    assert bodies == [b"1", b"2", b"3"]


async def test_one_that_does_not_end_in_time_is_told_so(kept: Kept, inner: Inner) -> None:
    service = await kept.write(inner, wait="0s")
    task = asyncio.ensure_future(service(kept.call()))
    asked = await inner.arrival()
    for other in (service, await kept.write(inner, wait="0s"), await kept.write(inner, wait="50ms")):
        error = await failure(other(kept.call()))
        assert isinstance(error, IdempotencyInProgress | AnsweredBefore)
        assert (error.status, error.code, error.retryable) == (409, "idempotency_in_progress", True)
        assert error.retry_after_s
    asked.reply()
    await task


@pytest.mark.parametrize("error", [UpstreamUnreachable(), DoesNotFit()])
async def test_what_was_not_sent_frees_the_key(kept: Kept, error: CallError) -> None:
    inner = Inner([error, b"1"])
    service = await kept.write(inner)
    assert (await failure(service(kept.call()))).outcome == "not_sent"
    assert (await service(kept.call())).body == b"1"


@pytest.mark.parametrize("error", [OutcomeUnknown(), CallError(), RuntimeError("a fault of ours")])
async def test_what_nobody_knows_is_never_done_again(kept: Kept, error: Exception) -> None:
    inner = Inner([error, b"1"])
    service = await kept.write(inner)
    with pytest.raises(type(error)):
        await service(kept.call())
    told = [await failure(service(kept.call())), await failure((await kept.write(inner))(kept.call()))]
    assert {(one.status in {500, 504}, document(one)) for one in told} == {(True, document(told[0]))}
    assert len(inner.asked) == 1


async def test_an_operation_that_may_be_repeated_is(kept: Kept) -> None:
    inner = Inner([UpstreamTimeout(), b"1"])
    service = await kept.write(inner, operation=replace(WRITE, idempotent=True))
    assert (await failure(service(kept.call()))).code == "upstream_timeout"
    assert (await service(kept.call())).body == b"1"


async def test_one_that_began_and_never_ended_is_unknown_the_same_each_time(kept: Kept, inner: Inner) -> None:
    first = await kept.write(inner, deadline_s=1.0)
    task = asyncio.ensure_future(first(kept.call()))
    asked = await inner.arrival()
    kept.clock.ahead_s = 1.0 + LEASE_SPARE_S + 1.0
    service = await kept.write(inner)
    told = [await failure(service(kept.call(request_id=f"r{number}"))) for number in (2, 3)]
    assert [(one.status, one.code, one.outcome) for one in told] == [(504, "outcome_unknown", "unknown")] * 2
    assert document(told[0]) == document(told[1])
    assert b'"instance":"urn:legacy-bridge:request:r1"' in document(told[0])
    asked.reply(b"late")  # it was only slow
    await task
    assert (await service(kept.call())).body == b"late"
    assert len(inner.asked) == 1


async def test_a_caller_who_has_gone_takes_nothing_along(kept: Kept, inner: Inner) -> None:
    ledger = await kept.ledger()
    service = await kept.write(inner, ledger)
    task = asyncio.ensure_future(service(kept.call()))
    asked = await inner.arrival()
    task.cancel()
    with suppress(asyncio.CancelledError):
        await task
    asked.reply(b"1")
    await ledger.settled()
    assert (await service(kept.call())).body == b"1"
    assert inner.cancelled == 0


async def test_a_key_is_made_of_the_arguments(kept: Kept) -> None:
    inner = Inner([b"1", b"2", b"3", b"4"])
    service = await kept.write(inner, key="order:{number}")
    assert [(await service(kept.call(None))).body for _ in range(2)] == [b"1", b"1"]
    assert inner.asked[0].call.idempotency_key == "order:4711"
    assert (await service(kept.call("own"))).body == b"2"
    assert [(await service(kept.call(None, b"{}"))).body for _ in range(2)] == [b"3", b"4"]


async def test_a_refusal_under_a_made_key_may_be_tried_again(kept: Kept) -> None:
    inner = Inner([Fault("no such customer", status=422), b"1"])
    service = await kept.write(inner, key="order:{number}")
    assert (await failure(service(kept.call(None)))).code == "fault"
    assert (await service(kept.call(None))).body == b"1"


async def test_a_key_may_be_demanded(kept: Kept, inner: Inner) -> None:
    for written in ({}, {"key": "order:{no}"}):
        service = await kept.write(inner, required=True, **written)
        error = await failure(service(kept.call(None)))
        assert isinstance(error, IdempotencyKeyMissing)
        assert (error.status, error.outcome) == (400, "not_sent")
    assert not inner.asked


async def test_without_a_key_everything_is_as_ever(kept: Kept) -> None:
    inner = Inner([b"1", b"2", b"3"])
    service = await kept.write(inner)
    assert [(await service(kept.call(None))).body for _ in range(2)] == [b"1", b"2"]
    assert (await service(kept.call(exchange=Exchange("POST", "/x")))).body == b"3"


async def test_what_cannot_be_kept_or_told_apart_is_refused(kept: Kept, inner: Inner) -> None:
    service = await kept.write(inner)
    for want in ("rows", "raw"):
        assert isinstance(await failure(service(kept.call(want=want))), BadRequest)
    assert isinstance(await failure(service(kept.call(args=b"{"))), MalformedJson)


class File:
    """A file that came with a request."""

    name, media_type = "a.pdf", "application/pdf"

    def __init__(self, content: bytes) -> None:
        self._content = content
        self.length = len(content)

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self._content


async def test_files_are_a_part_of_the_request(kept: Kept) -> None:
    service = await kept.write(Inner([b"1"]))
    for _ in range(2):
        assert (await service(kept.call(uploads={"/file": File(b"one")}))).body == b"1"
    error = await failure(service(kept.call(uploads={"/file": File(b"two")})))
    assert error.code == "idempotency_key_reused"


async def test_the_system_behind_gets_a_key_of_its_own_where_it_is_wanted(kept: Kept) -> None:
    inner = Inner([b"1", b"2", b"3"])
    await (await kept.write(inner, header="X-Request-Id"))(kept.call("one"))
    await (await kept.write(inner, header="X-Request-Id"))(kept.call("one", principal=Principal("app")))
    await (await kept.write(inner))(kept.call("two"))
    fields = [asked.call.key_field for asked in inner.asked]
    assert fields[0] is not None
    assert fields[1] is not None
    assert (fields[0][0], fields[1][0], fields[2]) == ("X-Request-Id", "X-Request-Id", None)
    assert fields[0][1] != fields[1][1]
    assert len(sent_key("a")) == 36


async def test_a_job_that_is_done_once_by_itself_is_not_kept_and_one_that_is_wanted_again_is_done(kept: Kept) -> None:
    inner = Inner([OutcomeUnknown(), b"1", b"2", b"3"])
    service = await kept.write(inner)
    await failure(service(kept.call()))
    assert (await failure(service(kept.call()))).code == "outcome_unknown"
    assert (await service(kept.call(afresh=True))).body == b"1"
    assert (await service(kept.call(afresh=True))).body == b"1", "a good answer counts"
    assert [(await service(kept.call("job", own_key=True))).body for _ in range(2)] == [b"2", b"3"]


async def test_a_store_that_cannot_be_used_lets_nothing_out(kept: Kept, inner: Inner) -> None:
    ledger = await kept.ledger()
    service = await kept.write(inner, ledger)
    await kept.stores[0].close()
    error = await failure(service(kept.call()))
    assert (error.code, error.outcome) == ("store_unavailable", "not_sent")
    assert not inner.asked
    await ledger.close()


async def test_an_answer_too_large_to_be_kept_is_told_to_be_lost(kept: Kept) -> None:
    large = b'"' + b"x" * 16_000_000 + b'"'
    service = await kept.write(Inner([large]))
    reply: Reply = await service(kept.call())
    assert reply.body == large
    error = await failure(service(kept.call()))
    assert (error.status, error.code, error.outcome) == (502, "answer_lost", "applied")
