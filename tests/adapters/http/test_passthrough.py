"""A request goes on as it came, and so does its answer."""

from __future__ import annotations

from collections.abc import AsyncIterator
from dataclasses import dataclass, field

import pytest
from aiohttp import web
from aiohttp.test_utils import RawTestServer

from adapters.http.config import HttpSettings
from adapters.http.passthrough import Relay, passed_on, target_behind
from bridge.call import Call, Exchange, Reply, Trace
from bridge.clock import SystemClock
from bridge.errors import UpstreamFault, UpstreamThrottled, UpstreamTimeout
from bridge.events import Event, UpstreamCalled
from bridge.transport.session import HttpSession
from tests.cpu import HANG_S

TRACE = Trace("1" * 32, "2" * 16)


@dataclass
class Server:
    """Answers what it is told to, and remembers what came."""

    status: int = 200
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b"hello"
    came: list[tuple[str, str, list[tuple[str, str]], bytes]] = field(default_factory=list)
    port: int = 0

    async def __call__(self, request: web.BaseRequest) -> web.StreamResponse:
        self.came.append((request.method, request.raw_path, list(request.headers.items()), await request.read()))
        return web.Response(status=self.status, headers=self.headers, body=self.body)


@pytest.fixture
async def server() -> AsyncIterator[Server]:
    answering = Server()
    async with RawTestServer(answering) as running:
        answering.port = running.port or 0
        yield answering


class Passing:
    """One upstream that passes everything on."""

    def __init__(self, server: Server) -> None:
        self.told: list[Event] = []
        self.base = f"http://127.0.0.1:{server.port}/v2"
        settings = HttpSettings.model_validate({"base": self.base})
        self.session = HttpSession(settings, trusted=[self.base])

    async def ask(
        self,
        method: str,
        target: str = "/a",
        *fields: tuple[str, str],
        body: bytes | None = None,
        left_s: float = HANG_S,
    ) -> Reply:
        operations = passed_on("up")
        operation = operations.get(method, operations["other"])
        exchange = Exchange(method, target, fields, body)
        deadline = SystemClock().monotonic() + left_s
        relay = Relay(operation, self.base, self.session, SystemClock(), self.told.append)
        return await relay(Call(f"up.{method}", b"", deadline, TRACE, exchange=exchange))


async def read(reply: Reply) -> bytes:
    if reply.stream is None:
        return reply.body
    body = b"".join([piece async for piece in reply.stream.pieces])
    await reply.stream.close()
    return body


async def test_address_fields_and_body_are_those_of_the_client(server: Server) -> None:
    passing = Passing(server)
    server.headers = {"X-Own": "1", "Connection": "X-Hop", "X-Hop": "2"}
    reply = await passing.ask("PATCH", "/a%2Fb/%7Ec?q=%2C", ("X-A", "1"), ("X-A", "2"), body=b"in")
    method, path, fields, body = server.came[0]
    assert (method, body) == ("PATCH", b"in")
    assert path == "/v2/a%2Fb/%7Ec?q=%2C"
    assert [value for name, value in fields if name == "X-A"] == ["1", "2"]
    assert dict(fields)["Accept-Encoding"] == "identity"
    assert "Content-Type" not in dict(fields)
    assert (reply.meta.status, await read(reply)) == (200, b"hello")
    assert dict(reply.meta.fields).get("X-Own") == "1"
    assert "X-Hop" not in dict(reply.meta.fields)
    assert [(one.operation, one.status, one.bytes_out) for one in passing.told if isinstance(one, UpstreamCalled)] == [
        ("PATCH", 200, 2)
    ]
    await passing.session.close()


async def test_a_coded_answer_keeps_its_coding(server: Server) -> None:
    passing = Passing(server)
    server.headers, server.body = {"Content-Encoding": "br"}, b"\x00not really"
    assert await read(await passing.ask("GET", "/a", ("Accept-Encoding", "br"))) == b"\x00not really"
    await passing.session.close()


@pytest.mark.parametrize(
    ("status", "error"),
    [(500, UpstreamFault), (502, UpstreamFault), (503, UpstreamThrottled), (429, UpstreamThrottled)],
)
async def test_a_failure_that_may_be_asked_again_is_raised_with_its_answer(
    server: Server, status: int, error: type[Exception]
) -> None:
    passing = Passing(server)
    server.status, server.headers = status, {"Retry-After": "7", "Content-Type": "text/html"}
    with pytest.raises(error) as caught:
        await passing.ask("GET")
    reply = caught.value.reply  # type: ignore[attr-defined]  # of CallError
    assert isinstance(reply, Reply)
    assert (reply.meta.status, reply.body, dict(reply.meta.fields)["Retry-After"]) == (status, b"hello", "7")
    assert (await passing.ask("POST", body=b"x")).meta.status == status
    await passing.session.close()


async def test_an_answer_without_a_body_has_none(server: Server) -> None:
    passing = Passing(server)
    head = await passing.ask("HEAD")
    assert (head.stream, head.body, dict(head.meta.fields)["Content-Length"]) == (None, b"", "5")
    server.status, server.body = 304, b""
    assert (await passing.ask("GET")).stream is None
    await passing.session.close()


async def test_after_the_deadline_nothing_is_sent(server: Server) -> None:
    passing = Passing(server)
    with pytest.raises(UpstreamTimeout) as caught:
        await passing.ask("POST", left_s=-1.0)
    assert (caught.value.outcome, server.came) == ("not_sent", [])
    await passing.session.close()


def test_what_a_method_allows_is_what_the_standard_says() -> None:
    operations = passed_on("up")
    assert {name for name, one in operations.items() if one.safe} == {"GET", "HEAD", "OPTIONS"}
    assert {name for name, one in operations.items() if one.idempotent} == {"GET", "HEAD", "OPTIONS", "PUT", "DELETE"}


@pytest.mark.parametrize(
    ("address", "target"),
    [
        ("/v2/b?c=1", "/b?c=1"),
        ("b", "/x/b"),
        ("../b", "/b"),
        ("http://old.example/v2/b#there", "/b"),
        ("http://old.example:80/v2", ""),
        ("http://old.example/v3/b", None),
        ("/v22/b", None),
        ("http://new.example/v2/b", None),
        ("http://[bad", None),
    ],
)
def test_an_address_of_the_upstreams_is_known_by_its_beginning(address: str, target: str | None) -> None:
    assert target_behind("http://old.example/v2", "/x/a", address) == target
