"""Gathers a document set: level by level, in parallel, within bounds, each document once.

How bytes come over HTTP is handed in; files are read off the event loop, and documents are parsed there too.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from adapters.soap.documents import DocumentSet, Kind, Reference, namespaces, parse_document, references
from adapters.soap.documents_rules import Place, Rules, Sourcing, entry_place
from bridge.errors import BridgeError, ContractError, MissingDocuments
from bridge.formats.xml.xsd.known import known_location

Fetch = Callable[[str], Awaitable[bytes]]
"""Gets an http(s) URL: credentials, TLS, proxy, redirects and its own limits are the transport's business."""


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds on what one WSDL may make us read. `depth_max` counts levels of imports."""

    count_max: int = 500
    bytes_max: int = 64_000_000
    depth_max: int = 64
    parallel: int = 8
    timeout_s: float = 120.0


@dataclass(frozen=True, slots=True)
class _Missing:
    location: str
    reason: str
    kind: Kind
    namespace: str
    broken: bool


@dataclass(frozen=True, slots=True)
class _Wanted:
    place: Place
    kind: Kind
    namespace: str


_Page = tuple[str, list[Reference]] | None
"""A document's location and what it refers to; None: it is missing."""


async def gather(
    location: str,
    fetch: Fetch,
    resolve_map: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    *,
    sourcing: Sourcing | None = None,
) -> DocumentSet:
    """Raises MissingDocuments with everything that could not be had, ContractError over a limit.

    `resolve_map` is short for `Sourcing(resolve=…)`.
    """
    sourcing = sourcing or Sourcing(resolve=resolve_map or {})
    limits = limits or Limits()
    place = entry_place(location, sourcing)
    walk = _Walk(Rules(place.location, sourcing), fetch, limits, asyncio.Semaphore(limits.parallel))
    try:
        async with asyncio.timeout(limits.timeout_s):
            await walk.run(place)
    except TimeoutError as error:
        raise ContractError(f"The documents of {location} did not arrive within {limits.timeout_s:g} s") from error
    notes = walk.judge_missing(tolerate=sourcing.tolerate_missing)
    return DocumentSet(place.location, walk.documents, walk.links, walk.files, tuple(notes))


@dataclass(slots=True)
class _Walk:
    """One gathering under way."""

    rules: Rules
    fetch: Fetch
    limits: Limits
    slots: asyncio.Semaphore
    documents: dict[str, bytes] = field(default_factory=dict)
    links: dict[str, dict[str, str]] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    missing: dict[str, _Missing] = field(default_factory=dict)
    schemas: set[str] = field(default_factory=set)
    bytes_total: int = 0

    async def run(self, entry: Place) -> None:
        wave = {entry.location: _Wanted(entry, "wsdl", "")}
        for _ in range(self.limits.depth_max):
            pages = await _all([asyncio.ensure_future(self._load(wanted)) for wanted in wave.values()])
            places = await asyncio.to_thread(self._places, [page for page in pages if page is not None])
            wave = self._next(places)
            if not wave:
                return
        raise ContractError(f"{self.rules.entry}: imports are nested deeper than {self.limits.depth_max} levels")

    async def _load(self, wanted: _Wanted) -> _Page:
        """Takes one document in, with what it refers to; or notes why it is missing."""
        place = wanted.place
        try:
            async with self.slots:
                data = await self._bytes(place)
            self._count(data)
            found, targets = await asyncio.to_thread(_read, data, place.location)
        except (BridgeError, OSError, TimeoutError) as error:
            self._fail(wanted, error)
            return None
        self.documents[place.location] = data
        self.schemas.update(targets)
        if place.path is not None:
            self.files[place.location] = place.path
        return place.location, found

    def _fail(self, wanted: _Wanted, error: Exception) -> None:
        place = wanted.place
        entry = place.location == self.rules.entry
        if isinstance(error, _OverLimit) or (entry and isinstance(error, ContractError) and not place.refusal):
            raise error
        reason = _reason(error, place.location)
        # A broken file stays broken: what needs it is left out. Over a network it may be an error page of today.
        broken = place.path is not None and isinstance(error, ContractError) and not place.refusal
        self.missing[place.location] = _Missing(place.location, reason, wanted.kind, wanted.namespace, broken)

    async def _bytes(self, place: Place) -> bytes:
        if place.refusal:
            raise ContractError(place.refusal)
        if place.path is not None:
            return await asyncio.to_thread(_read_file, Path(place.path), self.limits.bytes_max)
        return await self.fetch(place.location)

    def _count(self, data: bytes) -> None:
        self.bytes_total += len(data)
        if self.bytes_total > self.limits.bytes_max:
            raise _OverLimit(f"{self.rules.entry}: its documents are larger than {self.limits.bytes_max} bytes in all")

    def _places(self, pages: list[tuple[str, list[Reference]]]) -> list[tuple[str, Reference, Place]]:
        """Off the event loop, as it looks for files."""
        return [
            (base, reference, self.rules.place(base, self.files.get(base), reference.target, reference.namespace))
            for base, found in pages
            for reference in found
        ]

    def _next(self, places: list[tuple[str, Reference, Place]]) -> dict[str, _Wanted]:
        wave: dict[str, _Wanted] = {}
        for base, reference, place in places:
            if place.built_in:
                continue
            self.links.setdefault(base, {}).setdefault(reference.target, place.location)
            if place.location not in self.documents and place.location not in self.missing:
                wave.setdefault(place.location, _Wanted(place, reference.kind, reference.namespace))
        if len(self.documents) + len(wave) > self.limits.count_max:
            raise _OverLimit(f"{self.rules.entry} imports more than {self.limits.count_max} documents")
        return wave

    def judge_missing(self, *, tolerate: bool) -> list[str]:
        """The notes about what is missing and not needed; raises for what is needed. Links to it are taken out."""
        notes, needed = [], []
        for miss in self.missing.values():
            there = miss.namespace in self.schemas - {""} or known_location(miss.namespace) != ""
            if miss.kind == "schema" and (tolerate or there or miss.broken):
                notes.append(f"{miss.location} could not be had ({miss.reason})")
            else:
                needed.append((miss.location, miss.reason))
        if needed:
            raise MissingDocuments(needed)
        self.links = {
            base: {reference: location for reference, location in found.items() if location in self.documents}
            for base, found in self.links.items()
        }
        return notes


async def _all(tasks: list[asyncio.Task[_Page]]) -> list[_Page]:
    """The results in order. When one fails, none is left running."""
    try:
        return await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


class _OverLimit(ContractError):
    """A bound was passed: no part of the set is used."""


def _read(data: bytes, location: str) -> tuple[list[Reference], list[str]]:
    root = parse_document(data, location)
    return references(root), namespaces(root)


def _read_file(path: Path, bytes_max: int) -> bytes:
    if path.stat().st_size > bytes_max:
        raise _OverLimit(f"{path} is larger than {bytes_max} bytes")
    return path.read_bytes()


def _reason(error: Exception, location: str) -> str:
    if isinstance(error, BridgeError):
        cause = str(getattr(error, "cause", "")) or error.detail
        return cause.removeprefix(f"{location} ")[:300]
    if isinstance(error, FileNotFoundError):
        return "there is no such file"
    if isinstance(error, TimeoutError):
        return "no answer in time"
    return (getattr(error, "strerror", None) or type(error).__name__)[:300]
