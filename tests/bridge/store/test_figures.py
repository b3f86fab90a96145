"""What the writer counts."""

from __future__ import annotations

import asyncio
from dataclasses import fields

from bridge.store.figures import ABOUT, Figures
from bridge.store.store import Store


def test_each_figure_is_told() -> None:
    assert {one.name for one in fields(Figures)} == set(ABOUT)


async def test_units_that_share_a_commit_are_seen_to(store: Store) -> None:
    before = store.figures.of("commits")
    await asyncio.gather(*(store.write(lambda tx: None) for _ in range(50)))
    assert store.figures.of("units") >= 50
    assert 0 < store.figures.of("commits") - before < 50
    assert store.figures.of("commit_seconds") > 0
    assert store.figures.of("conflicts") == 0
