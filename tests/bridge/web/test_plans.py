from __future__ import annotations

from collections.abc import Awaitable, Callable

import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient, AiohttpRawServer

from bridge.call import Meta, Principal, Reply, Wish
from bridge.web.inputs import Sources
from bridge.web.routes import parse_route
from bridge.web.snapshot import Snapshot
from tests.bridge.web.fake import Answers, Anyone, Door, rest, snapshot

Client = TestClient[object, None]
Open = Callable[[Door], Awaitable[Client]]
ROUTES = {
    "GetOrder": parse_route("GET /orders/{orderId}"),
    "FindOrders": parse_route("GET /orders", Sources(headers={"X-Limit": "limit"})),
}
KEPT = Reply(b'{"kept":1}', Meta(etag='"kept"', ttl_s=60.0, age_s=0.0, cache="hit"))


@pytest.fixture
def opened(aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient) -> Open:
    async def start(door: Door) -> Client:
        return await aiohttp_client(await aiohttp_raw_server(door))  # type: ignore[return-value]  # the generic argument differs

    return start


async def test_the_second_alike_asks_the_same_and_gets_the_same(opened: Open) -> None:
    answers = Answers(lambda _call: KEPT)
    snap = snapshot(answers, ROUTES)
    door = Door(rest(lambda: snap))
    client = await opened(door)
    first = await client.get("/v1/shop/orders/7?lang=de")
    second = await client.get("/v1/shop/orders/7?lang=de")
    assert first.headers.keys() == second.headers.keys()
    assert {**first.headers, "Date": ""} == {**second.headers, "Date": ""}
    assert await first.read() == await second.read() == b'{"kept":1}'
    one, other = answers.calls
    assert one.args is other.args
    assert one.deadline < other.deadline
    assert door.infos[1].notes == door.infos[0].notes
    assert door.infos[1].notes.operation == "GetOrder"


async def test_what_differs_is_another_request(opened: Open) -> None:
    answers = Answers(lambda _call: KEPT)
    snap = snapshot(answers, ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    assert (await client.get("/v1/shop/orders/7")).status == 200
    assert (await client.get("/v1/shop/orders/7", headers={"Accept": "text/html"})).status == 406
    assert (await client.get("/v1/shop/orders/7", headers={"If-None-Match": '"kept"'})).status == 304
    assert (await client.get("/v1/shop/orders/7", headers={"Prefer": "wait=1"})).headers["Preference-Applied"]
    assert "Preference-Applied" not in (await client.get("/v1/shop/orders/7")).headers
    await client.get("/v1/shop/orders/7", headers={"Cache-Control": "no-cache"})
    await client.get("/v1/shop/orders/7", headers={"X-Tenant": "t"})
    await client.get("/v1/shop/orders/7", headers={"X-Tenant": "u"})
    await client.get("/v1/shop/orders/7")
    assert [call.no_cache for call in answers.calls[-4:]] == [True, False, False, False]
    assert [dict(call.headers) for call in answers.calls[-3:]] == [{"X-Tenant": "t"}, {"X-Tenant": "u"}, {}]
    assert (
        await client.get("/v1/shop/orders/7", data=b"{}", headers={"Content-Type": "application/json"})
    ).status == 400
    head = await client.head("/v1/shop/orders/7")
    assert (head.status, await head.read()) == (200, b"")


async def test_a_header_that_is_an_input_is_looked_at_each_time(opened: Open) -> None:
    answers = Answers()
    snap = snapshot(answers, ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    for headers in ({}, {"X-Limit": "1"}, {"X-Limit": "2"}, {}):
        await client.get("/v1/shop/orders", headers=headers)
    assert [call.args for call in answers.calls] == [b"{}", b'{"limit":1}', b'{"limit":2}', b"{}"]


async def test_who_may_not_is_refused_though_another_was_answered(opened: Open) -> None:
    class OnlyWeb(Anyone):
        def allows(self, principal: Principal | None, target: str) -> bool:
            return principal == Principal("web")

    snap = snapshot(Answers(lambda _call: KEPT), ROUTES)
    door = Door(rest(lambda: snap, permits=OnlyWeb()), Principal("web"))
    client = await opened(door)
    assert (await client.get("/v1/shop/orders/7")).headers["Cache-Control"].startswith("private")
    door.principal = Principal("other")
    assert (await client.get("/v1/shop/orders/7")).status == 403
    door.principal = None
    assert (await client.get("/v1/shop/orders/7")).status == 403
    assert door.infos[-1].notes.operation == "GetOrder"


async def test_a_new_snapshot_forgets_the_plans_of_the_old(opened: Open) -> None:
    current: list[Snapshot] = [snapshot(Answers(lambda _call: KEPT), ROUTES)]
    client = await opened(Door(rest(lambda: current[0])))
    assert (await client.get("/v1/shop/orders/7")).status == 200
    current[0] = snapshot(Answers(), {})
    assert (await client.get("/v1/shop/orders/7")).status == 404
    assert (await client.get("/v1/shop/get-order?orderId=7")).status == 200


async def test_another_reply_is_another_answer(opened: Open) -> None:
    given = [KEPT, Reply(b'{"new":1}', Meta(etag='"new"', ttl_s=60.0, cache="hit")), Reply(b"")]
    answers = Answers(lambda _call: given.pop(0))
    snap = snapshot(answers, ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    bodies = [await (await client.get("/v1/shop/orders/7")).read() for _ in range(3)]
    assert bodies == [b'{"kept":1}', b'{"new":1}', b""]


async def test_endless_different_requests_are_not_kept_for_ever(opened: Open) -> None:
    answers = Answers(lambda _call: KEPT)
    snap = snapshot(answers, ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    long = "9" * 3000
    for _ in range(2):
        assert (await client.get(f"/v1/shop/orders/{long}")).status == 200
    one, other = answers.calls
    assert one.args is not other.args


async def test_what_is_wished_of_a_cache_goes_with_each_call(opened: Open) -> None:
    answers = Answers(lambda _call: KEPT)
    snap = snapshot(answers, ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    for wish in ("max-age=5", "max-age=5", "no-cache, only-if-cached", ""):
        await client.get("/v1/shop/orders/7", headers={"Cache-Control": wish} if wish else {})
    told = [(call.no_cache, call.wish) for call in answers.calls]
    five = Wish(max_age_s=5.0)
    assert told == [(False, five), (False, five), (True, Wish(only_if_cached=True)), (False, None)]


async def test_headers_that_make_it_another_answer_are_named(opened: Open) -> None:
    snap = snapshot(Answers(lambda _call: KEPT), ROUTES)
    client = await opened(Door(rest(lambda: snap)))
    for _ in range(2):
        answer = await client.get("/v1/shop/orders")
        assert answer.headers["Vary"] == "Accept, Accept-Encoding, X-Tenant, X-Limit"
