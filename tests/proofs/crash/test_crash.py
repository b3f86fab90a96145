"""A slice of each crash harness, and each harness seen red on a planted bug.

The whole of them is `make crashes`, which writes docs/proofs/crash.md.
"""

from __future__ import annotations

from functools import partial

import pytest

from tests.programs import need
from tests.proofs.crash import calls, load, points, powerloss, races, report

KINDS = ("sqlite", "postgresql")
every_store = pytest.mark.parametrize("kind", KINDS)
SIZE = ("--count", "40", "--tasks", "4")

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
    hits = calls.sweep("signal=KILL", 2, *SIZE, calls=("pwrite64", "write", "fdatasync"))
    assert hits.good, (hits.line(), hits.wrong)
    assert hits.planned >= 6


def test_the_kills_see_an_early_acknowledgement() -> None:
    need("strace", "strace")
    hits = calls.sweep("signal=KILL", 4, *SIZE, "--planted", "early", calls=("write",))
    assert hits.wrong, hits.line()


@pytest.mark.parametrize("error", ["EIO", "ENOSPC"])
def test_a_disk_that_refuses_a_call_loses_nothing_and_nobody_need_restart(error: str) -> None:
    need("strace", "strace")
    hits = calls.sweep(f"error={error}", 2, *SIZE, calls=("pwrite64", "fdatasync"))
    assert hits.good, (hits.line(), hits.wrong)
    assert hits.refused, "an error that nobody notices is none"


@every_store
def test_a_kill_at_a_durable_step_takes_nothing_and_doubles_nothing(kind: str) -> None:
    swept = points.sweep(kind, 3, some=10)
    assert swept.good, (swept.line(), swept.wrong)
    assert swept.hit >= 10


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


def test_the_page_tells_what_was_not_as_promised_and_what_was_too_little() -> None:
    good = report.Line("kills", "points", 2000, "2000 of 2000", good=True)
    bad = report.Line("races", "races", 3, "3 races", good=False, wrong=("lost one",))
    text = report.page([good, bad], "abc")
    assert "| kills | 2000 of 2000 | yes |" in text
    assert "| races | 3 races | **NO** |" in text
    assert "- races: lost one" in text
    assert not report.enough([good, bad])


@pytest.mark.long
@pytest.mark.timeout(3600)
@pytest.mark.parametrize("work", list(report.works(1.0)), ids=lambda work: f"{work.func.__name__}-{work.args[0]}")
def test_each_harness_at_full_length(work: partial[report.Line]) -> None:
    line = work()
    print(f"{line.name}: {line.text}")
    assert line.good, (line.text, line.wrong[:10])
