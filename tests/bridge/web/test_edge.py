"""The edge as a client meets it from the first request to the last: answers, ids, failures, an orderly stop."""

from __future__ import annotations

import asyncio
import json
import socket

import pytest
from aiohttp import web

from bridge.clock import SystemClock
from bridge.errors import ConfigError, NotFound
from bridge.events import InternalError, RequestDone, ServerStopping
from bridge.web.access import Access
from bridge.web.edge import Edge
from bridge.web.settings import ServerSettings
from bridge.web.trace import RequestInfo
from tests.bridge.web.raw import GET, GET_LAST, POST_5, POST_CHUNKED, WAIT_S, header, serving, statuses, until


async def test_a_connection_serves_several_requests_and_tells_no_banner() -> None:
    async with serving() as server, await server.connect() as raw:
        for body in (b"", b"hello"):
            raw.write(b"POST / HTTP/1.1\r\nHost: localhost\r\nContent-Length: %d\r\n\r\n%b" % (len(body), body))
            head, answer = await raw.response()
            assert answer == body
            assert header(head, "Server") is None
            assert header(head, "Connection") is None
            assert len(header(head, "Bridge-Request-Id") or "") == 32
        assert server.edge.connections == 1
        assert [done.status for done in server.told(RequestDone)] == [200, 200]


async def test_pipelined_requests_are_answered_in_order() -> None:
    async with serving() as server:
        answer = await server.probe(POST_5 + b"11111" + POST_CHUNKED + b"5\r\n22222\r\n0\r\n\r\n" + GET_LAST)
    assert statuses(answer) == [200, 200, 200]
    assert answer.index(b"11111") < answer.index(b"22222")


async def test_the_ids_of_a_request_reach_handler_answer_and_event() -> None:
    seen: list[RequestInfo] = []

    async def handler(_request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        seen.append(info)
        info.notes.route, info.notes.upstream = "/v1/shop/orders/{id}", "shop"
        return web.Response(text="ok")

    trace = b"traceparent: 00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01\r\n"
    async with serving(handler) as server:
        answer = await server.probe(GET_LAST[:-2] + b"X-Request-Id: mine-1\r\n" + trace + b"\r\n")
        (done,) = server.told(RequestDone)
    assert header(answer, "Bridge-Request-Id") == "mine-1"
    assert seen[0].trace.trace_id == "a" * 32
    assert seen[0].trace.span_id != "b" * 16
    assert (done.request_id, done.trace_id, done.route, done.upstream) == (
        "mine-1",
        "a" * 32,
        "/v1/shop/orders/{id}",
        "shop",
    )
    assert done.bytes_out == len(answer)


async def test_a_handler_that_fails_is_a_problem_document_and_one_event() -> None:
    async def handler(request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        if request.path == "/ours":
            raise NotFound
        raise RuntimeError("the secret place is /etc/shadow")

    async with serving(handler) as server:
        lost = await server.probe(GET_LAST.replace(b"/ ", b"/ours ", 1))
        failed = await server.probe(GET_LAST)
        (told,) = server.told(InternalError)
    assert statuses(lost) == [404]
    assert statuses(failed) == [500]
    assert b"shadow" not in failed
    assert b"Traceback" not in failed
    assert json.loads(failed.partition(b"\r\n\r\n")[2])["code"] == "internal_error"
    assert "/etc/shadow" in told.traceback


async def test_an_absolute_target_reaches_the_handler_as_a_path() -> None:
    async with serving() as server:
        answer = await server.probe(GET_LAST.replace(b"GET /", b"GET http://localhost/a?b=c"))
    assert header(answer, "Echo-Path") == "/a?b=c"


async def test_a_client_that_waits_for_leave_to_send_gets_it() -> None:
    async with serving() as server, await server.connect() as raw:
        raw.write(POST_5[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert await raw.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
        raw.write(b"hello")
        assert (await raw.response())[1] == b"hello"


async def test_a_body_over_the_limit_is_refused_before_leave_to_send_it() -> None:
    async with serving(limits={"body": "4B"}) as server, await server.connect() as raw:
        raw.write(POST_5[:-2] + b"Expect: 100-continue\r\n\r\n")
        assert statuses(await raw.head()) == [413]


async def test_a_chunked_body_is_cut_off_at_the_limit() -> None:
    async with serving(limits={"body": "10kB"}) as server, await server.connect() as raw:
        raw.write(POST_CHUNKED)
        for _ in range(4):
            raw.write(b"1000\r\n" + b"x" * 4096 + b"\r\n")
        head, _ = await raw.response()
        assert statuses(head) == [413]
        assert header(head, "Connection") == "close"


async def test_a_broken_chunk_in_mid_body_is_a_400_and_the_end() -> None:
    async with serving() as server, await server.connect() as raw:
        raw.write(POST_CHUNKED + b"2\r\nab\r\n")
        raw.write(b"zz\r\n")
        answer = await raw.rest()
        assert statuses(answer) == [400]
        assert not server.told(InternalError)


async def test_a_client_that_goes_away_is_no_fault_of_ours() -> None:
    reading, ended = asyncio.Event(), asyncio.Event()

    async def handler(request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        reading.set()
        try:
            return web.Response(body=await request.read())
        finally:
            ended.set()

    async with serving(handler) as server:
        async with await server.connect() as raw:
            raw.write(POST_5 + b"ab")
            await asyncio.wait_for(reading.wait(), WAIT_S)
            raw.writer.transport.abort()
        await asyncio.wait_for(ended.wait(), WAIT_S)
        await until(lambda: server.edge.connections == 0)
        assert not server.told(InternalError)


async def test_a_running_request_is_finished_when_the_server_stops() -> None:
    begun, release = asyncio.Event(), asyncio.Event()

    async def handler(_request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        begun.set()
        await release.wait()
        return web.Response(text="finished")

    async with serving(handler) as server, await server.connect() as raw:
        assert server.edge.ready
        raw.write(GET)
        await asyncio.wait_for(begun.wait(), WAIT_S)
        stopping = asyncio.create_task(server.edge.stop(drain_s=20))
        await until(lambda: not server.edge.ready)
        assert server.told(ServerStopping) == [ServerStopping(in_flight=1)]
        release.set()
        head, body = await raw.response()
        assert body == b"finished"
        assert header(head, "Connection") == "close"
        assert await raw.rest() == b""
        await asyncio.wait_for(stopping, WAIT_S)
        with pytest.raises(ConnectionError):
            await server.connect()


async def test_a_request_that_outlasts_the_drain_is_cut() -> None:
    begun, ended = asyncio.Event(), asyncio.Event()

    async def handler(_request: web.BaseRequest, _info: RequestInfo) -> web.StreamResponse:
        begun.set()
        try:
            await asyncio.Event().wait()
        finally:
            ended.set()
        return web.Response()

    async with serving(handler) as server, await server.connect() as raw:
        raw.write(GET)
        await asyncio.wait_for(begun.wait(), WAIT_S)
        await asyncio.wait_for(server.edge.stop(drain_s=0.1), WAIT_S)
        assert ended.is_set()
        assert await raw.rest() == b""
        assert server.edge.connections == 0


async def test_no_accepted_request_fails_when_the_server_stops_under_load() -> None:
    answered, refused = 0, 0

    async with serving() as server:

        async def ask_again_and_again() -> None:
            nonlocal answered, refused
            while True:
                try:
                    raw = await server.connect()
                except ConnectionError:
                    refused += 1
                    return
                async with raw:
                    last = False
                    while not last:
                        raw.write(GET)
                        head, _ = await raw.response()
                        assert statuses(head) == [200]
                        answered += 1
                        last = header(head, "Connection") == "close"

        clients = [asyncio.create_task(ask_again_and_again()) for _ in range(20)]
        await until(lambda: answered > 200)
        await server.edge.stop(drain_s=10)
        await asyncio.wait_for(asyncio.gather(*clients), WAIT_S)
    assert refused == 20


async def test_idle_connections_do_not_hold_up_the_stop() -> None:
    async with serving() as server, await server.connect() as raw:
        raw.write(GET)
        await raw.response()
        await asyncio.wait_for(server.edge.stop(drain_s=60), WAIT_S)
        assert await raw.rest() == b""


async def test_a_given_socket_is_used() -> None:
    sock = socket.create_server(("127.0.0.1", 0))
    port = sock.getsockname()[1]
    edge = Edge(ServerSettings(port=1), Access(None), lambda *_: None, lambda _: None, SystemClock())  # type: ignore[arg-type, return-value]  # never asked
    assert await edge.start(sock) == f"http://127.0.0.1:{port}"
    await edge.stop(0)


async def test_a_taken_port_is_told_as_such() -> None:
    with socket.create_server(("127.0.0.1", 0)) as sock, pytest.raises(ConfigError, match=r"cannot listen on 127\.0"):
        async with serving(port=sock.getsockname()[1]):
            pytest.fail("it listens")


async def test_every_address_of_a_name_listens_on_one_port() -> None:
    async with serving(host="localhost") as server:
        ports = {url.rpartition(":")[2] for url in server.edge.urls}
        assert len(ports) == 1
        assert statuses(await server.probe(GET_LAST)) == [200]
