"""What an edit changes, place by place."""

from __future__ import annotations

import pytest

from bridge.queue.diff import CHANGES_MAX, changes, lines
from bridge.shapes.json import loads


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ('{"a": 1}', '{"a": 1}', []),
        ('{"a": 1}', '{"a": 2}', ["- /a: 1", "+ /a: 2"]),
        ('{"a": 1}', '{"a": "1"}', ["- /a: 1", '+ /a: "1"']),
        ('{"a": 1}', '{"a": true}', ["- /a: 1", "+ /a: true"]),
        ('{"a": 1.50}', '{"a": 1.5}', ["- /a: 1.50", "+ /a: 1.5"]),
        ('{"a": null}', "{}", ["- /a: null"]),
        ("{}", '{"a": {"b": []}}', ['+ /a: {"b":[]}']),
        ('{"a": {"b": 1, "c": 2}}', '{"a": {"c": 3, "b": 1}}', ["- /a/c: 2", "+ /a/c: 3"]),
        ('{"a": [1, 2, 3]}', '{"a": [1, 4]}', ["- /a/1: 2", "+ /a/1: 4", "- /a/2: 3"]),
        ("[1]", "[1, 2]", ["+ /1: 2"]),
        ('{"a/b": 1, "c~d": 1}', '{"a/b": 2, "c~d": 1}', ["- /a~1b: 1", "+ /a~1b: 2"]),
        ('{"a": 1}', "[]", ['- (everything): {"a":1}', "+ (everything): []"]),
        ("null", '"x"', ["- (everything): null", '+ (everything): "x"']),
    ],
)
def test_each_difference_is_told_with_its_place(before: str, after: str, told: list[str]) -> None:
    assert lines(changes(loads(before.encode()), loads(after.encode()))) == told


def test_a_long_list_of_differences_is_cut() -> None:
    assert len(changes(["1"] * 10_000, ["2"] * 10_000)) == CHANGES_MAX
