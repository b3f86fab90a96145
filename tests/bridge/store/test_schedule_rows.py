"""Runs as they are shown. The functions on every store: tests/contract/test_schedules.py."""

from __future__ import annotations

from sqlalchemy import bindparam, update

from bridge.store.schedule_fire import run_now
from bridge.store.schedule_rows import RUNS_SHOWN_MAX, lock_state, read_runs, read_state, take_state
from bridge.store.schedules import Registration, register
from bridge.store.schema.jobs import jobs
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.store import Store

SEAL = Seal(None)
STATE = Statement(update(jobs).values(state=bindparam("s"), claimed_at=5.0))


async def test_a_run_is_shown_as_its_job_is_now(store: Store) -> None:
    one = Registration("nightly", "d", "at 06:00", b'{"operation":"shop.Export","args":{}}')
    await store.write(lambda tx: register(tx, [one], SEAL))
    await store.write(lambda tx: run_now(tx, "nightly", "ann", SEAL))
    shown = []
    for state in ("blocked", "ready", "waiting", "running", "dead", "done"):
        await store.write(lambda tx, s=state: tx.run(STATE, s=s))  # type: ignore[misc]  # mypy knows no default here
        ((run),) = await store.read(lambda tx: read_runs(tx, "nightly", 10 * RUNS_SHOWN_MAX))
        shown.append((run.state, run.started_at))
    assert [state for state, _ in shown] == ["fired", "fired", "fired", "running", "dead", "done"]
    assert {started for _, started in shown} == {5.0}


async def test_what_is_not_there_is_none(store: Store) -> None:
    assert (
        await store.write(lambda tx: (lock_state(tx, "no"), take_state(tx, "no"), read_state(tx, "no"))) == (None,) * 3
    )
    assert await store.read(lambda tx: read_runs(tx, "no")) == []
