"""Files of the command line: those that go with a call, and the one that an answer is."""

from __future__ import annotations

import asyncio
import mimetypes
import sys
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import NamedTemporaryFile
from typing import IO

import typer

from bridge.call import Call, JsonValue, Service, Stream, Upload
from bridge.cli.output import FAILED, fail, result, say
from bridge.config.nearest import suggestion
from bridge.contracts import Description
from bridge.errors import CallError, ConfigError, DoesNotFit, Place
from bridge.shapes.json import loads
from bridge.web.file_fields import FileFields, pointer, with_room

PIECE_BYTES = 256_000
_UNKNOWN = "application/octet-stream"


@dataclass(frozen=True, slots=True)
class DiskFile:
    """An Upload that lies on the disk already."""

    path: Path
    length: int

    @property
    def name(self) -> str:
        return self.path.name

    @property
    def media_type(self) -> str:
        return mimetypes.guess_type(self.path.name)[0] or _UNKNOWN

    async def pieces(self) -> AsyncIterator[bytes]:
        with self.path.open("rb") as file:
            while piece := await asyncio.to_thread(file.read, PIECE_BYTES):
                yield piece


def with_files(call: Call, described: Description, given: Sequence[str]) -> Call:
    """The call with its files, each given as `photo=@path`. Raises ConfigError, DoesNotFit or OSError."""
    fields = FileFields(described.input_files)
    found = {}
    for text in given:
        name, equals, path = text.partition("=@")
        place = fields.find(name)
        if not equals or not path:
            raise ConfigError(
                [Place("command line", 1, 1, f"--file is NAME=@PATH, such as photo=@a.png, not {text!r}")]
            )
        if place is None:
            hint = suggestion(name, fields.names) if fields else "the operation takes none"
            raise ConfigError([Place("command line", 1, 1, f"there is no file {name!r} in the request", hint)])
        found[place] = DiskFile(Path(path), Path(path).stat().st_size)
    if not found:
        return call
    args: JsonValue = call.args if not isinstance(call.args, bytes) else _json(call.args, whole=() in found)
    filled = with_room(args, found)
    if filled.violations:
        raise DoesNotFit(errors=filled.violations)
    uploads: dict[str, Upload] = {pointer(place): file for place, file in found.items()}
    return call.with_(args=filled.value, uploads=uploads)


def _json(args: bytes, *, whole: bool) -> JsonValue:
    return loads(args) if args.strip() else None if whole else {}


async def save(call: Call, service: Service, target: str) -> None:
    """Makes the call and writes the file that its answer is: to a path, whole or not at all, or to stdout (`-`)."""
    reply = await service(call.with_(want="raw"))
    if reply.stream is None:
        if not reply.body:
            fail("the answer has no file in it")
        result(reply.body.decode())
        fail("the answer is no file")
    try:
        await (_to_stdout(reply.stream) if target == "-" else _to_path(reply.stream, Path(target)))
    except CallError as error:
        say(f"the file is not complete: {error.detail} ({error.code}{f': {error.cause}' if error.cause else ''})")
        raise typer.Exit(FAILED) from None
    finally:
        await reply.stream.close()


async def _to_stdout(stream: Stream) -> None:
    await _copy(stream, sys.stdout.buffer)
    sys.stdout.buffer.flush()


async def _to_path(stream: Stream, path: Path) -> None:
    with _beside(path) as file:
        written = await _copy(stream, file)
    say(f"{written} bytes of {stream.media_type} in {path}")


@contextmanager
def _beside(path: Path) -> Iterator[IO[bytes]]:
    """A file that takes the name when it is complete, so that half an answer never stands under it."""
    with NamedTemporaryFile(dir=path.parent, prefix=f".{path.name}.", delete=False) as file:
        try:
            yield file
        except BaseException:  # Ctrl-C as well leaves nothing half written
            Path(file.name).unlink()
            raise
    Path(file.name).replace(path)


async def _copy(stream: Stream, file: IO[bytes]) -> int:
    written = 0
    async for piece in stream.pieces:
        written += await asyncio.to_thread(file.write, piece)
    return written
