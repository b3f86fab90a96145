"""Stands in front of a foreign server and keeps what went over the wire, both ways, byte for byte.

It knows HTTP and nothing of SOAP.
"""

from __future__ import annotations

import io
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

import aiohttp
from aiohttp import web

# RFC 9110 §7.6.1, and what the client library writes itself.
HOP_BY_HOP = frozenset({"connection", "keep-alive", "transfer-encoding", "te", "trailer", "upgrade", "content-length"})

Headers = tuple[tuple[str, str], ...]


@dataclass(frozen=True)
class Exchange:
    """One request as the server got it and the answer as it was sent."""

    method: str
    target: str
    headers: Headers
    request: bytes
    status: int
    response_headers: Headers
    response: bytes

    def header(self, name: str) -> str | None:
        """The first request header of that name."""
        return next((value for key, value in self.headers if key.lower() == name.lower()), None)


@dataclass
class Recorder:
    """Where clients connect; forwards to a port of the loopback that may become known later."""

    url: str = ""
    port: int = 0
    exchanges: list[Exchange] = field(default_factory=list)

    async def relay(self, request: web.BaseRequest, session: aiohttp.ClientSession) -> web.Response:
        """Pass a request on, and keep both sides of it."""
        body = await request.content.read()  # `request.read` would refuse more than a megabyte
        headers = [(key, value) for key, value in request.headers.items() if key.lower() not in HOP_BY_HOP]
        target = f"http://127.0.0.1:{self.port}{request.raw_path}"
        async with session.request(
            request.method, target, headers=headers, data=io.BytesIO(body) if body else None, allow_redirects=False
        ) as answer:
            content = await answer.read()
            back = [(key, value) for key, value in answer.headers.items() if key.lower() not in HOP_BY_HOP]
        self.exchanges.append(
            Exchange(
                request.method,
                request.raw_path,
                tuple(request.headers.items()),
                body,
                answer.status,
                tuple(answer.headers.items()),
                content,
            )
        )
        response = web.Response(status=answer.status, reason=answer.reason, body=content)
        response.headers.popall("Content-Type", None)
        for key, value in back:
            response.headers.add(key, value)
        return response


@asynccontextmanager
async def recording() -> AsyncIterator[Recorder]:
    """A recorder on a free port; set its `port` before the first request."""
    recorder = Recorder()
    # The server's own name for itself is the recorder's, hence no Host, encoding or agent of the client library's.
    skipped = ("User-Agent", "Accept", "Accept-Encoding", "Content-Type")
    async with aiohttp.ClientSession(auto_decompress=False, skip_auto_headers=skipped) as session:

        async def relay(request: web.BaseRequest) -> web.StreamResponse:
            return await recorder.relay(request, session)

        server = web.Server(relay, access_log=None)
        runner = web.ServerRunner(server, shutdown_timeout=1)
        await runner.setup()
        try:
            site = web.TCPSite(runner, "127.0.0.1", 0)
            await site.start()
            recorder.url = f"http://127.0.0.1:{runner.addresses[0][1]}"
            yield recorder
        finally:
            await runner.cleanup()
