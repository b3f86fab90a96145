"""Refusals as whole responses: for a request that the edge turns down, and as ready-made bytes for a connection on
which there is no request yet. They repeat nothing that the client sent.
"""

from __future__ import annotations

import secrets
from http import HTTPStatus

from aiohttp import web
from multidict import CIMultiDict

from bridge.errors import CallError
from bridge.web.problems import problem


class HeadTooLarge(CallError):
    """Request line or header fields over `server.limits.head` (RFC 6585 §5)."""

    status, code, title, outcome = 431, "head_too_large", "The request head is too large", "not_sent"


class ExpectationFailed(CallError):
    """An `Expect` other than `100-continue` (RFC 9110 §10.1.1)."""

    status, code, title, outcome = 417, "expectation_failed", "That expectation cannot be met", "not_sent"


def answer(error: BaseException, *, request_id: str = "", trace_id: str = "") -> web.Response:
    """The problem document of an error; ids are made up where no request was understood."""
    document = problem(
        error, request_id=request_id or secrets.token_hex(16), trace_id=trace_id or secrets.token_hex(16)
    )
    return web.Response(status=document.status, body=document.body, headers=CIMultiDict(document.headers))


def canned(error: CallError) -> bytes:
    """A whole HTTP/1.1 response for a connection that is closed after it."""
    document = problem(error, request_id=secrets.token_hex(16), trace_id=secrets.token_hex(16))
    headers = (*document.headers, ("Content-Length", str(len(document.body))), ("Connection", "close"))
    lines = [f"HTTP/1.1 {document.status} {HTTPStatus(document.status).phrase}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "", ""]).encode() + document.body
