"""What a person's action comes to, and how it is told again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import BadRequest
from bridge.queue.deeds import IDS_MAX, Deed, Left, Office, Outcome, told
from bridge.store.audit import AuditFilter, find
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx


@pytest.fixture
async def store(tmp_path: Path) -> AsyncIterator[Store]:
    opened = await Store.open(StoreSettings(url=f"sqlite:///{tmp_path / 'bridge.db'}"), SystemClock())
    yield opened
    await opened.close()


def _odd(_: Tx, one: str) -> tuple[str, str]:
    return ("" if int(one) % 2 else "it is even"), f"q{int(one) % 4}"


async def test_workers_are_woken_after_the_commit_and_only_those_concerned(store: Store) -> None:
    woken: list[str] = []
    office = Office(store, Seal(None), woken.append)
    outcome = await office.perform(Deed("ada", "x.y"), ["1", "2", "3", "5", "1"], _odd)
    assert (outcome.done, outcome.left) == (("1", "3", "5"), (Left("2", "it is even"),))
    assert woken == ["q1", "q3"]
    assert len((await store.read(lambda tx: find(tx, AuditFilter()))).items) == 1
    await office.perform(Deed("ada", "x.y"), ["2"], _odd)
    assert woken == ["q1", "q3"], "nothing was done"


async def test_too_many_at_a_time_are_refused(store: Store) -> None:
    with pytest.raises(BadRequest, match=str(IDS_MAX)):
        await Office(store, Seal(None)).perform(Deed("ada", "x.y"), ["1"] * (IDS_MAX + 1), _odd)


def test_what_was_written_down_is_told_again() -> None:
    kept = {"done": ["1"], "left": [{"id": "2", "why": "it is even"}]}
    assert told("x.y", {**kept}) == Outcome("x.y", ("1",), (Left("2", "it is even"),), again=True)
    assert told("x.y", {"cut": "…"}) == Outcome("x.y", (), again=True)
