"""The session against a server that breaks at every point it can."""

from __future__ import annotations

import asyncio
import gzip

import pytest

from bridge.errors import (
    UpstreamCut,
    UpstreamError,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from bridge.transport.opened import Answer
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.faults import (
    Behaviour,
    Connection,
    FaultServer,
    answers,
    answers_and_closes,
    cuts_answer_after,
    cuts_request_after,
    drips,
    http,
    late,
    never_answers,
)
from tests.cpu import HANG_S

BODY = b"<a>" + b"x" * 2000 + b"</a>"
GOOD = http(b"<ok/>")


async def call(server: FaultServer, timeout_s: float = HANG_S, **settings: object) -> Answer:
    session = HttpSession(ClientSettings.model_validate(settings))
    try:
        return await session.post(server.url, BODY, {"Content-Type": "text/xml"}, timeout_s=timeout_s)
    finally:
        await session.close()


async def failing(script: list[Behaviour], timeout_s: float = HANG_S, **settings: object) -> UpstreamError:
    async with FaultServer(script) as server:
        with pytest.raises(UpstreamError) as caught:
            await call(server, timeout_s, **settings)
        return caught.value


async def test_an_answer_comes_back_whole() -> None:
    data = http(b"<ok/>", status=500, kind='Text/XML; charset="ISO-8859-1"', headers="Retry-After: 7\r\n")
    async with FaultServer([answers(data)]) as server:
        answer = await call(server)
        head, _, body = server.requests[0].partition(b"\r\n\r\n")
    assert (answer.status, answer.content_type, answer.charset) == (500, "text/xml", "ISO-8859-1")
    assert (answer.body, answer.bytes_in, answer.headers["retry-after"]) == (b"<ok/>", 5, "7")
    assert body == BODY
    assert head.startswith(b"POST /service HTTP/1.1\r\n")
    assert b"User-Agent: legacy-bridge\r\n" in head + b"\r\n"
    assert b"python" not in head.lower()
    assert b"aiohttp" not in head.lower()


async def test_a_missing_content_type_and_a_charset_that_does_not_exist() -> None:
    async with FaultServer([answers(b"HTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx")]) as server:
        answer = await call(server)
    assert (answer.content_type, answer.charset) == ("", None)


async def test_connections_are_kept_and_cookies_are_not() -> None:
    async with FaultServer([answers(http(b"", headers="Set-Cookie: a=b; Path=/\r\n"))]) as server:
        session = HttpSession(ClientSettings())
        for _ in range(3):
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        await session.close()
        assert server.connections == 1
        assert len(server.requests) == 3
        assert not any(b"cookie" in request.lower() for request in server.requests)


async def test_proxy_variables_of_the_environment_are_not_read(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:9")
    async with FaultServer([answers(GOOD)]) as server:
        assert (await call(server)).status == 200


# ── nothing was sent ─────────────────────────────────────────────────────────────────────────────────────────────


async def test_refused() -> None:
    async with FaultServer([answers(GOOD)]) as server:
        pass_on = server.port
    session = HttpSession(ClientSettings())
    with pytest.raises(UpstreamUnreachable) as caught:
        await session.post(f"http://127.0.0.1:{pass_on}/", BODY, {}, timeout_s=HANG_S)
    await session.close()
    assert (caught.value.cause, caught.value.outcome, caught.value.retryable) == ("refused", "not_sent", True)
    assert "127.0.0.1" not in caught.value.detail


@pytest.mark.parametrize(
    ("url", "cause"),
    [("http://no-such-host.invalid/", "dns"), ("ftp://erp.example/", "address"), ("http://[bad/", "address")],
)
async def test_addresses_that_lead_nowhere(url: str, cause: str) -> None:
    session = HttpSession(ClientSettings())
    with pytest.raises(UpstreamUnreachable) as caught:
        await session.post(url, BODY, {}, timeout_s=HANG_S)
    await session.close()
    assert (caught.value.cause, caught.value.outcome) == (cause, "not_sent")


async def test_every_connection_is_taken() -> None:
    async with FaultServer([never_answers(), answers(GOOD)]) as server:
        session = HttpSession(ClientSettings.model_validate({"connections": 1, "connect_timeout": "1s"}))
        first = asyncio.create_task(session.post(server.url, BODY, {}, timeout_s=HANG_S))
        await server.arrived.wait()
        with pytest.raises(UpstreamUnreachable) as caught:
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        assert (caught.value.cause, caught.value.outcome) == ("connect_timeout", "not_sent")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await session.close()


async def test_the_whole_time_ends_before_anything_is_sent() -> None:
    async with FaultServer([never_answers()]) as server:
        session = HttpSession(ClientSettings(connections=1))
        first = asyncio.create_task(session.post(server.url, BODY, {}, timeout_s=HANG_S))
        await server.arrived.wait()
        with pytest.raises(UpstreamTimeout) as caught:
            await session.post(server.url, BODY, {}, timeout_s=0.05)
        assert (caught.value.status, caught.value.outcome) == (504, "not_sent")
        first.cancel()
        await asyncio.gather(first, return_exceptions=True)
        await session.close()


# ── something may have been sent ─────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("count", [0, 1, 100, 1500])
async def test_cut_while_we_send(count: int) -> None:
    error = await failing([cuts_request_after(count)])
    assert isinstance(error, UpstreamCut)
    assert (error.outcome, error.status) == ("unknown", 502)


@pytest.mark.parametrize("reset", [True, False])
@pytest.mark.parametrize("count", [0, 1, 12, 40, len(GOOD) - 1])
async def test_cut_while_it_answers(count: int, reset: bool) -> None:
    error = await failing([cuts_answer_after(GOOD, count, reset=reset)])
    assert isinstance(error, UpstreamCut), error.cause
    assert error.outcome == "unknown"


async def test_a_post_is_never_sent_twice_over_a_stale_connection() -> None:
    async with FaultServer([answers(GOOD), cuts_answer_after(GOOD, 0, reset=False), answers(GOOD)]) as server:
        session = HttpSession(ClientSettings())
        await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        with pytest.raises(UpstreamCut) as caught:
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        assert (caught.value.cause, caught.value.stale) == ("disconnected", True)
        assert len(server.requests) == 2
        assert (await session.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 200
        assert (len(server.requests), server.connections) == (3, 2)
        await session.close()


@pytest.mark.parametrize("count", [0, 1, 12, 40])
async def test_a_fresh_connection_that_breaks_is_not_a_stale_one(count: int) -> None:
    error = await failing([cuts_answer_after(GOOD, count, reset=False)])
    assert not error.stale


async def test_a_kept_connection_on_which_an_answer_had_begun_is_not_a_stale_one() -> None:
    async with FaultServer([answers(GOOD), cuts_answer_after(GOOD, 40, reset=False)]) as server:
        session = HttpSession(ClientSettings())
        await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        with pytest.raises(UpstreamCut) as caught:
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        await session.close()
    assert not caught.value.stale


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_nothing_is_sent_again_that_nobody_asked_for(method: str) -> None:
    async with FaultServer([answers(GOOD), cuts_answer_after(GOOD, 0, reset=False), answers(GOOD)]) as server:
        session = HttpSession(ClientSettings())
        await session.send(method, server.url, None, {}, timeout_s=HANG_S)
        with pytest.raises(UpstreamCut) as caught:
            await session.send(method, server.url, None, {}, timeout_s=HANG_S)
        await session.close()
        assert (caught.value.stale, len(server.requests)) == (True, 2)


async def test_a_connection_found_closed_leaves_no_doubt() -> None:
    session = HttpSession(ClientSettings())
    async with FaultServer([answers(GOOD)]) as server:
        url = server.url
        await session.post(url, BODY, {}, timeout_s=HANG_S)
    # The server is gone, and this side has not looked at its sockets since.
    with pytest.raises(UpstreamUnreachable) as caught:
        await session.post(url, BODY, {}, timeout_s=HANG_S)
    await session.close()
    assert (caught.value.outcome, caught.value.retryable) == ("not_sent", True)
    assert caught.value.cause in {"stale_connection", "refused"}


async def test_a_body_over_a_megabyte() -> None:
    async with FaultServer([answers(GOOD)]) as server:
        session = HttpSession(ClientSettings())
        await session.post(server.url, b"x" * 3_000_000, {}, timeout_s=HANG_S)
        await session.close()
        assert server.requests[0].endswith(b"\r\n\r\n" + b"x" * 3_000_000)


async def test_a_connection_closed_while_idle_is_not_used_again() -> None:
    hung_up: asyncio.Queue[bytes] = asyncio.Queue()

    async def ends_and_listens(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(GOOD)
        connection.writer.write_eof()
        hung_up.put_nowait(await connection.reader.read())  # until this client has seen the end and closed, too
        return False

    async with FaultServer([ends_and_listens]) as server:
        session = HttpSession(ClientSettings())
        for _ in range(3):
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
            assert await hung_up.get() == b""
        await session.close()
        assert (len(server.requests), server.connections) == (3, 3)


async def test_idle_connections_are_dropped_before_the_server_does() -> None:
    async with FaultServer([answers(GOOD)]) as server:
        session = HttpSession(ClientSettings.model_validate({"keep_alive": "0s"}))
        for _ in range(2):
            await session.post(server.url, BODY, {}, timeout_s=HANG_S)
        await session.close()
        assert server.connections == 2


@pytest.mark.parametrize(
    "behaviour",
    [never_answers(), never_answers(GOOD[:30]), never_answers(GOOD[:-1]), drips(GOOD * 50, 0.01)],
    ids=["silent", "in-head", "in-body", "drip"],
)
async def test_no_answer_in_time(behaviour: Behaviour) -> None:
    error = await failing([behaviour], timeout_s=0.2)
    assert isinstance(error, UpstreamTimeout)
    assert error.outcome == "unknown"


async def test_late_is_not_lost() -> None:
    signal = asyncio.Event()
    async with FaultServer([late(signal, answers(GOOD))]) as server:
        task = asyncio.create_task(call(server))
        await server.accepted.wait()
        signal.set()
        assert (await task).body == b"<ok/>"


async def test_a_cancelled_call_closes_its_connection() -> None:
    async with FaultServer([never_answers(), answers(GOOD)]) as server:
        session = HttpSession(ClientSettings())
        task = asyncio.create_task(session.post(server.url, BODY, {}, timeout_s=HANG_S))
        await server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert (await session.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 200
        assert server.connections == 2
        await session.close()


# ── answers nobody can use ───────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    "data",
    [
        b"\x16\x03\x01 no HTTP at all\r\n\r\n",
        b"HTTP/1.1 abc OK\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\n<ok/>",
        b"HTTP/1.1 200 OK\r\nContent-Length: -5\r\n\r\n<ok/>",
        b"HTTP/1.1 200 OK\r\nbroken header\r\n\r\n<ok/>",
        b"HTTP/1.1 200 OK\r\nX: " + b"y" * 100_000 + b"\r\n\r\n",
    ],
)
async def test_garbage(data: bytes) -> None:
    error = await failing([answers_and_closes(data)])
    assert isinstance(error, UpstreamInvalid), (type(error), error.cause)
    assert (error.status, error.outcome) == (502, "unknown")


async def test_broken_chunks() -> None:
    data = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\n<ok/>\r\nzz\r\n\r\n"
    assert isinstance(await failing([answers_and_closes(data)]), UpstreamInvalid | UpstreamCut)


async def test_too_large_is_cut_off_while_it_streams() -> None:
    endless = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n" + b"400\r\n" + b"x" * 1024 + b"\r\n"
    error = await failing([never_answers(endless)], answer_max="1kB")
    assert isinstance(error, UpstreamInvalid)
    assert error.cause == "too_large"


async def test_compressed_answers_and_bombs() -> None:
    packed = gzip.compress(b"<ok/>" * 100)
    async with FaultServer([answers(http(packed, headers="Content-Encoding: gzip\r\n"))]) as server:
        answer = await call(server)
        assert b"Accept-Encoding: gzip, deflate\r\n" in server.requests[0]
    assert (answer.body, answer.bytes_in) == (b"<ok/>" * 100, len(packed))
    bomb = http(gzip.compress(b"\0" * 30_000_000), headers="Content-Encoding: gzip\r\n")
    assert (await failing([answers(bomb)])).cause == "compression_bomb"


async def test_a_redirected_post_is_not_followed() -> None:
    async with FaultServer([answers(http(b"", status=307, headers="Location: /other\r\n"))]) as server:
        answer = await call(server)
        assert (answer.status, len(server.requests)) == (307, 1)


# ── documents ────────────────────────────────────────────────────────────────────────────────────────────────────


async def fetch(script: list[Behaviour], **settings: object) -> tuple[bytes, list[bytes]]:
    async with FaultServer(script) as server:
        session = HttpSession(ClientSettings.model_validate(settings))
        try:
            return await session.get(server.url), server.requests
        finally:
            await session.close()


def moved(location: str) -> Behaviour:
    return answers(http(b"", status=302, headers=f"Location: {location}\r\n"))


async def test_documents_follow_redirects_at_home() -> None:
    document, requests = await fetch([moved("/a"), moved("b?c=d"), moved("/e"), answers(GOOD)])
    assert document == b"<ok/>"
    assert [request.split()[1] for request in requests] == [b"/service", b"/a", b"/b?c=d", b"/e"]


@pytest.mark.parametrize(
    ("script", "kind", "cause"),
    [
        ([moved("/a")] * 5, UpstreamInvalid, "too_many_redirects"),
        ([moved("http://evil.invalid/")], UpstreamInvalid, "http_302"),
        ([answers(http(b"", status=404))], UpstreamInvalid, "http_404"),
        ([answers(http(b"", status=403))], UpstreamUnauthorized, "http_403"),
    ],
)
async def test_documents_that_cannot_be_had(script: list[Behaviour], kind: type[UpstreamError], cause: str) -> None:
    with pytest.raises(kind) as caught:
        await fetch(script)
    assert caught.value.cause == cause


async def test_documents_have_their_own_time() -> None:
    with pytest.raises(UpstreamTimeout):
        await fetch([never_answers()], fetch_timeout="50ms")


async def test_another_method_is_sent_the_same_way_and_a_redirect_is_an_answer() -> None:
    moved = http(b"", status=302, headers="Location: http://elsewhere.example/\r\n")
    async with FaultServer([answers(moved)]) as server:
        session = HttpSession(ClientSettings())
        answer = await session.send("GET", f"{server.url}?q=a%20b%26", None, {"Accept": "text/xml"}, timeout_s=HANG_S)
        await session.close()
    head = server.requests[0].decode()
    assert answer.status == 302
    assert head.startswith("GET /")
    assert "?q=a%20b%26 HTTP/1.1\r\n" in head
    assert "Content-Length" not in head


@pytest.mark.parametrize("method", ["GET", "PUT", "DELETE"])
async def test_nothing_is_sent_twice_whatever_its_method(method: str) -> None:
    """Whether to repeat is for the retry layer, and not for the HTTP library."""
    async with FaultServer([cuts_answer_after(b"", 0, reset=False)]) as server:
        session = HttpSession(ClientSettings())
        try:
            with pytest.raises(UpstreamCut):
                await session.send(method, server.url, None if method == "GET" else b"{}", {}, timeout_s=HANG_S)
            assert len(server.requests) == 1
        finally:
            await session.close()
