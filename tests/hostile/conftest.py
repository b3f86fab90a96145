"""The bridges of this folder share one state folder; the canary lives through all tests."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from adapters.soap.codec import Projection
from adapters.soap.documents import DocumentSet
from adapters.soap.wsdl.reader import read_contract
from bridge.errors import DoesNotFit
from tests.complaints.legacy import Bridges
from tests.hostile.watch import Canary
from tests.hostile.world import WSDL


@pytest.fixture(scope="session")
def bridges(tmp_path_factory: pytest.TempPathFactory) -> Bridges:
    return Bridges(tmp_path_factory.mktemp("hostile"))


@pytest.fixture(scope="session")
def canary(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Canary]:
    made = Canary(tmp_path_factory.mktemp("canary"))
    yield made
    made.close()


class Codec:
    """Requests without a network, for many values in a short time."""

    def __init__(self) -> None:
        documents = DocumentSet("/hostile.wsdl", {"/hostile.wsdl": WSDL.encode()})
        self._get = Projection(read_contract(documents)).operation("Get")

    def sent(self, value: dict[str, object]) -> bytes | None:
        """The message, or None where it was refused."""
        try:
            return self._get.encode_request(value)  # type: ignore[arg-type]  # JSON, which object says less of
        except DoesNotFit:
            return None


@pytest.fixture(scope="session")
def codec() -> Codec:
    return Codec()
