"""Keys for the whole session: they take their time to make."""

from __future__ import annotations

import pytest

from tests.adapters.soap.security.keys import Keys


@pytest.fixture(scope="session")
def keys(tmp_path_factory: pytest.TempPathFactory) -> Keys:
    return Keys.made(tmp_path_factory.mktemp("keys"))
