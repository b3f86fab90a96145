"""Plays one case after the other in each lane, and says what was wrong: status, code, outcome, calls, effects, time,
memory, and whether the next call is served."""

from __future__ import annotations

import asyncio
import itertools
import time
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field

from tests.faults.case import Case, Expected
from tests.faults.proxy import passes
from tests.faults.world import DEADLINE_S, ORDER, PATHS, Lane, World
from tests.hostile.test_memory import Memory
from tests.journeys.running import Answer, Bridge

LATE_S_MAX = 0.25
GROWTH_KB_MAX = 64_000
CONTROLS_MAX = 3
PROBE_S = 0.05


@dataclass
class Seen:
    """What became of one case."""

    case: Case
    answer: Answer
    calls: int
    effects: int
    took_s: float
    lag_s: float
    trace: str
    served: str
    grown_kb: int = 0

    def wrong(self, told_s: float | None) -> list[str]:
        """`told_s`: what the bridge says it took."""
        problem = self.answer.json if self.answer.status >= 400 else {}
        said = (self.answer.status, problem.get("code", ""), problem.get("outcome"), self.calls, self.effects)
        found = []
        if not any(_fits(one, *said) for one in self.case.expected):
            found.append(f"{said} and not {self.case.expected}")
        if self.case.fault.lane == "brief":
            most_s = DEADLINE_S + LATE_S_MAX + 2 * self.lag_s
            if min(self.took_s, told_s if told_s is not None else self.took_s) > most_s:
                found.append(f"answered after {self.took_s:.2f} s (bridge: {told_s}), and {most_s:.2f} s are allowed")
        if self.served:
            found.append(f"the next call was not served: {self.served}")
        if self.grown_kb > GROWTH_KB_MAX:
            found.append(f"{self.grown_kb} kB more memory")
        return [f"{self.case.id}: {text}" for text in found]


def _fits(expected: Expected, status: int, code: str, outcome: str | None, calls: int, effects: int) -> bool:
    return (
        (expected.status, expected.code) == (status, code)
        and expected.outcome in {None, outcome}
        and expected.calls[0] <= calls <= expected.calls[1]
        and expected.effects[0] <= effects <= expected.effects[1]
    )


@dataclass
class Lag:
    """How long the bridge takes for a page that needs nothing: what a busy machine costs everybody."""

    bridge: Bridge
    seen: list[tuple[float, float]] = field(default_factory=list)

    async def watch(self) -> None:
        never = asyncio.Event()
        while True:
            began = time.perf_counter()
            await self.bridge.get("/healthz")
            self.seen.append((began, time.perf_counter()))
            with suppress(TimeoutError):
                await asyncio.wait_for(never.wait(), PROBE_S)

    def worst_s(self, since: float, until: float) -> float:
        return max((after - before for before, after in self.seen if before < until and after > since), default=0.0)


@dataclass
class Verdict:
    """All of them together."""

    rows: Counter[str] = field(default_factory=Counter)
    wrong: list[str] = field(default_factory=list)
    latest_s: float = 0.0
    grown_kb: int = 0

    @property
    def cases(self) -> int:
        return self.rows.total()


class Judge:
    """Numbers orders, so that an effect is known to be of this case."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._orders = itertools.count(1000)
        self._lag = Lag(world.bridge)

    async def run(self) -> Verdict:
        heavy = [lane for lane in self._world.lanes if lane.name.startswith("heavy")]
        watching = asyncio.create_task(self._lag.watch())
        try:
            seen = list(await asyncio.gather(*(self._lane(lane) for lane in self._world.lanes if lane not in heavy)))
            seen += [await self._lane(lane, Memory(self._world.bridge.process.pid)) for lane in heavy]
        finally:
            watching.cancel()
            await asyncio.gather(watching, return_exceptions=True)
        return self._verdict([one for each in seen for one in each])

    def _verdict(self, seen: list[Seen]) -> Verdict:
        told = {one["trace_id"]: float(one["duration_s"]) for one in self._world.bridge.log.told("request-done")}
        verdict = Verdict()
        for one in seen:
            verdict.rows[one.case.fault.row] += 1
            verdict.wrong += one.wrong(told.get(one.trace))
            verdict.grown_kb = max(verdict.grown_kb, one.grown_kb)
            if one.case.fault.lane == "brief":
                verdict.latest_s = max(verdict.latest_s, told.get(one.trace, one.took_s) - DEADLINE_S)
        return verdict

    async def _lane(self, lane: Lane, memory: Memory | None = None) -> list[Seen]:
        seen = []
        for case in lane.cases:
            before_kb = memory.start() if memory else 0
            one = await self._case(lane, case)
            one.grown_kb = memory.peak() - before_kb if memory else 0
            seen.append(one)
        return seen

    async def _case(self, lane: Lane, case: Case) -> Seen:
        fault, proxy, order = case.fault, lane.proxy, next(self._orders)
        play = self._world.certificates.play(fault.tls) if fault.tls else fault.play
        proxy.plays(play, passes) if case.once else proxy.plays(play)
        if fault.warm:
            await self._ask(lane, case, next(self._orders), "")
        if fault.host == "deaf":
            await proxy.deaf()
        turns = proxy.turns
        trace = f"{order:032x}"
        began = time.perf_counter()
        answer = await self._ask(lane, case, order, trace)
        ended = time.perf_counter()
        await proxy.settled()
        calls = proxy.turns - turns
        if not fault.turns:
            [low, _] = case.expected[0].calls
            calls = low
        effects = self._world.behind.effects(lane.adapter, order)
        served = await self._control(lane, case)
        return Seen(case, answer, calls, effects, ended - began, self._lag.worst_s(began, ended), trace, served)

    async def _control(self, lane: Lane, case: Case) -> str:
        """The same upstream when nothing is wrong any more. Why not, if it does not serve."""
        if case.fault.lane == "dns" and not case.fault.turns:
            return ""
        proxy, said = lane.proxy, ""
        if case.fault.host == "deaf":
            await proxy.listen()
        await proxy.hang_up()
        proxy.plays(self._world.certificates.play("good") if case.fault.lane == "tls" else passes)
        for _ in range(CONTROLS_MAX):
            control = Case(case.fault, case.adapter, "safe", once=False)
            answer = await self._ask(lane, control, next(self._orders), "")
            if answer.status == 200:
                return ""
            said = answer.text[:200]
        return said

    async def _ask(self, lane: Lane, case: Case, order: int, trace: str) -> Answer:
        value = {"orderId": order}
        if case.adapter == "soap" and case.kind != "safe":
            value |= ORDER  # type: ignore[arg-type]  # a value of JSON
        headers = {"traceparent": f"00-{trace}-00000000000000a1-01"} if trace else {}
        path = f"/v1/{lane.name}/{PATHS[case.adapter, case.kind]}"
        return await self._world.bridge.post(path, value, headers=headers)
