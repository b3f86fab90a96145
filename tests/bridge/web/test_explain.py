"""`Bridge-Explain: 1`: both sides of a call in one document, and only for whom they are meant."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Awaitable, Callable
from typing import Any

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient, AiohttpRawServer

from bridge.call import Call, Meta, Reply, Stream
from bridge.errors import CallError, DoesNotFit, Fault, UpstreamUnreachable, Violation
from bridge.web.routes import parse_route
from tests.bridge.web.fake import Answers, Anyone, Door, rest, snapshot

Client = TestClient[object, None]
Open = Callable[..., Awaitable[Client]]
ASKED = {"Bridge-Explain": "1"}
ROUTES = {"GetOrder": parse_route("GET /orders/{orderId}"), "CreateOrder": parse_route("POST /orders")}


@pytest.fixture
def opened(aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient) -> Open:
    async def start(answers: Answers, permits: Anyone | None = None) -> Client:
        door = Door(rest(lambda: snap, permits=permits))
        snap = snapshot(answers, ROUTES)
        return await aiohttp_client(await aiohttp_raw_server(door))  # type: ignore[return-value]  # the generic argument differs

    return start


def wired(reply: Reply) -> Answers:
    """An upstream that notes what a codec would."""

    def give(call: Call) -> Reply:
        told = call.explain
        if told is not None:
            told.method, told.url, told.request = "POST", "http://erp.example/", b'<a b="\xc3\xa4"/>'
            told.headers, told.status = (("Authorization", "***"),), 200
            told.answer, told.answer_headers = b"<b/>", (("content-type", "text/xml"),)
            told.times.update({"cache": 0.25, "call": 1.5})
        return reply

    return Answers(give)


async def test_both_sides_of_a_call(opened: Open) -> None:
    answers = wired(Reply(b'{"total":1.10}', Meta(cache="fwd=miss", attempts=2, tolerances={"missing-required": 1})))
    client = await opened(answers)
    answer = await client.get("/v1/shop/orders/1001", headers=ASKED)
    assert (answer.status, answer.headers["Cache-Control"]) == (200, "no-store")
    text = await answer.text()
    assert '"json":{"total":1.10}' in text, "digits as they are"
    assert json.loads(text) == {
        "operation": "shop.GetOrder",
        "status": 200,
        "request": {
            "json": {"orderId": 1001},
            "method": "POST",
            "url": "http://erp.example/",
            "headers": {"Authorization": "***"},
            "envelope": '<a b="ä"/>',
        },
        "answer": {
            "headers": {"content-type": "text/xml"},
            "envelope": "<b/>",
            "status": 200,
            "json": {"total": 1.1},
        },
        "cache": "fwd=miss",
        "attempts": 2,
        "tolerated": {"missing-required": 1},
        "times": [{"name": "cache", "seconds": 0.25}, {"name": "call", "seconds": 1.5}],
    }


async def test_a_call_that_failed(opened: Open) -> None:
    def give(_call: Call) -> Reply:
        raise Fault("No such order", status=404, name="OrderNotFound", fault=b'{"id":7}')

    told: Any = await (await (await opened(Answers(give))).get("/v1/shop/orders/7", headers=ASKED)).json()
    assert (told["status"], told["problem"]["detail"], told["problem"]["fault"]) == (404, "No such order", {"id": 7})
    assert told["answer"] == {}


async def test_the_log_tells_as_much_of_it_as_of_any_call(
    aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient
) -> None:
    away = UpstreamUnreachable(cause="refused")
    away.attempts = 3
    replies: list[Reply | CallError] = [Reply(b"{}", Meta(cache="fwd=miss", attempts=2)), away]

    def give(_call: Call) -> Reply:
        reply = replies.pop(0)
        if isinstance(reply, CallError):
            raise reply
        return reply

    snap = snapshot(Answers(give), ROUTES)
    door = Door(rest(lambda: snap))
    client = await aiohttp_client(await aiohttp_raw_server(door))
    for _ in range(2):
        answer = await client.get("/v1/shop/orders/1", headers=ASKED)
    assert (await answer.json())["attempts"] == 3
    well, failed = (info.notes for info in door.infos)
    assert (well.cache, well.attempts, well.code) == ("fwd=miss", 2, "")
    assert (failed.attempts, failed.code, failed.cause) == (3, "upstream_unreachable", "refused")


async def test_what_does_not_fit_is_explained_with_what_was_sent(opened: Open) -> None:
    def give(_call: Call) -> Reply:
        raise DoesNotFit(errors=[Violation("/total", "is missing")])

    client = await opened(Answers(give))
    for body, seen in ((b'{"a":1}', {"a": 1}), (b'{"a":', '{"a":')):
        headers = {**ASKED, "Content-Type": "application/json"}
        told: Any = await (await client.post("/v1/shop/orders", data=body, headers=headers)).json()
        assert (told["status"], told["request"]["json"]) == (422, seen)
        assert told["problem"]["errors"] == [{"pointer": "/total", "detail": "is missing"}]


async def test_a_stream_is_closed_and_not_read(opened: Open) -> None:
    closed: list[bool] = []

    async def pieces() -> AsyncIterator[bytes]:
        yield b"1\n"
        raise AssertionError("nobody wants it")

    async def close() -> None:
        closed.append(True)

    stream = Stream(pieces(), close, "application/x-ndjson")
    told: Any = await (
        await (await opened(Answers(lambda _: Reply(b"", stream=stream)))).get("/v1/shop/orders/7", headers=ASKED)
    ).json()
    assert (told["status"], closed) == (200, [True])


async def test_without_the_scope_it_is_refused_and_nothing_is_called(opened: Open) -> None:
    answers = Answers()
    client = await opened(answers, Anyone(["shop:GetOrder"]))
    answer = await client.get("/v1/shop/orders/7", headers=ASKED)
    assert (answer.status, answers.calls) == (403, [])
    assert "scope `explain`" in (await answer.json())["detail"]
    assert (await client.get("/v1/shop/orders/7", headers={"Bridge-Explain": "0"})).status == 200
    client = await opened(answers, Anyone(["explain"]))
    assert (await client.get("/v1/shop/orders/7", headers=ASKED)).status == 403, "the operation is needed as well"


@pytest.mark.parametrize("value", ["true", "", "1, 1"])
async def test_anything_else_is_not_understood(opened: Open, value: str) -> None:
    answers = Answers()
    answer = await (await opened(answers)).get("/v1/shop/orders/7", headers={"Bridge-Explain": value})
    assert (answer.status, answers.calls) == (400, [])


async def test_a_kept_answer_is_explained_as_well_and_spoils_no_later_one(opened: Open) -> None:
    client = await opened(wired(Reply(b'{"total":1}')))
    for headers, key in (({}, "total"), (ASKED, "request"), ({}, "total")):
        answer = await client.get("/v1/shop/orders/1", headers=headers)
        assert key in await answer.json()
