"""A slice of each crash harness, and each harness seen red on a planted bug.

The whole of them is `make crashes`, which writes docs/proofs/crash.md.
"""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from tests.bridge.store.points import named
from tests.programs import need
from tests.proofs.crash import calls, copies, kept_house, load, locks, parts, points, powerloss, races, report
from tests.proofs.crash.databases import databases

KINDS = ("sqlite", "postgresql")
every_store = pytest.mark.parametrize("kind", KINDS)

# From 3.12 on Python warns of a fork beside threads. The children here end with `os._exit`, or are killed.
pytestmark = [pytest.mark.timeout(600), pytest.mark.filterwarnings("ignore:.*fork:DeprecationWarning")]


def test_a_power_cut_takes_nothing_that_was_acknowledged() -> None:
    need("strace", "strace")
    found = powerloss.run(500, seed=1, count=50)
    assert found.states >= 500
    assert found.acknowledged == 50
    assert found.good, (found.line(), found.lost[:3], found.broken[:3])


def test_the_power_cuts_see_a_log_that_is_not_synced() -> None:
    need("strace", "strace")
    found = powerloss.run(300, seed=1, count=50, planted="normal")
    assert found.lost, found.line()


def test_a_kill_at_a_system_call_takes_nothing_that_was_acknowledged() -> None:
    need("strace", "strace")
    hits = calls.run(calls.Sweep(calls.KILL, ("pwrite64", "write", "fdatasync")), 4)
    assert hits.good, (hits.line(), hits.wrong)
    assert hits.count >= 10


def test_a_kill_while_the_tables_are_made_leaves_nothing_in_the_way() -> None:
    need("strace", "strace")
    hits = calls.run(calls.Sweep(calls.KILL, ("pwrite64", "fdatasync"), fresh=True), 2)
    assert hits.good, (hits.line(), hits.wrong)


def test_the_kills_see_an_early_acknowledgement() -> None:
    need("strace", "strace")
    hits = calls.run(calls.Sweep(calls.KILL, ("write",), planted="early"), 6)
    assert hits.wrong, hits.line()


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_that_refuses_a_call_loses_nothing_and_nobody_need_restart(error: str) -> None:
    need("strace", "strace")
    hits = calls.run(calls.Sweep(f"error={error}", ("pwrite64", "fdatasync")), 3)
    assert hits.good, (hits.line(), hits.wrong)
    assert hits.refused, "an error that nobody notices is none"
    deaf = calls.run(calls.Sweep(f"error={error}", ("pwrite64",), planted="deaf"), 3)
    assert deaf.wrong, deaf.line()


def test_a_lock_that_is_not_given_loses_nothing_and_nobody_need_restart() -> None:
    hits = locks.run(1)
    assert hits.good, (hits.line(), hits.wrong)
    assert hits.refused
    assert locks.run(1, planted="deaf").wrong


@every_store
def test_a_kill_at_a_durable_step_takes_nothing_and_doubles_nothing(kind: str) -> None:
    swept = points.sweep(kind, 3, some=10)
    assert swept.good, (swept.line(), swept.wrong)
    assert swept.count >= 10


@every_store
def test_a_kill_in_the_work_of_operators_leaves_no_half_of_it(kind: str) -> None:
    swept = kept_house.sweep(kind, 1, some=10)
    assert swept.good, (swept.line(), swept.wrong)
    assert swept.count >= 10
    assert kept_house.sweep(kind, 1, planted="early", some=6).wrong


def test_the_kills_pass_every_named_step() -> None:
    with databases("sqlite") as new:
        passed = points.counted(*new(False))
        url = new(True)[0]
        passed += points.counting(lambda: asyncio.run(kept_house.keep_house(url, 0)))
    copied = copies.sweep()
    assert copied.good, (copied.line(), copied.wrong)
    assert named().keys() - passed.keys() - {point.partition("#")[0] for point in copied.hit} == set()
    assert copies.sweep(planted="rash").wrong


def test_the_kills_see_an_event_that_is_accepted_in_two_halves() -> None:
    swept = points.sweep("sqlite", 8, planted="halves", some=16)
    assert any("half a unit" in wrong or "lost" in wrong for wrong in swept.wrong), swept.line()


@every_store
def test_random_kills_under_load_take_nothing(kind: str) -> None:
    killed = load.run(kind, 12, seed=1)
    assert killed.good, (killed.line(), killed.wrong)


@every_store
def test_a_worker_that_stood_still_past_its_lease_has_no_second_effect(kind: str) -> None:
    raced = races.run(kind, 2, seed=1)
    assert raced.good, (raced.line(), raced.wrong)
    assert raced.races >= 2


def test_the_races_see_an_effect_that_nobody_looks_for() -> None:
    raced = races.run("sqlite", 4, seed=1, planted="double")
    assert any("effects in the store" in wrong for wrong in raced.wrong), raced.line()


def test_what_a_part_found_is_kept_and_a_run_goes_on_behind_it(tmp_path: Path) -> None:
    harness = parts.BY_KEY["points-sqlite"]
    one, other = (points.Swept(2, 0, 5, {"a.b#1", f"a.b#{n}"}, [f"lost {n}"]) for n in (2, 3))
    kept = report.Kept(tmp_path, "abc")
    first, second = harness.slices(0.2)
    kept.put(first, one, 1.0)
    assert kept.get(first) == (one, 1.0)
    assert kept.get(second) is None
    assert kept.line(harness, 0.2) is None
    kept.put(second, other, 2.0)
    line = kept.line(harness, 0.2)
    assert line is not None
    assert line.found == points.Swept(4, 0, 10, {"a.b#1", "a.b#2", "a.b#3"}, ["lost 2", "lost 3"])
    assert line.seconds == 3.0
    assert not line.good
    assert report.Kept(tmp_path, "other").get(first) is None


def test_parts_have_the_size_of_the_whole() -> None:
    for harness in parts.HARNESSES:
        assert len(harness.slices(1.0)) == harness.parts
        assert sum(parts._much(each.size, (each.number, each.parts)) for each in harness.slices(1.0)) == harness.size


def test_the_page_tells_what_was_not_as_promised_and_what_was_too_little() -> None:
    good = report.Line(parts.BY_KEY["load-sqlite"], load.Killed(2000, 5), 1.0)
    bad = report.Line(parts.BY_KEY["races-sqlite"], races.Raced(3, wrong=["lost one"]), 1.0)
    blind = report.Line(parts.BY_KEY["planted-load-sqlite"], load.Killed(60, 5), 1.0)
    text = report.page([good, bad, blind], "abc")
    assert "2000 random kills, 5 events acknowledged: 0 wrong | yes |" in text
    assert "1 wrong | **NO** |" in text
    assert "- a worker stopped past its lease, sqlite: lost one" in text
    assert "| acknowledged before it is durable | 60 random kills, 5 events acknowledged: 0 wrong | **NO** |" in text
    assert report.sums([good, bad, blind])["kills"] == 2000
    assert not report.enough([good, bad, blind])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("key", parts.BY_KEY)
def test_each_harness_at_full_length(key: str) -> None:
    harness = parts.BY_KEY[key]
    found = parts.summed(part.run() for part in harness.slices(1.0))
    print(f"{harness.name}: {found.line()}")
    assert harness.good(found), (found.line(), found.wrong[:10])
