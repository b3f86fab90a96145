"""A PHP service that wants a login: a hundred callers share one session, and when it ends there is one further login.

Judged at the server: how often it was asked to log in, and what came with each call.
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.complaints.legacy import Op, element, schema, wsdl
from tests.journeys.running import Bridge, bridge, command, soap, write
from tests.servers.php import SESSIONS, php_server
from tests.servers.running import Running

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

PASSWORD = "s3cret-of-php"
CALLERS = 100
LIMITS = {"concurrency": 100, "queue": 1000}
TEXT = 'type="xs:string"'
WSDL = wsdl(
    schema(
        element("Login", f'<xs:element name="userName" {TEXT}/><xs:element name="password" {TEXT}/>')
        + element("LoginResponse", f'<xs:element name="sessionId" {TEXT}/>')
        + element("GetOrder", '<xs:element name="orderId" type="xs:int"/>')
        + element("GetOrderResponse", f'<xs:element name="orderId" type="xs:int"/><xs:element name="user" {TEXT}/>')
        + element("Logout", "")
        + element("LogoutResponse", "")
        + element("SessionHeader", f'<xs:element name="sessionId" {TEXT}/>')
    ),
    Op("Login"),
    Op("GetOrder", headers=("t:SessionHeader",)),
    Op("Logout", headers=("t:SessionHeader",)),
)
SENT = {
    "by-cookie": {"token": "cookie", "send": {"cookie": True}},
    "by-header": {"token": "$", "send": {"header": "{urn:old}SessionHeader/sessionId"}},
}


@dataclass
class Here:
    """The service, its bridge, and the folder with its sessions."""

    server: Running
    bridge: Bridge
    sessions: Path

    def asked(self, operation: str) -> int:
        return sum(
            f"<t0:{operation}".encode() in one.request or f":{operation}".encode() in one.request
            for one in self.server.calls
        )

    async def all_ask(self) -> list[int]:
        answers = await asyncio.gather(*(self.bridge.post("/v1/php/get-order", {"orderId": n}) for n in range(CALLERS)))
        right = [one.status == 200 and one.json == {"orderId": n, "user": "shop"} for n, one in enumerate(answers)]
        assert all(right), next(one.text for one, fine in zip(answers, right, strict=True) if not fine)
        return [one.status for one in answers]

    def end_all(self) -> None:
        """As a restart of the service would."""
        for file in self.sessions.iterdir():
            file.unlink()


def settings(folder: Path, server: Running, service: str, **more: object) -> object:
    session = {
        "login": "Login",
        "logout": "Logout",
        "with": {"userName": "shop", "password": "env:PHP_PASSWORD"},
        "expired": {"fault": ["Client.SessionExpired"]},
        **SENT[service],
        **more,
    }
    return {
        "upstreams": {
            "php": soap(str(folder / "sessions.wsdl"), endpoint=server.url(service), session=session, limits=LIMITS)
        }
    }


@asynccontextmanager
async def served(folder: Path) -> AsyncIterator[Running]:
    (folder / "sessions").mkdir()
    (folder / "sessions.wsdl").write_text(WSDL, "utf-8")
    async with php_server(folder, SESSIONS) as server:
        yield server


@asynccontextmanager
async def here(folder: Path, service: str, **more: object) -> AsyncIterator[Here]:
    async with served(folder) as server:
        config = settings(folder, server, service, **more)
        async with bridge(folder, config, env={"PHP_PASSWORD": PASSWORD}, secrets=[PASSWORD]) as running:
            await running.ready("php")
            yield Here(server, running, folder / "sessions")


@pytest.mark.parametrize("service", SENT)
async def test_a_hundred_calls_meet_an_expired_session_and_none_fails(tmp_path: Path, service: str) -> None:
    async with here(tmp_path, service) as world:
        await world.all_ask()
        assert world.asked("Login") == 1
        world.end_all()
        await world.all_ask()
        assert world.asked("Login") == 2
        world.bridge.terminate()
        assert await world.bridge.ended() == 0
        assert world.asked("Logout") == 1
        assert not any(b"shop" in file.read_bytes() for file in world.sessions.iterdir())


async def test_a_reload_ends_the_session_and_begins_another(tmp_path: Path) -> None:
    async with here(tmp_path, "by-header") as world:
        await world.all_ask()
        write(tmp_path, settings(tmp_path, world.server, "by-header", lifetime="20m"))
        world.bridge.reload()
        await world.bridge.log.event("upstream-ready", 2, upstream="php")
        await world.all_ask()
        assert world.asked("Login") == 2
        while not world.asked("Logout"):  # the old one leaves in its own time
            await world.all_ask()
        await world.all_ask()
        assert (world.asked("Login"), world.asked("Logout")) == (2, 1)


async def test_the_token_goes_where_it_belongs_and_the_login_is_not_offered(tmp_path: Path) -> None:
    async with here(tmp_path, "by-header") as world:
        assert (await world.bridge.post("/v1/php/get-order", {"orderId": 1})).status == 200
        sent = world.server.calls[-1].request
        token = world.server.calls[0].response.partition(b"sessionId>")[2].partition(b"<")[0]
        assert token
        assert b'<SessionHeader xmlns="urn:old"><sessionId>' + token + b"</sessionId></SessionHeader>" in sent
        assert (await world.bridge.post("/v1/php/login", {"userName": "a", "password": "b"})).status == 404
        document = (await world.bridge.get("/openapi.json")).text
        assert not any(word in document for word in ("/login", "/logout", "sessionHeader"))
        assert token.decode() not in world.bridge.log.text


async def test_a_wrong_password_is_asked_about_once(tmp_path: Path) -> None:
    (tmp_path / "wrong").write_text("not it")
    wrong = {"with": {"userName": "shop", "password": f"file:{tmp_path / 'wrong'}"}}
    async with here(tmp_path, "by-header", **wrong) as world:
        asks = [world.bridge.post("/v1/php/get-order", {"orderId": n}) for n in range(CALLERS)]
        answers = await asyncio.gather(*asks)
        assert {(one.status, one.json["code"]) for one in answers} == {(502, "upstream_unauthorized")}
        assert world.asked("Login") == 1
        told = await world.bridge.log.event("login-failed", upstream="php")
        assert told["refusals"] == 1


async def test_a_dry_run_shows_no_token_and_needs_no_login(tmp_path: Path) -> None:
    async with served(tmp_path) as server:
        path = write(tmp_path, settings(tmp_path, server, "by-header"))
        line = ("call", "php.GetOrder", str(path), "--json", '{"orderId": 1}', "--dry-run")
        code, out, err = await command(*line, folder=tmp_path, env={"PHP_PASSWORD": PASSWORD})
        assert code == 0, err
        assert "<sessionId>***</sessionId>" in out
        assert server.calls == []
