"""A document is had from a file, an address, or the folder; bounded, and whole or not at all."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.http.config import HttpSettings
from adapters.http.fetching import fetched
from bridge.errors import ContractError, UpstreamUnreachable

WHERE = "https://api.example/openapi.json"


def settings(**more: object) -> HttpSettings:
    return HttpSettings.model_validate({"base": "https://api.example", "openapi": WHERE, **more})


def alter(folder: Path) -> None:
    kept = next(folder.glob("*.openapi"))
    kept.write_bytes(kept.read_bytes()[:-3] + b"two")


class Source:
    """Gives a document, and counts."""

    def __init__(self, data: bytes | None) -> None:
        self.data, self.asked = data, 0

    async def __call__(self, url: str) -> bytes:
        self.asked += 1
        if self.data is None:
            raise UpstreamUnreachable(cause="refused")
        return self.data


async def test_a_file_is_read_and_bounded(tmp_path: Path) -> None:
    file = tmp_path / "api.json"
    file.write_bytes(b"{}" * 10)
    assert await fetched(settings(openapi=str(file)), Source(None), None) == (b"{}" * 10, False, "")
    with pytest.raises(ContractError, match="larger"):
        await fetched(settings(openapi=str(file), openapi_max=19), Source(None), None)
    with pytest.raises(ContractError, match="cannot be read"):
        await fetched(settings(openapi=str(tmp_path / "none")), Source(None), None)


async def test_what_was_fetched_is_kept(tmp_path: Path) -> None:
    assert await fetched(settings(), Source(b"one"), tmp_path) == (b"one", False, "")
    data, from_disk, told = await fetched(settings(), Source(None), tmp_path)
    assert (data, from_disk) == (b"one", True)
    assert "taken as it was" in told
    assert await fetched(settings(), Source(b"two"), tmp_path) == (b"two", False, "")


async def test_it_may_be_asked_for_once_only(tmp_path: Path) -> None:
    source = Source(b"one")
    for _ in range(3):
        assert (await fetched(settings(refresh="never"), source, tmp_path))[0] == b"one"
    assert source.asked == 1


async def test_what_was_altered_on_the_disk_is_as_good_as_none(tmp_path: Path) -> None:
    await fetched(settings(), Source(b"one"), tmp_path)
    alter(tmp_path)
    with pytest.raises(ContractError, match="could not be had"):
        await fetched(settings(), Source(None), tmp_path)
    with pytest.raises(ContractError, match="larger"):
        await fetched(settings(openapi_max=2), Source(b"one"), tmp_path)
