"""`call --explain`: both sides of a call as text, in the order in which things happened. Credentials are masked."""

from __future__ import annotations

from bridge.call import Call, Explanation, Reply, Service
from bridge.cli.output import result
from bridge.errors import CallError


async def show_explained(call: Call, service: Service) -> None:
    """Makes the call and prints what was sent, what came, what became of it, and where the time went.

    Raises what the call raises, when everything is printed.
    """
    told = Explanation()
    try:
        reply = await service(call.with_(explain=told))
    except CallError:
        result(described(told, None))
        raise
    if reply.stream is not None:
        await reply.stream.close()
    result(described(told, reply))


def described(told: Explanation, reply: Reply | None) -> str:
    """The text: the wire as HTTP has it, the answer as JSON, a line a layer."""
    sent = _message(f"> {told.method} {told.url}", told.headers, told.request) if told.url else []
    came = _message(f"< {told.status}", told.answer_headers, told.answer) if told.status else []
    json = [reply.body.decode("utf-8", "replace"), ""] if reply is not None and reply.body else []
    times = [f"{seconds * 1000:10.2f} ms  {name}" for name, seconds in told.times.items()]
    return "\n".join([*sent, *came, *json, *times])


def _message(first: str, headers: tuple[tuple[str, str], ...], body: bytes) -> list[str]:
    lines = [f"{first[:2]}{name}: {value}" for name, value in headers]
    return [first, *lines, "", body.decode("utf-8", "replace"), ""]
