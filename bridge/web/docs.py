"""The pages for developers: OpenAPI documents, and Swagger UI per upstream, vendored and without a foreign host.

Nothing is in these pages that the documents do not say. Who may see them is the edge's business.
"""

from __future__ import annotations

import asyncio
import html
from collections.abc import Callable
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from urllib.parse import quote

from aiohttp import web
from multidict import CIMultiDict

from bridge.contracts import Upstream
from bridge.errors import NotFound
from bridge.web import negotiate
from bridge.web.coding import Coder
from bridge.web.snapshot import Snapshot, Write
from bridge.web.trace import RequestInfo

PAGE_HEADERS = {
    # Nothing inline, nothing foreign; the pictures in Swagger UI's style sheet are data URLs.
    "Content-Security-Policy": "default-src 'none'; script-src 'self'; style-src 'self'; "
    "img-src 'self' data:; connect-src 'self'; base-uri 'none'; form-action 'none'; frame-ancestors 'none'",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}
ASSETS = {
    "swagger-ui-bundle.js": ("swagger/swagger-ui-bundle.js", "text/javascript; charset=utf-8"),
    "swagger-ui.css": ("swagger/swagger-ui.css", "text/css; charset=utf-8"),
    "favicon.png": ("swagger/favicon-32x32.png", "image/png"),
    "init.js": ("init.js", "text/javascript; charset=utf-8"),
    "page.css": ("page.css", "text/css; charset=utf-8"),
}
_PAGES = files("bridge.web") / "pages"
_HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class _Content:
    body: bytes
    media: str
    etag: str
    cache_control: str = "no-cache"


class Docs:
    """Answers `/docs…` and `…/openapi.json` of the current snapshot."""

    def __init__(self, snapshot: Callable[[], Snapshot], write: Write) -> None:
        self._snapshot = snapshot
        self._write = write
        self._writing = asyncio.Lock()
        self._assets: dict[str, _Content] = {}
        self._coder = Coder()

    async def page(self, request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        """`/docs` (or the only upstream's page), `/docs/{upstream}`, `/docs/-/{asset}`. Raises NotFound or NotReady."""
        parts = request.raw_path.partition("?")[0].strip("/").split("/")[1:]
        snapshot = self._snapshot()
        match parts:
            case []:
                only = list(snapshot.mounts) if len(snapshot.mounts) == 1 else []
                text = _ui(snapshot, only[0]) if only and only[0] in snapshot.upstreams else _index(snapshot)
                return await self._send(request, _page(text))
            case ["-", name] if name in ASSETS:
                return await self._send(request, await self._asset(name))
            case [name]:
                return await self._send(request, _page(_ui(snapshot, snapshot.require(name))))
            case _:
                raise NotFound

    async def document(self, request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        """`/openapi.json` of all upstreams, or `{prefix}/openapi.json` of one. Raises NotFound or NotReady."""
        snapshot = self._snapshot()
        prefix = request.raw_path.partition("?")[0].removesuffix("/openapi.json")
        upstream = snapshot.upstream_at(prefix) if prefix else None
        async with self._writing:
            document = await asyncio.to_thread(snapshot.document, self._write, upstream)
        return await self._send(request, _Content(document.body, "application/json; charset=utf-8", document.etag))

    async def _asset(self, name: str) -> _Content:
        if name not in self._assets:
            path, media = ASSETS[name]
            body = await asyncio.to_thread(_PAGES.joinpath(path).read_bytes)
            self._assets[name] = _Content(body, media, negotiate.etag_of(body), "max-age=3600")
        return self._assets[name]

    async def _send(self, request: web.BaseRequest, content: _Content) -> web.Response:
        coding = negotiate.coding_of(request.headers.get("Accept-Encoding"), len(content.body))
        headers = CIMultiDict(PAGE_HEADERS)
        headers["ETag"] = negotiate.etag_coded(content.etag, coding)
        headers["Cache-Control"] = content.cache_control
        headers["Vary"] = "Accept-Encoding"
        if negotiate.is_unchanged(request.headers.get("If-None-Match", ""), content.etag):
            return web.Response(status=304, headers=headers)
        headers["Content-Type"] = content.media
        body = content.body
        if coding:
            headers["Content-Encoding"] = coding
            body = await self._coder.coded(body, coding, content.etag)
        return web.Response(body=body, headers=headers)


def _page(text: str) -> _Content:
    body = text.encode()
    return _Content(body, _HTML, negotiate.etag_of(body))


def _template(name: str) -> Template:
    return Template(_PAGES.joinpath(name).read_text(encoding="utf-8"))


def _ui(snapshot: Snapshot, name: str) -> str:
    mount, upstream = snapshot.mounts.get(name), snapshot.upstreams[name]
    url = f"{mount.prefix}/openapi.json" if mount else "/openapi.json"
    return _template("ui.html").substitute(
        title=html.escape(upstream.title or name), url=html.escape(url), name=html.escape(name)
    )


def _index(snapshot: Snapshot) -> str:
    names = sorted({*snapshot.mounts, *snapshot.upstreams})
    rows = [_row(snapshot, name, snapshot.upstreams.get(name)) for name in names]
    return _template("index.html").substitute(rows="\n".join(rows) or "<p>No system is configured.</p>")


def _row(snapshot: Snapshot, name: str, upstream: Upstream | None) -> str:
    if upstream is None:
        return f'<section><h2>{html.escape(name)}</h2><p class="pending">not connected yet</p></section>'
    count = len(upstream.operations)
    mount = snapshot.mounts.get(name)
    document = f"{mount.prefix if mount else ''}/openapi.json"
    link = html.escape(f"/docs/{quote(name)}")
    return (
        f'<section><h2><a href="{link}">{html.escape(upstream.title or name)}</a></h2>'
        f"<p>{html.escape(upstream.doc[:500])}</p>"
        f'<p class="facts"><code>{html.escape(name)}</code> · {count} operation{"" if count == 1 else "s"} · '
        f'<a href="{html.escape(document)}">OpenAPI</a></p></section>'
    )
