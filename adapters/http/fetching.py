"""Where an OpenAPI document comes from: a file or an address, and the folder where what was fetched is kept.

A document that cannot be had again is taken as it was. What is kept is checked by its digest, so one that was cut
short or altered is as good as none.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from collections.abc import Awaitable, Callable
from pathlib import Path

from adapters.http.config import HttpSettings
from bridge.errors import CallError, ContractError
from bridge.transport.origins import is_http

Fetch = Callable[[str], Awaitable[bytes]]
_MAGIC = b"LBO1"
_DIGEST_BYTES = 32


async def fetched(settings: HttpSettings, fetch: Fetch, folder: Path | None) -> tuple[bytes, bool, str]:
    """The document, whether it came from where it was kept, and why it was not had anew ("" where it was, or need not
    be). Raises ContractError."""
    where = settings.openapi or ""
    if not is_http(where):
        return await asyncio.to_thread(_file, Path(where), settings.openapi_max), False, ""
    kept = folder / f"{hashlib.sha256(where.encode()).hexdigest()}.openapi" if folder else None
    before = await asyncio.to_thread(_kept, kept) if kept else None
    if before is not None and settings.refresh == "never":
        return before, True, ""
    try:
        data = await fetch(where)
    except CallError as error:
        if before is None:
            raise ContractError(f"{where}: the document could not be had ({error.cause or error.code})") from error
        return before, True, f"{where} could not be had ({error.cause or error.code}); it is taken as it was"
    if len(data) > settings.openapi_max:
        raise ContractError(f"{where}: it is larger than openapi_max ({settings.openapi_max} bytes)")
    if kept is not None and data != before:
        await asyncio.to_thread(_keep, kept, data)
    return data, False, ""


def _file(path: Path, bytes_max: int) -> bytes:
    try:
        with path.open("rb") as file:
            data = file.read(bytes_max + 1)
    except OSError as error:
        raise ContractError(f"{path}: the file cannot be read: {error.strerror}") from error
    if len(data) > bytes_max:
        raise ContractError(f"{path}: it is larger than openapi_max ({bytes_max} bytes)")
    return data


def _kept(path: Path) -> bytes | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + _DIGEST_BYTES
    return data[head:] if data[:head] == _MAGIC + hashlib.sha256(data[head:]).digest() else None


def _keep(path: Path, data: bytes) -> None:
    """Appears whole, by renaming: several processes may share the folder."""
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_MAGIC + hashlib.sha256(data).digest() + data)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:  # an interrupted one as well leaves nothing half written
        beside.unlink(missing_ok=True)
        raise
