"""Files put into the JSON they came beside."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass
from itertools import count

import pytest

from adapters.soap.attachments.placing import placed
from bridge.call import JsonValue
from bridge.errors import DoesNotFit


@dataclass(frozen=True)
class File:
    """An Upload in memory."""

    data: bytes = b"abc"
    media_type: str = "image/png"
    name: str = "a.png"

    @property
    def length(self) -> int:
        return len(self.data)

    async def pieces(self) -> AsyncIterator[bytes]:
        yield self.data


def numbered() -> Callable[[], str]:
    numbers = count(1)
    return lambda: f"f{next(numbers)}"


def put(args: JsonValue, *pointers: str) -> JsonValue:
    names = numbered()
    return placed(args, {pointer: names() for pointer in pointers})


def test_each_goes_to_its_place_and_the_way_there_is_made() -> None:
    args: JsonValue = {"name": "x", "scan": None, "deep": {"other": "1"}}
    found = put(args, "/scan", "/deep/er/a~1b", "/new/0/data")
    assert found == {"name": "x", "scan": "f1", "deep": {"other": "1", "er": {"a/b": "f2"}}, "new": [{"data": "f3"}]}
    assert args == {"name": "x", "scan": None, "deep": {"other": "1"}}


def test_items_come_one_behind_the_other_however_they_were_sent() -> None:
    many = [f"/items/{index}/data" for index in (10, 2, 0, 1, 9, 8, 7, 6, 5, 4, 3)]
    found = put({"items": [{"name": "first"}]}, *many)
    assert isinstance(found, dict)
    assert isinstance(found["items"], list)
    assert len(found["items"]) == 11
    assert found["items"][0] == {"name": "first", "data": "f3"}


def test_the_whole_may_be_a_file() -> None:
    assert put(None, "") == "f1"


@pytest.mark.parametrize(
    ("args", "pointer", "reason"),
    [
        ({"scan": "AAAA"}, "/scan", "as well as a file"),
        ({"scan": "AAAA"}, "/scan/deeper", "no object"),
        ({"items": []}, "/items/1", "one behind the other"),
        ({"items": []}, "/items/x", "no place"),
        ({}, "scan", "no JSON Pointer"),
        ({}, "/a" * 100, "too deeply"),
    ],
)
def test_what_cannot_be_is_told_with_its_place(args: JsonValue, pointer: str, reason: str) -> None:
    with pytest.raises(DoesNotFit) as caught:
        put(args, pointer)
    [error] = caught.value.errors
    assert error.pointer == pointer
    assert reason in error.detail
