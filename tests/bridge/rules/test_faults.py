"""A fault is told by name, type, code or condition; the first key in written order decides."""

from __future__ import annotations

import pytest

from bridge.rules.faults import SEEN, FaultSeen, chosen_status, fits, fits_any, is_expression
from bridge.shapes.jsonpath import Condition
from bridge.shapes.jsonpath_fit import misfits

FAULT = FaultSeen(
    name="OrderExists",
    code="Server",
    subcodes=("Busy", "Queue"),
    types=("{urn:x}OrderExists", "{urn:x}ExistsType"),
    text="order 17 exists",
    detail='{"number": 17, "rest": [1.50]}',
)


@pytest.mark.parametrize(
    "key",
    [
        *("OrderExists", "Server", "Busy", "Queue", "{urn:x}OrderExists", "{urn:x}ExistsType"),
        *("@.code == 'Server'", "@.subcodes[0] == 'Busy'", "@.detail.number == 17", "@.detail.rest[0] == 1.5"),
        *("search(@.text, 'exists')", "@.name == 'OrderExists' && @.code != 'Client'"),
    ],
)
def test_it_is_meant(key: str) -> None:
    assert fits(FAULT, key)


@pytest.mark.parametrize(
    "key", ["Exists", "orderexists", "{urn:y}OrderExists", "@.code == 'Client'", "@.detail.number == 18", ""]
)
def test_it_is_not_meant(key: str) -> None:
    assert not fits(FAULT, key)


def test_the_first_that_is_written_decides() -> None:
    assert chosen_status(FAULT, {"Busy": 503, "OrderExists": 409}) == 503
    assert chosen_status(FAULT, {"OrderExists": 409, "Busy": 503}) == 409
    assert chosen_status(FAULT, {"@.detail.number == 18": 410, "@.detail.number == 17": 404, "Server": 502}) == 404
    assert chosen_status(FAULT, {"Other": 400}) is None
    assert fits_any(FAULT, ["Other", "Queue"])


def test_a_fault_without_a_detail_has_none() -> None:
    assert FaultSeen(code="Server").value() == {
        "name": "",
        "code": "Server",
        "subcodes": [],
        "text": "",
        "detail": None,
    }
    assert fits(FaultSeen(code="Server"), "@.detail == null")


def test_a_condition_that_cannot_be_worked_out_does_not_fit() -> None:
    deep = FaultSeen(detail='{"a":' * 90 + "1" + "}" * 90)
    assert fits(deep, "@..a")
    assert not fits(FaultSeen(detail="[" * 99 + "]" * 99), "@..a")


def test_names_of_conditions_on_faults_are_checked_too() -> None:
    assert misfits(Condition("@.detail.whatever == 1").uses, SEEN) == []
    (wrong,) = misfits(Condition("@.cod == 'x'").uses, SEEN)
    assert wrong.name == "cod"
    assert not is_expression("{urn:x}Name")
