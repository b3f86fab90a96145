"""Rows of a call while the system behind still sends: what leaves when, and what stops whom."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest

from adapters.soap.config import SoapSettings
from adapters.soap.documents import DocumentSet
from adapters.soap.upstream import Flags, SoapUpstream
from adapters.soap.wsdl.reader import read_contract
from bridge.call import Reply, Stream
from bridge.errors import CallError, Fault, NotAcceptable, UpstreamCut, UpstreamFault, UpstreamInvalid
from bridge.events import AnswerTolerated, Event, UpstreamCalled
from bridge.transport.session import HttpSession
from tests.adapters.soap import listed
from tests.adapters.soap.opened import CLOCK, call
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, cuts_answer_after, http
from tests.cpu import HANG_S

OK = http(listed.answer_of("Beside").encode())
LINES = [
    b'{"kind":"a","id":1,"name":"one","tag":["x","y"]}',
    b'{"id":2,"name":null,"tag":[]}',
    '{"id":3,"name":"th\u00fcr & s\u00f6n \u20ac","tag":[]}'.encode(),
]
ROW = b"<t:row><t:id>7</t:id><t:name>" + b"x" * 900 + b"</t:name></t:row>"
FAULT = "<e:Fault><faultcode>e:Client</faultcode><faultstring>no</faultstring></e:Fault>"


class Place:
    """One upstream with lists in its answers, and what it told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.opened: list[SoapUpstream] = []

    async def rows(self, server: FaultServer, operation: str = "Beside", **more: object) -> Stream:
        reply = await self.reply(server, operation, **more)
        assert reply.stream is not None
        assert reply.body == b""
        return reply.stream

    async def reply(self, server: FaultServer, operation: str, flags: Flags | None = None, **more: object) -> Reply:
        settings = SoapSettings.model_validate({"wsdl": server.url, "endpoint": server.url, **more})
        contract = read_contract(DocumentSet(listed.HERE, {listed.HERE: listed.wsdl().encode()}))
        session = HttpSession(settings, trusted=settings.configured)
        made = SoapUpstream(
            "shop",
            contract,
            settings,
            session,
            flags={operation: flags} if flags else {},
            clock=CLOCK,
            emit=self.events.append,
        )
        self.opened.append(made)
        return await made.service(operation)(call(b"{}", operation, want="rows"))

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


@pytest.fixture
async def place() -> AsyncIterator[Place]:
    made = Place()
    yield made
    for upstream in made.opened:
        await upstream.close()


async def all_of(stream: Stream) -> list[bytes]:
    try:
        return b"".join([piece async for piece in stream.pieces]).splitlines()
    finally:
        await stream.close()


def begins(*more: bytes, then: asyncio.Event) -> Behaviour:
    """Sends a beginning, waits for the test, and sends the rest. Chunked, so its end is seen."""

    async def run(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
        for piece in more:
            await connection.send(b"%x\r\n%b\r\n" % (len(piece), piece))
            await then.wait()
        await connection.send(b"0\r\n\r\n")
        return True

    return run


async def test_rows_of_an_answer(place: Place):
    async with FaultServer([answers(OK)]) as server:
        stream = await place.rows(server)
        assert await all_of(stream) == LINES
        assert stream.media_type == "application/x-ndjson"
        assert await all_of(await place.rows(server)) == LINES
    told = place.told(UpstreamCalled)
    assert [(one.outcome, one.status, one.bytes_in > 300) for one in told if isinstance(one, UpstreamCalled)] == [
        ("ok", 200, True)
    ] * 2


async def test_a_row_is_there_while_the_system_behind_still_sends(place: Place):
    go = asyncio.Event()
    data = listed.answer_of("Beside").encode()
    at = data.index(b"</t:row>") + 8
    async with FaultServer([begins(data[:at], data[at:], then=go)]) as server:
        stream = await place.rows(server)
        assert await anext(stream.pieces) == LINES[0] + b"\n"
        assert not place.told(UpstreamCalled), "it goes on"
        go.set()
        assert await all_of(stream) == LINES[1:]
    assert len(place.told(UpstreamCalled)) == 1


async def test_closing_stops_the_system_behind(place: Place):
    stopped = asyncio.Event()

    async def endless(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\n\r\n")
        await connection.send(listed.answer_of("Beside", rows="|").partition("|")[0].encode())
        try:
            while True:
                await connection.send(ROW)
        except ConnectionError:
            stopped.set()
        return False

    async with FaultServer([endless]) as server:
        stream = await place.rows(server)
        await anext(stream.pieces)
        await stream.close()
        await stream.close()
        async with asyncio.timeout(HANG_S):
            await stopped.wait()
    assert [getattr(one, "outcome", "") for one in place.told(UpstreamCalled)] == ["cancelled"]


async def test_nothing_is_read_before_it_is_asked_for(place: Place):
    sent, blocked = 0, asyncio.Event()

    async def fast(connection: Connection) -> bool:
        nonlocal sent
        await connection.read_request()
        await connection.send(b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\n\r\n")
        await connection.send(listed.answer_of("Beside", rows="|").partition("|")[0].encode())
        while sent < 100_000_000:
            try:
                async with asyncio.timeout(1):
                    await connection.send(ROW * 100)
            except TimeoutError:
                blocked.set()
                return False
            sent += len(ROW) * 100
        return False

    async with FaultServer([fast]) as server:
        stream = await place.rows(server)
        await anext(stream.pieces)
        async with asyncio.timeout(HANG_S):
            await blocked.wait()
        await stream.close()
    assert sent < 30_000_000, "what the kernel holds, and no more"


async def test_cut_on_the_way(place: Place):
    async with FaultServer([cuts_answer_after(OK, OK.index(b"</t:row>") + 20, reset=False)]) as server:
        stream = await place.rows(server)
        assert await anext(stream.pieces) == LINES[0] + b"\n"
        with pytest.raises(UpstreamCut):
            await anext(stream.pieces)
        await stream.close()
    assert [getattr(one, "outcome", "") for one in place.told(UpstreamCalled)] == ["upstream_cut"]


@pytest.mark.parametrize(
    ("data", "error"),
    [
        (http(listed.envelope(FAULT).encode()), Fault),
        (http(listed.envelope(FAULT).encode(), status=500), Fault),
        (http(b"<html/>", kind="text/html", status=503), CallError),
        (http(b"", status=401), CallError),
        (http(b"oops", status=500), UpstreamFault),
        (http(b"<a/>"), UpstreamInvalid),
        (http(b""), UpstreamInvalid),
        (http(listed.answer_of("Beside").encode()[:-20]), UpstreamInvalid),
        (http(listed.envelope("<t:Other/>").encode()), UpstreamInvalid),
    ],
)
async def test_what_is_no_answer_is_an_error_of_the_call(place: Place, data: bytes, error: type[CallError]):
    async with FaultServer([answers(data)]) as server:
        with pytest.raises(error):
            await all_of(await place.rows(server))
    assert len(place.told(UpstreamCalled)) == 1


async def test_what_was_overlooked_is_told_at_the_end(place: Place):
    data = listed.answer_of("Beside").replace("<t:id>3", "<t:zzz/><t:id>3").encode()
    async with FaultServer([answers(http(data))]) as server:
        await all_of(await place.rows(server))
    assert place.told(AnswerTolerated) == [AnswerTolerated("shop", "Beside", {"unknown-element": 1})]


# ── where only the whole can be read ─────────────────────────────────────────────────────────────────────────────


async def test_rows_of_an_answer_with_attachments(place: Place):
    data = listed.answer_of("Beside").encode()
    package = b"--b\r\nContent-Type: text/xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n" + data + b"\r\n--b--\r\n"
    kind = 'multipart/related; boundary="b"; type="text/xml"; start="<root>"'
    async with FaultServer([answers(http(package, kind=kind))]) as server:
        assert await all_of(await place.rows(server)) == LINES


@pytest.mark.parametrize("more", [{"strict_answers": True}, {}])
@pytest.mark.parametrize("kind", ["text/xml", "text/html", "application/octet-stream"])
async def test_rows_are_cut_from_the_whole(place: Place, kind: str, more: dict[str, object]):
    async with FaultServer([answers(http(listed.answer_of("Beside").encode(), kind=kind))]) as server:
        assert await all_of(await place.rows(server, **more)) == LINES
    assert len(place.told(UpstreamCalled)) == 1


async def test_the_whole_is_bounded(place: Place):
    data = http(listed.answer_of("Beside").encode() + b" " * 20_000, kind="text/html")
    async with FaultServer([answers(data)]) as server:
        with pytest.raises(UpstreamInvalid) as told:
            await place.rows(server, answer_max=10_000)
    assert told.value.cause == "too_large"


async def test_rows_are_not_bounded_as_a_whole(place: Place):
    data = listed.answer_of("Beside", rows="|").replace("|", (ROW * 200).decode()).encode()
    async with FaultServer([answers(http(data))]) as server:
        assert len(await all_of(await place.rows(server, answer_max=10_000))) == 200


# ── which list ───────────────────────────────────────────────────────────────────────────────────────────────────


async def test_an_answer_without_one_list_has_no_rows_and_nothing_is_sent(place: Place):
    async with FaultServer([answers(OK)]) as server:
        with pytest.raises(NotAcceptable):
            await place.rows(server, "Two")
        assert server.requests == []


async def test_a_list_by_its_name(place: Place):
    body = "<t:TwoResponse><t:row><t:id>1</t:id></t:row><t:note>a</t:note><t:note>b</t:note></t:TwoResponse>"
    async with FaultServer([answers(http(listed.envelope(body).encode()))]) as server:
        assert await all_of(await place.rows(server, "Two", flags=Flags(rows="note"))) == [b'"a"', b'"b"']
        assert await all_of(await place.rows(server, "Two", flags=Flags(rows="row"))) == [b'{"id":1,"tag":[]}']
