"""What all kinds of credentials share: a refusal is taken off the wire, within bounds."""

from __future__ import annotations

import aiohttp
import pytest
from aiohttp import web

from bridge.transport.body import Segments
from bridge.transport.identity import LARGE_BYTES, REFUSAL_BYTES_MAX, Asked, dropped
from tests.bridge.transport.behind import behind


@pytest.mark.parametrize(
    ("body", "large"),
    [
        (None, False),
        (b"", False),
        (b"x" * LARGE_BYTES, False),
        (b"x" * (LARGE_BYTES + 1), True),
        (Segments((b"x", b"x")), False),
        (Segments((b"x" * LARGE_BYTES, b"x")), True),
    ],
)
def test_what_is_large(body: bytes | Segments | None, large: bool) -> None:
    assert Asked("POST", "http://erp.example/", "/", body).is_large is large


@pytest.mark.parametrize(("length", "connections"), [(10_000, 1), (4 * REFUSAL_BYTES_MAX, 2)])
async def test_a_refusal_leaves_the_connection_to_the_next_unless_it_is_huge(length: int, connections: int) -> None:
    seen: set[object] = set()

    async def answer(request: web.Request) -> web.Response:
        seen.add(request.transport)
        return web.Response(status=401, body=b"x" * length)

    async with behind(answer) as server, aiohttp.ClientSession() as session:
        for _ in range(2):
            response = await session.get(server.url)
            await dropped(response)
    assert len(seen) == connections
