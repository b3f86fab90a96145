"""One service read for a command: its name, its contract, the documents behind it, and what it cannot offer."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.codec import Projection
from bridge.cli.reading import left_out, named, read_documents, read_service
from bridge.errors import ConfigError, ContractError
from tests.bridge.cli.running import WSDL


async def test_contract_and_documents(tmp_path: Path) -> None:
    found = named(str(WSDL), service=None, resolve=None, state=str(tmp_path / "state"))
    assert found.name == "shop"
    before = await read_documents(found.soap, found.state)
    contract = await read_service(found.soap, found.state)
    kept = await read_documents(found.soap, found.state)
    assert before.digest == kept.digest
    assert left_out(Projection(contract)) == []


async def test_the_documents_are_those_of_the_contract(tmp_path: Path) -> None:
    copy = tmp_path / "shop.wsdl"
    copy.write_bytes(WSDL.read_bytes())
    found = named(str(copy), service=None, resolve=None, state=str(tmp_path / "state"))
    await read_service(found.soap, found.state)
    copy.unlink()
    assert (await read_documents(found.soap, found.state)).location == str(copy)


async def test_what_cannot_be_offered(tmp_path: Path) -> None:
    copy = tmp_path / "shop.wsdl"
    copy.write_text(WSDL.read_text().replace('element="s:GetStock"/>', 'element="q:Gone"/>'))
    found = named(str(copy), service=None, resolve=None, state=str(tmp_path / "state"))
    assert [name for name, _ in left_out(Projection(await read_service(found.soap, found.state)))] == ["GetStock"]


async def test_what_cannot_be_meant(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="URL=PATH"):
        named(str(WSDL), service=None, resolve=["x"], state=None)
    found = named(str(WSDL), service="Other", resolve=None, state=str(tmp_path))
    with pytest.raises(ContractError, match="Other"):
        await read_service(found.soap, found.state)
