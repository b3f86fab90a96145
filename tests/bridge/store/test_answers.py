"""What a beginning is in the table; the rest is in tests/contract/test_answers.py, on every store."""

from __future__ import annotations

from bridge.store.answers import KEPT_S_MIN, Beginning, values_of
from bridge.store.sealing import Seal

NEW = Beginning("a1", "shop.CreateOrder", "f1", "fence-1", 30.0, 60.0, "r1", "t1", b"4711")


def test_it_is_kept_for_three_days_whatever_was_said_and_its_question_is_sealed() -> None:
    seal = Seal(b"k" * 32)
    row = values_of(NEW, 1000.0, seal)
    assert (row["state"], row["lease_until"], row["kept_until"]) == ("started", 1030.0, 1000.0 + KEPT_S_MIN)
    question = row["question"]
    assert isinstance(question, bytes)
    assert b"4711" not in question
    assert seal.open(question, place="answers.question:a1") == b"4711"
