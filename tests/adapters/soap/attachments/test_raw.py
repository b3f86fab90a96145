"""One binary value of an answer as a stream, from servers that send it in every way, and break off in every way."""

from __future__ import annotations

import asyncio
import os
from base64 import b64encode
from pathlib import Path

import pytest

from bridge.errors import CallError, NotAcceptable, UpstreamCut, UpstreamInvalid, UpstreamTimeout
from bridge.events import Event, UpstreamCalled
from tests.adapters.soap.attachments.filed import FILES, XOP, body, fetched, include, opened, package, packed, streamed
from tests.adapters.soap.opened import call
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, answers_and_closes, http
from tests.cpu import HANG_S

ROOT = f"Content-Type: {XOP}\r\nContent-ID: <r@x>"
DATA = os.urandom(300_000)
ARGS = b'{"name":"n"}'
OTHER_ARGS = {"Attach": b'{"name":"n","scan":"AAAA"}', "Refer": b'{"file":"AAAA"}'}
MEDIA = ' xmlns:m="http://www.w3.org/2005/05/xmlmime" m:contentType="application/pdf"'


class Got:
    """What came of one raw call."""

    def __init__(self) -> None:
        self.data, self.media_type, self.name, self.length = b"", "", "", None
        self.events: list[Event] = []


async def got(*behaviours: Behaviour, operation: str = "Fetch", own: object = None, **settings: object) -> Got:
    result = Got()
    async with (
        FaultServer(list(behaviours)) as server,
        opened(server.url, result.events, operation=own, **settings) as upstream,
    ):  # type: ignore[arg-type]  # settings
        reply = await upstream.service(operation)(call(OTHER_ARGS.get(operation, ARGS), operation, want="raw"))
        assert reply.stream is not None
        assert reply.body == b""
        result.media_type, result.name, result.length = reply.stream.media_type, reply.stream.name, reply.stream.length  # type: ignore[assignment]  # None at first
        result.data = await streamed(reply)
        await reply.stream.close()
    return result


async def refused(behaviour: Behaviour, **settings: object) -> CallError:
    with pytest.raises(CallError) as caught:
        await got(behaviour, **settings)
    return caught.value


def files() -> int:
    """How many open files of this process have no name."""
    return sum(str(one.resolve()).endswith("(deleted)") for one in Path("/proc/self/fd").iterdir())


def part(content: str = "p@x", more: str = "") -> str:
    return f"Content-ID: <{content}>\r\nContent-Type: image/png{more}"


async def test_a_part_behind_the_envelope() -> None:
    disposition = '\r\nContent-Disposition: attachment; filename="../scan.png"'
    result = await got(answers(packed((ROOT, fetched(include("p%40x"))), (part(more=disposition), DATA))))
    assert (result.data, result.media_type, result.name) == (DATA, "image/png", "scan.png")
    assert [type(event) for event in result.events] == [UpstreamCalled]
    assert isinstance(result.events[0], UpstreamCalled)
    assert (result.events[0].outcome, result.events[0].status) == ("ok", 200)
    assert result.events[0].bytes_in > len(DATA)


async def test_what_the_envelope_says_of_the_type_is_over_what_the_part_says() -> None:
    result = await got(answers(packed((ROOT, fetched(include("p@x"), MEDIA)), (part(), DATA))))
    assert result.media_type == "application/pdf"


async def test_parts_before_the_envelope_are_kept_and_others_are_passed_over() -> None:
    parts = [(part("o@x"), b"other"), (part(), DATA), (ROOT, fetched(include("p@x"))), (part("q@x"), b"more")]
    assert (await got(answers(packed(*parts, start="<r@x>")))).data == DATA
    assert (await got(answers(packed(parts[2], parts[0], parts[1])))).data == DATA


async def test_a_value_in_the_text_with_and_without_a_package() -> None:
    envelope = fetched(b64encode(DATA).decode())
    for behaviour in (answers(http(envelope)), answers(packed((ROOT, envelope), (part(), b"unused")))):
        result = await got(behaviour)
        assert (result.data, result.length, result.media_type) == (DATA, len(DATA), "application/octet-stream")


async def test_an_attachment_that_is_a_part_of_the_message() -> None:
    envelope = body(f'<AttachResponse xmlns="{FILES}"><Name>n</Name></AttachResponse>')
    root = "Content-Type: text/xml"
    assert (await got(answers(packed((root, envelope), (part("Scan=1@x"), DATA))), operation="Attach")).data == DATA
    assert (await got(answers(packed((root, envelope), (part("any@x"), DATA))), operation="Attach")).data == DATA


async def test_a_swa_ref() -> None:
    envelope = body(f'<ReferResponse xmlns="{FILES}"><File>cid:p@x</File></ReferResponse>')
    result = await got(answers(packed(("Content-Type: text/xml", envelope), (part(), DATA))), operation="Refer")
    assert result.data == DATA


async def test_bytes_leave_while_the_upstream_still_sends() -> None:
    seen, whole = asyncio.Event(), packed((ROOT, fetched(include("p@x"))), (part(), b"a" * 50_000 + b"b" * 50_000))
    cut = whole.index(b"b" * 100)

    async def slowly(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(whole[:cut])
        await seen.wait()
        await connection.send(whole[cut:])
        return True

    async with FaultServer([slowly]) as server, opened(server.url) as upstream:
        reply = await upstream.service("Fetch")(call(ARGS, "Fetch", want="raw"))
        assert reply.stream is not None
        first = b""
        async for piece in reply.stream.pieces:
            first += piece
            if len(first) > 40_000:
                seen.set()
        await reply.stream.close()
    assert first == b"a" * 50_000 + b"b" * 50_000


async def test_a_client_that_goes_away_stops_the_upstream() -> None:
    gone = asyncio.Event()

    async def endless(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(
            packed((ROOT, fetched(include("p@x"))), (part(), b"x"))[:-10].replace(b"Content-Length", b"X")
        )
        try:
            while True:
                await connection.send(b"y" * 60_000)
        except ConnectionError:
            gone.set()
        return False

    events: list[Event] = []
    async with FaultServer([endless]) as server, opened(server.url, events) as upstream:
        reply = await upstream.service("Fetch")(call(ARGS, "Fetch", want="raw"))
        assert reply.stream is not None
        async for _ in reply.stream.pieces:
            break
        await reply.stream.close()
        async with asyncio.timeout(HANG_S):
            await gone.wait()
    assert [event.outcome for event in events if isinstance(event, UpstreamCalled)] == ["cancelled"]


@pytest.mark.parametrize("share", [0.5, 0.9, 0.9999])
async def test_what_breaks_off_in_the_middle_is_an_error_in_the_stream(share: float) -> None:
    whole = packed((ROOT, fetched(include("p@x"))), (part(), DATA))
    with pytest.raises(UpstreamCut):
        await got(answers_and_closes(whole[: int(len(whole) * share)]))


@pytest.mark.parametrize("share", [0.3, 0.6, 0.9])
async def test_what_was_kept_is_gone_when_it_breaks_off(share: float) -> None:
    parts = [(part("o@x"), DATA), (part(), DATA), (ROOT, fetched(include("p@x")))]
    whole = packed(*parts, start="<r@x>")
    before = files()
    with pytest.raises(CallError):
        await got(answers_and_closes(whole[: int(len(whole) * share)]))
    assert files() == before
    async with FaultServer([answers(whole)]) as server, opened(server.url) as upstream:
        reply = await upstream.service("Fetch")(call(ARGS, "Fetch", want="raw"))
        assert files() == before + 2
        assert await streamed(reply) == DATA
    assert files() == before


async def test_a_package_without_an_end_is_an_error_in_the_stream() -> None:
    data = package((ROOT, fetched(include("p@x"))), (part(), DATA), closed=False)
    with pytest.raises(UpstreamInvalid) as caught:
        await got(answers(http(data, kind="multipart/related; boundary=b1")))
    assert caught.value.cause == "multipart_cut"


async def test_what_is_no_such_package_is_refused() -> None:
    envelope = fetched(include("p@x"))
    causes = [
        (await refused(behaviour)).cause
        for behaviour in (
            answers(packed((ROOT, envelope))),
            answers(packed((ROOT, envelope), (part("q@x"), b""))),
            answers(http(envelope)),
            answers(packed((ROOT, envelope), (part(), b""), start="<nobody>")),
            answers(http(package((ROOT, envelope)), kind="multipart/related")),
            answers(packed((ROOT, fetched(include("r@x"))))),
            answers(packed((ROOT, fetched(include("p@x"))), ("Content-Type: multipart/mixed", b""))),
        )
    ]
    assert causes == [
        *("missing_part", "missing_part", "missing_part", "multipart_start", "multipart_boundary", "missing_part"),
        "multipart_nested",
    ]


async def test_limits() -> None:
    whole = packed((ROOT, fetched(include("p@x"))), (part(), DATA))
    with pytest.raises(UpstreamInvalid, match="unusable"):
        await got(answers(whole), soap={"attachments": {"attachments_max": "200kB"}})
    large = packed((ROOT, fetched("A" * 100_000)))
    assert (await refused(answers(large), soap={"answer_max": "50kB"})).cause == "too_large"


async def test_none_and_several() -> None:
    two = body(
        f'<FetchResponse xmlns="{FILES}"><Name>n</Name><Content>{include("p@x")}</Content>'
        f"<Thumbnail>AAAA</Thumbnail></FetchResponse>"
    )
    none = body(f'<FetchResponse xmlns="{FILES}"><Name>n</Name></FetchResponse>')
    behaviour = answers(packed((ROOT, two), (part(), DATA)))
    assert isinstance(await refused(behaviour), NotAcceptable)
    assert isinstance(await refused(answers(http(none))), NotAcceptable)
    chosen = {"attachments": {"answer": "/thumbnail"}}
    assert (await got(behaviour, operation="Fetch", own=chosen)).data == b"\0\0\0"


async def test_an_operation_without_such_a_value_is_not_called() -> None:
    async with FaultServer([answers(http(b""))]) as server, opened(server.url) as upstream:
        with pytest.raises(NotAcceptable) as caught:
            await upstream.service("Store")(call(ARGS, "Store", want="raw"))
        assert server.requests == []
    assert caught.value.outcome == "not_sent"


async def test_a_fault_in_a_package_is_one() -> None:
    fault = body("<s:Fault><faultcode>s:Server</faultcode><faultstring>no</faultstring></s:Fault>")
    error = await refused(answers(packed((ROOT, fault), status=500)))
    assert error.code == "upstream_fault"


async def test_an_envelope_that_does_not_come_in_time() -> None:
    async def silent(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(packed((ROOT, b"<a/>"))[:150])
        await connection.pause(10)
        return False

    async with FaultServer([silent]) as server, opened(server.url) as upstream:
        with pytest.raises(UpstreamTimeout):
            await upstream.service("Fetch")(call(ARGS, "Fetch", left_s=0.3, want="raw"))
