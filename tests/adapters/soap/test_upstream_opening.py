"""From settings to an opened upstream: from the network, from a file, from disk, or not at all."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from adapters.soap.config import SoapSettings
from adapters.soap.upstream_opening import open_upstream
from bridge.errors import MissingDocuments
from bridge.events import ContractWarning, UpstreamReady
from tests.adapters.soap.opened import CLOCK, Room, call
from tests.adapters.soap.shop import ORDER, envelope, wsdl
from tests.bridge.transport.faults import Behaviour, Connection, FaultServer, answers, http


def serves_wsdl() -> tuple[list[Behaviour], Callable[[str], None]]:
    """A server that gives its WSDL to GET and an order to POST."""
    address: list[str] = []

    async def run(connection: Connection) -> bool:
        request = await connection.read_request()
        if request:
            data = http(wsdl(address[0])) if request.startswith(b"GET") else http(envelope(ORDER))
            await connection.send(data)
        return bool(request)

    return [run], address.append


async def test_opened_from_the_network_and_again_from_disk(room: Room, tmp_path: Path) -> None:
    script, tell = serves_wsdl()
    async with FaultServer(script) as server:
        tell(server.url)
        settings = SoapSettings(wsdl=server.url + "?wsdl")
        ready: list[UpstreamReady] = []
        for _ in range(2):
            opened, told = await open_upstream(
                "shop", settings, {}, state_dir=tmp_path, clock=CLOCK, emit=room.events.append
            )
            room.opened.append(opened)
            ready.append(told)
            assert (await opened.service("GetOrder")(call())).body == b'{"orderId":1001,"total":12.50}'
        assert [request[:4] for request in server.requests] == [b"GET ", b"POST", b"POST"]
    assert [(one.operations, one.from_disk) for one in ready] == [(3, False), (3, True)]
    assert room.told(ContractWarning) == []


async def test_a_wsdl_that_cannot_be_had(room: Room, tmp_path: Path) -> None:
    async with FaultServer([answers(http(b"", status=404))]) as server:
        settings = SoapSettings(wsdl=server.url + "?wsdl")
        with pytest.raises(MissingDocuments, match="--resolve"):
            await open_upstream("shop", settings, {}, state_dir=tmp_path, clock=CLOCK, emit=room.events.append)
    assert room.events == []


async def test_a_wsdl_from_a_file_that_sends_elsewhere_is_trusted(
    room: Room, tmp_path: Path, guarded: dict[str, object]
) -> None:
    async with FaultServer([answers(http(envelope(ORDER)))]) as server:
        (tmp_path / "shop.wsdl").write_bytes(wsdl(server.url))
        settings = SoapSettings.model_validate({"wsdl": str(tmp_path / "shop.wsdl"), **guarded})
        opened, _ = await open_upstream("shop", settings, {}, state_dir=None, clock=CLOCK, emit=room.events.append)
        room.opened.append(opened)
        await opened.service("GetOrder")(call())
        assert b"c2hvcDpjYW5hcnk=" in server.requests[0]
