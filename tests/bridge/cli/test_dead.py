"""`dead`: the whole story of a letter as a stranger would type it."""

from __future__ import annotations

import json

import pytest

from bridge.store.store import Store
from tests.bridge.cli.operators import Operators
from tests.contract.operators import buried

PAYLOAD = b'{"operation":"shop.GetOrder","args":{"orderId":1001},"idempotencyKey":"i-1"}'


def _buried(operators: Operators, *payloads: bytes, **more: str) -> list[str]:
    async def work(store: Store) -> list[str]:
        return await buried(store, *payloads or (PAYLOAD,), **more)

    return operators.fill(work)


def test_listed_shown_edited_looked_at_and_replayed(operators: Operators) -> None:
    [one] = _buried(operators)
    listed = operators("dead", "list")
    assert listed.stdout.splitlines()[1].split()[:4] == [one, "calls", "call", "shop.GetOrder"]
    assert operators.json("dead", "show", one)["payload"]["args"] == {"orderId": 1001}
    assert operators("dead", "edit", one, "--args", '{"orderId":1002}', "-m", "wrong number").exit_code == 0
    dry = operators("dead", "replay", one, "--dry-run")
    assert "- /args/orderId: 1001" in dry.stdout
    assert "+ /args/orderId: 1002" in dry.stdout
    assert "<ns1:OrderID>1002</ns1:OrderID>" in dry.stdout
    assert operators.json("dead", "show", one)["job"]["state"] == "dead"
    replayed = operators("dead", "replay", one, "-m", "fixed", "--as", "ada")
    assert (replayed.exit_code, replayed.stdout) == (0, f"{one} replayed\n")
    again = operators("dead", "replay", one)
    assert (again.exit_code, again.stderr) == (1, f"{one} left as it is: it is ready\n")
    acts = operators.json("audit", "list")["items"]
    assert [(act["verb"], act["reason"]) for act in acts] == [("dead.replay", "fixed"), ("dead.edit", "wrong number")]
    assert acts[0]["who"].startswith("ada (")
    assert acts[1]["target"] == one
    written = operators.json("audit", "show", acts[1]["id"])
    assert written["args"] == {"orderId": 1002}


@pytest.mark.parametrize("args", ['{"orderId":"many"}', '{"nothing":1}', '{"orderId":1'])
def test_what_the_operation_would_not_take_is_refused(operators: Operators, args: str) -> None:
    [one] = _buried(operators)
    refused = operators("dead", "edit", one, "--args", args)
    assert refused.exit_code == 2
    assert refused.stderr
    assert "Traceback" not in refused.output
    assert operators.json("dead", "show", one)["original"] is None


def test_an_edit_can_go_unchecked_and_comes_from_stdin_or_a_file(operators: Operators) -> None:
    [one, other] = _buried(operators, PAYLOAD, b'{"rows":[1]}', kind="row")
    assert operators("dead", "edit", one, "--args", '{"nothing":1}', "--unchecked").exit_code == 0
    assert operators("dead", "edit", other, "--payload", "-", stdin='{"rows":[1,2]}').exit_code == 0
    (operators.folder / "new.json").write_text('{"rows":[3]}')
    assert operators("dead", "edit", other, "--payload", f"@{operators.folder / 'new.json'}").exit_code == 0
    shown = operators.json("dead", "show", other)
    assert (shown["payload"], shown["original"]) == ({"rows": [3]}, {"rows": [1]})


@pytest.mark.parametrize(
    ("words", "says"),
    [
        (["dead", "replay"], "Say which"),
        (["dead", "replay", "x", "--all"], "not both"),
        (["dead", "discard", "x", "--code", "y", "-m", "z"], "not both"),
        (["dead", "discard", "--all"], "a reason is needed"),
        (["dead", "replay", "--all", "--rate", "fast"], "is no rate"),
        (["dead", "replay", "--all", "--rate", "0/s"], "never come to an end"),
        (["dead", "list", "--since", "yesterday"], "is no time"),
        (["dead", "list", "--after", "nowhere"], "no place in a list"),
        (["dead", "edit", "x"], "Give --payload, or --args"),
    ],
)
def test_what_cannot_be_meant_is_told_in_one_line(operators: Operators, words: list[str], says: str) -> None:
    _buried(operators)
    told = operators(*words)
    assert (told.exit_code, told.stdout) == (2, "")
    assert says in told.stderr
    assert len(told.stderr.splitlines()) == 1


def test_many_are_replayed_by_a_filter_at_a_rate(operators: Operators) -> None:
    ids = _buried(operators, *[PAYLOAD] * 3)
    assert operators("dead", "replay", "--code", "bug").exit_code == 1
    done = operators("dead", "replay", "--operation", "GetOrder", "--rate", "2/s")
    assert done.stdout.splitlines() == [f"{one} replayed" for one in ids]
    items = operators.json("jobs", "list")["items"]
    assert [one["state"] for one in items] == ["waiting", "waiting", "ready"]


def test_a_letter_is_discarded_with_a_reason(operators: Operators) -> None:
    [one] = _buried(operators)
    assert operators("dead", "discard", one, "-m", "a test order").stdout == f"{one} discarded\n"
    assert operators("dead", "list").stderr == "There are no dead letters.\n"
    assert operators.json("jobs", "show", one)["job"]["cause"].endswith("a test order")


def test_nothing_in_a_letter_steers_the_terminal(operators: Operators) -> None:
    payload = json.dumps({"operation": "shop.GetOrder", "args": {"x": "\x1b[31m\u009b"}}).encode()
    [one] = _buried(operators, payload, cause="\x1b]0;title\x07 red\nline")
    for words in (["dead", "list"], ["dead", "show", one], ["dead", "replay", one, "--dry-run"]):
        told = operators(*words)
        assert not {"\x1b", "\u009b", "\x07"} & set(told.output), words
