"""Complaint 20: a large answer is held in memory as a whole, several times over, and its first row comes with its last;
above some size the parser refuses it.

mvantellingen/python-zeep#1198, #1362, #1340, vpulim/node-soap#1120, arskom/spyne#15.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import aiohttp
import pytest

from bridge.events import AnswerTolerated, RequestDone, UpstreamCalled
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, http
from tests.complaints.legacy import Bridges, Old, Op, Told, element, envelope, fault, schema, wsdl
from tests.cpu import HANG_S

ROWS = '<xs:element name="row" type="t:Row" minOccurs="0" maxOccurs="unbounded"/>'
WSDL = wsdl(
    schema(
        '<xs:complexType name="Row"><xs:sequence><xs:element name="id" type="xs:long"/>'
        '<xs:element name="text" type="xs:string" minOccurs="0"/></xs:sequence></xs:complexType>'
        + element("List", '<xs:element name="q" type="xs:string" minOccurs="0"/>')
        + element("ListResponse", ROWS + '<xs:element name="total" type="xs:long" minOccurs="0"/>')
        + element("Two", "")
        + element("TwoResponse", ROWS + '<xs:element name="note" type="xs:string" maxOccurs="unbounded"/>')
        + element("Login", "")
        + element("LoginResponse", '<xs:element name="token" type="xs:string"/>')
        + element("One", "")
        + element("OneResponse", '<xs:element name="id" type="xs:long"/>')
    ),
    Op("List"),
    Op("Two"),
    Op("One"),
    Op("Login"),
)
HEAD, TAIL = (part.encode() for part in envelope("<t:ListResponse>|</t:ListResponse>").split("|"))
CHUNKED = b"HTTP/1.1 200 X\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n"
NDJSON = {"Accept": "application/x-ndjson", "Content-Type": "application/json"}


def row(number: int, text: str = "") -> bytes:
    return f"<t:row><t:id>{number}</t:id><t:text>{text}</t:text></t:row>".encode()


def chunk(data: bytes) -> bytes:
    return b"%x\r\n%b\r\n" % (len(data), data)


@asynccontextmanager
async def behind(
    bridges: Bridges, server: FaultServer, *, limits: object = None, session: object = None, **operation: object
) -> AsyncIterator[tuple[Old, aiohttp.ClientSession]]:
    """The bridge in front of a server that the test writes byte by byte."""
    path = Path(bridges.folder) / "rows.wsdl"
    path.write_text(WSDL, "utf-8")
    old = Old()
    upstream: dict[str, object] = {"soap": {"wsdl": str(path), "endpoint": server.url, "session": session}}
    if operation:
        upstream["operations"] = {"List": operation}
    if limits:
        upstream["limits"] = limits
    async with bridges.opened(old, {"old": upstream}):
        assert old.session
        yield old, old.session


async def ask(old: Old, operation: str = "list", accept: str = "application/x-ndjson") -> Told:
    headers = {"Content-Type": "application/json", "Accept": accept}
    return await old.ask("POST", f"/v1/old/{operation}", data="{}", headers=headers)


async def test_the_first_row_is_there_while_the_rest_is_not_even_made_1340_node_soap_1120(bridges: Bridges) -> None:
    first_came = asyncio.Event()

    async def waits(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD + row(1, "first")))
        await first_came.wait()
        await connection.send(chunk(row(2) + TAIL) + b"0\r\n\r\n")
        return True

    async with FaultServer([waits]) as server, behind(bridges, server) as (old, session):
        answer = await session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON)
        assert (answer.status, answer.headers["Content-Type"]) == (200, "application/x-ndjson")
        assert json.loads(await answer.content.readline()) == {"id": 1, "text": "first"}
        first_came.set()
        assert json.loads(await answer.content.readline()) == {"id": 2, "text": ""}
        assert await answer.content.read() == b""


async def test_each_row_is_what_it_is_in_the_whole_answer(bridges: Bridges) -> None:
    data = HEAD + b"".join(row(number, "a &amp; b\n") for number in range(50)) + b"<t:total>50</t:total>" + TAIL
    async with FaultServer([answers(http(data))]) as server, behind(bridges, server) as (old, _):
        whole = (await ask(old, accept="application/json")).json
        lines = await ask(old)
        assert [json.loads(line) for line in lines.text.splitlines()] == whole["row"]
        sequence = await ask(old, accept="application/json-seq")
        assert sequence.headers["Content-Type"] == "application/json-seq"
        assert sequence.text.replace("\x1e", "") == lines.text
        assert sequence.text.count("\x1e{") == 50


async def test_the_same_request_is_explained_with_the_whole_answer(bridges: Bridges) -> None:
    data = HEAD + row(1, "a") + row(2, "b") + TAIL
    async with FaultServer([answers(http(data))]) as server, behind(bridges, server) as (old, _):
        told = await old.ask("POST", "/v1/old/list", json={}, headers={**NDJSON, "Bridge-Explain": "1"})
        assert told.status == 200, told.text
        assert [one["id"] for one in told.json["answer"]["json"]["row"]] == [1, 2]


async def test_a_large_answer_and_a_large_text_in_it_1198_1362_spyne_15(bridges: Bridges) -> None:
    """The whole may be larger than any answer in one piece; one text may have 10 MB."""
    large = http(HEAD + row(0, "x" * 9_000_000) + row(1, "y" * 1_000_000) * 30 + TAIL)
    too_large = http(HEAD + row(0, "x" * 10_500_000) + TAIL)
    script = [answers(large), answers(large), answers(too_large)]
    async with FaultServer(script) as server, behind(bridges, server) as (old, _):
        whole = await ask(old, accept="application/json")
        assert (whole.status, whole.json["code"]) == (502, "upstream_invalid")
        lines = (await ask(old)).text.splitlines()
        assert [len(json.loads(line)["text"]) for line in lines] == [9_000_000] + [1_000_000] * 30
        refused = await ask(old)
        assert (refused.status, refused.json["code"]) == (502, "upstream_invalid")


async def test_a_client_that_goes_away_stops_the_system_behind(bridges: Bridges) -> None:
    stopped = asyncio.Event()

    async def endless(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD))
        try:
            while True:
                await connection.send(chunk(row(1, "x" * 1_000) * 50))
        except ConnectionError:
            stopped.set()
        return False

    async with FaultServer([endless]) as server, behind(bridges, server) as (old, session):
        answer = await session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON)
        assert await answer.content.readline()
        answer.close()
        async with asyncio.timeout(HANG_S):
            await stopped.wait()
    assert [one.outcome for one in old.events if isinstance(one, UpstreamCalled)] == ["cancelled"]
    assert [one.code for one in old.events if isinstance(one, RequestDone)] == ["client_gone"]


async def test_a_slow_client_slows_the_system_behind(bridges: Bridges) -> None:
    sent, blocked = 0, asyncio.Event()
    piece = chunk(row(1, "x" * 1_000) * 100)

    async def fast(connection: Connection) -> bool:
        nonlocal sent
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD))
        while sent < 200_000_000:
            try:
                async with asyncio.timeout(2):
                    await connection.send(piece)
            except TimeoutError:
                blocked.set()
                return False
            sent += len(piece)
        return False

    async with FaultServer([fast]) as server, behind(bridges, server) as (old, session):
        answer = await session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON)
        async with asyncio.timeout(HANG_S):
            await blocked.wait()  # nobody reads
        answer.close()
    assert sent < 60_000_000, "what the network holds on its way, and no more"


@pytest.mark.parametrize("broken", [b"<t:row><t:id>2</t:id>", b"<t:row><t:id>two</t:id></t:row>", b"</nonsense>"])
async def test_what_breaks_on_the_way_is_seen_as_broken(bridges: Bridges, broken: bytes) -> None:
    """No row is made up, and the message has no end: a client cannot take a part for the whole."""
    row_came = asyncio.Event()

    async def breaks(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD + row(1)))
        await row_came.wait()
        await connection.send(chunk(broken) + b"0\r\n\r\n")
        return False

    async with FaultServer([breaks]) as server, behind(bridges, server) as (old, session):
        async with session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON) as answer:
            assert await answer.content.readline() == b'{"id":1,"text":""}\n'
            row_came.set()
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.content.read()
        assert [one.code for one in old.events if isinstance(one, RequestDone)] == ["upstream_invalid"]


async def test_a_fault_is_a_problem_document_whatever_was_asked_for(bridges: Bridges) -> None:
    data = http(envelope(fault("e:Client", "No such list")).encode())
    async with FaultServer([answers(data)]) as server, behind(bridges, server) as (old, _):
        told = await ask(old)
    assert (told.status, told.headers["Content-Type"]) == (422, "application/problem+json")
    assert told.json["detail"] == "No such list"


async def test_a_failure_before_the_first_row_is_tried_again_and_none_after_it(bridges: Bridges) -> None:
    async def cut(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD))
        return False

    async def cut_later(connection: Connection) -> bool:
        await connection.read_request()
        await connection.send(CHUNKED + chunk(HEAD + row(1)))
        return False

    good = answers(http(HEAD + row(1) + TAIL))
    async with FaultServer([cut, good, cut_later]) as server, behind(bridges, server, safe=True) as (old, session):
        assert (await ask(old)).text == '{"id":1,"text":""}\n'
        assert len(server.requests) == 2
        async with session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON) as answer:
            with pytest.raises(aiohttp.ClientPayloadError):
                await answer.content.read()
        assert len(server.requests) == 3


async def test_the_place_of_a_call_is_held_until_its_last_row(bridges: Bridges) -> None:
    go_on = asyncio.Event()

    async def waits(connection: Connection) -> bool:
        if not await connection.read_request():
            return False
        await connection.send(CHUNKED + chunk(HEAD + row(1)))
        await go_on.wait()
        await connection.send(chunk(TAIL) + b"0\r\n\r\n")
        return True

    limits = {"concurrency": 1, "queue": 0}
    async with FaultServer([waits]) as server, behind(bridges, server, limits=limits) as (old, session):
        answer = await session.post(f"{old.url}/v1/old/list", data="{}", headers=NDJSON)
        assert (await ask(old)).status == 503
        go_on.set()
        assert await answer.text() == '{"id":1,"text":""}\n'
        assert (await ask(old)).status == 200


async def test_a_session_that_is_over_is_begun_again(bridges: Bridges) -> None:
    """Also where the fault comes with 200, so that nobody knows before the answer is read."""

    async def with_sessions(connection: Connection) -> bool:
        if not (request := await connection.read_request()):
            return False
        logins = sum(b"Login" in one for one in server.requests)
        token = f"<t:LoginResponse><t:token>t{logins}</t:token></t:LoginResponse>"
        over = envelope(fault("e:SessionOver", "over"))
        rows = HEAD + row(logins) + TAIL
        said = (
            envelope(token).encode() if b"Login" in request else rows if b"X-Session: t2" in request else over.encode()
        )
        await connection.send(http(said))
        return True

    session = {
        "login": "Login",
        "token": "$",
        "send": {"http_header": "X-Session"},
        "expired": {"fault": ["SessionOver"]},
    }
    async with FaultServer([with_sessions]) as server, behind(bridges, server, session=session) as (old, _):
        assert (await ask(old)).text == '{"id":2,"text":""}\n'


async def test_rows_pass_by_the_cache(bridges: Bridges) -> None:
    kept = {"safe": True, "cache": {"ttl": "60s"}, "route": "GET /list"}
    script = [answers(http(HEAD + row(number) + TAIL)) for number in range(4)]
    async with FaultServer(script) as server, behind(bridges, server, **kept) as (old, _):

        async def get(accept: str) -> str:
            return (await old.ask("GET", "/v1/old/list", headers={"Accept": accept})).text

        assert await get("application/json") == await get("application/json") == '{"row":[{"id":0,"text":""}]}'
        assert await get("application/x-ndjson") == '{"id":1,"text":""}\n'
        assert await get("application/x-ndjson") == '{"id":2,"text":""}\n'
        assert await get("application/json") == '{"row":[{"id":0,"text":""}]}'


async def test_no_rows_and_no_list(bridges: Bridges) -> None:
    async with FaultServer([answers(http(HEAD + TAIL))]) as server, behind(bridges, server) as (old, _):
        empty = await ask(old)
        assert (empty.status, empty.headers["Content-Type"], empty.text) == (200, "application/x-ndjson", "")
        for operation in ("one", "two"):
            refused = await ask(old, operation)
            assert (refused.status, refused.json["code"]) == (406, "not_acceptable")


async def test_what_was_overlooked_is_counted_as_ever(bridges: Bridges) -> None:
    data = HEAD + row(1) + b"<t:row><t:id>2</t:id><t:odd/></t:row><t:odd/>" + TAIL
    async with FaultServer([answers(http(data))]) as server, behind(bridges, server) as (old, _):
        assert (await ask(old)).text.count("\n") == 2
    told = [one.kinds for one in old.events if isinstance(one, AnswerTolerated)]
    assert told == [{"unknown-element": 2}]


async def test_the_openapi_document_says_so(bridges: Bridges) -> None:
    no_answer: Behaviour = answers(b"")
    async with FaultServer([no_answer]) as server, behind(bridges, server) as (old, _):
        paths = (await old.ask("GET", "/openapi.json")).json["paths"]
    answers_of = {name: paths[f"/v1/old/{name}"]["post"]["responses"]["200"] for name in ("list", "two", "one")}
    content = answers_of["list"]["content"]
    assert set(content) == {"application/json", "application/x-ndjson", "application/json-seq"}
    assert content["application/x-ndjson"]["schema"] == {"$ref": "#/components/schemas/old.Row"}
    assert "the items of `row`" in answers_of["list"]["description"]
    assert set(answers_of["two"]["content"]) == set(answers_of["one"]["content"]) == {"application/json"}
