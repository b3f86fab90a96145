"""`jobs` and `queues`: what waits, and a hand on it."""

from __future__ import annotations

import json

from bridge.store.store import Store
from tests.bridge.cli.operators import Operators
from tests.contract.operators import accepted


def _accepted(operators: Operators, count: int = 1, **more: str) -> list[str]:
    async def work(store: Store) -> list[str]:
        return [await accepted(store, **more) for _ in range(count)]

    return operators.fill(work)


def test_held_hurried_skipped_and_cancelled(operators: Operators) -> None:
    first, second, third = _accepted(operators, 3)
    assert operators("jobs", "hold", first, "-m", "wait for the ERP").stdout == f"{first} held\n"
    assert f"{first}  held" in operators("jobs", "list").stdout
    assert operators("jobs", "retry", first).stdout == f"{first} due now\n"
    assert operators("jobs", "skip", second).stdout == f"{second} skipped\n"
    assert operators("jobs", "cancel", third, "none").stderr == "none left as it is: there is no such job\n"
    states = {one["id"]: one["state"] for one in operators.json("jobs", "list")["items"]}
    assert (states[second], states[third]) == ("dead", "cancelled")
    assert operators("jobs", "cancel", third).exit_code == 1
    verbs = {one["verb"] for one in operators.json("audit", "list")["items"]}
    assert verbs == {"jobs.hold", "jobs.retry", "jobs.skip", "jobs.cancel"}


def test_a_long_list_says_where_it_goes_on(operators: Operators) -> None:
    ids = _accepted(operators, 3)
    page = operators.json("jobs", "list", "-n", "2")
    assert [one["id"] for one in page["items"]] == [ids[2], ids[1]]
    told = operators("jobs", "list", "-n", "2")
    assert told.stderr == f"There is more: --after {page['next']}\n"
    assert [one["id"] for one in operators.json("jobs", "list", "--after", page["next"])["items"]] == [ids[0]]


def test_a_queue_is_paused_and_resumed(operators: Operators) -> None:
    _accepted(operators)
    assert operators("queues", "pause", "calls", "--as", "bob").stdout == "calls paused\n"
    [row] = operators.json("queues", "list")
    assert (row["name"], row["ready"]) == ("calls", 1)
    assert row["pausedBy"].startswith("bob (")
    assert "bob (" in operators("queues", "list").stdout
    assert operators("queues", "pause", "calls").exit_code == 1
    assert operators("queues", "resume", "calls").exit_code == 0
    missing = operators("queues", "pause", "none")
    assert (missing.exit_code, missing.stderr) == (1, "There is no queue with this name.\n")


def test_queues_that_are_only_named_somewhere_are_there_before_their_first_job(operators: Operators) -> None:
    async def nothing(_store: Store) -> None:
        return None

    config = json.loads(operators.config.read_text())
    exports = {"cron": "0 6 * * *", "call": "shop.GetOrder", "queue": "exports"}
    more = {"schedules": {"nightly": exports}, "streams": {"ops": {}}, "alerts": {"topic": "ops"}}
    operators.config.write_text(json.dumps({**config, **more}))
    operators.fill(nothing)
    assert [row["name"] for row in operators.json("queues", "list")] == ["alerts", "calls", "exports"]
    assert operators("queues", "pause", "exports").stdout == "exports paused\n"


def test_a_job_that_is_not_there(operators: Operators) -> None:
    _accepted(operators)
    told = operators("jobs", "show", "none")
    assert (told.exit_code, told.stdout, told.stderr) == (1, "", "There is no job with this id.\n")
