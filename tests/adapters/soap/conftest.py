"""Fixtures of the tests that open an upstream."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from tests.adapters.soap.opened import Room


@pytest.fixture
async def room() -> AsyncIterator[Room]:
    made = Room()
    yield made
    for upstream in made.opened:
        await upstream.close()


@pytest.fixture
def guarded(tmp_path: Path) -> dict[str, object]:
    (tmp_path / "secret").write_text("canary")
    secret = f"file:{tmp_path / 'secret'}"
    return {
        "auth": {"basic": {"username": "shop", "password": secret}},
        "security": {"username_token": {"username": "shop", "password": secret}},
    }
