"""docs/complaints.md is true: each of its rows is a file of tests here that cites the same threads, and none is
missing."""

from __future__ import annotations

import re
from pathlib import Path

HERE = Path(__file__).parent
PAGE = HERE.parents[1] / "docs" / "complaints.md"
ROW = re.compile(r"^\| (\d+) \| .* \| \[[^\]]+\]\(\.\./tests/complaints/(test_(\d+)_\w+\.py)\) \|$", re.MULTILINE)
NUMBERS = {1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 25}
THREAD = re.compile(r"#(\d+)")


def test_each_row_is_a_file_of_tests_and_each_file_a_row() -> None:
    rows = ROW.findall(PAGE.read_text("utf-8"))
    assert {int(number) for number, _, _ in rows} == NUMBERS
    assert all(int(number) == int(in_name) for number, _, in_name in rows)
    assert {file for _, file, _ in rows} == {path.name for path in HERE.glob("test_[0-9]*.py")}


def test_each_thread_of_a_row_is_cited_where_it_is_tested() -> None:
    for line in PAGE.read_text("utf-8").splitlines():
        for _, file, _ in ROW.findall(line):
            opening = (HERE / file).read_text("utf-8").split('"""')[1]
            cited = set(THREAD.findall(line.rpartition(" | [")[0]))
            assert cited, file
            assert cited == set(THREAD.findall(opening)), file
