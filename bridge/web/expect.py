"""`Expect: 100-continue` (RFC 9110 §10.1.1): the leave to send a body is given by whoever reads it.

So a request that is refused by its head alone is refused before a large body is on its way.
"""

from __future__ import annotations

from aiohttp import web
from multidict import istr

from bridge.web.edge_problem import ExpectationFailed

EXPECT = istr("Expect")
_INVITED = web.RequestKey("invited", bool)


def check(request: web.BaseRequest) -> None:
    """Raises ExpectationFailed for any other expectation."""
    expected = request.headers.get(EXPECT)
    if expected is not None and expected.lower() != "100-continue":
        raise ExpectationFailed


async def invite(request: web.BaseRequest) -> None:
    """Gives the leave, once, where one is waited for."""
    if is_waiting(request):
        request[_INVITED] = True
        await request.writer.write(b"HTTP/1.1 100 Continue\r\n\r\n")
        request.writer.output_size = 0


def is_waiting(request: web.BaseRequest) -> bool:
    """Whether the client may keep its body back until it hears from us."""
    return EXPECT in request.headers and _INVITED not in request and request.version >= (1, 1) and request.body_exists
