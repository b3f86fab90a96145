"""The collection of real WSDLs, where it is at hand: WSDL_CORPUS, or `shared/wsdl` beside the project."""

from __future__ import annotations

import os
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import msgspec
import pytest

from adapters.soap.documents import DocumentSet
from adapters.soap.documents_gather import gather
from adapters.soap.documents_rules import Sourcing

PROJECT = Path(__file__).parents[3]
FOLDER = Path(os.environ.get("WSDL_CORPUS") or PROJECT.parent / "shared" / "wsdl").resolve()


class Entry(msgspec.Struct, frozen=True):
    """A row of the manifest: `loads` and `n_ops` are what plain zeep made of it."""

    id: str
    entry: str
    loads: bool
    n_ops: int | None
    url_map: dict[str, str]
    remote_unresolved: list[str]
    missing_relative: list[list[str]]
    load_failure_class: str | None

    @property
    def path(self) -> Path:
        return FOLDER / self.entry

    @property
    def complete(self) -> bool:
        return not self.remote_unresolved and not self.missing_relative


@dataclass(frozen=True)
class Corpus:
    """All rows, and the addresses that have a local copy."""

    entries: tuple[Entry, ...]
    standard: dict[str, str]

    def named(self, name: str) -> Entry:
        return next(entry for entry in self.entries if entry.id == name)

    def sourcing(self, entry: Entry) -> Sourcing:
        copies = {url: str(entry.path.parent / file) for url, file in entry.url_map.items()}
        return Sourcing(resolve={**self.standard, **copies})

    async def documents(self, entry: Entry) -> DocumentSet:
        """Without a network."""
        return await gather(str(entry.path), no_network, sourcing=self.sourcing(entry))


async def no_network(url: str) -> bytes:
    raise ConnectionRefusedError(url)


@cache
def _read() -> Corpus:
    entries = msgspec.json.decode((FOLDER / "manifest.json").read_bytes(), type=tuple[Entry, ...])
    standard = msgspec.json.decode((FOLDER / "standard" / "map.json").read_bytes(), type=dict[str, str])
    return Corpus(entries, {url: str(FOLDER / "standard" / file) for url, file in standard.items()})


def corpus() -> Corpus:
    """Skips the test where there is none, but never in CI."""
    if not (FOLDER / "manifest.json").is_file():
        if os.environ.get("CI"):
            pytest.fail(f"the WSDL collection is not at {FOLDER}")
        pytest.skip("the WSDL collection is not here; set WSDL_CORPUS")
    return _read()
