"""Nothing accepted is lost: crashes, outages and restarts as somebody lives through them who has only the command line.

Each on SQLite and on a real PostgreSQL, where the store has to do with it.
"""

from __future__ import annotations

import asyncio
import base64
import os
import socket
import sqlite3
from collections.abc import Callable, Iterator
from contextlib import AsyncExitStack, suppress
from dataclasses import dataclass
from pathlib import Path

import aiohttp
import pytest
from aiohttp import web

from bridge.clock import SystemClock
from bridge.store.jobs import NewJob, enqueue
from bridge.store.sealing import Seal
from bridge.store.settings import StoreSettings
from bridge.store.store import Store
from tests.cpu import HANG_S
from tests.journeys.running import Bridge, Json, bridge, command, soap, write
from tests.journeys.test_operator import Terminal
from tests.journeys.upstream import GET_ORDER, Upstream
from tests.servers.postgresql import Postgresql, postgresql

pytestmark = [pytest.mark.journey, pytest.mark.timeout(300)]

QUICK = {"attempts": 2, "base": "50ms", "cap": "50ms"}
NIGHTLY = {"cron": "0 3 1 1 *", "call": "shop.GetOrder", "with": {"orderId": 7}}
SAFE = {"GetOrder": GET_ORDER}
CANARY = 471147114711
PASSWORD = "canary-in-the-mine"
FAULT = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>e:Server</faultcode>'
    "<faultstring>{}</faultstring></e:Fault></e:Body></e:Envelope>"
)


@dataclass(frozen=True)
class Kept:
    """A store, and SQL beside the bridge."""

    url: str
    sql: Callable[[str], None]


@pytest.fixture(scope="module")
def server() -> Iterator[Postgresql]:
    with postgresql("fsync=off") as running:
        yield running


@pytest.fixture(params=["sqlite", "postgresql"])
def kept(request: pytest.FixtureRequest, tmp_path: Path) -> Kept:
    if request.param == "sqlite":
        path = tmp_path / "bridge.db"
        return Kept(f"sqlite:///{path}", lambda text: _sqlite(path, text))
    running: Postgresql = request.getfixturevalue("server")
    url = running.database()
    return Kept(url, lambda text: running.sql(text, url.partition("?")[0].rpartition("/")[2]))


def _sqlite(path: Path, text: str) -> None:
    connection = sqlite3.connect(path, timeout=60)
    try:
        with connection:
            connection.execute(text)
    finally:
        connection.close()


def files(folder: Path) -> list[str]:
    return sorted(str(one.relative_to(folder)) for one in folder.rglob("*") if one.is_file())


def held(folder: Path) -> bytes:
    """Every byte of the database, with what was written ahead."""
    return b"".join(one.read_bytes() for one in sorted(folder.glob("bridge.db*")))


def traced(headers: dict[str, str]) -> str:
    return headers["traceparent"].split("-")[1]


async def test_a_write_under_way_when_the_bridge_is_killed_is_found_and_sent_again(tmp_path: Path, kept: Kept) -> None:
    here = Terminal(tmp_path)
    async with Upstream() as upstream:
        config = {"store": kept.url, "journal": {"mask": ["orderId"]}, "upstreams": {"shop": soap(upstream.wsdl)}}
        upstream.open.clear()
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            asking = asyncio.create_task(running.post("/v1/shop/get-order", {"orderId": CANARY}))
            await upstream.has_been_asked(1)
            running.process.kill()
            await running.ended()
            with suppress(aiohttp.ClientError):
                await asking
        upstream.open.set()
        # Longer ago than a process that lives may keep silent.
        kept.sql("UPDATE journal_nodes SET seen_at = 0")
        async with bridge(tmp_path, config) as running:
            await running.log.event("journal-orphans", entries=1)
            [entry] = (await here.json("journal", "list", "--in", "unknown"))["items"]
            assert (entry["operation"], entry["correlation"]) == ("shop.GetOrder", traced(upstream.asked[0].headers))
            shown = await here.json("journal", "show", entry["id"])
            assert shown["request"]["args"] == {"orderId": "***"}
            await running.ready("shop")
            assert await here.does("journal", "replay", entry["id"]) == f"{entry['id']} made into a job\n"
            job = (await running.log.event("job-done"))["job_id"]
            assert [asked.order for asked in upstream.asked] == [CANARY, CANARY]
            again = upstream.asked[1].headers
            assert (traced(again), again["idempotency-key"]) == (entry["correlation"], job)
    assert len(upstream.asked) == 2


async def test_each_time_of_a_schedule_is_one_call_however_many_bridges_there_are(tmp_path: Path, kept: Kept) -> None:
    async with Upstream() as upstream:
        config = {
            "store": kept.url,
            "schedules": {"tick": {**NIGHTLY, "every": "1s", "cron": None, "overlap": "queue"}},
            "upstreams": {"shop": soap(upstream.wsdl, operations=SAFE)},
        }
        del config["schedules"]["tick"]["cron"]
        async with AsyncExitStack() as stack:
            for name in ("one", "other"):
                (tmp_path / name).mkdir()
                running = await stack.enter_async_context(bridge(tmp_path / name, config))
                await running.ready("shop")
            before = len(upstream.asked)
            await upstream.has_been_asked(before + 4)
        write(tmp_path, config)
        told = await Terminal(tmp_path).json("schedules", "show", "tick")
    done = sorted(run["slot"] for run in told["runs"] if run["state"] == "done")
    assert sorted(asked.headers["idempotency-key"] for asked in upstream.asked) == [
        f"schedule:tick:{slot}" for slot in done
    ]
    assert len(set(done)) == len(done) >= 4


async def test_what_an_outage_left_dead_is_sent_again_when_it_is_over(tmp_path: Path, kept: Kept) -> None:
    here = Terminal(tmp_path)
    async with Upstream() as upstream:
        config = {
            "store": kept.url,
            "queues": {"calls": {"retry": QUICK}},
            "schedules": {"nightly": NIGHTLY},
            "upstreams": {"shop": soap(upstream.wsdl, operations=SAFE)},
        }
        async with bridge(tmp_path, config) as running:
            await running.ready("shop")
            await upstream.stop()
            await here.does("schedules", "run", "nightly")
            await running.log.event("job-retried", attempt=1)
            letter = (await running.log.event("job-dead", attempt=2))["job_id"]
            [row] = (await here.json("dead", "list"))["items"]
            assert (row["id"], row["code"]) == (letter, "upstream_unreachable")
            dry = await here.does("dead", "replay", letter, "--dry-run", "--state", "state")
            assert "orderId>7<" in dry
            await upstream.start()
            await here.does("dead", "replay", letter, "-m", "it is back")
            await running.log.event("job-done", job_id=letter)
            assert [asked.order for asked in upstream.asked] == [7]
            told = await here.json("audit", "list")
            assert [act["verb"] for act in told["items"]] == ["dead.replay", "schedules.run"]
            [run] = (await here.json("schedules", "show", "nightly"))["runs"]
            assert run["state"] == "done"


async def test_a_stop_gives_back_what_is_under_way_and_another_bridge_takes_it(tmp_path: Path) -> None:
    async with Upstream() as upstream, AsyncExitStack() as stack:
        config = {
            "store": f"sqlite:///{tmp_path / 'bridge.db'}",
            "server": {"limits": {"drain": "1s"}},
            "schedules": {"nightly": NIGHTLY},
            "upstreams": {"shop": soap(upstream.wsdl, operations=SAFE)},
        }
        upstream.open.clear()
        nodes: list[Bridge] = []
        for name in ("one", "other"):
            (tmp_path / name).mkdir()
            nodes.append(await stack.enter_async_context(bridge(tmp_path / name, config)))
            await nodes[-1].ready("shop")
            if name == "one":
                await Terminal(tmp_path / name).does("schedules", "run", "nightly")
                await upstream.has_been_asked(1)
        nodes[0].terminate()
        # The answer never came, so it was not waited for.
        assert await nodes[0].ended() == 0
        await nodes[0].log.event("jobs-given-back")
        await upstream.has_been_asked(2)
        upstream.open.set()
        assert (await nodes[1].log.event("job-done"))["attempt"] == 1
        first, again = upstream.asked
        assert first.headers["idempotency-key"] == again.headers["idempotency-key"]
    assert len(upstream.asked) == 2


async def test_without_a_store_nothing_is_written_and_commands_say_so(tmp_path: Path) -> None:
    env = {"ADA_KEY": "k" * 40}
    keys = [{"name": "ada", "key": "env:ADA_KEY", "scopes": ["*"]}]
    async with Upstream() as upstream:
        config = {"access": {"keys": keys}, "upstreams": {"shop": soap(upstream.wsdl, operations=SAFE)}}
        async with bridge(tmp_path, config, env=env, secrets=["k" * 40]) as running:
            await running.ready("shop")
            key = {"Authorization": f"Bearer {'k' * 40}"}
            assert (await running.get("/v1/shop/orders/7", headers=key)).status == 200
            for words in (("jobs", "list"), ("dead", "list"), ("journal", "list"), ("schedules", "list")):
                code, out, err = await command(*words, "-c", "bridge.yaml", folder=tmp_path, env=env)
                assert (code, out) == (2, "")
                assert "there is no store at data/bridge.db" in err
                assert len(err.splitlines()) == 1
    kept = (".contract", ".documents", ".index")  # of the contract
    assert [one for one in files(tmp_path) if not one.endswith(kept)] == ["bridge.yaml"]


class Telltale(Upstream):
    """It answers with a fault that quotes whatever it was told."""

    async def _answer(self, request: web.BaseRequest) -> web.StreamResponse:
        answer = await super()._answer(request)
        if request.method == "GET":
            return answer
        said = f"{PASSWORD} may not see {self.asked[-1].order}"
        return web.Response(status=500, body=FAULT.format(said).encode(), content_type="text/xml")


def telling(folder: Path, upstream: Upstream, **store: str) -> Json:
    (folder / "password").write_text(PASSWORD)
    auth = {"basic": {"username": "shop", "password": f"file:{folder / 'password'}"}}
    return {
        "store": {"url": f"sqlite:///{folder / 'bridge.db'}", **store},
        "queues": {"calls": {"retry": QUICK}},
        "schedules": {"nightly": {**NIGHTLY, "with": {"orderId": CANARY}}},
        "upstreams": {"shop": soap(upstream.wsdl, operations=SAFE, auth=auth)},
    }


async def test_a_secret_that_a_system_quotes_is_not_kept(tmp_path: Path) -> None:
    async with Telltale() as upstream:
        config = telling(tmp_path, upstream)
        async with bridge(tmp_path, config, secrets=[PASSWORD]) as running:
            await running.ready("shop")
            await Terminal(tmp_path).does("schedules", "run", "nightly")
            await running.log.event("job-dead")
    # What was said is there, and the secret is not.
    assert f"*** may not see {CANARY}".encode() in held(tmp_path)
    assert PASSWORD.encode() not in held(tmp_path)


async def test_a_sealed_store_holds_no_argument_and_opens_for_its_key_alone(tmp_path: Path) -> None:
    keys = [base64.b64encode(os.urandom(32)).decode() for _ in range(2)]
    async with Telltale() as upstream:
        config = telling(tmp_path, upstream, key="env:STORE_KEY")
        path = write(tmp_path, config)
        async with bridge(tmp_path, config, env={"STORE_KEY": keys[0]}, secrets=[PASSWORD, *keys]) as running:
            await running.ready("shop")
            assert (await running.post("/v1/shop/echo-order", {})).status == 422
            await running.get(f"/v1/shop/orders/{CANARY}")
            env = {"STORE_KEY": keys[0]}
            code, _, err = await command("schedules", "run", "nightly", "-c", str(path), folder=tmp_path, env=env)
            assert code == 0, err
            letter = (await running.log.event("job-dead"))["job_id"]
            assert str(CANARY).encode() not in held(tmp_path)
            assert PASSWORD.encode() not in held(tmp_path)
            code, out, _ = await command("dead", "show", letter, "-c", str(path), folder=tmp_path, env=env)
            assert (code, PASSWORD in out, str(CANARY) in out) == (0, False, True)
        with socket.socket() as probe:
            probe.bind(("127.0.0.1", 0))
            port = probe.getsockname()[1]
        line = ("serve", str(path), "--port", str(port), "--state", "state")
        code, out, err = await command(*line, folder=tmp_path, env={"STORE_KEY": keys[1]})
        assert (code, out) == (1, "")
        [said] = [one for one in err.splitlines() if not one.startswith("{")]
        assert said.startswith("this store has values that are sealed with the key ")
        assert "Traceback" not in err
        assert not (tmp_path / "state" / "admin.sock").exists()
        async with bridge(tmp_path, config, env={"STORE_KEY": keys[0]}) as running:
            await running.log.event("dead-letters", depth=1)
            await shows(running, 'bridge_queue_depth{queue="calls",state="dead"} 1.0')
            await shows(running, "bridge_store_conflicts_total 0.0")


async def shows(running: Bridge, line: str) -> None:
    """Waits until /metrics has this line; it is counted right after the start."""
    async with asyncio.timeout(HANG_S):
        while line not in (page := (await running.get("/metrics")).text):
            pass
    assert 'bridge_queue_oldest_ready_seconds{queue="calls"} 0.0' in page
    assert "bridge_journal_lost_total 0.0" in page


async def test_jobs_of_a_queue_that_is_not_configured_any_more_are_told_of_and_seen(tmp_path: Path) -> None:
    async with Upstream() as upstream:
        config = telling(tmp_path, upstream)
        store = await Store.open(StoreSettings(url=config["store"]["url"]), SystemClock())
        await store.write(lambda tx: enqueue(tx, NewJob("files", "call", b"{}"), Seal(None)))
        await store.close()
        async with bridge(tmp_path, config) as running:
            await running.log.event("queue-without-worker", queue="files", jobs=1)
            await running.log.event("alert-raised", alert="queue-without-worker:files")
            await shows(running, 'bridge_queue_depth{queue="files",state="ready"} 1.0')
