"""A service with a login, as its contract says it, and an upstream of it whose other side is a table of answers."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import web
from aiohttp.test_utils import TestServer

from adapters.soap.config import SoapSettings
from adapters.soap.upstream import SoapUpstream
from adapters.soap.upstream_opening import open_upstream
from bridge.call import Call, Trace
from bridge.clock import SystemClock
from bridge.events import Event
from tests.complaints.legacy import Op, element, envelope, schema, wsdl

TEXT = 'type="xs:string"'
TOKEN = f'<xs:complexType><xs:sequence><xs:element name="token" {TEXT}/></xs:sequence></xs:complexType>'
ASKED = f'<xs:element name="auth" minOccurs="0">{TOKEN}</xs:element><xs:element name="Id" type="xs:int"/>'
ANSWER = '<xs:element name="ok" type="xs:boolean"/><xs:element name="error" type="xs:int" minOccurs="0"/>'
WSDL = wsdl(
    schema(
        element("Login", f'<xs:element name="user" {TEXT}/><xs:element name="pin" type="xs:int"/>')
        + element("LoginResponse", f'<xs:element name="id" {TEXT}/><xs:element name="url" {TEXT}/>')
        + element("Logout", "")
        + element("LogoutResponse", "")
        + element("Pay", ASKED)
        + element("PayResponse", ANSWER)
        + element("All", "")
        + element("AllResponse", f'<xs:element name="row" {TEXT} maxOccurs="unbounded"/>')
        + element("SessionHeader", f'<xs:element name="id" {TEXT}/>')
    ),
    Op("Login"),
    Op("Logout"),
    Op("Pay", headers=("t:SessionHeader",)),
    Op("All"),
)
SESSION = {
    "login": "Login",
    "with": {"user": "u", "pin": 1234},
    "token": "$.id",
    "send": {"http_header": "X-S"},
    "logout": "Logout",
}


class Behind:
    """Answers each operation with one body, in place of it first with what is in `before`; keeps what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, dict[str, str]]] = []
        self.events: list[Event] = []
        self.before: list[tuple[str, str]] = []
        self.answers = {
            "Login": "<t:LoginResponse><t:id>s&amp;12345</t:id><t:url/></t:LoginResponse>",
            "Logout": "<t:LogoutResponse/>",
            "All": "<t:AllResponse><t:row>a</t:row><t:row>b</t:row></t:AllResponse>",
            "Pay": "<t:PayResponse><t:ok>true</t:ok></t:PayResponse>",
        }

    async def serve(self, request: web.Request) -> web.Response:
        text = (await request.read()).decode()
        self.asked.append((text, dict(request.headers)))
        name = next(one for one in self.answers if f":{one}" in text)
        body = self.answers[name]
        if self.before and self.before[0][0] == name:
            body = self.before.pop(0)[1]
        return web.Response(text=envelope(body), content_type="text/xml")

    @asynccontextmanager
    async def opened(self, folder: Path, session: object, **more: object) -> AsyncIterator[SoapUpstream]:
        (folder / "s.wsdl").write_text(WSDL, "utf-8")
        app = web.Application()
        app.router.add_post("/{any:.*}", self.serve)
        async with TestServer(app) as server:
            address = str(server.make_url("/"))
            given = {"wsdl": str(folder / "s.wsdl"), "endpoint": address, "session": session, **more}
            settings = SoapSettings.model_validate(given)
            clock, emit = SystemClock(), self.events.append
            upstream, _ = await open_upstream("erp", settings, {}, state_dir=None, clock=clock, emit=emit)
            try:
                yield upstream
            finally:
                await upstream.close()


def call(args: bytes = b'{"id":1}', operation: str = "Pay") -> Call:
    return Call(f"erp.{operation}", args, SystemClock().monotonic() + 30, Trace("1" * 32, "2" * 16))
