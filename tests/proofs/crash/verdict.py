"""What must hold after every crash, once somebody has worked off what was left."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable
from pathlib import Path

from bridge.clock import SystemClock
from bridge.store.schema.jobs import jobs
from bridge.store.schema.journal import journal
from bridge.store.schema.processed import processed
from bridge.store.schema.streams import topic_messages
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.proofs.crash.life import EFFECTS, effects


def _event(text: str | None) -> bool:
    return text is not None and text.startswith("event-")


def _numbers(texts: Iterable[str]) -> list[int]:
    return sorted(int(text.removeprefix("event-")) for text in texts)


def _there(tx: Tx) -> dict[str, list[int]]:
    """Which events each room knows."""
    columns = {
        "jobs": jobs.c.dedupe,
        "journal": journal.c.key,
        "processed": processed.c.event_id,
        "topic": topic_messages.c.source,
    }
    return {
        name: _numbers(text for (text,) in tx.select(column.table.select().with_only_columns(column)) if _event(text))
        for name, column in columns.items()
    }


def _in_store(tx: Tx) -> list[int]:
    """The effects that were written into the store itself, each as often as it is there."""
    rows = tx.select(
        topic_messages.select().with_only_columns(topic_messages.c.data).where(topic_messages.c.topic == EFFECTS)
    )
    return sorted(int(data) for (data,) in rows)


async def _asked(url: str) -> tuple[dict[str, list[int]], dict[str, int], list[int]]:
    store = await Store.open(StoreSettings(url=url), SystemClock())
    try:
        there = await store.read(_there)
        states = await store.read(
            lambda tx: [state for (state,) in tx.select(jobs.select().with_only_columns(jobs.c.state))]
        )
        inside = await store.read(_in_store)
    finally:
        await store.close()
    return there, {state: states.count(state) for state in set(states)}, inside


def wrongs(url: str, sink: Path, said: set[int], *, worked_off: bool = True) -> list[str]:
    """One line for each promise that was not kept."""
    there, states, inside = asyncio.run(_asked(url))
    wrong = []
    known = there["jobs"]
    if lost := sorted(said - set(known)):
        wrong.append(f"acknowledged and lost: {lost[:5]}")
    for room, numbers in there.items():
        if numbers != known:
            wrong.append(f"half a unit: {room} has {len(numbers)} events, jobs {len(known)}")
    if len(set(known)) != len(known):
        wrong.append("an event has two jobs")
    if worked_off:
        wrong += _worked_off(set(known), states, effects(sink))
        if inside != known:
            wrong.append(f"effects in the store: {len(inside)} of {len(set(inside))} events, {len(known)} are known")
    return wrong


def _worked_off(known: set[int], states: dict[str, int], had: dict[int, list[str]]) -> list[str]:
    wrong = []
    if set(states) - {"done"}:
        wrong.append(f"not everything is done: {states}")
    if missing := sorted(known - set(had)):
        wrong.append(f"no effect: {missing[:5]}")
    if twice := sorted(number for number, by in had.items() if len(set(by)) > 1):
        wrong.append(f"two effects at a sink that honours the key: {twice[:5]}")
    return wrong
