"""The bridges of this folder share one state folder; the canary lives through all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.complaints.legacy import Bridges
from tests.hostile.watch import Canary


@pytest.fixture(scope="session")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Bridges:
    return Bridges(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    made = Canary(tmp_path_factory.mktemp("canary"))
    yield made
    made.close()
