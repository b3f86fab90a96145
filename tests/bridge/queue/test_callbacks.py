"""What a receiver reads, and which queue it has; that it arrives is in tests/journeys/test_async.py."""

from __future__ import annotations

import json
from typing import Any

import pytest

from bridge.errors import Fault
from bridge.queue.callback_settings import CallbackSettings
from bridge.queue.callbacks import ATTEMPTS_MAX, INCLUDE_MAX, callback_queues, message
from bridge.queue.settings import QueueSettings
from bridge.store.ticket_head import head_of
from bridge.store.tickets import Ticket

EVENTS = CallbackSettings.model_validate({"url": "https://erp.example", "secret": "env:S", "concurrency": 2})


def told(state: str, head: bytes = b"", answer: bytes | None = None, code: str = "") -> Any:
    ticket = Ticket("01j", "web", "f", "s", "events", 1.0, state, "shop.Get", 1, code, 0.0, 2.0, "t" * 32, head)
    return json.loads(message(ticket, answer, "/jobs/01j-s"))


def test_of_a_good_answer_it_has_the_status_and_the_answer_as_it_was() -> None:
    value = told("done", head_of(200), b'{"total":1.00}')
    assert (value["type"], value["timestamp"]) == ("call.done", "1970-01-01T00:00:02.000Z")
    assert value["data"] == {
        "id": "01j-s",
        "state": "done",
        "operation": "shop.Get",
        "location": "/jobs/01j-s",
        "traceId": "t" * 32,
        "status": 200,
        "answer": {"total": 1.0},
    }
    ticket = Ticket("01j", "", "f", "s", "e", 1.0, "done", "shop.Get", 1, "", 0.0, 2.0, "t", head_of(200))
    assert b'"answer":{"total":1.00}}}' in message(ticket, b'{"total":1.00}', "/jobs/01j-s")


def test_what_is_too_large_is_fetched() -> None:
    assert "answer" not in told("done", head_of(200), b'"' + b"x" * INCLUDE_MAX + b'"')["data"]


def test_of_a_bad_one_it_has_the_problem() -> None:
    value = told("dead", head_of(Fault("No such order.", status=404, name="NotFound")), code="fault")
    assert (value["type"], value["data"]["state"], value["data"]["status"]) == ("call.failed", "failed", 404)
    assert value["data"]["problem"]["detail"] == "No such order."


@pytest.mark.parametrize(("state", "kind"), [("cancelled", "call.cancelled"), ("dead", "call.failed")])
def test_of_one_that_ended_by_another_hand_there_is_little_to_say(state: str, kind: str) -> None:
    value = told(state, code="skipped")
    assert (value["type"], "status" in value["data"]) == (kind, False)


def test_each_has_a_queue_of_its_own_and_one_that_is_configured_is_taken() -> None:
    queues = callback_queues({"a": EVENTS, "b": EVENTS}, {"callback-b": QueueSettings(per_worker=9)})
    assert (queues["callback-a"].per_worker, queues["callback-b"].per_worker) == (2, 9)
    assert queues["callback-a"].retry.cap == 3600.0
    assert ATTEMPTS_MAX > 100  # so that its age decides
