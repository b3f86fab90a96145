"""`schedules`: seen, run, paused, resumed."""

from __future__ import annotations

from bridge.store.schedules import Registration, expect, register
from bridge.store.store import Store
from tests.bridge.cli.operators import Operators
from tests.contract.operators import SEAL

NIGHTLY = Registration("nightly", "d", "0 3 * * *", b'{"operation":"shop.Close","args":{}}', "calls")
HOURLY = Registration("hourly", "d", "every 1h", b'{"operation":"shop.Sync","args":{}}', "calls", paused=True)
LATER = "2100-01-01T00:00:00Z 2100-01-02T00:00:00Z"


def _registered(operators: Operators) -> None:
    async def work(store: Store) -> None:
        states = await store.write(lambda tx: register(tx, [NIGHTLY, HOURLY], SEAL))
        await store.write(lambda tx: expect(tx, [(state, 4102444800.0, LATER) for state in states]))

    operators.fill(work)


def test_seen_run_paused_and_resumed(operators: Operators) -> None:
    _registered(operators)
    listed = operators("schedules", "list").stdout.splitlines()
    assert listed[2].startswith("nightly   0 3 * * *  2100-01-01 00:00:00")
    assert operators("schedules", "next").stdout.splitlines()[1:] == ["2100-01-01 00:00:00  nightly"]
    assert operators("schedules", "run", "nightly", "--as", "ada").stdout == "nightly run\n"
    shown = operators.json("schedules", "show", "nightly")
    assert shown["schedule"]["upcoming"] == LATER.split()
    assert [run["state"] for run in shown["runs"]] == ["fired"]
    assert shown["runs"][0]["who"].startswith("ada (")
    assert len(operators.json("jobs", "list")["items"]) == 1
    assert operators("schedules", "pause", "nightly", "-m", "stock-taking").stdout == "nightly paused\n"
    assert operators.json("schedules", "next") == []
    assert operators.json("schedules", "show", "nightly")["schedule"]["upcoming"] == []
    assert operators("schedules", "pause", "nightly").exit_code == 1
    assert operators("schedules", "resume", "nightly").stdout == "nightly resumed\n"
    told = operators("schedules", "resume", "hourly")
    assert (told.exit_code, told.stderr) == (1, "hourly left as it is: the configuration pauses it\n")
    assert operators("schedules", "show", "none").exit_code == 1
