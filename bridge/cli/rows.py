"""Rows on stdout while they come."""

from __future__ import annotations

import os
import sys

import typer

from bridge.call import Call, Service, Stream
from bridge.cli.output import FAILED, result, say
from bridge.errors import CallError


async def print_rows(call: Call, service: Service) -> None:
    """The items of the answer's list, one JSON text a line. Raises what the call raises before the first of them."""
    reply = await service(call.with_(want="rows"))
    if reply.stream is None:
        result(reply.body.decode())
        return
    try:
        await _copy(reply.stream)
    except BrokenPipeError:
        # Whoever reads has enough, as `head` does; Python would complain once more when it flushes at the end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except CallError as error:
        # Some rows are out, so what went wrong must not stand among them.
        say(f"the rows are not complete: {error.detail} ({error.code}{f': {error.cause}' if error.cause else ''})")
        raise typer.Exit(FAILED) from None
    finally:
        await reply.stream.close()


async def _copy(stream: Stream) -> None:
    async for piece in stream.pieces:
        sys.stdout.write(piece.decode())
        sys.stdout.flush()
