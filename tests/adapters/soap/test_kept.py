"""Contracts on disk."""

from __future__ import annotations

import stat
from pathlib import Path

import msgspec
import pytest

from adapters.soap.contract import DERIVATION
from adapters.soap.kept import Kept, Key
from tests.adapters.soap.wsdls import pinned, read, wsdl

KEY = Key("https://erp.example/shop?wsdl")
DOCS = pinned(wsdl())
CONTRACT = read(wsdl())
BYTES = msgspec.msgpack.encode(CONTRACT)


async def filled(folder: Path) -> Kept:
    kept = Kept(folder)
    await kept.keep(KEY, DOCS, BYTES, now=100.0)
    return kept


def files(folder: Path, kind: str) -> list[Path]:
    return list(folder.glob(f"*.{kind}"))


async def test_what_is_kept_comes_back(tmp_path: Path) -> None:
    kept = await filled(tmp_path / "contracts")
    assert await kept.load(KEY) == CONTRACT
    assert await kept.documents(KEY) == DOCS
    entry = await kept.entry(KEY)
    assert entry is not None
    assert (entry.kept_at, entry.documents) == (100.0, DOCS.digest)


async def test_an_empty_folder_has_nothing(tmp_path: Path) -> None:
    kept = Kept(tmp_path / "none")
    assert (await kept.load(KEY), await kept.documents(KEY), await kept.entry(KEY)) == (None, None, None)


@pytest.mark.parametrize(
    "other",
    [
        Key("https://erp.example/other?wsdl"),
        Key(KEY.location, resolve=(("a", "b"),)),
        Key(KEY.location, rewrite=(("a", "b"),)),
        Key(KEY.location, allow_imports=("https://x",)),
        Key(KEY.location, tolerate_missing=True),
        Key(KEY.location, service="S"),
        Key(KEY.location, port="P"),
        Key(KEY.location, every_port=True),
    ],
)
async def test_another_question_has_another_answer(tmp_path: Path, other: Key) -> None:
    kept = await filled(tmp_path)
    assert await kept.load(other) is None


async def test_only_the_owner_may_read(tmp_path: Path) -> None:
    folder = tmp_path / "contracts"
    await filled(folder)
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert {stat.S_IMODE(path.stat().st_mode) for path in folder.iterdir()} == {0o600}


@pytest.mark.parametrize("kind", ["index", "documents", "contract"])
@pytest.mark.parametrize("harm", ["cut", "flipped", "empty", "foreign", "gone"])
async def test_a_damaged_file_is_as_good_as_none(tmp_path: Path, kind: str, harm: str) -> None:
    kept = await filled(tmp_path)
    [path] = files(tmp_path, kind)
    data = bytearray(path.read_bytes())
    data[-5] ^= 1
    harmed = {"cut": bytes(data[:-20]), "flipped": bytes(data), "empty": b"", "foreign": b"\x80" * 100}
    if harm == "gone":
        path.unlink()
    else:
        path.write_bytes(harmed[harm])
    assert (await kept.load(KEY) is None) == (kind != "documents")
    assert (await kept.documents(KEY) is None) == (kind != "contract")
    await kept.keep(KEY, DOCS, BYTES, now=1.0)
    assert await kept.load(KEY) == CONTRACT


async def test_what_nothing_points_to_is_removed(tmp_path: Path) -> None:
    kept = await filled(tmp_path)
    newer = msgspec.structs.replace(DOCS, documents={**DOCS.documents, "/more": b""})
    await kept.keep(KEY, newer, BYTES, now=2.0)
    assert [len(files(tmp_path, kind)) for kind in ("contract", "documents", "index")] == [1, 1, 1]
    assert await kept.documents(KEY) == newer


async def test_another_version_has_the_documents_but_not_the_contract(tmp_path: Path) -> None:
    await filled(tmp_path)
    newer = Kept(tmp_path, DERIVATION + 1)
    assert await newer.load(KEY) is None
    assert await newer.documents(KEY) == DOCS
    await newer.keep(KEY, DOCS, BYTES, now=2.0)
    assert await newer.load(KEY) == CONTRACT
    assert len(files(tmp_path, "contract")) == 1


async def test_two_questions_may_share_documents(tmp_path: Path) -> None:
    kept = await filled(tmp_path)
    other = Key(KEY.location, port="ShopPort")
    await kept.keep(other, DOCS, BYTES, now=2.0)
    assert len(files(tmp_path, "documents")) == 1
    assert await kept.load(KEY) == await kept.load(other) == CONTRACT


async def test_local_files_are_seen_to_change(tmp_path: Path) -> None:
    file = tmp_path / "shop.wsdl"
    file.write_text("one")
    kept = Kept(tmp_path / "contracts")
    await kept.keep(KEY, msgspec.structs.replace(DOCS, files={DOCS.location: str(file)}), BYTES, now=1.0)
    entry = await kept.entry(KEY)
    assert entry is not None
    assert await kept.unchanged(entry)
    file.write_text("another")
    assert not await kept.unchanged(entry)
    file.unlink()
    assert await kept.unchanged(entry)


async def test_touching_moves_the_time_only(tmp_path: Path) -> None:
    kept = await filled(tmp_path)
    await kept.touch(KEY, DOCS, now=500.0)
    entry = await kept.entry(KEY)
    assert entry is not None
    assert entry.kept_at == 500.0
    assert await kept.load(KEY) == CONTRACT


async def test_a_folder_that_cannot_be_made_is_an_os_error(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(OSError, match="file"):
        await Kept(tmp_path / "file" / "contracts").keep(KEY, DOCS, BYTES, now=1.0)
