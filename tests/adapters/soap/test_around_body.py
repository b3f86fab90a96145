"""What surrounds the Body, judged by the bytes a server saw and by what becomes of its answer."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from lxml import etree

from adapters.soap.addressing import NAMESPACES
from adapters.soap.config import SoapOperationSettings
from adapters.soap.contract import Version
from adapters.soap.security.names import WSSE
from adapters.soap.upstream import Flags
from bridge.call import Explanation
from bridge.errors import ConfigError, DoesNotFit, Fault, UpstreamInvalid
from tests.adapters.soap.messages import head_of, soap
from tests.adapters.soap.opened import Room, call
from tests.adapters.soap.shop import ORDER, envelope, fault
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, http

WSA = NAMESPACES["2005/08"]
KEY = {"block": "<t:Key xmlns:t='urn:t'>{key}</t:Key>", "values": {"key": "env:ERP_KEY"}}
both = pytest.mark.parametrize("version", ["1.1", "1.2"])


@pytest.fixture(autouse=True)
def _key(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ERP_KEY", "s3cret")


def headers_of(request: bytes) -> dict[str, str]:
    header = etree.fromstring(request.partition(b"\r\n\r\n")[2]).find("{*}Header")
    found = () if header is None else header
    return {str(one.tag): "".join(str(text) for text in one.itertext()) for one in found}


def own(**values: object) -> dict[str, Flags]:
    return {"GetOrder": Flags(soap=SoapOperationSettings.model_validate(values))}


def headed(header: str, version: Version = "1.1") -> bytes:
    text = envelope(ORDER, version).decode()
    return http(text.replace("<s:Body>", f"<s:Header>{header}</s:Header><s:Body>").encode())


# ── blocks of the configuration ──────────────────────────────────────────────────────────────────────────────────


async def test_blocks_go_with_each_request(room: Room) -> None:
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, headers={"send": [KEY]})
        await upstream.service("GetOrder")(call())
        assert headers_of(server.requests[0]) == {"{urn:t}Key": "s3cret"}


async def test_an_operation_has_its_own(room: Room) -> None:
    flags = own(headers={"send": ["<t:Own xmlns:t='urn:t'/>"]})
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, flags=flags, headers={"send": [KEY]})
        await upstream.service("GetOrder")(call())
        await upstream.service("Odd")(call(operation="Odd"))
        assert [list(headers_of(one)) for one in server.requests] == [["{urn:t}Own"], ["{urn:t}Key"]]


@pytest.mark.parametrize("secret", ["s3cret", "7x", 's3"<&>cret'])
async def test_no_secret_is_shown(room: Room, monkeypatch: pytest.MonkeyPatch, secret: str) -> None:
    monkeypatch.setenv("ERP_KEY", secret)
    kept = KEY | {"block": "<t:Key xmlns:t='urn:t' of='{key}'>{key}</t:Key>"}
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, headers={"send": [kept]})
        shown = await upstream.dry_run("GetOrder", b'{"orderId": 1}')
        told = Explanation()
        await upstream.service("GetOrder")(call(explain=told))
        assert headers_of(server.requests[0]) == {"{urn:t}Key": secret}
    for text in (shown.body, told.request):
        assert b'<t:Key xmlns:t="urn:t" of="***">***</t:Key>' in text


async def test_no_block_goes_to_a_foreign_host(room: Room) -> None:
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url, wsdl="https://erp.example/?wsdl", headers={"send": [KEY]})
        await upstream.service("GetOrder")(call())
        assert headers_of(server.requests[0]) == {}
        assert b"Key" not in (await upstream.dry_run("GetOrder", b'{"orderId": 1}')).body


def test_a_secret_that_is_not_there_is_found_at_the_start(room: Room, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_KEY")
    with pytest.raises(ConfigError, match="ERP_KEY"):
        room.upstream("http://127.0.0.1:1/", headers={"send": [KEY]})


async def test_a_client_adds_blocks_but_none_of_ours(room: Room) -> None:
    def args(name: str) -> bytes:
        return json.dumps({"orderId": 1, "headers": {"@any": [{"@name": name, "@content": ["x"]}]}}).encode()

    async with FaultServer([answers(soap())]) as server:
        service = room.upstream(server.url, headers={"send": [KEY], "from_clients": True}).service("GetOrder")
        await service(call(args("{urn:t}Tenant")))
        assert headers_of(server.requests[0]) == {"{urn:t}Key": "s3cret", "{urn:t}Tenant": "x"}
        for name in ("{urn:t}Key", f"{{{WSA}}}ReplyTo"):
            with pytest.raises(DoesNotFit):
                await service(call(args(name)))
        with pytest.raises(DoesNotFit):
            await room.upstream(server.url).service("GetOrder")(call(args("{urn:t}Tenant")))
        assert len(server.requests) == 1


async def test_undeclared_blocks_of_an_answer_may_be_kept(room: Room) -> None:
    header = '<o:Trace xmlns:o="urn:o">7</o:Trace>'
    async with FaultServer([answers(headed(header))]) as server:
        dropped = await room.upstream(server.url).service("GetOrder")(call())
        kept = await room.upstream(server.url, headers={"undeclared": "keep"}).service("GetOrder")(call())
    assert json.loads(dropped.body) == {"orderId": 1001, "total": 12.5}
    assert json.loads(kept.body)["headers"] == {"@any": [{"@name": "{urn:o}Trace", "@content": ["7"]}]}


@both
async def test_what_must_be_understood_is(room: Room, version: Version) -> None:
    header = '<o:Trace xmlns:o="urn:o" s:mustUnderstand="1">7</o:Trace>'
    async with FaultServer([answers(headed(header, version))]) as server:
        with pytest.raises(UpstreamInvalid) as caught:
            await room.upstream(server.url, version).service("GetOrder")(call())
        ignoring = room.upstream(server.url, version, headers={"must_understand": "ignore"})
        assert (await ignoring.service("GetOrder")(call())).body
    assert "{urn:o}Trace" in caught.value.cause


# ── addressing ───────────────────────────────────────────────────────────────────────────────────────────────────


@both
async def test_messages_are_addressed(room: Room, version: Version) -> None:
    async with FaultServer([answers(soap(version=version))]) as server:
        service = room.upstream(server.url, version, addressing=True).service("GetOrder")
        await service(call())
        await service(call())
        first, second = map(headers_of, server.requests)
        called = server.url
    assert {name.rpartition("}")[2]: text for name, text in first.items() if "Message" not in name} == {
        "Action": "urn:shop#GetOrder",
        "To": called,
        "ReplyTo": f"{WSA}/anonymous",
    }
    assert first[f"{{{WSA}}}MessageID"].startswith("urn:uuid:")
    assert first[f"{{{WSA}}}MessageID"] != second[f"{{{WSA}}}MessageID"], "each attempt is a message of its own"


@both
async def test_the_action_in_http_is_that_of_the_message(room: Room, version: Version) -> None:
    async with FaultServer([answers(soap(version=version))]) as server:
        addressed = room.upstream(server.url, version, addressing={"action": "urn:other"})
        await addressed.service("GetOrder")(call())
        own_text = room.upstream(server.url, version, addressing=True, soap_action="urn:mine")
        await own_text.service("GetOrder")(call())
        said = [head_of(one).get("soapaction") or head_of(one)["content-type"] for one in server.requests]
    assert ['"urn:other"' in said[0], '"urn:mine"' in said[1]] == [True, True]


def relating(whom: Callable[[str], str | None]) -> Behaviour:
    """Answers with a RelatesTo made of the MessageID that was sent."""

    async def run(connection: Connection) -> bool:
        request = await connection.read_request()
        if not request:
            return False
        said = whom(headers_of(request)[f"{{{WSA}}}MessageID"])
        await connection.send(headed(f'<w:RelatesTo xmlns:w="{WSA}">{said}</w:RelatesTo>' if said else ""))
        return True

    return run


async def test_an_answer_to_another_message_is_refused(room: Room) -> None:
    before: list[str] = ["urn:uuid:00000000-0000-4000-8000-000000000000"]

    def last(sent: str) -> str:
        before.append(sent)
        return before[-2]

    async with FaultServer([relating(lambda sent: sent), relating(lambda _: None), relating(last)]) as server:
        service = room.upstream(server.url, addressing=True).service("GetOrder")
        assert (await service(call())).body
        assert (await service(call())).body
        for _ in range(2):
            with pytest.raises(UpstreamInvalid) as caught:
                await service(call())
            assert "relates to" in caught.value.cause
        careless = room.upstream(server.url, addressing={"relates_to": "ignore"})
        assert (await careless.service("GetOrder")(call())).body


async def test_no_address_is_written_twice(room: Room) -> None:
    own_to = f"<w:To xmlns:w='{WSA}'>urn:to</w:To>"
    with pytest.raises(ConfigError, match="To is already written"):
        room.upstream("http://127.0.0.1:1/", addressing=True, headers={"send": [own_to]})
    async with FaultServer([answers(soap())]) as server:
        await room.upstream(server.url, headers={"send": [own_to]}).service("GetOrder")(call())
        assert headers_of(server.requests[0]) == {f"{{{WSA}}}To": "urn:to"}


@pytest.mark.parametrize("where", ["service", "operation"])
async def test_no_security_header_is_written_twice(room: Room, where: str) -> None:
    own = {"send": [f"<w:Security xmlns:w='{WSSE}'/>"]}
    protected: dict[str, object] = {"security": {"timestamp": True}}
    flags = {"GetOrder": Flags(soap=SoapOperationSettings.model_validate({"headers": own}))}
    more: dict[str, Any] = {"flags": flags} if where == "operation" else {"headers": own}
    with pytest.raises(ConfigError, match="Security is already written by security"):
        room.upstream("http://127.0.0.1:1/", **more, **protected)
    room.upstream("http://127.0.0.1:1/", **more)


async def test_an_answer_that_goes_elsewhere_is_none(room: Room) -> None:
    async with FaultServer([answers(http(b"", status=202))]) as server:
        upstream = room.upstream(server.url, addressing={"reply_to": f"{WSA}/none"})
        reply = await upstream.service("GetOrder")(call())
    assert (reply.body, reply.meta.status, upstream.operations["GetOrder"].one_way) == (b"", 202, True)


# ── one-way, actions, types ──────────────────────────────────────────────────────────────────────────────────────


@both
@pytest.mark.parametrize("status", [200, 202, 204])
async def test_a_one_way_message_was_taken(room: Room, version: Version, status: int) -> None:
    async with FaultServer([answers(http(b"", status=status))]) as server:
        reply = await room.upstream(server.url, version).service("Notify")(call(b"{}", "Notify"))
    assert (reply.body, reply.meta.status) == (b"", 202)


@both
@pytest.mark.parametrize("status", [200, 202, 500])
async def test_a_fault_in_the_answer_of_a_one_way_message_is_one(room: Room, version: Version, status: int) -> None:
    async with FaultServer([answers(http(fault("Client", "No.", version=version), status=status))]) as server:
        with pytest.raises(Fault, match="No"):
            await room.upstream(server.url, version).service("Notify")(call(b"{}", "Notify"))


async def test_an_envelope_without_a_fault_is_no_answer_of_a_one_way_message(room: Room) -> None:
    for body in (envelope("<t:Anything/>"), envelope(""), b"{}", b"<broken"):
        async with FaultServer([answers(http(body))]) as server:
            assert (await room.upstream(server.url).service("Notify")(call(b"{}", "Notify"))).meta.status == 202


async def test_the_type_and_the_action_are_said_as_the_server_wants_them(room: Room) -> None:
    async with FaultServer([answers(soap(version="1.2"))]) as server:
        odd = room.upstream(server.url, "1.2", content_type="text/xml", soap_action="unquoted")
        await odd.service("GetOrder")(call())
        silent = room.upstream(server.url, "1.2", flags=own(soap_action="omit"))
        await silent.service("GetOrder")(call())
        heads = [head_of(one) for one in server.requests]
    assert (heads[0]["content-type"], heads[0]["soapaction"]) == ("text/xml; charset=utf-8", "urn:shop#GetOrder")
    assert (heads[1]["content-type"], "soapaction" in heads[1]) == ("application/soap+xml; charset=utf-8", False)
