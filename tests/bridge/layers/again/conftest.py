"""A real store in real time, and a write with its layer: a database does not wait for a clock that jumps."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from bridge.call import Call, Principal, Service
from bridge.clock import SystemClock
from bridge.contracts import Operation
from bridge.layers.again import Again, Terms
from bridge.layers.again_ask import Asking
from bridge.layers.again_ledger import Ledger
from bridge.layers.again_settings import IdempotencySettings, ReconcileSettings
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.web.problems import problem
from tests.bridge.layers.world import TRACE, WRITE, Inner

SEAL = Seal(bytes(range(32)))


def pytest_asyncio_loop_factories(
    config: pytest.Config, item: pytest.Item
) -> Mapping[str, Callable[[], asyncio.AbstractEventLoop]]:
    return {"real": asyncio.SelectorEventLoop}


class Clock(SystemClock):
    """The time of the store is moved by the test; everything else is real."""

    def __init__(self) -> None:
        self.ahead_s = 0.0

    def wall(self) -> float:
        return super().wall() + self.ahead_s


@dataclass
class Kept:
    """A store and the ledgers of its processes."""

    url: str
    clock: Clock = field(default_factory=Clock)
    stores: list[Store] = field(default_factory=list)
    services: dict[str, Service] = field(default_factory=dict)

    async def ledger(self) -> Ledger:
        """That of another process."""
        store = await Store.open(StoreSettings(url=self.url), self.clock)
        self.stores.append(store)
        return Ledger(store, SEAL, store.clock, problem)

    async def write(
        self,
        inner: Service,
        ledger: Ledger | None = None,
        operation: Operation = WRITE,
        reconcile: dict[str, Any] | None = None,
        deadline_s: float = 20.0,
        **written: object,
    ) -> Again:
        asking = None
        if reconcile is not None:
            settings = ReconcileSettings.model_validate(reconcile)
            asking = Asking(operation.upstream, settings, self.services.get, self.clock)
        terms = Terms(IdempotencySettings.model_validate(written), deadline_s, asking)
        return Again(inner, operation, terms, ledger or await self.ledger())

    def call(self, key: str | None = "k1", args: bytes = b'{"number":"4711"}', **changes: object) -> Call:
        deadline = self.clock.monotonic() + 30.0
        made = Call(WRITE.id, args, deadline, TRACE, Principal("web"), idempotency_key=key, request_id="r1")
        return replace(made, **changes)  # type: ignore[arg-type]  # dataclasses.replace is checked at run time


@pytest.fixture
async def kept(tmp_path: Path) -> AsyncIterator[Kept]:
    made = Kept(f"sqlite:///{tmp_path / 'bridge.db'}")
    yield made
    for store in made.stores:
        await store.close()


@pytest.fixture
def inner() -> Inner:
    return Inner()
