"""`samples`: for each operation a request and an answer, as the client and as the wire have them."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated

import typer

from adapters.soap.codec import OperationCodec, Projection
from adapters.soap.http_codec import HttpCodec
from adapters.soap.mock import fault_sample
from bridge.cli.output import fail, pretty, result, run, say
from bridge.cli.parameters import Json, OneWsdl, Resolve, Service, State
from bridge.cli.reading import named, read_service
from bridge.errors import BridgeError
from bridge.shapes.json import dumps, loads
from bridge.shapes.samples import NoSample

_NAME_MAX = 100
_ENDINGS = {"xml": "xml", "text": "txt", "binary": "bin", "nothing": "bin"}


def samples(
    wsdl: OneWsdl,
    out: Annotated[Path, typer.Option(metavar="DIR", help="Folder for the files; made if it is not there.")],
    service: Service = None,
    resolve: Resolve = None,
    state: State = None,
    json: Json = False,
) -> None:
    """Write a sample request and answer of each operation, as JSON and as SOAP envelope."""

    async def work() -> None:
        found = named(wsdl, service=service, resolve=resolve, state=state)
        written, left_out = _write_all(Projection(await read_service(found.soap, found.state, every_port=True)), out)
        for name, reason in left_out.items():
            say(f"{name} is left out: {reason}")
        if json:
            result(dumps({"written": {name: [*files] for name, files in written.items()}, "leftOut": {**left_out}}))
        else:
            files = sum(map(len, written.values()))
            result(f"{files} files for {len(written)} operations are in {out}; {len(left_out)} operations are left out")
        if left_out and not written:
            fail("there is not one operation of which a sample can be made")

    run(work())


def _write_all(projection: Projection, folder: Path) -> tuple[dict[str, list[str]], dict[str, str]]:
    """The files by operation, and the operations left out with the reason."""
    folder.mkdir(parents=True, exist_ok=True)
    written: dict[str, list[str]] = {}
    left_out: dict[str, str] = {}
    names = _FileNames()
    for name in projection.contract.operations:
        try:
            files = dict(_files(projection.operation(name)))
        except (BridgeError, NoSample, RecursionError) as error:
            left_out[name] = _reason(error)
            continue
        stem = names.of(name)
        for suffix, data in files.items():
            (folder / f"{stem}.{suffix}").write_bytes(data)
        written[name] = [f"{stem}.{suffix}" for suffix in files]
    return written, left_out


def _files(codec: OperationCodec) -> Iterator[tuple[str, bytes]]:
    """Suffix and content. An answer without content has an envelope all the same, a one-way operation has none."""
    example = codec.example
    yield "request.json", _lines(example.request)
    if codec.http is not None:
        yield from _without_envelope(codec, codec.http)
        return
    yield "request.xml", codec.encode_request(loads(example.request))
    if example.answer is not None:
        yield "response.json", _lines(example.answer)
        yield "response.xml", codec.encode_answer(loads(example.answer))
    elif codec.contract.output is not None:
        yield "response.xml", codec.encode_answer(None, given=False)
    names = _FileNames()
    for fault in codec.description.faults:
        stem = f"fault.{names.of(fault.name)}"
        detail = fault_sample(codec, fault.name)
        yield f"{stem}.json", _lines(dumps(detail).encode())
        yield f"{stem}.xml", codec.encode_fault(fault.name, detail, fault.doc or fault.name, "client")


def _without_envelope(codec: OperationCodec, http: HttpCodec) -> Iterator[tuple[str, bytes]]:
    """The request as HTTP has it, without what only a connection adds, and the body of the answer."""
    example = codec.example
    out = codec.request(loads(example.request))
    head = [f"{out.verb} {out.url('/')}", *(f"{name}: {value}" for name, value in out.headers.items()), "", ""]
    yield "request.http", "\n".join(head).encode() + (out.body or b"")
    if example.answer is not None:
        yield "response.json", _lines(example.answer)
        yield f"response.{_ENDINGS[http.binding.output]}", http.answer(codec.encode_answer(loads(example.answer)))[1]


class _FileNames:
    """Names that every file system takes, each once even where capitals do not count."""

    def __init__(self) -> None:
        self._taken: set[str] = set()

    def of(self, name: str) -> str:
        plain = safe = re.sub(r"[^A-Za-z0-9_-]+", "_", name)[:_NAME_MAX] or "_"
        number = 2
        while safe.lower() in self._taken:
            safe, number = f"{plain}_{number}", number + 1
        self._taken.add(safe.lower())
        return safe


def _lines(text: bytes) -> bytes:
    return pretty(loads(text)).encode()


def _reason(error: Exception) -> str:
    errors = getattr(error, "errors", ())
    return "; ".join(f"{one.pointer or '/'}: {one.detail}" for one in errors[:5]) or str(error) or type(error).__name__
