"""Contracts on disk: an index from what was asked for to a pinned document set, the documents, the derived contract.

A file that is missing, cut short or altered is as good as none: the caller derives again. Nothing here reads WSDL.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
from contextlib import suppress
from pathlib import Path
from typing import TypeVar

import msgspec

from adapters.soap.contract import DERIVATION, Contract
from adapters.soap.documents import DocumentSet

T = TypeVar("T")

_MAGIC = b"LBC1"
_DIGEST_BYTES = 32


class Key(msgspec.Struct, frozen=True):
    """What was asked for: where, with which rules for getting documents, and which port."""

    location: str
    resolve: tuple[tuple[str, str], ...] = ()
    rewrite: tuple[tuple[str, str], ...] = ()
    allow_imports: tuple[str, ...] = ()
    tolerate_missing: bool = False
    service: str | None = None
    port: str | None = None
    every_port: bool = False

    @property
    def digest(self) -> str:
        return hashlib.sha256(msgspec.msgpack.encode(self)).hexdigest()


class Entry(msgspec.Struct, frozen=True):
    """A line of the index. `stamps`: path → size and time of change, of the documents that were local files."""

    key: Key
    documents: str
    kept_at: float
    stamps: dict[str, tuple[int, int]] = {}


class Kept:
    """The folder. Several processes may share it: files appear whole, by renaming.

    `derivation` is the version of the reading; contracts of another one are not loaded.
    """

    def __init__(self, folder: Path, derivation: int = DERIVATION) -> None:
        self.folder = folder
        self.derivation = derivation

    async def entry(self, key: Key) -> Entry | None:
        """The line of the index, if there is one."""
        return await asyncio.to_thread(self._entry, key)

    async def load(self, key: Key) -> Contract | None:
        """The contract derived by this version from the pinned documents."""
        return await asyncio.to_thread(self._load, key)

    async def documents(self, key: Key) -> DocumentSet | None:
        """The pinned documents, from which a newer version derives without a network."""
        return await asyncio.to_thread(self._documents, key)

    async def keep(self, key: Key, docs: DocumentSet, contract: bytes, *, now: float) -> None:
        """Pins the documents and their contract. Raises OSError when the folder cannot be written."""
        await asyncio.to_thread(self._keep, key, docs, contract, now)

    async def touch(self, key: Key, docs: DocumentSet, *, now: float) -> None:
        """Notes that these very documents were seen again. Raises OSError when the folder cannot be written."""
        entry = Entry(key, docs.digest, now, await asyncio.to_thread(_stamps, docs))
        await asyncio.to_thread(_write, self._path("index", key.digest), msgspec.msgpack.encode(entry))

    async def unchanged(self, entry: Entry) -> bool:
        """Whether the local files among the documents are as they were. One that is gone counts as unchanged:
        there is nothing newer to read."""
        return await asyncio.to_thread(_unchanged, entry)

    def _entry(self, key: Key) -> Entry | None:
        entry = _read(self._path("index", key.digest), Entry)
        return entry if entry is not None and entry.key == key else None

    def _load(self, key: Key) -> Contract | None:
        entry = self._entry(key)
        return None if entry is None else _read(self._contract_path(entry.documents, key), Contract)

    def _documents(self, key: Key) -> DocumentSet | None:
        entry = self._entry(key)
        docs = None if entry is None else _read(self._path("documents", entry.documents), DocumentSet)
        return docs if docs is not None and entry is not None and docs.digest == entry.documents else None

    def _keep(self, key: Key, docs: DocumentSet, contract: bytes, now: float) -> None:
        self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        digest = docs.digest
        # The index last: what it points to is there by then.
        _write(self._path("documents", digest), msgspec.msgpack.encode(docs))
        _write(self._contract_path(digest, key), contract)
        entry = Entry(key, digest, now, _stamps(docs))
        _write(self._path("index", key.digest), msgspec.msgpack.encode(entry))
        self._prune()

    def _prune(self) -> None:
        """Removes documents and contracts that no line of the index points to any more."""
        entries = [entry for path in self.folder.glob("*.index") if (entry := _read(path, Entry)) is not None]
        used = {self._path("documents", entry.documents) for entry in entries}
        used |= {self._contract_path(entry.documents, entry.key) for entry in entries}
        for path in (*self.folder.glob("*.documents"), *self.folder.glob("*.contract")):
            if path not in used:
                with suppress(OSError):
                    path.unlink()

    def _path(self, kind: str, name: str) -> Path:
        return self.folder / f"{name}.{kind}"

    def _contract_path(self, documents: str, key: Key) -> Path:
        """Named by everything that the derived contract depends on."""
        parts = (documents, self.derivation, key.service, key.port, key.every_port)
        return self._path("contract", hashlib.sha256(msgspec.msgpack.encode(parts)).hexdigest())


def _write(path: Path, payload: bytes) -> None:
    beside = path.with_name(f".{path.name}.{os.getpid()}")
    descriptor = os.open(beside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    try:
        with os.fdopen(descriptor, "wb") as stream:
            stream.write(_MAGIC)
            stream.write(hashlib.sha256(payload).digest())
            stream.write(payload)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(path)
    except BaseException:  # an interrupted one as well leaves nothing half written
        beside.unlink(missing_ok=True)
        raise


def _read(path: Path, kind: type[T]) -> T | None:
    try:
        data = path.read_bytes()
    except OSError:
        return None
    head = len(_MAGIC) + _DIGEST_BYTES
    payload = memoryview(data)[head:]
    if data[:head] != _MAGIC + hashlib.sha256(payload).digest():
        return None
    try:
        return msgspec.msgpack.decode(payload, type=kind)
    except (msgspec.DecodeError, RecursionError):
        return None


def _stamps(docs: DocumentSet) -> dict[str, tuple[int, int]]:
    return {path: stamp for path in sorted(set(docs.files.values())) if (stamp := _stamp(path)) is not None}


def _stamp(path: str) -> tuple[int, int] | None:
    try:
        status = Path(path).stat()
    except OSError:
        return None
    return status.st_size, status.st_mtime_ns


def _unchanged(entry: Entry) -> bool:
    return all(_stamp(path) in (None, stamp) for path, stamp in entry.stamps.items())
