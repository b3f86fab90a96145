"""`/metrics`: what Prometheus reads. Rendering is the sink's; this only answers."""

from __future__ import annotations

from collections.abc import Callable

from aiohttp import web

from bridge.web.trace import RequestInfo


class MetricsPage:
    """Answers with the text exposition format 0.0.4."""

    def __init__(self, render: Callable[[], bytes]) -> None:
        self._render = render

    async def page(self, _request: web.BaseRequest, _info: RequestInfo) -> web.Response:
        headers = {"Content-Type": "text/plain; version=0.0.4; charset=utf-8", "Cache-Control": "no-store"}
        return web.Response(body=self._render(), headers=headers)
