"""How a contract is had, as stories: first start, restart, change, upgrade, damage, no network."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.contract import DERIVATION, Contract
from adapters.soap.kept import Kept
from adapters.soap.source import Refresh, open_contract
from bridge.errors import ContractError, MissingDocuments
from tests.adapters.soap.wsdls import mentions, wsdl

URL = "https://erp.example/shop?wsdl"


class Hand:
    """A clock that is set by hand."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        self.now += seconds


class World:
    """A server with one WSDL, a folder, a clock."""

    def __init__(self, folder: Path) -> None:
        self.text: str | None = wsdl()
        self.fetches = 0
        self.clock = Hand()
        self.kept: Kept | None = Kept(folder)

    async def fetch(self, _url: str) -> bytes:
        self.fetches += 1
        if self.text is None:
            raise ConnectionRefusedError
        return self.text.encode()

    async def open(
        self, refresh: Refresh = "never", location: str = URL, port: str | None = None, *, compare: bool = False
    ) -> tuple[Contract, bool]:
        return await open_contract(
            location,
            fetch=self.fetch,
            clock=self.clock,
            kept=self.kept,
            refresh=refresh,
            port=port,
            compare=compare,
        )

    def moves_to(self, address: str) -> None:
        self.text = wsdl().replace("http://erp.example/shop", address)


@pytest.fixture
def world(tmp_path: Path) -> World:
    return World(tmp_path / "contracts")


async def test_the_first_start_derives_and_the_second_reads(world: World) -> None:
    first, from_disk = await world.open()
    assert not from_disk
    second, from_disk = await world.open()
    assert from_disk
    assert second == first
    assert world.fetches == 1


async def test_the_comparison_is_made_for_who_asks_first_from_the_kept_documents_and_kept_then(world: World) -> None:
    plain, _ = await world.open()
    assert not plain.compared
    compared, from_disk = await world.open(compare=True)
    assert (compared.compared, from_disk, world.fetches) == (True, False, 1)
    for compare in (True, False):
        assert await world.open(compare=compare) == (compared, True)


async def test_without_a_folder_nothing_is_kept(world: World) -> None:
    world.kept = None
    assert [(await world.open())[1] for _ in range(2)] == [False, False]
    assert world.fetches == 2


async def test_never_means_never(world: World) -> None:
    await world.open()
    world.text = None
    world.clock.now += 1e9
    assert (await world.open())[1]
    assert world.fetches == 1


async def test_refresh_at_start_looks_and_derives_only_what_changed(world: World) -> None:
    await world.open("start")
    assert (await world.open("start"))[1]
    assert world.fetches == 2
    world.moves_to("http://new.example/shop")
    contract, from_disk = await world.open("start")
    assert not from_disk
    assert contract.port.address == "http://new.example/shop"


async def test_refresh_after_a_time(world: World) -> None:
    await world.open(60.0)
    world.moves_to("http://new.example/shop")
    world.clock.now += 59
    assert (await world.open(60.0))[1]
    assert world.fetches == 1
    world.clock.now += 2
    contract, _ = await world.open(60.0)
    assert contract.port.address == "http://new.example/shop"


async def test_a_look_that_found_nothing_new_counts_as_a_look(world: World) -> None:
    await world.open(60.0)
    world.clock.now += 61
    await world.open(60.0)
    world.clock.now += 30
    await world.open(60.0)
    assert world.fetches == 2


async def test_a_server_that_is_away_does_not_stop_a_start(world: World) -> None:
    await world.open()
    world.text = None
    contract, from_disk = await world.open("start")
    assert from_disk
    assert mentions(contract.warnings, "the kept contract is used")
    assert contract.operations


async def test_a_server_that_is_away_at_the_first_start_is_an_error(world: World) -> None:
    world.text = None
    with pytest.raises(MissingDocuments):
        await world.open()


@pytest.mark.parametrize("broken", [wsdl(bindings=""), "<html><p>down for maintenance</html>"])
async def test_a_wsdl_that_became_unusable_on_its_server_does_not_stop_a_start(world: World, broken: str) -> None:
    first, _ = await world.open()
    world.text = broken
    contract, from_disk = await world.open("start")
    assert from_disk
    assert contract.operations == first.operations
    assert mentions(contract.warnings, "the kept contract is used")


async def test_a_local_wsdl_that_was_edited_into_uselessness_is_an_error(world: World, tmp_path: Path) -> None:
    file = tmp_path / "shop.wsdl"
    file.write_text(wsdl())
    await world.open(location=str(file))
    file.write_text(wsdl(bindings=""))
    with pytest.raises(ContractError, match="no operation that can be called: no port can be used: port ShopPort"):
        await world.open(location=str(file))
    file.write_text(wsdl())
    assert (await world.open(location=str(file)))[0].operations


@pytest.mark.parametrize("kind", ["contract", "index", "documents"])
async def test_damage_is_mended(world: World, kind: str) -> None:
    first, _ = await world.open()
    damage(world, kind)
    assert (await world.open())[0] == first
    assert (await world.open())[1]


def damage(world: World, kind: str) -> None:
    assert world.kept is not None
    [path] = world.kept.folder.glob(f"*.{kind}")
    path.write_bytes(path.read_bytes()[:-9])


async def test_an_upgrade_derives_from_the_kept_documents_without_a_network(world: World) -> None:
    await world.open()
    assert world.kept is not None
    world.kept = Kept(world.kept.folder, DERIVATION + 1)
    world.text = None
    contract, from_disk = await world.open()
    assert not from_disk
    assert contract.operations
    assert world.fetches == 1


async def test_a_local_file_that_changed_is_read_again(world: World, tmp_path: Path) -> None:
    file = tmp_path / "shop.wsdl"
    file.write_text(wsdl())
    await world.open(location=str(file))
    assert (await world.open(location=str(file)))[1]
    file.write_text(wsdl().replace("http://erp.example/shop", "http://new.example/shop"))
    contract, from_disk = await world.open(location=str(file))
    assert not from_disk
    assert contract.port.address == "http://new.example/shop"


async def test_each_port_is_kept_for_itself(world: World) -> None:
    await world.open()
    assert not (await world.open(port="ShopPort"))[1]
    with pytest.raises(ContractError, match="Nope"):
        await world.open(port="Nope")


async def test_a_path_that_is_no_folder_is_a_warning(world: World, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    world.kept = Kept(tmp_path / "file" / "contracts")
    contract, _ = await world.open()
    assert mentions(contract.warnings, "could not be kept")
