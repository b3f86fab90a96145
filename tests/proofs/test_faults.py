"""The page of the fault matrix; the matrix itself is run in tests/faults."""

from __future__ import annotations

from collections import Counter

from tests.faults.catalogue import every_byte, faults
from tests.faults.judge import Verdict
from tests.proofs.faults import PAGE, ROWS, page


def test_every_row_is_explained() -> None:
    assert {fault.row for fault in faults()} | {case.fault.row for case in every_byte()} == ROWS.keys()


def test_the_page_says_what_was_wrong() -> None:
    rows = Counter(fault.row for fault in faults())
    assert "- cut/x: (200)" in page(Verdict(rows, ["cut/x: (200)"]), 9.0, rows)
    assert "Nothing was wrong." in page(Verdict(rows), 9.0, rows)


def test_the_page_in_the_tree_is_good() -> None:
    assert "Nothing was wrong." in PAGE.read_text("utf-8")
