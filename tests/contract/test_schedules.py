"""What every store promises about schedules: a slot fires once, with its job, and what was decided stays decided."""

from __future__ import annotations

import json
from dataclasses import replace

from sqlalchemy import bindparam, select, update

from bridge.store.jobs import Job, Terms, claim, dead
from bridge.store.schedule_fire import Fired, Firing, Slot, fire, run_now, settle
from bridge.store.schedule_rows import Run, ScheduleState, read_runs, read_state, read_states
from bridge.store.schedules import Registration, expect, from_now, pause, register, resume, rewind
from bridge.store.schema.jobs import jobs
from bridge.store.schema.schedules import schedules
from bridge.store.sealing import Seal
from bridge.store.statement import Statement
from bridge.store.store import Store

SEAL = Seal(bytes(range(32)))
NIGHTLY = Registration("nightly", "d1", "at 06:00", b'{"operation":"shop.Export","args":{"full":true}}', keep=5)
END = Statement(update(jobs).where(jobs.c.id == bindparam("i")).values(state=bindparam("s"), ended_at=bindparam("at")))
FAR = Statement(update(schedules).values(last_slot=bindparam("last")))
JOBS = Statement(select(jobs.c.id, jobs.c.payload, jobs.c.key, jobs.c.queue).order_by(jobs.c.seq))


async def _registered(store: Store, *found: Registration) -> dict[str, ScheduleState]:
    states = await store.write(lambda tx: register(tx, found or (NIGHTLY,), SEAL))
    return {state.name: state for state in states}


def _firing(state: ScheduleState, *slots: int, line_up: bool = False, **changes: object) -> Firing:
    """Slots so many seconds after what was decided."""
    chosen = tuple(Slot(f"slot+{n}", state.last_slot + n, line_up) for n in slots)
    upto = chosen[-1] if chosen else Slot("slot+9", state.last_slot + 9)
    firing = Firing(state.name, state.digest, state.last_slot, chosen, upto, upto.at + 60)
    return replace(firing, **changes)  # type: ignore[arg-type]  # fields of Firing, given by name


async def _fired(store: Store, firing: Firing) -> list[Fired] | None:
    return await store.write(lambda tx: fire(tx, firing, SEAL))


async def _state(store: Store, name: str = "nightly") -> ScheduleState:
    state = await store.read(lambda tx: read_state(tx, name))
    assert state is not None
    return state


async def _runs(store: Store, name: str = "nightly") -> list[Run]:
    return await store.read(lambda tx: read_runs(tx, name))


async def _end(store: Store, job_id: str, state: str) -> None:
    await store.write(lambda tx: tx.run(END, i=job_id, s=state, at=tx.now))


async def test_a_slot_has_its_job_with_a_key_that_says_which_it_is(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    (fired,) = await _fired(store, _firing(state, 5)) or []
    ((job_id, payload, key, queue),) = await store.read(lambda tx: tx.rows(JOBS))
    assert (fired.slot, fired.job_id, key, queue) == ("slot+5", job_id, "schedule:nightly", "default")
    assert json.loads(SEAL.open(payload, place=f"jobs.payload:{job_id}")) == {
        "operation": "shop.Export",
        "args": {"full": True},
        "idempotencyKey": "schedule:nightly:slot+5",
    }
    after = await _state(store)
    assert (after.last_slot, after.next_due) == (state.last_slot + 5, state.last_slot + 65)
    ((run),) = await _runs(store)
    assert (run.slot, run.state, run.job_id) == ("slot+5", "fired", job_id)


async def test_what_was_seen_by_two_is_fired_by_one(store: Store) -> None:
    firing = _firing((await _registered(store))["nightly"], 5)
    assert await _fired(store, firing) is not None
    assert await _fired(store, firing) is None
    assert len(await store.read(lambda tx: tx.rows(JOBS))) == 1


async def test_a_slot_that_was_fired_never_comes_again_even_when_counting_began_anew(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    (fired,) = await _fired(store, _firing(state, 5)) or []
    await _end(store, fired.job_id, "done")
    await store.write(lambda tx: tx.run(FAR, last=state.last_slot))
    assert await _fired(store, _firing(state, 5, 6)) == [Fired("slot+6", (await _runs(store))[0].job_id)]
    assert [run.slot for run in await _runs(store)] == ["slot+6", "slot+5"]


async def test_a_run_waits_for_the_one_before_or_is_left_out(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    first = await _fired(store, _firing(state, 1, 2)) or []
    assert [bool(one.job_id) for one in first] == [True, False]
    second = await _fired(store, _firing(await _state(store), 3, 4, 5, line_up=True, waiting_max=3)) or []
    assert [bool(one.job_id) for one in second] == [True, True, False]
    for job_id in (one.job_id for one in (*first, *second) if one.job_id):
        await _end(store, job_id, "dead")
    assert [bool(one.job_id) for one in await _fired(store, _firing(await _state(store), 6)) or []] == [True]
    assert [run.state for run in await _runs(store)] == ["fired", "skipped", "dead", "dead", "skipped"]  # keep: 5


async def test_how_a_run_ended_is_kept_when_its_job_is_not(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    (fired,) = await _fired(store, _firing(state, 1)) or []
    await _end(store, fired.job_id, "done")
    assert await store.write(lambda tx: settle(tx, "nightly")) == 1
    assert await store.write(lambda tx: settle(tx, "nightly")) == 0
    await store.write(lambda tx: tx.run(Statement(jobs.delete())))
    assert [run.state for run in await _runs(store)] == ["done"]
    (later,) = await _fired(store, _firing(await _state(store), 2)) or []
    await store.write(lambda tx: tx.run(Statement(jobs.delete())))
    await store.write(lambda tx: settle(tx, "nightly"))
    assert later.job_id
    assert [run.state for run in await _runs(store)] == ["gone", "done"]


async def test_history_is_bounded_and_what_has_not_ended_stays(store: Store) -> None:
    await _registered(store)
    for n in range(1, 10):
        (fired,) = await _fired(store, _firing(await _state(store), n, line_up=True)) or []
        if n > 2:
            await _end(store, fired.job_id, "done")
    states = [run.state for run in await _runs(store)]
    assert states == ["done"] * 5 + ["fired"] * 2


async def test_what_was_missed_is_written_down(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    assert await _fired(store, _firing(state, missed=7)) == []
    assert [(run.slot, run.state, run.missed) for run in await _runs(store)] == [("slot+9", "missed", 7)]
    await _fired(store, _firing(await _state(store), 20, missed=3))
    assert [(run.state, run.missed) for run in await _runs(store)] == [("fired", 3), ("missed", 7)]


async def test_another_timing_counts_from_now_on_and_other_arguments_change_nothing(store: Store) -> None:
    first = (await _registered(store))["nightly"]
    await store.write(lambda tx: tx.run(FAR, last=first.last_slot - 1000))
    same = (await _registered(store, replace(NIGHTLY, template=b'{"operation":"shop.Import","args":{}}')))["nightly"]
    assert same.last_slot == first.last_slot - 1000
    assert SEAL.open(same.template, place="schedules.template:nightly").startswith(b'{"operation":"shop.Import"')
    other = (await _registered(store, replace(NIGHTLY, digest="d2")))["nightly"]
    assert other.last_slot >= first.last_slot
    assert await _fired(store, _firing(same, 5)) is None, "a node with the old configuration fires no more"


async def test_a_schedule_that_is_gone_keeps_its_history_and_begins_anew_when_it_is_back(store: Store) -> None:
    first = (await _registered(store))["nightly"]
    await _fired(store, _firing(first, 1))
    await store.write(lambda tx: tx.run(FAR, last=first.last_slot - 1000))
    gone = (await _registered(store, replace(NIGHTLY, name="other")))["nightly"]
    assert (gone.active, gone.next_due) == (0, None)
    assert await _fired(store, _firing(gone, 5)) is None
    assert await store.write(lambda tx: run_now(tx, "nightly", "ann", SEAL)) is None
    assert len(await _runs(store)) == 1
    back = (await _registered(store))["nightly"]
    assert back.active
    assert back.last_slot >= first.last_slot


async def test_paused_and_resumed(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    assert await store.write(lambda tx: pause(tx, "nightly", "ann"))
    assert (await _state(store)).paused == "operator ann"
    assert await _fired(store, _firing(state, 1)) is None
    await store.write(lambda tx: tx.run(FAR, last=state.last_slot - 1000))
    assert (await _registered(store))["nightly"].paused == "operator ann", "a start of the bridge resumes nothing"
    assert await store.write(lambda tx: resume(tx, "nightly"))
    resumed = await _state(store)
    assert (resumed.paused, resumed.last_slot >= state.last_slot) == ("", True)
    assert not await store.write(lambda tx: pause(tx, "nobody", "ann") or resume(tx, "nobody"))


async def test_what_the_configuration_pauses_only_the_configuration_resumes(store: Store) -> None:
    state = (await _registered(store, replace(NIGHTLY, paused=True)))["nightly"]
    assert state.paused == "configuration"
    assert not await store.write(lambda tx: resume(tx, "nightly"))
    await store.write(lambda tx: tx.run(FAR, last=state.last_slot - 1000))
    on = (await _registered(store))["nightly"]
    assert (on.paused, on.last_slot >= state.last_slot) == ("", True)
    assert (await _registered(store, replace(NIGHTLY, paused=True)))["nightly"].paused == "configuration"


async def test_a_person_runs_it_now_and_it_is_seen_who(store: Store) -> None:
    await _registered(store)
    await store.write(lambda tx: pause(tx, "nightly", "ann"))
    first = await store.write(lambda tx: run_now(tx, "nightly", "ann", SEAL))
    second = await store.write(lambda tx: run_now(tx, "nightly", "bob", SEAL))
    assert first is not None
    assert second is not None
    assert first.slot != second.slot
    assert {(run.who, run.slot.partition(":")[0], run.state) for run in await _runs(store)} == {
        ("ann", "manual", "fired"),
        ("bob", "manual", "fired"),
    }
    assert {key for _, _, key, _ in await store.read(lambda tx: tx.rows(JOBS))} == {"schedule:nightly"}


async def test_a_clock_that_was_far_ahead_is_forgiven_once(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    ahead = state.last_slot + 400 * 86400
    await store.write(lambda tx: tx.run(FAR, last=ahead))
    assert not await store.write(lambda tx: rewind(tx, "nightly", state.last_slot))
    assert await store.write(lambda tx: rewind(tx, "nightly", ahead))
    assert not await store.write(lambda tx: rewind(tx, "nightly", ahead))
    assert (await _state(store)).last_slot < ahead - 300 * 86400


async def test_what_is_expected_is_shown_unless_it_moved_on(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    await store.write(lambda tx: expect(tx, [(state, 77.0, "2026-11-21T06:00:00Z")]))
    await store.write(lambda tx: expect(tx, [(replace(state, digest="other"), 88.0, "")]))
    assert [one.next_due for one in await store.read(read_states)] == [77.0]


def test_counting_anew_never_goes_back_unless_the_clock_was_wrong() -> None:
    assert from_now(100.0, 50.0) == 100.0
    assert from_now(50.0, 100.0) == 100.0
    assert from_now(10_000_000.0, 100.0) == 100.0


async def test_two_runs_are_never_claimed_together_and_a_dead_one_holds_up_nobody(store: Store) -> None:
    state = (await _registered(store))["nightly"]
    fired = await _fired(store, _firing(state, 1, 2, line_up=True)) or []

    async def claimed() -> list[Job]:
        return await store.write(lambda tx: list(claim(tx, "default", "w", 10, 30.0, SEAL, Terms())))

    (first,) = await claimed()
    assert (first.id, await claimed()) == (fired[0].job_id, [])
    await store.write(lambda tx: dead(tx, first.id, first.fence, code="does_not_fit"))
    (second,) = await claimed()
    assert second.id == fired[1].job_id
    assert [(run.state, run.outcome) for run in await _runs(store)] == [("running", ""), ("dead", "does_not_fit")]
