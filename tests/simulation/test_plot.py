"""What the picture in docs/layers.png shows is so: drawn or not, the numbers are those of the layers."""

from __future__ import annotations

from tests.simulation.plot import BACK_S, CACHED, DEAD_S, END_S, SLOW_S, TIMEOUT_S, lines_of, measured


async def test_callers_hardly_notice() -> None:
    seen = await measured(CACHED)
    assert seen.good(SLOW_S, DEAD_S) > 0.99
    assert seen.good(DEAD_S, BACK_S) > 0.99
    assert seen.good(BACK_S, END_S) > 0.99
    assert max(line.waited_s for line in lines_of(seen)[int(DEAD_S) :]) < 1


async def test_without_the_layers_they_do() -> None:
    seen = await measured("asked directly")
    assert seen.good(0, SLOW_S) == 1
    assert seen.good(DEAD_S, BACK_S) < 0.1
    assert max(line.waited_s for line in lines_of(seen)) > 5


async def test_without_a_cache_they_are_told_soon() -> None:
    seen = await measured("through the bridge, no cache")
    # Of 40 a second it serves 10 while it is slow, and none of these places goes to a call that is out of time.
    assert seen.good(SLOW_S + 5, DEAD_S - TIMEOUT_S) > 0.2
    among = sorted(one.took_s for one in seen.among(DEAD_S + 5, BACK_S))
    assert among[len(among) // 2] < 0.1
    assert seen.good(BACK_S + 5, END_S) > 0.99
