"""One shop for each test, and one folder of contracts for all: reading the same WSDL again and again shows nothing."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.demo.running import Shop, shop_running


@pytest.fixture
def shop() -> Iterator[Shop]:
    with shop_running() as shop:
        yield shop


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


WSDL = Path(__file__).parents[3] / "bridge" / "demo" / "shop.wsdl"


@pytest.fixture
def soap(shop: Shop) -> dict[str, object]:
    """The shop by its WSDL file, which is read once, at the address of this test."""
    return {"wsdl": str(WSDL), "endpoint": shop.address}
