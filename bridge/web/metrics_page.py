"""`/metrics`: what Prometheus reads. Rendering is the sink's; this only answers."""

from __future__ import annotations

from collections.abc import Awaitable, Callable

from aiohttp import web

from bridge.web.trace import RequestInfo

Render = Callable[[], bytes | Awaitable[bytes]]
"""Gives the text; of several workers it has to be asked for."""


class MetricsPage:
    """Answers with the text exposition format 0.0.4."""

    def __init__(self, render: Render) -> None:
        self._render = render

    async def page(self, _request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"}
        body = self._render()
        return web.Response(body=body if isinstance(body, bytes) else await body, headers=headers)
