"""One call from JSON to the wire and back, judged by the bytes a server saw."""

from __future__ import annotations

import asyncio
import time

import pytest

from adapters.soap.contract import Version
from adapters.soap.upstream import Flags
from bridge.call import Reply
from bridge.errors import (
    CallError,
    DoesNotFit,
    Fault,
    MalformedJson,
    UpstreamCut,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnreachable,
)
from bridge.events import AnswerTolerated, UpstreamCalled
from bridge.shapes.json import Number
from tests.adapters.soap.messages import body_of, head_of, soap
from tests.adapters.soap.opened import ARGS, CLOCK, Room, call
from tests.adapters.soap.shop import NOT_FOUND, ORDER, SHOP, envelope, fault
from tests.bridge.transport.faults import Behaviour, FaultServer, answers, cuts_answer_after, http, never_answers
from tests.cpu import HANG_S, spent

both = pytest.mark.parametrize("version", ["1.1", "1.2"])


# ── the way there ────────────────────────────────────────────────────────────────────────────────────────────────


async def test_soap_11(room: Room) -> None:
    async with FaultServer([answers(soap())]) as server:
        reply = await room.upstream(server.url).service("GetOrder")(call())
        request = server.requests[0]
    head = head_of(request)
    assert head["content-type"] == "text/xml; charset=utf-8"
    assert head["soapaction"] == '"urn:shop#GetOrder"'
    assert head["traceparent"] == "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"
    assert head["tracestate"] == "a=b"
    assert body_of(request).findtext(f".//{{{SHOP}}}OrderID") == "1001"
    assert reply == Reply(b'{"orderId":1001,"total":12.50}')


async def test_soap_12(room: Room) -> None:
    async with FaultServer([answers(soap(version="1.2"))]) as server:
        reply = await room.upstream(server.url, "1.2").service("GetOrder")(call())
        head = head_of(server.requests[0])
    assert head["content-type"] == 'application/soap+xml; charset=utf-8; action="urn:shop#GetOrder"'
    assert "soapaction" not in head
    assert reply.body == b'{"orderId":1001,"total":12.50}'


async def test_values_and_bytes_are_the_same_to_it(room: Room) -> None:
    async with FaultServer([answers(soap())]) as server:
        service = room.upstream(server.url).service("GetOrder")
        await service(call())
        await service(call({"orderId": Number("1001")}))
        assert body_of(server.requests[0]).findtext(".//{*}OrderID") == "1001"
        assert server.requests[0].partition(b"\r\n\r\n")[2] == server.requests[1].partition(b"\r\n\r\n")[2]
        assert server.connections == 1


@pytest.mark.parametrize(
    ("args", "kind"),
    [(b"{", MalformedJson), (b'{"orderId":1,"orderId":2}', MalformedJson), (b'{"orderId":"x"}', DoesNotFit),
     (b"", DoesNotFit), (b"[]", DoesNotFit), (b"null", DoesNotFit)],
)  # fmt: skip
async def test_what_does_not_fit_is_not_sent(room: Room, args: bytes, kind: type[CallError]) -> None:
    async with FaultServer([answers(soap())]) as server:
        with pytest.raises(kind):
            await room.upstream(server.url).service("GetOrder")(call(args))
        assert (server.connections, room.told(UpstreamCalled)) == (0, [])


@both
async def test_an_action_cannot_start_a_header(room: Room, version: Version) -> None:
    async with FaultServer([answers(soap(version=version))]) as server:
        await room.upstream(server.url, version).service("Odd")(call(operation="Odd"))
        assert "x-evil" not in head_of(server.requests[0])


async def test_headers_of_the_caller_are_passed_on_but_replace_none_of_ours(room: Room) -> None:
    given = {"X-Tenant": "7", "soapaction": "x", "Content-Type": "x", "Host": "x", "traceparent": "x", "X-Bad": "a\nb"}
    async with FaultServer([answers(soap())]) as server:
        await room.upstream(server.url).service("GetOrder")(call(headers=given))
        head = head_of(server.requests[0])
    assert head["x-tenant"] == "7"
    assert "x" not in head.values()
    assert "x-bad" not in head
    assert server.requests[0].lower().count(b"content-type:") == 1


async def test_the_key_of_a_job_is_told_to_the_system_behind(room: Room) -> None:
    async with FaultServer([answers(soap()), answers(soap())]) as server:
        service = room.upstream(server.url).service("GetOrder")
        await service(call(key_field=("Idempotency-Key", "job-1")))
        await service(call())
        heads = [head_of(request) for request in server.requests]
    assert [head.get("idempotency-key") for head in heads] == ["job-1", None]


async def test_one_way(room: Room) -> None:
    async with FaultServer([answers(http(b"", status=202)), answers(http(b"thanks", kind="text/html"))]) as server:
        service = room.upstream(server.url).service("Notify")
        for args in (b'{"text":"hello"}', b""):
            reply = await service(call(args, "Notify"))
            assert (reply.body, reply.meta.status) == (b"", 202)
        assert head_of(server.requests[0])["soapaction"] == '""'
        assert body_of(server.requests[0]).findtext(".//{*}Text") == "hello"
    assert reply.meta.tolerances == {"one-way-answer": 1}
    assert [event.kinds for event in room.events if isinstance(event, AnswerTolerated)] == [{"one-way-answer": 1}]


async def test_big_bodies_do_not_hold_the_loop(room: Room) -> None:
    note = "x" * (640_000)
    big = ORDER.replace("</t:GetOrderResponse>", "<t:New>" + "<t:a/>" * 60_000 + "</t:New></t:GetOrderResponse>")
    turns = []

    async def watch() -> None:
        while True:
            began = time.thread_time()
            await CLOCK.sleep(0.001)
            turns.append(time.thread_time() - began)

    async with FaultServer([answers(soap(big))]) as server:
        with spent() as whole:
            watcher = asyncio.create_task(watch())
            asked = call(f'{{"orderId":1,"note":"{note}"}}'.encode())
            reply = await room.upstream(server.url).service("GetOrder")(asked)
            watcher.cancel()
        assert body_of(server.requests[0]).findtext(".//{*}Note") == note
    assert b'"total":12.50' in reply.body
    assert len(turns) > 5
    # What the loop's own thread worked between two turns of it, whoever else had the processor meanwhile.
    assert max(turns) < whole.own_s / 3


# ── the way back ─────────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_was_overlooked_is_told(room: Room) -> None:
    odd = ORDER.replace("<t:Total>", "<t:New>1</t:New><t:Total>")
    async with FaultServer([answers(soap(odd))]) as server:
        reply = await room.upstream(server.url).service("GetOrder")(call())
        assert reply.meta.tolerances == {"unknown-element": 1}
        assert room.told(AnswerTolerated) == [AnswerTolerated("shop", "GetOrder", {"unknown-element": 1})]
        with pytest.raises(UpstreamInvalid):
            await room.upstream(server.url, strict_answers=True).service("GetOrder")(call())


async def test_each_call_is_told_with_its_end(room: Room) -> None:
    script: list[Behaviour] = [
        answers(soap()),
        answers(http(fault("Client", "x", NOT_FOUND, version="1.1"), status=500)),
        answers(http(b"")),
        cuts_answer_after(soap(), 20),
    ]
    async with FaultServer(script) as server:
        service = room.upstream(server.url).service("GetOrder")
        body = len((await service(call(attempt=3))).body)
        for _ in script[1:]:
            with pytest.raises(CallError):
                await service(call())
    told = [event for event in room.told(UpstreamCalled) if isinstance(event, UpstreamCalled)]
    assert [(one.status, one.outcome) for one in told] == [
        (200, "ok"), (500, "fault"), (200, "upstream_invalid"), (0, "upstream_cut"),
    ]  # fmt: skip
    assert (told[0].upstream, told[0].operation, told[0].attempt) == ("shop", "GetOrder", 3)
    assert body
    assert told[0].bytes_in == len(envelope(ORDER))
    assert told[0].bytes_out == len(server.requests[0].partition(b"\r\n\r\n")[2])
    assert all(0 < one.duration_s < HANG_S for one in told)


async def test_faults_have_the_configured_status(room: Room) -> None:
    data = http(fault("Client", "Order 1001 is gone", NOT_FOUND, version="1.1"), status=500)
    flags = {"GetOrder": Flags(faults={"OrderNotFound": 410})}
    async with FaultServer([answers(data)]) as server:
        upstream = room.upstream(server.url, flags=flags)
        with pytest.raises(Fault) as caught:
            await upstream.service("GetOrder")(call())
    assert (caught.value.status, caught.value.name, caught.value.fault) == (410, "OrderNotFound", b'{"orderId":1001}')
    assert {one.name: one.status for one in upstream.describe("GetOrder").faults} == {
        "OrderNotFound": 410,
        "Locked": 422,
    }


async def test_the_deadline_is_kept(room: Room) -> None:
    async with FaultServer([never_answers()]) as server:
        service = room.upstream(server.url).service("GetOrder")
        with pytest.raises(UpstreamTimeout) as caught:
            await service(call(left_s=0.2))
        assert caught.value.outcome == "unknown"
        with pytest.raises(UpstreamTimeout) as caught:
            await service(call(left_s=0))
        assert caught.value.outcome == "not_sent"
        assert len(server.requests) == 1


async def test_a_cancelled_call_is_told(room: Room) -> None:
    async with FaultServer([never_answers()]) as server:
        task = asyncio.ensure_future(room.upstream(server.url).service("GetOrder")(call()))
        await server.arrived.wait()
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
    told = room.told(UpstreamCalled)[0]
    assert isinstance(told, UpstreamCalled)
    assert (told.outcome, told.status) == ("cancelled", 0)


async def test_down_and_back_again(room: Room) -> None:
    async with FaultServer([cuts_answer_after(soap(), 0), answers(soap())]) as server:
        service = room.upstream(server.url).service("GetOrder")
        with pytest.raises(UpstreamCut):
            await service(call())
        assert (await service(call())).meta.status == 200
    with pytest.raises(UpstreamUnreachable):
        await service(call())


# ── credentials ──────────────────────────────────────────────────────────────────────────────────────────────────


async def test_credentials_are_sent_with_each_call(room: Room, guarded: dict[str, object]) -> None:
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, **guarded)
        await upstream.service("GetOrder")(call())
        shown = await upstream.dry_run("GetOrder", ARGS)
        request = server.requests[0]
        assert head_of(request)["authorization"] == "Basic c2hvcDpjYW5hcnk="
        assert body_of(request).findtext(".//{*}Header/{*}Security/{*}UsernameToken/{*}Password") == "canary"
        assert upstream.warnings == ()
    assert dict(shown.headers)["Authorization"] == "***"
    assert body_of(b"\r\n\r\n" + shown.body).findtext(".//{*}Password") == "***"
    assert "canary" not in repr(shown) + repr(room.events)


async def test_a_foreign_address_gets_no_credentials(room: Room, guarded: dict[str, object]) -> None:
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, **guarded, wsdl="https://shop.example/?wsdl")
        await upstream.service("GetOrder")(call(headers={"X-Api-Key": "canary"}))
        assert b"canary" not in server.requests[0]
        assert b"c2hvcDpjYW5hcnk=" not in server.requests[0]
        assert b"Security" not in server.requests[0]
        assert "set endpoint:" in upstream.warnings[0]
        shown = await upstream.dry_run("GetOrder", ARGS)
        assert b"Password" not in shown.body
        again = room.upstream(server.url, **guarded, wsdl="https://shop.example/?wsdl", endpoint=server.url)
        await again.service("GetOrder")(call())
        assert b"c2hvcDpjYW5hcnk=" in server.requests[1]
        assert again.warnings == ()
