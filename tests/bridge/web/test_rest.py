from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import AsyncIterator, Awaitable, Callable

import brotli  # type: ignore[import-untyped]  # it ships no types
import pytest
from aiohttp.test_utils import TestClient
from pytest_aiohttp.plugin import AiohttpClient, AiohttpRawServer

from bridge.call import Call, Meta, Principal, Reply
from bridge.errors import CallError, DoesNotFit, Fault, OutcomeUnknown, UpstreamThrottled, Violation
from bridge.web.cors import Cors
from bridge.web.inputs import Sources
from bridge.web.negotiate import etag_of
from bridge.web.rest import Rest
from bridge.web.routes import parse_route
from bridge.web.snapshot import Snapshot
from tests.bridge.web.fake import TRACE, Answers, Anyone, Door, rest, snapshot

Client = TestClient[object, None]
Open = Callable[[Rest | Door], Awaitable[Client]]
ORDERS = {
    "GetOrder": parse_route("GET /orders/{orderId}"),
    "CreateOrder": parse_route("POST /orders"),
    "UpdateOrder": parse_route("PUT /orders/{orderId}", Sources(headers={"X-Tenant": "tenant"})),
}
LARGE = b'{"items":[' + b'{"id":1,"name":"item"},' * 500 + b"{}]}"


@pytest.fixture
def opened(aiohttp_raw_server: AiohttpRawServer, aiohttp_client: AiohttpClient) -> Open:
    async def start(handler: Rest | Door) -> Client:
        door = handler if isinstance(handler, Door) else Door(handler)
        return await aiohttp_client(await aiohttp_raw_server(door), auto_decompress=False)  # type: ignore[return-value]  # the generic argument differs

    return start


def serving(answers: Answers) -> Rest:
    snap = snapshot(answers, ORDERS, {"/v1/crm": "refused"})
    return rest(lambda: snap)


def reply(body: bytes, **meta: object) -> Answers:
    return Answers(lambda _call: Reply(body, Meta(**meta)))  # type: ignore[arg-type]  # a test's own fields


def failing(error: CallError) -> Answers:
    def give(_call: Call) -> Reply:
        raise error

    return Answers(give)


# ── the way in ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_a_get_becomes_a_call_and_its_reply_an_answer(opened: Open) -> None:
    answers = reply(b'{"total":1.10}')
    client = await opened(serving(answers))
    answer = await client.get("/v1/shop/orders/1001?verbose=true&lang=de")
    assert answer.status == 200
    assert answer.headers["Content-Type"] == "application/json; charset=utf-8"
    assert await answer.read() == b'{"total":1.10}'
    (call,) = answers.calls
    assert call.operation == "shop.GetOrder"
    assert call.args == b'{"orderId":1001,"verbose":true,"lang":"de"}'
    assert call.trace == TRACE
    assert call.want == "json"
    assert not call.no_cache


async def test_a_post_hands_its_body_on_as_it_came(opened: Open) -> None:
    answers = Answers()
    client = await opened(serving(answers))
    body = b' {"customerId":"c", "total": 1.100}'
    answer = await client.post("/v1/shop/orders", data=body, headers={"Content-Type": "application/json"})
    assert answer.status == 200
    assert answers.calls[0].args == body
    assert answer.headers["Cache-Control"] == "no-store"
    assert "ETag" not in answer.headers


async def test_path_header_and_body_come_together(opened: Open) -> None:
    answers = Answers()
    client = await opened(serving(answers))
    answer = await client.put("/v1/shop/orders/7", json={"status": "new"}, headers={"X-Tenant": "t"})
    assert answer.status == 200
    assert answers.calls[0].args == {"status": "new", "orderId": "7", "tenant": "t"}


async def test_a_forwarded_header_has_one_value(opened: Open) -> None:
    answers = Answers()
    client = await opened(serving(answers))
    for _ in range(2):
        answer = await client.get("/v1/shop/orders/7", headers=[("X-Tenant", "good"), ("X-Tenant", "evil")])
        assert (answer.status, (await answer.json())["detail"]) == (400, "The header X-Tenant is given more than once.")
        assert answers.calls == []


async def test_only_forwarded_headers_reach_the_call(opened: Open) -> None:
    answers = Answers()
    client = await opened(serving(answers))
    await client.get("/v1/shop/orders/1", headers={"x-tenant": "t", "X-Other": "o", "Authorization": "Bearer x"})
    assert answers.calls[0].headers == {"X-Tenant": "t"}


async def test_a_client_says_how_long_it_waits_and_whether_it_wants_the_cache(opened: Open) -> None:
    answers = Answers()
    door = Door(serving(answers))
    client = await opened(door)
    answer = await client.get("/v1/shop/orders/1", headers={"Prefer": "wait=5", "Cache-Control": "no-cache"})
    assert answer.headers["Preference-Applied"] == "wait=5"
    await client.get("/v1/shop/orders/1")
    patient, ordinary = answers.calls
    assert patient.deadline == door.infos[0].received_at + 5
    assert patient.no_cache
    assert ordinary.deadline > door.infos[1].received_at + 600


async def test_who_may_not_is_refused_before_anything_is_read(opened: Open) -> None:
    answers = Answers()
    snap = snapshot(answers, ORDERS)
    handler = rest(lambda: snap, permits=Anyone(["shop:GetOrder"]))
    client = await opened(Door(handler, Principal("web")))
    assert (await client.get("/v1/shop/orders/1")).status == 200
    answer = await client.post("/v1/shop/orders", data=b"not json")
    assert answer.status == 403
    assert (await answer.json(content_type=None))["code"] == "forbidden"
    assert [call.principal for call in answers.calls] == [Principal("web")]


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "status", "code"),
    [
        ("GET", "/v1/shop/nothing", {}, None, 404, "not_found"),
        ("GET", "/v1/crm/x", {}, None, 503, "not_ready"),
        ("DELETE", "/v1/shop/orders/1", {}, None, 405, "method_not_allowed"),
        ("GET", "/v1/shop/orders/1", {"Accept": "text/html"}, None, 406, "not_acceptable"),
        ("GET", "/v1/shop/orders/openapi.json", {}, None, 422, "does_not_fit"),
        ("GET", "/v1/shop/orders/1?x=1", {}, None, 400, "bad_request"),
        ("GET", "/v1/shop/orders/abc?verbose=no", {}, None, 422, "does_not_fit"),
        ("POST", "/v1/shop/orders", {"Content-Type": "text/xml"}, b"<a/>", 415, "unsupported_media_type"),
        ("POST", "/v1/shop/orders", {"Content-Type": ""}, b"{}", 415, "unsupported_media_type"),
        (
            "POST",
            "/v1/shop/orders",
            {"Content-Type": "application/json", "Content-Encoding": "gzip"},
            gzip.compress(b"{}", mtime=0),
            415,
            "unsupported_media_type",
        ),
        ("POST", "/v1/shop/orders", {}, None, 400, "bad_request"),
        ("PUT", "/v1/shop/orders/1", {"Content-Type": "application/json"}, b"{", 400, "malformed_json"),
        ("PUT", "/v1/shop/orders/1", {"Content-Type": "application/json"}, b"[]", 422, "does_not_fit"),
        ("POST", "/v1/shop/orders", {"Content-Type": "application/json"}, b"x" * 1001, 413, "payload_too_large"),
    ],
)
async def test_what_cannot_be_asked_never_reaches_the_service(
    opened: Open, method: str, path: str, headers: dict[str, str], body: bytes | None, status: int, code: str
) -> None:
    answers = Answers()
    snap = snapshot(answers, ORDERS, {"/v1/crm": "refused"})
    client = await opened(rest(lambda: snap, body="1kB"))
    answer = await client.request(method, path, headers=headers, data=body)
    assert answer.status == status
    assert answer.content_type == "application/problem+json"
    assert (await answer.json(content_type=None))["code"] == code
    assert answers.calls == []


async def test_a_body_without_a_declared_length_is_bounded_too(opened: Open) -> None:
    snap = snapshot(Answers(), ORDERS)
    client = await opened(rest(lambda: snap, body="1kB"))

    async def chunks() -> AsyncIterator[bytes]:
        for _ in range(3):
            yield b"x" * 400

    answer = await client.post("/v1/shop/orders", data=chunks(), headers={"Content-Type": "application/json"})
    assert answer.status == 413


async def test_an_operation_without_a_service_is_not_ready(opened: Open) -> None:
    whole = snapshot(Answers(), ORDERS)
    client = await opened(rest(lambda: Snapshot(whole.routes, {}, whole.upstreams, whole.mounts)))
    answer = await client.get("/v1/shop/orders/1")
    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"


# ── the way out ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("error", "status", "members"),
    [
        (Fault("No such order.", status=404, name="NotFound", fault=b'{"id":7}'), 404, {"fault": {"id": 7}}),
        (
            DoesNotFit(errors=[Violation("/a", "is required")]),
            422,
            {"errors": [{"pointer": "/a", "detail": "is required"}]},
        ),
        (UpstreamThrottled(retry_after_s=2.5), 503, {"retryable": True}),
        (OutcomeUnknown(cause="read timed out"), 504, {"outcome": "unknown", "retryable": False}),
    ],
)
async def test_an_error_is_a_problem_document(
    opened: Open, error: CallError, status: int, members: dict[str, object]
) -> None:
    client = await opened(serving(failing(error)))
    answer = await client.get("/v1/shop/orders/1")
    told = await answer.json(content_type=None)
    assert answer.status == status
    assert members.items() <= told.items()
    assert told["traceId"] == TRACE.trace_id
    assert "timed out" not in json.dumps(told)


async def test_a_validator_spares_the_second_answer(opened: Open) -> None:
    client = await opened(serving(reply(b'{"a":1}')))
    first = await client.get("/v1/shop/orders/1")
    assert first.headers["ETag"] == etag_of(b'{"a":1}')
    assert first.headers["Cache-Control"] == "no-cache"
    again = await client.get("/v1/shop/orders/1", headers={"If-None-Match": first.headers["ETag"]})
    assert (again.status, await again.read()) == (304, b"")
    assert again.headers["ETag"] == first.headers["ETag"]
    assert again.headers["Cache-Control"] == "no-cache"
    assert "Content-Type" not in again.headers
    other = await client.get("/v1/shop/orders/1", headers={"If-None-Match": '"x"'})
    assert other.status == 200


async def test_a_kept_answer_says_so(opened: Open) -> None:
    kept = reply(b'{"a":1}', etag='"kept"', ttl_s=40.0, age_s=20.4, cache="hit")
    client = await opened(serving(kept))
    answer = await client.get("/v1/shop/orders/1")
    assert answer.headers["ETag"] == '"kept"'
    assert answer.headers["Age"] == "20"
    assert answer.headers["Cache-Control"] == "max-age=60"
    assert answer.headers["Cache-Status"] == "legacy-bridge; hit; ttl=40"


async def test_what_a_key_has_asked_for_is_private(opened: Open) -> None:
    door = Door(serving(reply(b'{"a":1}', ttl_s=60.0, age_s=0.0, cache="fwd=miss;stored")), Principal("web"))
    client = await opened(door)
    answer = await client.get("/v1/shop/orders/1")
    assert answer.headers["Cache-Control"] == "private, max-age=60"
    assert answer.headers["Cache-Status"] == "legacy-bridge; fwd=miss; stored; ttl=60"


@pytest.mark.parametrize(("coding", "undo"), [("gzip", gzip.decompress), ("br", brotli.decompress)])
@pytest.mark.parametrize("body", [LARGE, LARGE * 8])
async def test_a_large_answer_is_compressed_as_asked(
    opened: Open, coding: str, undo: Callable[[bytes], bytes], body: bytes
) -> None:
    client = await opened(serving(reply(body)))
    plain = await client.get("/v1/shop/orders/1", headers={"Accept-Encoding": "identity"})
    coded = await client.get("/v1/shop/orders/1", headers={"Accept-Encoding": f"{coding}, identity;q=0.1"})
    assert "Content-Encoding" not in plain.headers
    assert plain.headers["Vary"] == coded.headers["Vary"] == "Accept, Accept-Encoding, X-Tenant"
    assert coded.headers["Content-Encoding"] == coding
    sent = await coded.read()
    assert undo(sent) == body == await plain.read()
    assert len(sent) == int(coded.headers["Content-Length"]) < len(body) / 5
    assert coded.headers["ETag"] != plain.headers["ETag"]
    again = await client.get(
        "/v1/shop/orders/1", headers={"Accept-Encoding": coding, "If-None-Match": coded.headers["ETag"]}
    )
    assert again.status == 304


async def test_a_small_answer_is_sent_as_it_is(opened: Open) -> None:
    client = await opened(serving(reply(b"{}")))
    answer = await client.get("/v1/shop/orders/1", headers={"Accept-Encoding": "gzip, br"})
    assert "Content-Encoding" not in answer.headers


async def test_head_is_get_without_the_body(opened: Open) -> None:
    answers = reply(LARGE)
    client = await opened(serving(answers))
    plain = {"Accept-Encoding": "identity"}
    got = await client.get("/v1/shop/orders/1", headers=plain)
    head = await client.head("/v1/shop/orders/1", headers=plain)
    assert head.status == 200
    assert await head.read() == b""
    told = {name: value for name, value in got.headers.items() if name != "Date"}
    assert told == {name: value for name, value in head.headers.items() if name != "Date"}
    assert answers.calls[1].operation == "shop.GetOrder"


async def test_nothing_is_204_and_a_status_of_its_own_stays(opened: Open) -> None:
    client = await opened(serving(reply(b"")))
    answer = await client.get("/v1/shop/orders/1")
    assert (answer.status, await answer.read()) == (204, b"")
    assert "Content-Type" not in answer.headers
    client = await opened(serving(reply(b"", status=202)))
    assert (await client.post("/v1/shop/ping")).status == 202
    client = await opened(serving(reply(b'{"a":1}', status=201)))
    answer = await client.get("/v1/shop/orders/1")
    assert (answer.status, "ETag" in answer.headers) == (201, False)


async def test_options_tells_the_methods(opened: Open) -> None:
    answers = Answers()
    client = await opened(serving(answers))
    answer = await client.options("/v1/shop/orders/1")
    assert answer.status == 204
    assert answer.headers["Allow"] == "GET, HEAD, OPTIONS, PUT"
    assert (await client.options("/v1/shop/nothing")).status == 404
    assert "Access-Control-Allow-Origin" not in answer.headers
    assert answers.calls == []


async def test_a_listed_origin_may_ask_and_read(opened: Open) -> None:
    snap = snapshot(Answers(), ORDERS)
    handler = rest(lambda: snap, cors=Cors(("https://shop.example",), ("X-API-Key",)))
    client = await opened(handler)
    asked = {"Origin": "https://shop.example", "Access-Control-Request-Method": "PUT"}
    preflight = await client.options("/v1/shop/orders/1", headers=asked)
    assert preflight.status == 204
    assert preflight.headers["Access-Control-Allow-Methods"] == "GET, HEAD, OPTIONS, PUT"
    assert preflight.headers.getall("Access-Control-Allow-Origin") == ["https://shop.example"]
    answer = await client.get("/v1/shop/orders/1", headers={"Origin": "https://shop.example"})
    assert answer.headers["Access-Control-Allow-Origin"] == "https://shop.example"
    assert answer.headers.getall("Vary") == ["Accept, Accept-Encoding, X-Tenant", "Origin"]


async def test_what_is_learned_is_noted_for_the_log(opened: Open) -> None:
    door = Door(serving(reply(b"{}", cache="hit", attempts=0)))
    client = await opened(door)
    await client.get("/v1/shop/orders/1001")
    await client.get("/nothing/here")
    notes, lost = (info.notes for info in door.infos)
    assert (notes.route, notes.upstream, notes.operation) == ("/v1/shop/orders/{orderId}", "shop", "GetOrder")
    assert (notes.cache, notes.attempts) == ("hit", 0)
    assert lost.route == ""


async def test_a_request_finishes_on_the_snapshot_it_began_with(opened: Open) -> None:
    old, new = Answers(), Answers(lambda _call: Reply(b'"new"'))
    go_on = asyncio.Event()

    async def slow(call: Call) -> Reply:
        reply = await old(call)
        await go_on.wait()
        return reply

    current = [snapshot(slow, ORDERS)]
    client = await opened(rest(lambda: current[0]))
    first = asyncio.create_task(client.get("/v1/shop/orders/1"))
    await old.reached.wait()
    current[0] = snapshot(new, ORDERS)
    assert await (await client.get("/v1/shop/orders/1")).read() == b'"new"'
    go_on.set()
    assert await (await first).read() == b'{"ok":true}'
