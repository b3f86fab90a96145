"""One folder of contracts for all command lines, and the shop where something has to answer."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.bridge.cli.operators import Operators
from tests.bridge.cli.running import Line
from tests.bridge.demo.running import Shop, shop_running


@pytest.fixture(scope="session")
def state(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("state")


@pytest.fixture
def line(state: Path) -> Line:
    return Line(state)


@pytest.fixture
def shop() -> Iterator[Shop]:
    with shop_running() as shop:
        yield shop


@pytest.fixture
def operators(tmp_path: Path) -> Operators:
    made = Operators(tmp_path)
    made.begin()
    return made
