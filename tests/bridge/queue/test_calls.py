"""A call as a job."""

from __future__ import annotations

from dataclasses import dataclass, field

import pytest

from bridge.call import Call, Principal, Reply, Service
from bridge.clock import SystemClock
from bridge.contracts import Operation
from bridge.errors import CallError, NotReady, UpstreamCut
from bridge.queue.calls import KIND, CallOrder, Calls
from bridge.store.jobs import Job

OPERATIONS = {
    "shop.GetOrder": Operation("shop", "GetOrder", safe=True),
    "shop.Pay": Operation("shop", "Pay"),
    "shop.Put": Operation("shop", "Put", idempotent=True),
}


@dataclass
class Shop:
    """Answers every call and keeps it."""

    calls: list[Call] = field(default_factory=list)
    error: CallError | None = None

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        if self.error is not None:
            raise self.error
        return Reply(b'{"ok":true}')


def handler(shop: Service | None, *, replayed: bool = False) -> Calls:
    async def is_replayed(_: str) -> bool:
        return replayed

    return Calls(
        lambda _: shop,
        OPERATIONS.get,
        lambda name: Principal(name, ("shop:*",)) if name == "web" else None,
        SystemClock(),
        lambda _: 30.0,
        is_replayed,
    )


def job(payload: bytes, correlation: str = "", fence: int = 1) -> Job:
    return Job("01j", "calls", KIND, payload, "", fence, fence, correlation, 0.0)


async def test_it_goes_through_the_service_and_its_answer_is_the_result() -> None:
    shop = Shop()
    payload = b'{"operation":"shop.GetOrder","args":{"orderId":1.0000000000000000000001},"principal":"web"}'
    result = await handler(shop)(job(payload))
    assert result.body == b'{"ok":true}'
    (call,) = shop.calls
    assert (call.operation, call.args) == ("shop.GetOrder", {"orderId": "1.0000000000000000000001"})
    assert call.principal == Principal("web", ("shop:*",))


async def test_every_attempt_has_the_same_key_and_is_in_the_same_trace() -> None:
    shop, payload = Shop(), CallOrder("shop.Put", {}).payload()
    for fence in (1, 2):
        await handler(shop)(job(payload, fence=fence))
    assert {call.idempotency_key for call in shop.calls} == {"01j"}
    assert len({call.trace.trace_id for call in shop.calls}) == 1
    assert len({call.trace.span_id for call in shop.calls}) == 2


@pytest.mark.parametrize(
    ("fence", "replayed", "afresh"), [(1, False, False), (2, False, False), (2, True, True), (1, True, False)]
)
async def test_only_a_person_has_it_done_past_what_nobody_knows(fence: int, replayed: bool, afresh: bool) -> None:
    shop, payload = Shop(), CallOrder("shop.Put", {}, idempotency_key="k1").payload()
    await handler(shop, replayed=replayed)(job(payload, fence=fence))
    assert shop.calls[0].afresh is afresh


async def test_a_key_and_a_trace_that_were_given_go_along() -> None:
    shop, trace_id = Shop(), "0af7651916cd43dd8448eb211c80319c"
    await handler(shop)(job(CallOrder("shop.Put", {}, idempotency_key="k1").payload(), trace_id))
    assert (shop.calls[0].idempotency_key, shop.calls[0].trace.trace_id) == ("k1", trace_id)


@pytest.mark.parametrize(
    "payload",
    [
        b"",
        b"[]",
        b'{"args":{}}',
        b'{"operation":7}',
        b'{"operation":"shop.GetOrder","principal":[]}',
        b'{"operation":"shop.Nothing"}',
        b'{"operation":"shop.GetOrder","principal":"gone"}',
    ],
)
async def test_what_cannot_be_called_does_not_get_better(payload: bytes) -> None:
    shop = Shop()
    with pytest.raises(CallError) as caught:
        await handler(shop)(job(payload))
    assert not caught.value.retryable
    assert not shop.calls


async def test_an_upstream_that_is_not_there_yet_is_tried_again() -> None:
    with pytest.raises(NotReady) as caught:
        await handler(None)(job(CallOrder("shop.Put", {}).payload()))
    assert caught.value.retryable


async def test_its_failure_is_the_call_s() -> None:
    with pytest.raises(UpstreamCut):
        await handler(Shop(error=UpstreamCut()))(job(CallOrder("shop.Put", {}).payload()))


@pytest.mark.parametrize(
    ("operation", "expected"), [("shop.GetOrder", True), ("shop.Put", True), ("shop.Pay", False), ("shop.Gone", True)]
)
def test_it_may_be_repeated_as_the_operation_was_declared(operation: str, expected: bool) -> None:
    assert handler(Shop()).repeatable(job(CallOrder(operation, {}).payload())) is expected


def test_an_order_is_written_as_it_is_read() -> None:
    order = CallOrder("shop.Put", {"a": [None, "é"]}, "web", "k")
    assert CallOrder.read(order.payload()) == order
    made = order.job("calls", key="k", dedupe="d", correlation="c")
    assert (made.queue, made.kind, made.key, made.dedupe, made.correlation) == ("calls", KIND, "k", "d", "c")
