"""The page that Prometheus reads: rendered anew each time, never kept by anybody."""

from __future__ import annotations

import inspect
from collections.abc import Iterator

from aiohttp.test_utils import make_mocked_request

from bridge.web.metrics_page import MetricsPage
from bridge.web.trace import RequestInfo


def rendered() -> Iterator[bytes]:
    yield b"up 1\n"
    yield b"up 2\n"


async def test_metrics() -> None:
    pages = rendered()
    page = MetricsPage(lambda: next(pages))
    request = make_mocked_request("GET", "/metrics")
    info = RequestInfo.__new__(RequestInfo)
    first, second = await page.page(request, info), await page.page(request, info)
    assert (first.body, second.body) == (b"up 1\n", b"up 2\n")
    assert first.status == 200
    assert first.headers["Content-Type"] == "text/plain; version=0.0.4; charset=utf-8"
    assert first.headers["Cache-Control"] == "no-store"
    assert inspect.iscoroutinefunction(page.page)
