"""The fault matrix: a seeded slice of it always, all of it among the long proofs, and the bugs that it must see."""

from __future__ import annotations

import random
from collections import defaultdict
from pathlib import Path

import pytest

from tests.faults.case import Case
from tests.faults.catalogue import cases, every_byte
from tests.faults.judge import Judge, Verdict
from tests.faults.process import PLANTS
from tests.faults.world import world

pytestmark = pytest.mark.journey
CASES_MIN = 300
GARBAGE_MIN = 50
SLICE = 40
SEED = 7
SLOW_MAX = 4
SEES = {
    "retry-of-writes": "cut/answer-50%-rst",
    "swallowed-timeout": "slow/before-the-answer",
    "kept-place": "slow/in-the-body",
    "trust-anybody": "tls/expired",
}
"""A fault by which each planted bug must be seen."""


async def judged(folder: Path, chosen: list[Case], plant: str = "", copies: int = 2) -> Verdict:
    async with world(folder, chosen, copies=copies, plant=plant) as running:
        return await Judge(running).run()


def slice_of(every: list[Case]) -> list[Case]:
    """Some of each row, few of those that wait, and names that are resolved for one protocol only."""
    rng, rows = random.Random(SEED), defaultdict(list)
    for case in every:
        if case.fault.lane != "dns" or (case.adapter, case.kind) == ("http", "write"):
            rows[case.fault.row].append(case)
    chosen: list[Case] = []
    for row in rows:
        rng.shuffle(rows[row])
    while len(chosen) < SLICE:
        for row, own in rows.items():
            slow = sum(one.fault.lane in {"brief", "retrying"} for one in chosen)
            if own and not (row.startswith("slow") and slow >= SLOW_MAX):
                chosen.append(own.pop())
    return chosen


def test_there_are_enough() -> None:
    every = cases()
    assert len({case.id for case in every}) == len(every) >= CASES_MIN
    for adapter in ("soap", "http"):
        kinds = {case.kind for case in every if case.adapter == adapter}
        assert kinds == {"safe", "idempotent", "write"}
    assert len({case.fault.id for case in every if case.fault.row == "garbage"}) >= GARBAGE_MIN
    assert {case.fault.row for case in slice_of(every)} == {case.fault.row for case in every}


async def test_a_slice(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, slice_of(cases()), copies=1)
    assert verdict.cases >= SLICE
    assert verdict.wrong == []


async def test_a_planted_retry_of_writes_is_seen(tmp_path: Path) -> None:
    chosen = [case for case in cases() if case.id.startswith(SEES["retry-of-writes"]) and case.kind == "write"]
    assert len((await judged(tmp_path, chosen, "retry-of-writes")).wrong) == len(chosen) > 0


@pytest.mark.long
@pytest.mark.parametrize("plant", PLANTS)
async def test_each_planted_bug_is_seen(tmp_path: Path, plant: str) -> None:
    chosen = [case for case in cases() if case.id.startswith(f"{SEES[plant]}/")]
    assert (await judged(tmp_path, chosen, plant)).wrong


@pytest.mark.long
@pytest.mark.timeout(1800)
async def test_all_of_it(tmp_path: Path) -> None:
    verdict = await judged(tmp_path, [*cases(), *every_byte()])
    print(f"\n{verdict.cases} cases: {dict(verdict.rows)}")
    assert verdict.wrong == []
