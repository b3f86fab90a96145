"""What can go wrong on the wire, each as a play of the proxy. Times are few, and given by whoever uses them."""

from __future__ import annotations

import gzip
from functools import partial

from tests.faults.proxy import Play, Turn, answer_of

DRIP_S = 0.05
PIECE = b"<!--" + b"x" * 65_000 + b"-->"


# ── before and while the request comes ───────────────────────────────────────────────────────────────────────────


async def _cut_request(count: int, reset: bool, turn: Turn) -> None:
    await turn.reader.readexactly(count)
    if reset:
        turn.reset()


def cut_request(count: int, *, reset: bool) -> Play:
    """So many bytes of the request are taken, then RST or FIN."""
    return partial(_cut_request, count, reset)


async def deaf_after_accept(turn: Turn) -> None:
    await turn.pause(30)


async def half_closed_unread(turn: Turn) -> None:
    """Says at once that nothing more comes, and reads on."""
    turn.writer.write_eof()
    await turn.left()


# ── after the request came; the system behind has done what it was asked ─────────────────────────────────────────


async def _cut_answer(share: float, reset: bool, turn: Turn) -> None:
    answer = await turn.exchanged()
    await turn.send(answer[: int(len(answer) * share)] if share < 1 else answer[:-1])
    if reset:
        await turn.pause(0.02)  # or the kernel throws away what was sent with the connection
        turn.reset()


def cut_answer(share: float, *, reset: bool) -> Play:
    return partial(_cut_answer, share, reset)


async def _cut_answer_after(count: int, reset: bool, turn: Turn) -> None:
    answer = await turn.exchanged()
    await turn.send(answer[:count])
    if reset:
        turn.reset()


def cut_answer_after(count: int, *, reset: bool = False) -> Play:
    """The same by bytes."""
    return partial(_cut_answer_after, count, reset)


async def half_closed(turn: Turn) -> None:
    """Takes the request, says that nothing comes, and stays."""
    await turn.exchanged()
    turn.writer.write_eof()
    await turn.left()


async def _silent_after(share: float, turn: Turn) -> None:
    answer = await turn.exchanged()
    head = answer.index(b"\r\n\r\n") + 4
    await turn.send(answer[: head if share < 0 else int(len(answer) * share)])
    await turn.left()


def silent_after(share: float) -> Play:
    """A part of the answer and then nothing for ever; a negative part: the head alone."""
    return partial(_silent_after, share)


async def _drips(pause_s: float, turn: Turn) -> None:
    for value in await turn.exchanged():
        await turn.send(bytes([value]))
        if not await turn.pause(pause_s):
            return


def drips(pause_s: float = DRIP_S) -> Play:
    return partial(_drips, pause_s)


async def _late(seconds: float, turn: Turn) -> None:
    answer = await turn.exchanged()
    if await turn.pause(seconds):
        await turn.send(answer)


def late(seconds: float) -> Play:
    return partial(_late, seconds)


async def _says(data: bytes, turn: Turn) -> None:
    await turn.exchanged()
    await turn.send(data)


def says(data: bytes) -> Play:
    """These bytes in place of the answer, then FIN."""
    return partial(_says, data)


async def _refuses(data: bytes, turn: Turn) -> None:
    await turn.request()
    await turn.send(data)


def refuses(data: bytes) -> Play:
    """These bytes; the system behind hears of nothing."""
    return partial(_refuses, data)


async def until_closed(turn: Turn) -> None:
    """An answer as long as the connection: no length, no chunks. It is a good one."""
    answer = await turn.exchanged()
    head, _, body = answer.partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    await turn.send(b"\r\n".join(lines) + b"\r\n\r\n" + body)


async def in_small_chunks(turn: Turn) -> None:
    """A good answer, a few bytes a chunk."""
    head, _, body = (await turn.exchanged()).partition(b"\r\n\r\n")
    lines = [line for line in head.split(b"\r\n") if not line.lower().startswith(b"content-length")]
    await turn.send(b"\r\n".join([*lines, b"Transfer-Encoding: chunked"]) + b"\r\n\r\n")
    for at in range(0, len(body), 7):
        piece = body[at : at + 7]
        await turn.send(f"{len(piece):x}\r\n".encode() + piece + b"\r\n")
    await turn.send(b"0\r\n\r\n")


# ── too much ─────────────────────────────────────────────────────────────────────────────────────────────────────


async def endless_chunks(turn: Turn) -> None:
    await turn.exchanged()
    await turn.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nTransfer-Encoding: chunked\r\n\r\n")
    while not turn.writer.is_closing():
        await turn.send(f"{len(PIECE):x}\r\n".encode() + PIECE + b"\r\n")


async def endless_body(turn: Turn) -> None:
    await turn.exchanged()
    await turn.send(b"HTTP/1.1 200 OK\r\nContent-Type: text/xml\r\nContent-Length: 1000000000\r\n\r\n")
    while not turn.writer.is_closing():
        await turn.send(PIECE)


async def endless_head(turn: Turn) -> None:
    await turn.exchanged()
    await turn.send(b"HTTP/1.1 200 OK\r\n")
    while not turn.writer.is_closing():
        await turn.send(b"X-More: " + b"y" * 1000 + b"\r\n")


async def _bomb(times: int, turn: Turn) -> None:
    await turn.exchanged()
    data = b"<a>" + b" " * 50_000_000
    for _ in range(times):
        data = gzip.compress(data, 9)
    await turn.send(answer_of(data, more=[("Content-Encoding", ", ".join(["gzip"] * times))]))


def bomb(times: int = 1) -> Play:
    """Some 1000 times as long as it seems."""
    return partial(_bomb, times)


# ── a connection that is used again ──────────────────────────────────────────────────────────────────────────────


async def _stale(how: str, turn: Turn) -> None:
    """A good answer first; the next request on the same connection meets its end."""
    await turn.send(await turn.exchanged(keep=True))
    if how == "idle-fin":
        return
    if how == "idle-rst":
        turn.reset()
        return
    first = await turn.reader.readexactly(1)
    turn.proxy.turns += 1
    if how == "read-fin":
        await turn.request()
    elif how == "done-fin":
        await turn.proxy.behind(first + await turn.request())
    else:
        turn.reset()


def stale(how: str) -> Play:
    return partial(_stale, how)
