"""What rooms promise each other."""

from __future__ import annotations

from bridge.contracts import Description, Operation
from bridge.shapes.model import Described


def test_an_operation_is_named_by_its_upstream_and_promises_nothing() -> None:
    operation = Operation("shop", "GetOrder")
    assert operation.id == "shop.GetOrder"
    assert [operation.safe, operation.idempotent, operation.one_way] == [False] * 3


def test_a_description_may_have_nothing_to_answer_with() -> None:
    nothing = Described(None, required=False)
    assert Description(nothing, nothing).output.shape is None
    assert Description(nothing, nothing).faults == ()
