"""`journal` and `audit`: found, shown masked, made into jobs."""

from __future__ import annotations

from bridge.clock import SystemClock
from bridge.store.journal import Entry, State, note
from bridge.store.store import Store
from tests.bridge.cli.operators import Operators
from tests.contract.operators import SEAL


def _noted(operators: Operators, *states: State) -> list[str]:
    async def work(store: Store) -> list[str]:
        now = SystemClock().wall()
        entries = [
            Entry("", "call", "shop", "shop.GetOrder", state, now - 60 + number, key=f"order:{number}",
                  request=b'{"args":{"orderId":1001,"password":"canary"}}', text="ada lovelace")
            for number, state in enumerate(states)
        ]  # fmt: skip
        return [await store.write(lambda tx, one=one: note(tx, one, SEAL)) for one in entries]

    return operators.fill(work)


def test_found_shown_and_made_into_jobs_once(operators: Operators) -> None:
    failed, done, unknown = _noted(operators, "failed", "done", "unknown")
    assert [one["id"] for one in operators.json("journal", "list")["items"]] == [unknown, done, failed]
    assert failed in operators("journal", "list", "--in", "failed").stdout
    assert [one["id"] for one in operators.json("journal", "search", "lovel*", "--in", "done")["items"]] == [done]
    shown = operators.json("journal", "show", failed)
    assert shown["request"]["args"] == {"orderId": 1001, "password": "***"}
    dry = operators("journal", "replay", failed, "--dry-run")
    assert "! " in dry.stdout, "the operation has no password"
    assert operators.json("jobs", "list")["items"] == []
    assert operators("journal", "replay", "--all").stdout.splitlines() == [
        f"{failed} made into a job",
        f"{unknown} made into a job",
    ]
    assert operators("journal", "replay", "--all").exit_code == 1
    assert [one["key"] for one in operators.json("jobs", "list")["items"]] == ["order:2", "order:0"]
    [act] = operators.json("audit", "list", "--verb", "journal")["items"]
    assert act["verb"] == "journal.replay"


def test_what_cannot_be_meant_is_told(operators: Operators) -> None:
    [entry] = _noted(operators, "failed")
    for words in (["journal", "replay"], ["journal", "replay", entry, "--all"], ["journal", "list", "--since", "x"]):
        told = operators(*words)
        assert (told.exit_code, len(told.stderr.splitlines())) == (2, 1)
    assert operators("journal", "show", "none").exit_code == 1
    assert operators("audit", "list").stderr == "Nobody has done anything.\n"
    assert operators("audit", "show", "none").exit_code == 1


def test_an_entry_is_shown_with_its_tries_what_belongs_to_it_and_its_wire_form_if_asked(operators: Operators) -> None:
    tries = b'[{"number":1,"at":1795312750.381,"durationS":0.008311,"code":"upstream_cut"}]'
    trail = b'{"attempts":' + tries + b',"request":{"line":"POST /"},"answer":{"line":"500"}}'

    async def work(store: Store) -> list[str]:
        now = SystemClock().wall()
        entries = [
            Entry("", "call", at=now - 2, state="failed", correlation="c" * 32, trail=trail),
            Entry("", "job", at=now - 1, state="dead", correlation="c" * 32, idempotency_key="order-17"),
        ]
        return [await store.write(lambda tx, one=one: note(tx, one, SEAL)) for one in entries]

    call, job = operators.fill(work)
    keyed = operators.json("journal", "list", "--idempotency-key", "order-17")
    assert [one["id"] for one in keyed["items"]] == [job]
    shown = operators.json("journal", "show", call)
    tried = {"number": 1, "at": "2026-11-22T01:59:10.381Z", "durationS": 0.008311, "code": "upstream_cut"}
    assert shown["attempts"] == [tried]
    assert [one["id"] for one in shown["same"]] == [job]
    assert "POST /" not in str(shown)
    assert [one["id"] for one in operators.json("journal", "show", job)["same"]] == [call]
    wire = operators.json("journal", "show", call, "--wire")
    assert (wire["request"], wire["answer"], wire["note"]) == ({"line": "POST /"}, {"line": "500"}, "")
    assert "not kept" in operators.json("journal", "show", job, "--wire")["note"]
