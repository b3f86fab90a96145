"""The bridges of this folder share one state folder, so that each WSDL is read once."""

from __future__ import annotations

import pytest

from tests.complaints.legacy import Bridges


@pytest.fixture(scope="session")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Bridges:
    return Bridges(tmp_path_factory.mktemp("complaints"))
