"""A real store in real time: a database does not wait for a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.events import Event
from bridge.layers.record import Recording
from bridge.store.journal import Entry, load
from bridge.store.journal_search import Filter, find
from bridge.store.journal_settings import JournalSettings
from bridge.store.journal_words import Extractor
from bridge.store.recorder import Recorder
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

SEAL = Seal(bytes(range(32)))


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"real": asyncio.SelectorEventLoop}


@dataclass
class Journal:
    """A store, who records into it, and what is heard of that."""

    store: Store
    events: list[Event] = field(default_factory=list)
    recorder: Recorder | None = None

    def recording(self, **written: object) -> Recording:
        settings = JournalSettings.model_validate(written)
        self.recorder = Recorder(self.store, SEAL, settings, SystemClock(), self.events.append)
        return Recording(self.recorder, Extractor(settings.mask, lambda text: text.replace("s3cret", "***")))

    async def entries(self, **wanted: str) -> list[Entry]:
        found = await self.store.read(lambda tx: find(tx, Filter(**wanted)))
        loaded = [await self.store.read(lambda tx, one=one: load(tx, one.id, SEAL)) for one in found.items]
        return [one for one in loaded if one is not None]

    async def settled(self, **wanted: str) -> list[Entry]:
        """When all that was to be written is written."""
        assert self.recorder is not None
        await self.recorder.start()
        await self.recorder.close()
        return await self.entries(**wanted)


@pytest.fixture
async def journal(tmp_path: Path) -> AsyncIterator[Journal]:
    store = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield Journal(store)
    await store.close()
