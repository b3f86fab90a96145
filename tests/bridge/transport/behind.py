"""What stands behind the servers that ask who we are: it takes anything and remembers it."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings


@dataclass
class Behind:
    """A server. `seen`: method, path with query, and body of each request; `headers` of the last one."""

    url: str = ""
    seen: list[tuple[str, str, bytes]] = field(default_factory=list)
    headers: list[dict[str, str]] = field(default_factory=list)
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None

    async def serve(self, request: web.Request) -> web.StreamResponse:
        self.seen.append((request.method, request.path_qs, await request.read()))
        self.headers.append({name.lower(): value for name, value in request.headers.items()})
        return await self.answer(request) if self.answer else web.Response(text="<ok/>")


@asynccontextmanager
async def behind(
    answer: Callable[[web.Request], Awaitable[web.StreamResponse]] | None = None,
) -> AsyncIterator[Behind]:
    server = Behind(answer=answer)
    app = web.Application(client_max_size=300_000_000)
    app.router.add_route("*", "/{path:.*}", server.serve)
    async with TestServer(app) as running:
        server.url = str(running.make_url("/")).rstrip("/")
        yield server


@asynccontextmanager
async def session(
    auth: object, *trusted: str, warn: list[str] | None = None, **more: object
) -> AsyncIterator[HttpSession]:
    """A session that trusts these addresses."""
    settings = ClientSettings.model_validate({"auth": auth, **more})
    opened = HttpSession(settings, trusted=trusted, warn=warn.append if warn is not None else lambda _: None)
    try:
        yield opened
    finally:
        await opened.close()
