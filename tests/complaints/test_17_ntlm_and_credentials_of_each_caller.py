"""Complaint 17: NTLM and Kerberos, and credentials of each call, do not go together with asynchronous calls.

mvantellingen/python-zeep#1175 (open: authentication of an asynchronous client), #1200 (open: an account that is known
only when the call is made), #196 (NTLM); Colin-b/httpx_auth#2 (open: NTLM for an asynchronous client).
"""

from __future__ import annotations

import asyncio
from collections import Counter
from pathlib import Path

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.complaints.legacy import Bridges, Old, Op, element, schema, wsdl
from tests.servers.apache import DOMAIN, PASSWORD, USER, apache

NUMBER = '<xs:element name="N" type="xs:int"/>'
WSDL = wsdl(schema(element("Ping", NUMBER) + element("PingResponse", NUMBER)), Op("Ping"))
ANSWER = "<t:PingResponse><t:N>1</t:N></t:PingResponse>"


@pytest.fixture
def secret(tmp_path: Path) -> Path:
    (tmp_path / "secret").write_text(PASSWORD)
    return tmp_path / "secret"


def ntlm(secret: Path, name: str = f"{DOMAIN}\\{USER}") -> dict[str, object]:
    return {"ntlm": {"username": name, "password": f"file:{secret}"}}


async def test_ntlm_under_a_hundred_calls_at_once_zeep_196_zeep_1175_httpx_auth_2(
    bridges: Bridges, secret: Path
) -> None:
    async with bridges(WSDL) as inside, apache(f"http://127.0.0.1:{inside.upstream_port}") as server:
        inside.answers(ANSWER)
        soap = {"endpoint": f"{server.url}/ntlm/", "auth": ntlm(secret), "connections": 10, "connect_timeout": "30s"}
        async with bridges(WSDL, **soap) as old:
            told = await asyncio.gather(*(old.post("ping", {"n": n}) for n in range(100)))
            assert {(one.status, one.text) for one in told} == {(200, "1")}
        log = await server.log()
    connections = Counter(line.port for line in log)
    handshakes = [line.status for line in log].count(401)
    print(f"100 calls at once: {len(connections)} connections, {handshakes} handshakes")
    assert handshakes <= len(connections) <= 10
    assert {line.user for line in log if line.status == 200} == {f"{DOMAIN}\\{USER}"}
    assert len(inside.asked) == 100


@pytest.mark.parametrize("name", [f"{DOMAIN}\\nobody", "EVIL\\shop"])
async def test_a_wrong_account_is_not_the_clients_fault(bridges: Bridges, secret: Path, name: str) -> None:
    async with (
        bridges(WSDL) as inside,
        apache(f"http://127.0.0.1:{inside.upstream_port}") as server,
        bridges(WSDL, endpoint=f"{server.url}/ntlm/", auth=ntlm(secret, name)) as old,
    ):
        told = await old.post("ping", {"n": 1})
        assert (told.status, told.json["code"]) == (502, "upstream_unauthorized")
        assert PASSWORD not in told.text
        assert inside.asked == []


async def test_each_caller_with_credentials_of_its_own_zeep_1200(bridges: Bridges, tmp_path: Path) -> None:
    """In a header that the configuration names; `Authorization` belongs to the bridge on both of its sides."""
    old = Old()
    text = tmp_path / "old.wsdl"
    text.write_text(WSDL, "utf-8")
    app = web.Application()
    app.router.add_post("/", old.serve)
    async with TestServer(app) as server:
        soap = {"wsdl": str(text), "endpoint": str(server.make_url("/"))}
        upstreams = {"old": {"soap": soap, "forward_headers": ["X-Erp-Ticket"]}}
        async with bridges.opened(old, upstreams):
            old.answers(ANSWER)
            for ticket in ("north", "south", None):
                headers = {"Content-Type": "application/json", "Authorization": "Bearer theirs"}
                headers |= {"X-Erp-Ticket": ticket} if ticket else {}
                assert (await old.ask("POST", "/v1/old/ping", data=b'{"n":1}', headers=headers)).status == 200
                assert old.asked_headers.get("X-Erp-Ticket") == ticket
                assert "Authorization" not in old.asked_headers
