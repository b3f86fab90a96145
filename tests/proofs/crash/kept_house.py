"""Kill −9 at every named step of what operators and housekeeping do: the store is what it was before the unit or after
it, never between, nothing acknowledged is missing, and whoever goes on comes to the same end.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import re
import signal
from collections.abc import Callable
from typing import Any

from bridge.clock import SystemClock
from bridge.store import failpoints
from bridge.store.schema import metadata
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.proofs.crash.chores import units
from tests.proofs.crash.databases import New, databases
from tests.proofs.crash.forks import forked
from tests.proofs.crash.life import say
from tests.proofs.crash.points import WHOLE, Part, Swept, arm, counting

_ID = re.compile(r"[0-9a-hjkmnp-tv-z]{26}")
_NUMBER_MAX = 1 << 40
"""Above are numbers with chance in them."""
_BY_CHANCE = frozenset({"seq", "proof", "epoch", "size", "correlation"})


async def keep_house(url: str, begin: int, *, looks: bool = False, planted: str = "") -> None:
    """From a unit on. `looks`: says after each what the store is then. `planted`: `early` acknowledges it before."""
    store = await Store.open(StoreSettings(url=url), SystemClock())
    if looks:
        say(f"look {await store.read(look)}")
    for number, unit in list(enumerate(units()))[begin:]:
        if planted == "early":
            say(f"ack {number}")
        await store.write(unit)
        say(f"ack {number}")
        if looks:
            say(f"look {await store.read(look)}")
    await store.close()


def look(tx: Tx) -> str:
    """What is in it, without what is so by chance."""
    found = {}
    for table in metadata.sorted_tables:
        columns = [column for column in table.c if column.name not in _BY_CHANCE]
        rows = tx.select(table.select().with_only_columns(*columns))
        found[table.name] = sorted(json.dumps([_plain(value) for value in row]) for row in rows)
    return hashlib.sha256(json.dumps(found).encode()).hexdigest()


def _plain(value: Any) -> Any:
    if isinstance(value, bytes | memoryview):
        return bytes(value)[:1].hex()
    if isinstance(value, str):
        return _ID.sub("id", value)
    if isinstance(value, int) and abs(value) > _NUMBER_MAX:
        return "number"
    return value


def _work(url: str, begin: int = 0, point: object = None, planted: str = "") -> Callable[[], None]:
    def work() -> None:
        arm(point)
        asyncio.run(keep_house(url, begin, planted=planted))

    return work


def _now(url: str) -> str:
    async def asked() -> None:
        store = await Store.open(StoreSettings(url=url), SystemClock())
        say(await store.read(look))
        await store.close()

    code, said = forked(lambda: asyncio.run(asked()))
    return said.decode().strip() if code == 0 else f"unreadable: {said.decode()}"


def _strike(new: New, looks: list[str], name: str, number: int, swept: Swept, planted: str) -> None:
    swept.planned += 1
    url, _ = new(not name.startswith("migrate."))
    code, said = forked(_work(url, 0, failpoints._Armed(f"{name}:{number}"), planted))
    if code != -signal.SIGKILL:
        swept.missed += 1
        return
    swept.hit.add(f"{name}#{number}")
    acknowledged = len(set(re.findall(rb"ack (\d+)", said)))
    swept.acknowledged += acknowledged
    now = _now(url)
    done = next((count for count in (acknowledged + 1, acknowledged) if looks[count : count + 1] == [now]), None)
    if done is None:
        where = "another unit" if now in looks else "between two units"
        swept.wrong.append(f"{name}#{number}: after {acknowledged} units the store is {where}")
        return
    code, said = forked(_work(url, done))
    if code or _now(url) != looks[-1]:
        swept.wrong.append(f"{name}#{number}: whoever goes on comes to another end: {code} {said[-300:].decode()}")


def sweep(kind: str, per_name: int, *, part: Part = WHOLE, planted: str = "", some: int | None = None) -> Swept:
    """Every step at the times at which it is passed, at most so many of them."""
    swept = Swept()
    with databases(kind) as new:
        url = new(True)[0]
        code, said = forked(lambda: asyncio.run(keep_house(url, 0, looks=True)))
        if code:
            raise RuntimeError(f"the chores ended with {code}: {said[-500:].decode()}")
        looks = re.findall(r"look (\w+)", said.decode())
        url = new(False)[0]
        passed = counting(lambda: asyncio.run(keep_house(url, 0)))
        points = [
            (name, number)
            for name, count in sorted(passed.items())
            for number in sorted({1 + index * count // per_name for index in range(min(per_name, count))} | {count})
        ]
        points = points[part[0] :: part[1]]
        for name, number in points[:: max(1, len(points) // some)] if some else points:
            _strike(new, looks, name, number, swept, planted)
    return swept
