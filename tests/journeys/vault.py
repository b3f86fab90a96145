"""A SOAP service of files in the test's own process (tests/servers/wsdl/files.wsdl): it reads and writes packages of
parts in pieces, so that what it keeps is a digest. It knows nothing of the bridge.
"""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web

from bridge.formats.multipart import Begin, Data, Multipart, disposition

FILES = "urn:example:files"
SOAP = "http://schemas.xmlsoap.org/soap/envelope/"
PIECE = bytes(range(256)) * 256


def envelope(inside: str) -> bytes:
    return f'<s:Envelope xmlns:s="{SOAP}"><s:Body>{inside}</s:Body></s:Envelope>'.encode()


STORED = envelope(f'<StoreResponse xmlns="{FILES}"><Length>0</Length><Sha256>ok</Sha256></StoreResponse>')
FETCHED = envelope(
    f'<FetchResponse xmlns="{FILES}"><Name>n</Name><Content><x:Include xmlns:x="http://www.w3.org/2004/08/xop/include" '
    'href="cid:file@vault"/></Content></FetchResponse>'
)


def expected(pieces: int) -> str:
    """The digest of so many pieces."""
    digest = hashlib.sha256()
    for _ in range(pieces):
        digest.update(PIECE)
    return digest.hexdigest()


@dataclass
class Vault:
    """`parts` of the last request: the envelope, and of each other part its type, length and digest.

    An answer has `pieces` pieces; `cut_after` breaks off behind one of them, `hold_after` waits there for `go_on`, and
    `left` is set when the bridge breaks off.
    """

    envelope: bytes = b""
    parts: list[tuple[str, int, str]] = field(default_factory=list)
    pieces: int = 1
    media_type: str = "image/png"
    cut_after: int | None = None
    hold_after: int | None = None
    sent: int = 0
    go_on: asyncio.Event = field(default_factory=asyncio.Event)
    left: asyncio.Event = field(default_factory=asyncio.Event)

    async def serve(self, request: web.Request) -> web.StreamResponse:
        if "Fetch" in request.headers.get("SOAPAction", ""):
            await request.read()
            return await self._give(request)
        await self._take(request)
        return web.Response(body=STORED, content_type="text/xml")

    async def _take(self, request: web.Request) -> None:
        self.envelope, self.parts = b"", []
        parameters = disposition(request.headers["Content-Type"])[1]
        reader, media, length, digest = Multipart(parameters["boundary"], parts_max=9), "", 0, hashlib.sha256()
        number = 0
        async for chunk in request.content.iter_any():
            for event in reader.feed(chunk):
                if isinstance(event, Begin):
                    number, media = number + 1, event.fields["content-type"]
                    length, digest = 0, hashlib.sha256()
                elif isinstance(event, Data):
                    length += len(event.piece)
                    digest.update(event.piece)
                    self.envelope += event.piece if number == 1 else b""
                elif number > 1:
                    self.parts.append((media, length, digest.hexdigest()))
        reader.finish()

    async def _give(self, request: web.Request) -> web.StreamResponse:
        kind = 'multipart/related; type="application/xop+xml"; boundary=vault; start="<root>"; start-info="text/xml"'
        response = web.StreamResponse(headers={"Content-Type": kind})
        await response.prepare(request)
        root = b"Content-Type: application/xop+xml; type=text/xml; charset=utf-8\r\nContent-ID: <root>\r\n\r\n"
        head = f'Content-Type: {self.media_type}; name="p.png"\r\nContent-ID: <file@vault>\r\n\r\n'.encode()
        await response.write(b"--vault\r\n" + root + FETCHED + b"\r\n--vault\r\n" + head)
        self.sent = 0
        try:
            for at in range(self.pieces):
                if at == self.cut_after and request.transport is not None:
                    request.transport.abort()
                if at == self.hold_after:
                    await self.go_on.wait()
                await response.write(PIECE)
                self.sent += 1
            await response.write(b"\r\n--vault--\r\n")
        except ConnectionError:
            self.left.set()
            raise
        return response


@asynccontextmanager
async def vault() -> AsyncIterator[tuple[Vault, str]]:
    """A running one, and its address."""
    service = Vault()
    app = web.Application(client_max_size=2**40)
    app.router.add_post("/files", service.serve)
    runner = web.AppRunner(app)
    await runner.setup()
    try:
        site = web.TCPSite(runner, "127.0.0.1", 0)
        await site.start()
        host, port = runner.addresses[0][:2]
        yield service, f"http://{host}:{port}/files"
    finally:
        await runner.cleanup()
