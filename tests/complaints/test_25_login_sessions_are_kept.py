"""Complaint 25: services that want a login first; clients must log in, keep a token and notice when it is over.

mvantellingen/python-zeep#949, #1085, #65; reedog117/node-vsphere-soap#8;
salesforce-marketingcloud/FuelSDK-Node-SOAP#112.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.events import LoginFailed
from tests.complaints.legacy import Bridges, Old, Op, element, envelope, fault, schema, wsdl

CALLERS = 100
TEXT = 'type="xs:string"'
TOKEN = f'<xs:complexType><xs:sequence><xs:element name="token" {TEXT}/></xs:sequence></xs:complexType>'
WSDL = wsdl(
    schema(
        element("Login", f'<xs:element name="user" {TEXT}/><xs:element name="password" {TEXT}/>')
        + element("LoginResponse", f'<xs:element name="sessionId" {TEXT}/><xs:element name="serverUrl" {TEXT}/>')
        + element("Logout", "")
        + element("LogoutResponse", "")
        + element(
            "Pay", f'<xs:element name="auth" minOccurs="0">{TOKEN}</xs:element><xs:element name="Id" type="xs:int"/>'
        )
        + element(
            "PayResponse",
            '<xs:element name="ok" type="xs:boolean"/><xs:element name="error" type="xs:int" minOccurs="0"/>',
        )
        + element("SessionHeader", f'<xs:element name="sessionId" {TEXT}/>')
    ),
    Op("Login"),
    Op("Logout"),
    Op("Pay", headers=("t:SessionHeader",)),
)
SESSION = {
    "login": "Login",
    "with": {"user": "shop", "password": "env:OLD_PASSWORD"},
    "token": "$.sessionId",
    "logout": "Logout",
    "expired": {"fault": ["INVALID_SESSION_ID"], "when": "@.error == 401", "status": [401]},
}
WAYS: dict[str, Mapping[str, object]] = {
    "header": {"send": {"header": "{urn:old}SessionHeader/sessionId"}},
    "http": {"send": {"http_header": "X-Session", "prefix": "Session "}},
    "element": {"send": {"element": "$.auth.token"}},
    "cookie": {"send": {"cookie": True}, "token": "cookie"},
}


@dataclass
class Service(Old):
    """It hands out one token after the other and takes the newest only. `way`: where it looks for one; `says`: how it
    tells that a session is over."""

    way: str = "header"
    says: str = "fault"
    valid: str = ""
    logins: int = 0
    logouts: int = 0
    paid: int = 0
    address: str = ""
    broken: bool = False

    async def serve(self, request: web.Request) -> web.Response:
        text = (await request.read()).decode()
        if re.search(r":Login\b", text):
            return self.log_in(text)
        if re.search(r":Logout\b", text):
            self.logouts += 1
            return self.say("<t:LogoutResponse/>")
        if self.token(request, text) != self.valid or self.broken:
            return self.over()
        self.paid += 1
        return self.say("<t:PayResponse><t:ok>true</t:ok></t:PayResponse>")

    def say(self, body: str, status: int = 200, cookie: str = "") -> web.Response:
        headers = {"Set-Cookie": cookie} if cookie else {}
        return web.Response(status=status, text=envelope(body), content_type="text/xml", headers=headers)

    def log_in(self, text: str) -> web.Response:
        self.logins += 1
        if "pass&amp;word" not in text:
            return self.say(fault("e:Client", "Who are you?"), 500)
        self.valid = f"t{self.logins}"
        said = f"<t:sessionId>{self.valid}</t:sessionId><t:serverUrl>{self.address}</t:serverUrl>"
        return self.say(f"<t:LoginResponse>{said}</t:LoginResponse>", cookie=f"SID={self.valid}; Path=/; HttpOnly")

    def token(self, request: web.Request, text: str) -> str:
        found = {
            "header": re.search(r'<SessionHeader xmlns="urn:old"><sessionId>(.*?)<', text),
            "element": re.search(r"auth><[^>]*token>(.*?)<", text),
            "http": re.fullmatch(r"Session (.*)", request.headers.get("X-Session", "")),
        }.get(self.way)
        return request.cookies.get("SID", "") if self.way == "cookie" else found[1] if found else ""

    def over(self) -> web.Response:
        if self.says == "fault":
            return self.say(fault("e:INVALID_SESSION_ID", "over"), 500)
        if self.says == "status":
            return web.Response(status=401)
        # As web frameworks do: who comes with an unknown cookie gets one that is good for nothing.
        return self.say(
            "<t:PayResponse><t:ok>false</t:ok><t:error>401</t:error></t:PayResponse>", cookie="SID=nobody; Path=/"
        )

    async def pay(self, times: int = CALLERS) -> list[int]:
        told = await asyncio.gather(*(self.post("pay", {"id": number}) for number in range(times)))
        return [one.status for one in told]


@asynccontextmanager
async def served(bridges: Bridges, service: Service, **session: object) -> AsyncIterator[Service]:
    path = bridges.folder / "sessions.wsdl"
    path.write_text(WSDL, "utf-8")
    app = web.Application()
    app.router.add_post("/{any:.*}", service.serve)
    async with TestServer(app) as server:
        service.address = str(server.make_url("/further"))
        settings = {**SESSION, **WAYS[service.way], **session}
        soap = {"wsdl": str(path), "endpoint": str(server.make_url("/")), "session": settings}
        limits = {"concurrency": CALLERS, "queue": CALLERS}
        async with bridges.opened(service, {"old": {"soap": soap, "limits": limits}}):
            yield service


@pytest.fixture(autouse=True)
def password(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OLD_PASSWORD", "pass&word")


@pytest.mark.parametrize("says", ["fault", "status", "answer"])
@pytest.mark.parametrize("way", WAYS)
async def test_an_expired_session_under_a_hundred_calls_one_login_and_no_failed_call_zeep_949(
    bridges: Bridges, way: str, says: str
) -> None:
    async with served(bridges, Service(way=way, says=says)) as service:
        assert set(await service.pay()) == {200}
        assert service.logins == 1
        service.valid = "gone"
        assert set(await service.pay()) == {200}
        assert service.logins == 2
        assert service.paid == 2 * CALLERS  # writes, and each was done once
    assert service.logouts == 1


async def test_clients_neither_see_nor_send_the_token_nor_the_login_zeep_1085(bridges: Bridges) -> None:
    async with served(bridges, Service(way="element")) as service:
        asked = (await service.operation("pay"))["requestBody"]["content"]["application/json"]
        assert "auth" not in asked["schema"]["properties"]
        assert "auth" not in asked["example"]
        told = await service.post("pay", {"id": 1, "auth": {"token": "mine"}})
        assert (told.status, told.json["errors"][0]["pointer"]) == (422, "/auth/token")
        paths = (await service.ask("GET", "/openapi.json")).json["paths"]
        assert list(paths) == ["/v1/old/pay"]
        assert (await service.post("login", {"user": "shop", "password": "x"})).status == 404


async def test_a_declared_header_is_ours_as_well(bridges: Bridges) -> None:
    async with served(bridges, Service(way="header")) as service:
        told = await service.post("pay", {"id": 1, "headers": {"sessionHeader": {"sessionId": "mine"}}})
        assert (told.status, told.json["errors"][0]["pointer"]) == (422, "/headers/sessionHeader")
        asked = (await service.operation("pay"))["requestBody"]["content"]["application/json"]
        assert "headers" not in asked["schema"]["properties"]


async def test_a_wrong_password_is_tried_once_for_all_that_wait(
    bridges: Bridges, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OLD_PASSWORD", "wrong")
    async with served(bridges, Service()) as service:
        assert set(await service.pay()) == {502}
        assert set(await service.pay()) == {502}
        assert service.logins == 1
        (failed,) = [one for one in service.events if isinstance(one, LoginFailed)]
        assert (failed.refusals, failed.cause) == (1, "Client")
        told = await service.post("pay", {"id": 1})
        assert told.json["code"] == "upstream_unauthorized"
        assert "wrong" not in told.text


async def test_a_session_that_is_over_at_once_is_an_error_and_no_loop(bridges: Bridges) -> None:
    async with served(bridges, Service(broken=True)) as service:
        assert set(await service.pay()) == {502}
        assert set(await service.pay()) == {502}
        assert service.logins <= 2


async def test_the_login_names_the_address_of_further_calls_as_salesforce_does(bridges: Bridges) -> None:
    async with served(bridges, Service(way="http"), endpoint="$.serverUrl") as service:
        assert await service.pay(1) == [200]
        service.valid, service.address = "gone", "http://evil.test/"
        assert await service.pay(1) == [502]
        assert service.paid == 1
