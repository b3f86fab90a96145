"""What a store does while its database fails: nobody is acknowledged falsely, all are told, and it comes back."""

from __future__ import annotations

import asyncio
import sqlite3
import sys
import threading
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreUnavailable
from bridge.store import session
from bridge.store.failures import StoreUncertain
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from bridge.store.tx import Tx
from tests.contract.notes import count, found, put, ready
from tests.servers.postgresql import Postgresql, postgresql


@asynccontextmanager
async def _opened(url: str) -> AsyncIterator[Store]:
    store = await ready(await Store.open(StoreSettings(url=url), SystemClock()))
    try:
        yield store
    finally:
        await store.close()


async def _back(work: Callable[[], Awaitable[object]]) -> None:
    """Until it works again; the store itself says when to ask next."""
    while True:
        try:
            await work()
        except StoreUnavailable as told:
            await SystemClock().sleep(min(told.retry_after_s or 0, 0.05))
        else:
            return


@pytest.fixture
def own_server() -> Iterator[Postgresql]:
    """One that may be killed."""
    with postgresql() as running:
        yield running


async def _load(store: Store, stop: asyncio.Event, name: str) -> tuple[set[str], set[str]]:
    """Writes until it is told to stop; what was acknowledged, and of what nobody knows."""
    sure: set[str] = set()
    doubtful: set[str] = set()
    number = 0
    while not stop.is_set():
        body, number = f"{name}-{number:06}", number + 1
        try:
            await store.write(put(body))
            sure.add(body)
        except StoreUncertain:
            doubtful.add(body)
        except StoreUnavailable:
            await SystemClock().sleep(0.001)
    return sure, doubtful


async def _endless(store: Store) -> None:
    while True:
        await store.write(put("gone", topic="other"))


async def test_a_server_that_is_killed_under_load_and_comes_back(own_server: Postgresql) -> None:
    async with _opened(own_server.database()) as store:
        stop = asyncio.Event()
        loading = [asyncio.ensure_future(_load(store, stop, f"t{n}")) for n in range(20)]
        for _ in range(2):
            await _back(lambda: store.write(put("alive", topic="other")))
            own_server.kill()
            with pytest.raises(StoreUnavailable):
                await _endless(store)
            with pytest.raises(StoreUnavailable):
                await count(store)
            await asyncio.to_thread(own_server.start)
            await _back(lambda: store.write(put("back", topic="other")))
        stop.set()
        told = await asyncio.gather(*loading)
        sure, doubtful = (set[str]().union(*(one[part] for one in told)) for part in (0, 1))
        await _back(lambda: count(store))
        there = await found(store)
        assert len(there) == len(set(there))
        assert sure - set(there) == set()
        assert set(there) - sure - doubtful == set()
        assert len(sure) > 20


async def test_a_connection_lost_while_nobody_used_it_is_not_noticed(own_server: Postgresql) -> None:
    async with _opened(own_server.database()) as store:
        await store.write(put("one"))
        assert await found(store) == ["one"]
        own_server.kill()
        await asyncio.to_thread(own_server.start)
        await store.write(put("two"))
        assert await found(store) == ["one", "two"]


async def test_a_connection_ended_by_an_operator_in_the_middle_is_done_again(own_server: Postgresql) -> None:
    url = own_server.database()
    async with _opened(url) as store:
        times = 0

        def unit(tx: Tx) -> str:
            nonlocal times
            times += 1
            if times == 1:
                own_server.sql(
                    "SELECT pg_terminate_backend(pid) FROM pg_stat_activity"
                    " WHERE application_name = 'legacy-bridge' AND state = 'idle in transaction'"
                )
            return put("done")(tx)

        assert await store.write(unit) == "done"
        assert times == 2
        assert await found(store) == ["done"]


async def test_a_connection_lost_within_the_commit_leaves_it_open_and_says_so(own_server: Postgresql) -> None:
    url = own_server.database()
    async with _opened(url) as store:
        own_server.sql(
            "CREATE FUNCTION ends() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN"
            " IF NEW.topic = 'cut' THEN PERFORM pg_terminate_backend(pg_backend_pid()); END IF; RETURN NEW; END $$;"
            " CREATE CONSTRAINT TRIGGER at_commit AFTER INSERT ON test_notes DEFERRABLE INITIALLY DEFERRED"
            " FOR EACH ROW EXECUTE FUNCTION ends()",
            url.split("/")[3].split("?")[0],
        )
        with pytest.raises(StoreUncertain) as caught:
            await store.write(put("perhaps", topic="cut"))
        assert caught.value.outcome == "unknown"
        await store.write(put("next"))
        assert await found(store) == ["next"]


async def test_two_transactions_that_meet_are_done_again(own_server: Postgresql) -> None:
    url = own_server.database()
    async with _opened(url) as one, _opened(url) as other:
        for name in ("a", "b"):
            await one.write(put(name, id_=name))
        both = threading.Barrier(2, timeout=60)
        rounds: list[str] = []

        def crossing(first: str, second: str) -> Callable[[Tx], None]:
            def unit(tx: Tx) -> None:
                rounds.append(first)
                _touch(tx, first)
                if rounds.count(first) == 1:
                    both.wait()
                _touch(tx, second)

            return unit

        await asyncio.gather(one.write(crossing("a", "b")), other.write(crossing("b", "a")))
        assert len(rounds) == 3


def _touch(tx: Tx, name: str) -> None:
    from tests.contract.notes import UPDATE

    assert tx.run(UPDATE, which=name, said=b"touched") == 1


async def test_a_lock_that_another_process_holds_is_told_and_passes(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    async with _opened(f"sqlite:///{path}") as store:
        other = sqlite3.connect(path, isolation_level=None)
        other.execute("BEGIN IMMEDIATE")
        told = await asyncio.gather(*(store.write(put(f"{n}")) for n in range(5)), return_exceptions=True)
        assert [type(one) for one in told] == [StoreUnavailable] * 5
        assert {one.outcome for one in told if isinstance(one, StoreUnavailable)} == {"not_sent"}
        assert await count(store) == 0  # whoever reads is not held up
        waiting = asyncio.ensure_future(store.write(put("in time")))
        await SystemClock().sleep(session.POLL_S_MAX)
        other.execute("COMMIT")
        assert await waiting == "in time"
        assert await found(store) == ["in time"]
        other.close()


async def test_a_full_disk_is_told_and_passes_when_there_is_room(tmp_path: Path) -> None:
    """`max_page_count` stands for the disk here; a real one is filled in tests/proofs."""
    path = tmp_path / "bridge.db"
    async with _opened(f"sqlite:///{path}") as store:
        await store.write(put("before"))
        await store.write(lambda tx: tx.select(_pragma("max_page_count = 1")))
        big = await asyncio.gather(*(store.write(put(f"{n}" + "x" * 50_000)) for n in range(4)), return_exceptions=True)
        assert [type(one) for one in big] == [StoreUnavailable] * 4
        assert await found(store) == ["before"]
        # The connection is a new one by now, and has the room that the disk has.
        await store.write(put("after" + "x" * 50_000))
        assert await count(store) == 2


def _pragma(words: str) -> object:
    from sqlalchemy import text

    return text(f"PRAGMA {words}")


async def test_closing_writes_what_waits(store: Store) -> None:
    await ready(store)
    writing = [asyncio.ensure_future(store.write(put(f"{n:03}"))) for n in range(500)]
    await asyncio.sleep(0)  # a task gets in line in its first turn, which is the next one
    await store.close()
    assert await asyncio.gather(*writing) == [f"{n:03}" for n in range(500)]
    with pytest.raises(StoreUnavailable, match="kept safe"):
        await store.write(put("late"))
    await store.close()


async def test_several_stores_on_one_database(store_url: str) -> None:
    async with _opened(store_url) as one, _opened(store_url) as two, _opened(store_url) as three:
        stores = (one, two, three)
        await asyncio.gather(*(stores[n % 3].write(put(f"{n:03}")) for n in range(300)))
        assert [await count(store) for store in stores] == [300] * 3


WRITES = """
import asyncio, sys
from bridge.clock import SystemClock
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.contract.notes import put

async def main(url, name, seconds):
    store, clock = await Store.open(StoreSettings(url=url), SystemClock()), SystemClock()
    print("ready", flush=True)
    sys.stdin.readline()
    end = clock.monotonic() + float(seconds)
    told = []
    async def task(mine):
        while clock.monotonic() < end:
            told.append(await store.write(put(f"{name}-{mine}-{len(told):06}")))
    await asyncio.gather(*(task(mine) for mine in range(10)))
    await store.close()
    print(*told)

asyncio.run(main(*sys.argv[1:]))
"""


async def test_four_processes_write_to_one_database(store_url: str) -> None:
    async with _opened(store_url) as store:
        pipe = asyncio.subprocess.PIPE
        writing = [
            await asyncio.create_subprocess_exec(
                sys.executable, "-c", WRITES, store_url, str(n), "2", stdin=pipe, stdout=pipe
            )
            for n in range(4)
        ]
        for one in writing:
            assert one.stdout is not None
            assert await one.stdout.readline() == b"ready\n"
        told = [said.split() for said, _ in await asyncio.gather(*(one.communicate(b"go\n") for one in writing))]
        assert [one.returncode for one in writing] == [0] * 4
        bodies = [body.decode() for words in told for body in words]
        assert sorted(await found(store)) == sorted(bodies)
        assert all(told), "each of them came to write"
