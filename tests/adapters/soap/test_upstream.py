"""What a SOAP upstream offers, and what a dry run of it shows."""

from __future__ import annotations

import pytest

from adapters.soap.upstream import Flags
from bridge.contracts import Upstream
from bridge.errors import (
    ContractError,
    DoesNotFit,
    UpstreamUnaddressed,
)
from tests.adapters.soap.messages import head_of, soap
from tests.adapters.soap.opened import ARGS, Room, call
from tests.bridge.transport.faults import FaultServer, answers

# ── what it offers ───────────────────────────────────────────────────────────────────────────────────────────────


async def test_what_it_offers(room: Room) -> None:
    upstream = room.upstream(
        "http://shop.example/", flags={"GetOrder": Flags(safe=True), "Odd": Flags(idempotent=True)}
    )
    checked: Upstream = upstream
    assert (checked.name, checked.title, checked.doc) == ("shop", "ShopService", "Orders of the shop")
    found = {one.id: (one.safe, one.idempotent, one.one_way) for one in checked.operations.values()}
    assert found == {
        "shop.GetOrder": (True, True, False), "shop.Notify": (False, False, True), "shop.Odd": (False, True, False),
    }  # fmt: skip
    assert {one.name: one.status for one in checked.describe("GetOrder").faults} == {
        "OrderNotFound": 404,
        "Locked": 422,
    }
    assert b"orderId" in checked.example("GetOrder").request
    with pytest.raises(ContractError, match="no operation Nothing"):
        checked.describe("Nothing")


async def test_a_dry_run_shows_what_would_be_sent(room: Room) -> None:
    async with FaultServer([answers(soap())]) as server:
        upstream = room.upstream(server.url)
        shown = await upstream.dry_run("GetOrder", ARGS)
        assert server.connections == 0
        await upstream.service("GetOrder")(call())
        assert shown.body == server.requests[0].partition(b"\r\n\r\n")[2]
        assert shown.url == server.url
        head = head_of(server.requests[0])
        assert {name.lower(): value for name, value in shown.headers}.items() <= head.items()
    with pytest.raises(DoesNotFit):
        await upstream.dry_run("GetOrder", b"{}")


async def test_a_contract_without_an_address_can_still_be_shown(room: Room) -> None:
    upstream = room.upstream("REPLACE_ME", wsdl="shop.wsdl")
    assert "set endpoint:" in upstream.warnings[0]
    assert (await upstream.dry_run("GetOrder", ARGS)).url == ""
    with pytest.raises(UpstreamUnaddressed) as caught:
        await upstream.service("GetOrder")(call())
    assert (caught.value.cause, caught.value.retryable, caught.value.outcome) == ("no_endpoint", False, "not_sent")
