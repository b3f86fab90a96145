"""Draws what callers see while the system behind becomes slow, dies and comes back, with the layers and without:
`make plot-layers` writes docs/layers.png. The layers are the real ones, the time is simulated."""

from __future__ import annotations

import asyncio
import random
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import quantiles
from typing import Literal

from bridge.call import Call, Reply
from bridge.contracts import Operation
from bridge.events import Event
from bridge.layers.breaker import BreakerSettings
from bridge.layers.refreshing import Refreshing
from tests.bridge.layers.conftest import VirtualTimeLoop
from tests.simulation.load import Run, layered, run, settings_of
from tests.simulation.system import Phase, System

PICTURE = Path(__file__).parents[2] / "docs" / "layers.png"
READ = Operation("shop", "GetOrder", safe=True)
WORKERS, PER_S, ORDERS, SEED = 20, 40.0, 300, 7
SLOW_S, DEAD_S, BACK_S, END_S = 30.0, 60.0, 90.0, 130.0
PHASES = (Phase(0, "well"), Phase(SLOW_S, "slow", 2.0), Phase(DEAD_S, "hangs"), Phase(BACK_S, "well"))
TIMEOUT_S = 10.0
Way = Literal["asked directly", "through the bridge, no cache", "through the bridge, with a cache"]
CACHED: Way = "through the bridge, with a cache"
WAYS: dict[Way, str] = {"asked directly": "#c0392b", "through the bridge, no cache": "#8a9a3b", CACHED: "#1f6f8b"}
LAYERS = {
    "limits": {"timeout": "3s", "deadline": f"{TIMEOUT_S:.0f}s", "concurrency": WORKERS},
    "retry": {"attempts": 3},
    "cache": {"ttl": "5s", "stale": "10m", "swr": "10m"},
    "breaker": {"open": "3s"},
}


@dataclass(frozen=True)
class Line:
    """One second of one run: how long nineteen of twenty callers waited at the most, the share of good answers."""

    at: float
    waited_s: float
    good: float


async def measured(way: Way) -> Run:
    """The same callers and the same trouble."""
    rng = random.Random(SEED)
    system, events = System(WORKERS, PHASES, random.Random(SEED)), list[Event]()

    async def bare(call: Call) -> Reply:
        """What a client has that asks the system itself: a timeout."""
        return await system(call.with_(deadline=asyncio.get_running_loop().time() + TIMEOUT_S))

    service, refreshing = bare, Refreshing()
    if way != "asked directly":
        settings = settings_of(LAYERS["limits"], LAYERS["retry"], LAYERS["cache"] if way == CACHED else None)
        breaker = BreakerSettings.model_validate(LAYERS["breaker"])
        service = layered(READ, system, settings, events, random.Random(SEED), breaker, refreshing)
    seen = await run(service, READ, system, per_s=PER_S, lasts_s=END_S, rng=rng, events=events, keys=range(ORDERS))
    await refreshing.close()
    return seen


def simulated(way: Way) -> Run:
    loop = VirtualTimeLoop()
    try:
        return loop.run_until_complete(measured(way))
    finally:
        loop.close()


def lines_of(seen: Run) -> list[Line]:
    found = []
    for second in range(int(END_S)):
        took = [one.took_s for one in seen.among(second, second + 1)]
        waited_s = quantiles(took, n=20)[-1] if len(took) > 1 else took[0]
        found.append(Line(second, waited_s, seen.good(second, second + 1)))
    return found


def draw(path: Path, drawn: Mapping[Way, Sequence[Line]]) -> None:
    """Only here is matplotlib needed."""
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, (above, below) = plt.subplots(2, 1, figsize=(9, 5.2), sharex=True, layout="constrained")
    for label, lines in drawn.items():
        at, color = [line.at for line in lines], WAYS[label]
        above.plot(at, [max(line.waited_s, 0.001) for line in lines], color=color, label=label, linewidth=1.8)
        below.plot(at, [100 * line.good for line in lines], color=color, label=label, linewidth=1.8)
    above.set_yscale("log")
    above.set_yticks([0.001, 0.01, 0.1, 1, 10], ["≤ 1 ms", "10 ms", "100 ms", "1 s", "10 s"])
    above.set_ylim(0.0007, 40)
    above.set_ylabel("95 % waited at most")
    below.set_ylim(-4, 108)
    below.set_ylabel("good answers, %")
    below.set_xlabel(f"seconds ({PER_S:.0f} reads per second of {ORDERS} orders)")
    for since, until, what in ((0, SLOW_S, "well"), (SLOW_S, DEAD_S, "2 s slow"), (DEAD_S, BACK_S, "dead"),
                               (BACK_S, END_S, "back")):  # fmt: skip
        above.text((since + until) / 2, 19, what, ha="center", va="center", fontsize=10, color="#444444")
        for each in (above, below):
            each.axvline(since, color="#bbbbbb", linewidth=0.8)
            if what in {"2 s slow", "dead"}:
                each.axvspan(since, until, color="#f3ead7" if what == "2 s slow" else "#f0dcd9", zorder=0, linewidth=0)
    for each in (above, below):
        each.set_xlim(0, END_S)
        each.spines[["top", "right"]].set_visible(False)
    below.legend(loc="lower right", frameon=False, bbox_to_anchor=(1, 0.08))
    figure.savefig(path, dpi=110, metadata={"Software": None})
    plt.close(figure)


def main() -> int:
    path = Path(sys.argv[1]) if len(sys.argv) > 1 else PICTURE
    drawn = {way: lines_of(simulated(way)) for way in WAYS}
    for way, lines in drawn.items():
        for name, since, until in (("slow", SLOW_S, DEAD_S), ("dead", DEAD_S, BACK_S), ("back", BACK_S, END_S)):
            among = lines[int(since) : int(until)]
            good, worst = sum(one.good for one in among) / len(among), max(one.waited_s for one in among)
            print(f"{way}, {name}: {good:.1%} good, 95 % waited at most {worst:.2f} s in the worst second")
    draw(path, drawn)
    return 0


if __name__ == "__main__":
    sys.exit(main())
