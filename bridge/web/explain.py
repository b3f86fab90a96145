"""`Bridge-Explain: 1`: what became of a request on its way, both sides of it, in one JSON document.

The call is really made, with every layer. What is shown was masked by whoever wrote it down; what the caller sent and
would have got is his own.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aiohttp import web
from multidict import CIMultiDictProxy, istr

from bridge.call import Call, Explanation, JsonValue, Reply, Service
from bridge.errors import BadRequest, CallError, MalformedJson
from bridge.shapes.json import dumps, loads, quote
from bridge.web.problems import problem
from bridge.web.trace import RequestInfo

EXPLAIN = istr("Bridge-Explain")


def wanted(headers: CIMultiDictProxy[str]) -> bool:
    """Whether a request asks for it. Raises BadRequest for a value that is neither yes nor no."""
    values = headers.getall(EXPLAIN, [])
    if not values or values == ["0"]:
        return False
    if values == ["1"]:
        return True
    raise BadRequest("Bridge-Explain is 1 or 0.")


async def explained(call: Call, service: Service, info: RequestInfo) -> web.Response:
    """Makes the call and tells of it. The answer is 200; how the call ended is `status` inside."""
    told = Explanation()
    reply, failed = await _made(call.with_(explain=told), service)
    if reply is not None and reply.stream is not None:
        await reply.stream.close()
    if failed is not None:
        info.notes.code, info.notes.cause, info.notes.attempts = failed.code, failed.cause, failed.attempts
    if reply is not None:
        info.notes.cache, info.notes.attempts = reply.meta.cache, reply.meta.attempts
    text = document(call, told, reply, failed, request_id=info.request_id, trace_id=info.trace.trace_id)
    headers = {"Content-Type": "application/json; charset=utf-8", "Cache-Control": "no-store"}
    return web.Response(body=text.encode("utf-8", "replace"), headers=headers)


async def _made(call: Call, service: Service) -> tuple[Reply | None, CallError | None]:
    try:
        return await service(call), None
    except CallError as error:
        return None, error


def document(
    call: Call, told: Explanation, reply: Reply | None, failed: CallError | None, *, request_id: str, trace_id: str
) -> str:
    """The explanation as JSON text; JSON in it is as it was sent and as it would have been answered."""
    members = {
        "operation": quote(call.operation),
        "status": str(failed.status if failed else _status(reply)),
        "request": _object({"json": _json(call.args), **_side(told.request, told.headers, told)}),
        "answer": _object({**_side(told.answer, told.answer_headers), **_answered(told, reply)}),
    }
    if failed is not None:
        members["problem"] = problem(failed, request_id=request_id, trace_id=trace_id).body.decode("utf-8", "replace")
        members["attempts"] = str(failed.attempts)
    if reply is not None:
        members |= {"cache": quote(reply.meta.cache), "attempts": str(reply.meta.attempts)}
        members["tolerated"] = json.dumps(dict(reply.meta.tolerances))
    times = [f'{{"name":{quote(name)},"seconds":{seconds:.6f}}}' for name, seconds in told.times.items()]
    members["times"] = f"[{','.join(times)}]"
    return _object(members)


def _status(reply: Reply | None) -> int:
    assert reply is not None
    return 204 if not reply.body and reply.stream is None and reply.meta.status == 200 else reply.meta.status


def _side(message: bytes, headers: tuple[tuple[str, str], ...], sent: Explanation | None = None) -> dict[str, str]:
    """One side of the wire; nothing where nothing was on it, as with an answer from the cache."""
    members: dict[str, str] = {}
    if sent is not None and sent.url:
        members |= {"method": quote(sent.method), "url": quote(sent.url)}
    if headers:
        members["headers"] = _object({name: quote(value) for name, value in headers})
    if message:
        members["envelope"] = quote(message.decode("utf-8", "replace"))
    return members


def _answered(told: Explanation, reply: Reply | None) -> dict[str, str]:
    members = {"status": str(told.status)} if told.status else {}
    if reply is not None and reply.body:
        members["json"] = reply.body.decode("utf-8", "replace")
    return members


def _json(args: bytes | JsonValue) -> str:
    """What was asked, as it came; as a text where it is no JSON."""
    if not isinstance(args, bytes):
        return dumps(args)
    if not args.strip():
        return "null"
    try:
        loads(args)
    except MalformedJson:
        return quote(args.decode("utf-8", "replace"))
    return args.decode()


def _object(members: Mapping[str, str]) -> str:
    return "{" + ",".join(f"{quote(name)}:{value}" for name, value in members.items()) + "}"
