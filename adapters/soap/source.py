"""How a contract is had: from disk when it may be, else from its documents, read anew or pinned earlier.

The order of the ways is the whole of this file; each way is a room of its own.
"""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from typing import Literal

import msgspec

from adapters.soap.contract import Contract
from adapters.soap.derive import decode, derive
from adapters.soap.documents import DocumentSet
from adapters.soap.documents_gather import Fetch, Limits, gather
from adapters.soap.documents_rules import Sourcing
from adapters.soap.kept import Entry, Kept, Key
from bridge.clock import Clock
from bridge.errors import BridgeError, ContractError

Refresh = Literal["never", "start"] | float
"""When documents from the network are looked at again: never, at each start, or when older than so many seconds.
Local files that have changed are always read again."""


async def open_contract(
    location: str,
    *,
    fetch: Fetch,
    clock: Clock,
    kept: Kept | None = None,
    resolve_map: Mapping[str, str] | None = None,
    service: str | None = None,
    port: str | None = None,
    every_port: bool = False,
    refresh: Refresh = "never",
    rewrite: Mapping[str, str] | None = None,
    allow_imports: tuple[str, ...] = (),
    tolerate_missing: bool = False,
    limits: Limits | None = None,
    slots: asyncio.Semaphore | None = None,
    compare: bool = False,
) -> tuple[Contract, bool]:
    """The contract, and whether it came from disk without deriving. Raises ContractError.

    `every_port`: where no port is named, the operations of all ports (each then tells its own).
    `kept` None: nothing is kept. `slots` bounds how many contracts are derived at once. `compare`: with what zeep reads
    differently; a kept contract that lacks it is derived anew from its documents, and kept with it.
    """
    sourcing = Sourcing(resolve_map or {}, rewrite or {}, allow_imports, tolerate_missing)
    key = key_for(location, sourcing, service, port, every_port=every_port)
    opening = _Opening(key, sourcing, fetch, clock, limits, slots, compare)
    if kept is None:
        return (await opening.derived(await opening.gathered()))[0], False
    return await opening.from_disk_or_anew(kept, refresh)


def key_for(
    location: str, sourcing: Sourcing, service: str | None, port: str | None, *, every_port: bool = False
) -> Key:
    """Under which a contract and its documents are kept."""
    return Key(
        location,
        tuple(sorted(sourcing.resolve.items())),
        tuple(sorted(sourcing.rewrite.items())),
        tuple(sorted(sourcing.allow_imports)),
        sourcing.tolerate_missing,
        service,
        port,
        every_port,
    )


@dataclass(frozen=True, slots=True)
class _Opening:
    """One contract being opened."""

    key: Key
    sourcing: Sourcing
    fetch: Fetch
    clock: Clock
    limits: Limits | None
    slots: asyncio.Semaphore | None
    compare: bool

    async def from_disk_or_anew(self, kept: Kept, refresh: Refresh) -> tuple[Contract, bool]:
        entry = await kept.entry(self.key)
        if entry is None:
            return await self.kept_anew(kept, await self.gathered()), False
        edited = not await kept.unchanged(entry)
        if not edited and not self.is_old(entry, refresh):
            return await self.pinned(kept)
        try:
            return await self.looked_again(kept, entry)
        except (BridgeError, OSError) as error:
            # Who edits a file wants to hear of the mistake; a server that is away or half up must stop nobody.
            if edited:
                raise
            contract, from_disk = await self.pinned(kept)
            reason = str(error).splitlines()[0][:300]
            return _warned(contract, f"the kept contract is used, as there is no newer one: {reason}"), from_disk

    def is_old(self, entry: Entry, refresh: Refresh) -> bool:
        """Whether the documents are to be looked at again."""
        return refresh == "start" or (refresh != "never" and self.clock.wall() - entry.kept_at >= refresh)

    async def looked_again(self, kept: Kept, entry: Entry) -> tuple[Contract, bool]:
        docs = await self.gathered()
        same = await self.loaded(kept) if docs.digest == entry.documents else None
        if same is None:
            return await self.kept_anew(kept, docs, in_place=True), False
        with suppress(OSError):  # then they are looked at again a little earlier
            await kept.touch(self.key, docs, now=self.clock.wall())
        return same, True

    async def pinned(self, kept: Kept) -> tuple[Contract, bool]:
        """The kept contract; after an upgrade or damage derived from the kept documents; else from new ones."""
        contract = await self.loaded(kept)
        if contract is not None:
            return contract, True
        docs = await kept.documents(self.key) or await self.gathered()
        return await self.kept_anew(kept, docs), False

    async def loaded(self, kept: Kept) -> Contract | None:
        """The kept contract, if it has what is wanted."""
        contract = await kept.load(self.key)
        return contract if contract is None or contract.compared or not self.compare else None

    async def kept_anew(self, kept: Kept, docs: DocumentSet, *, in_place: bool = False) -> Contract:
        """`in_place`: of one that is kept; then one of which nothing can be called is refused."""
        contract, data = await self.derived(docs)
        if in_place and all(one.problem for one in contract.operations.values()):
            reason = next((one.problem for one in contract.operations.values()), "there is none")
            raise ContractError(f"{self.key.location} has no operation that can be called: {reason}")
        try:
            await kept.keep(self.key, docs, data, now=self.clock.wall())
        except OSError as error:
            return _warned(contract, f"the contract could not be kept on disk: {error.strerror}")
        return contract

    async def derived(self, docs: DocumentSet) -> tuple[Contract, bytes]:
        key = self.key
        data = await derive(
            docs, key.service, key.port, every_port=key.every_port, compare=self.compare, slots=self.slots
        )
        try:
            return await asyncio.to_thread(decode, data), data
        except (msgspec.DecodeError, RecursionError) as error:
            raise ContractError(f"{self.key.location} gave a contract that cannot be read back") from error

    async def gathered(self) -> DocumentSet:
        return await gather(self.key.location, self.fetch, limits=self.limits, sourcing=self.sourcing)


def _warned(contract: Contract, line: str) -> Contract:
    return msgspec.structs.replace(contract, warnings=(*contract.warnings, line))
