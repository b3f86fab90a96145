"""A fake upstream whose operations take and give files, behind a whole edge; and forms, byte by byte."""

from __future__ import annotations

import hashlib
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Any

from bridge.call import Call, Reply, Stream
from bridge.contracts import Description, Example, Operation
from bridge.errors import ContractError
from bridge.shapes.json import dumps
from bridge.shapes.model import Described, Kind, ListOf, Scalar, Shape
from bridge.web.rest import Rest
from bridge.web.route_table import RouteTable
from bridge.web.routes import AnswerSetting, build_routes, parse_route
from bridge.web.settings import LimitSettings
from bridge.web.snapshot import Mount, Snapshot
from tests.bridge.web.fake import TEXT, Anyone, FakeUpstream, fields, must
from tests.bridge.web.raw import Running, serving

BINARY = Scalar(Kind.BASE64)
PICTURE = Scalar(Kind.BASE64, media="image/png")
ITEM = fields(content=BINARY, note=TEXT)
DOCUMENT = fields(must("content", BINARY), title=TEXT)

TAKES: dict[str, Shape] = {
    "StorePhoto": fields(must("photo", PICTURE), name=TEXT),
    "StoreAll": fields(must("name", TEXT), items=ListOf(ITEM), pages=ListOf(BINARY), cover=BINARY),
    "StoreDocument": fields(must("id", TEXT), must("document", DOCUMENT)),
    "Raw": BINARY,
    "Plain": fields(name=TEXT),
    "Fetch": fields(id=TEXT),
    "FetchFile": fields(id=TEXT),
}
GIVES: dict[str, Shape] = {
    "Fetch": fields(must("content", PICTURE), name=TEXT),
    "FetchFile": fields(must("content", BINARY)),
    "Plain": fields(items=ListOf(BINARY)),
}
ROUTES = {
    "StoreDocument": parse_route("PUT /documents/{id}"),
    "Fetch": parse_route("GET /files/{id}"),
    "FetchFile": parse_route("GET /raw/{id}"),
}
ANSWERS = {"FetchFile": AnswerSetting("binary"), "Fetch": AnswerSetting(keep_types=("image/svg+xml",))}


@dataclass
class Files(FakeUpstream):
    """Takes and gives what the tables above say."""

    @property
    def operations(self) -> Mapping[str, Operation]:
        return {name: Operation(self.name, name, safe=name.startswith("Fetch")) for name in TAKES}

    def describe(self, operation: str) -> Description:
        return Description(Described(TAKES[operation]), Described(GIVES.get(operation, TEXT)))

    def example(self, operation: str) -> Example:
        raise ContractError("nobody asked for one")


@dataclass
class Kept:
    """The service: notes each call with the digests of its files, and answers with `give`."""

    give: Callable[[Call], Reply] = lambda _: Reply(b'{"ok":true}')
    calls: list[Call] = field(default_factory=list)
    files: list[dict[str, tuple[str, str, bytes]]] = field(default_factory=list)
    args: list[str] = field(default_factory=list)

    async def __call__(self, call: Call) -> Reply:
        self.calls.append(call)
        self.args.append(call.args.decode() if isinstance(call.args, bytes) else dumps(call.args))
        read = {}
        for pointer, file in call.uploads.items():
            data = b"".join([piece async for piece in file.pieces()])
            assert len(data) == file.length
            read[pointer] = (file.name, file.media_type, data if len(data) < 1000 else hashlib.sha256(data).digest())
        self.files.append(read)
        return self.give(call)


def stream_of(*pieces: bytes, media_type: str = "image/png", name: str = "", length: int | None = None) -> Stream:
    """A stream that is there at once."""

    async def read() -> AsyncIterator[bytes]:
        for piece in pieces:
            yield piece

    async def close() -> None:
        return None

    return Stream(read(), close, media_type, length, name)


def rest_of(kept: Kept, **limits: Any) -> Rest:
    upstream = Files()
    snap = Snapshot(
        RouteTable(build_routes(upstream, ROUTES, "/v1/shop", ANSWERS)),
        {f"shop.{name}": kept for name in TAKES},
        {"shop": upstream},
        {"shop": Mount("shop", "/v1/shop")},
        explained={f"shop.{name}": kept for name in TAKES},
    )
    return Rest(lambda: snap, Anyone(), limits=LimitSettings.model_validate(limits))


@asynccontextmanager
async def files_served(kept: Kept, **limits: Any) -> AsyncIterator[Running]:
    async with serving(rest_of(kept, **limits), limits=limits) as server:
        yield server


def part(name: str, data: bytes, media_type: str = "", file: str | None = None) -> bytes:
    disposition = f'form-data; name="{name}"' + ("" if file is None else f'; filename="{file}"')
    head = f"Content-Disposition: {disposition}\r\n" + (f"Content-Type: {media_type}\r\n" if media_type else "")
    return b"--xyz\r\n" + head.encode() + b"\r\n" + data + b"\r\n"


def form(*parts: bytes) -> bytes:
    return b"".join(parts) + b"--xyz--\r\n"


FORM = "multipart/form-data; boundary=xyz"


def request(path: str, body: bytes, media_type: str = FORM, *, method: str = "POST", more: str = "") -> bytes:
    """A whole request whose connection is closed behind its answer."""
    head = f"{method} /v1/shop{path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n"
    head += f"Content-Type: {media_type}\r\nContent-Length: {len(body)}\r\n{more}\r\n"
    return head.encode() + body
