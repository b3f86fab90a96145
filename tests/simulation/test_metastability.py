"""An outage of ten seconds at nine tenths of what the system bears: it is not asked more than before while it lasts,
and five seconds after it everything is as it was. Without the layers it is not."""

from __future__ import annotations

import random

import pytest

from bridge.contracts import Operation
from bridge.events import Event
from bridge.layers.breaker import BreakerSettings
from tests.simulation.load import Run, layered, run, settings_of
from tests.simulation.system import How, Phase, System

READ = Operation("shop", "GetOrder", safe=True)
WORKERS, TAKES_S = 10, 0.1
PER_S = 0.9 * WORKERS / TAKES_S
FROM_S, OUTAGE_S, UNTIL_S = 20.0, 10.0, 50.0
OVER_S = FROM_S + OUTAGE_S
RECOVERY_S = 5.0
SOON_S = 38.0
AMPLIFICATION_MAX, RECOVERED_MIN = 1.2, 0.99
SEEDS = (1, *(pytest.param(seed, marks=pytest.mark.long) for seed in range(2, 8)))
AT_ONCE = ("refuses", "fails")
OUTAGES: tuple[How, ...] = ("refuses", "fails", "hangs", "slow")


async def an_outage(how: How, seed: int, *, careless: bool = False) -> Run:
    rng = random.Random(seed)
    phases = [Phase(0, "well", TAKES_S), Phase(FROM_S, how, 1.5 if how == "slow" else TAKES_S), Phase(OVER_S, "well")]
    system, events = System(WORKERS, phases, rng), list[Event]()
    limits: dict[str, object] = {"timeout": "2s", "deadline": "5s", "concurrency": WORKERS + WORKERS // 2}
    retry: dict[str, object] = {"attempts": 4, "base": "100ms"}
    # A trial may begin just before the end and take its whole timeout to fail; then it is open once more.
    breaker: BreakerSettings | None = BreakerSettings.model_validate(
        {} if how in AT_ONCE else {"open": "3s", "slow": "1s"}
    )
    if careless:  # what many write by hand: three more tries at once, no budget, no limit, no breaker
        limits |= {"concurrency": 10_000}
        retry |= {"base": "1ms", "budget": {"ratio": "100%", "min": 10_000}}
        breaker = None
    service = layered(READ, system, settings_of(limits, retry), events, rng, breaker)
    lasts_s = SOON_S if careless else UNTIL_S
    return await run(service, READ, system, per_s=PER_S, lasts_s=lasts_s, rng=rng, events=events)


@pytest.mark.parametrize("seed", SEEDS)
@pytest.mark.parametrize("how", OUTAGES)
async def test_it_asks_no_more_while_it_lasts_and_recovers(how: How, seed: int) -> None:
    seen = await an_outage(how, seed)
    before = seen.good(5, FROM_S)
    assert before > RECOVERED_MIN
    assert seen.amplification(FROM_S, OVER_S) <= AMPLIFICATION_MAX
    assert seen.good(OVER_S + RECOVERY_S, UNTIL_S) >= RECOVERED_MIN * before
    # Not only in the end: each second from then on.
    for second in range(int(OVER_S + RECOVERY_S), int(UNTIL_S)):
        assert seen.good(second, second + 1) >= 0.95, second


@pytest.mark.parametrize("how", AT_ONCE)
async def test_without_the_layers_it_is_asked_several_times_as_often(how: How) -> None:
    seen = await an_outage(how, 1, careless=True)
    assert seen.amplification(FROM_S, OVER_S) > 2 * AMPLIFICATION_MAX


async def test_without_the_layers_it_does_not_recover() -> None:
    """The work for those who have gone keeps it busy: the same load, and no good answer any more."""
    seen = await an_outage("slow", 1, careless=True)
    assert seen.good(OVER_S + RECOVERY_S, SOON_S) < 0.5


async def test_the_same_seed_is_the_same_run() -> None:
    first, second = [await an_outage("hangs", 5) for _ in range(2)]
    # They begin at different times of one loop, so the last digits differ.
    plain = [[(round(one.at, 6), round(one.took_s, 6), one.code) for one in each.asked] for each in (first, second)]
    assert sorted(plain[0]) == sorted(plain[1])
