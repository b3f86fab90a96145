"""What the proofs of identity are tested against: a server behind, and Apache in front of it."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest

from tests.bridge.transport.behind import Behind, behind
from tests.servers.apache import Apache, apache


@pytest.fixture
async def store() -> AsyncIterator[Behind]:
    async with behind() as running:
        yield running


@pytest.fixture
async def server(store: Behind) -> AsyncIterator[Apache]:
    async with apache(store.url) as running:
        yield running
