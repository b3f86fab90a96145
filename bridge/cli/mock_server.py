"""The HTTP side of `mock`: requests in, whatever the mock's mind says out. Bounded in size and time."""

from __future__ import annotations

import asyncio
import re
from email.message import Message

from aiohttp import web

from adapters.soap.mock import Answered, MockService
from adapters.soap.mock_http import Asked
from adapters.soap.mock_pages import Pages
from bridge.clock import Clock
from bridge.errors import ConfigError, Place

BODY_BYTES_MAX = 16_000_000
BODY_TIME_S = 30.0
BIG_BYTES = 64_000
_HOST = re.compile(r"[A-Za-z0-9.-]{1,253}(:[0-9]{1,5})?|\[[0-9A-Fa-f:.]{2,45}\](:[0-9]{1,5})?")


class MockServer:
    """One listening address. `start` once, `stop` once."""

    def __init__(
        self,
        mind: MockService,
        pages: Pages,
        *,
        path: str,
        clock: Clock,
        delay_s: float = 0.0,
        body_time_s: float = BODY_TIME_S,
    ) -> None:
        self._mind, self._pages, self._path = mind, pages, path
        self._delay_s, self._clock = delay_s, clock
        self._body_time_s = body_time_s
        self._runner: web.AppRunner | None = None

    async def start(self, host: str, port: int) -> str:
        """The URL of the service; its WSDL is at `?wsdl`. Raises ConfigError when the address cannot be had."""
        app = web.Application(client_max_size=BODY_BYTES_MAX)
        app.router.add_route("*", "/{path:.*}", self._handle)
        self._runner = web.AppRunner(
            app, access_log=None, handle_signals=False, keepalive_timeout=30, shutdown_timeout=1
        )
        await self._runner.setup()
        try:
            await web.TCPSite(self._runner, host, port).start()
        except OSError as error:
            await self.stop()
            reason = f"{host}:{port} cannot be listened on: {error.strerror}"
            raise ConfigError([Place("command line", 1, 1, reason)]) from error
        taken = self._runner.addresses[0]
        shown = f"[{taken[0]}]" if ":" in taken[0] else taken[0]
        return f"http://{shown}:{taken[1]}{self._path}"

    async def stop(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()

    async def _handle(self, request: web.Request) -> web.StreamResponse:
        if request.method == "GET":
            answered = self._mind.answer_http(self._asked(request))
            return self._document(request) if answered is None else _response(await self._delayed(answered))
        if request.method != "POST":
            return web.Response(status=405, headers={"Allow": "GET, POST"})
        try:
            async with asyncio.timeout(self._body_time_s):
                body = await request.read()
        except TimeoutError:
            return web.Response(status=408, headers={"Connection": "close"})
        return _response(await self._delayed(await self._answered(request, body)))

    async def _delayed(self, answered: Answered) -> Answered:
        if self._delay_s:
            await self._clock.sleep(self._delay_s)
        return answered

    def _asked(self, request: web.Request, body: bytes = b"", charset: str | None = None) -> Asked:
        path = request.rel_url.raw_path.removeprefix(self._path)
        return Asked(request.method, path, request.rel_url.raw_query_string, body, request.content_type, charset)

    async def _answered(self, request: web.Request, body: bytes) -> Answered:
        kind = Message()
        kind["Content-Type"] = said = request.headers.get("Content-Type", "")
        charset = kind.get_content_charset()
        action = request.headers.get("SOAPAction", "").strip() or str(kind.get_param("action", ""))
        action = action.strip('"')

        def work() -> Answered:
            by_place = self._mind.answer_http(self._asked(request, body, charset))
            return by_place or self._mind.answer(body, action=action, charset=charset, content_type=said)

        return await asyncio.to_thread(work) if len(body) > BIG_BYTES else work()

    def _document(self, request: web.Request) -> web.Response:
        asked = {name.lower(): value for name, value in request.query.items()}
        number = asked.get("doc", "0" if "wsdl" in asked else "")
        page = self._pages.page(int(number), self._base(request)) if re.fullmatch("[0-9]{1,6}", number) else None
        if page is None:
            return web.Response(status=404, text="The WSDL is at ?wsdl; calls are sent with POST.\n")
        return web.Response(body=page, content_type="text/xml", charset="utf-8")

    def _base(self, request: web.Request) -> str:
        """As the caller reaches us: behind 0.0.0.0 or in a container only it knows."""
        host = request.host if _HOST.fullmatch(request.host) else "127.0.0.1"
        return f"http://{host}{self._path}"


def _response(answered: Answered) -> web.Response:
    if not answered.body:
        return web.Response(status=answered.status)
    return web.Response(status=answered.status, body=answered.body, headers={"Content-Type": answered.content_type})
