"""A field of a form finds its place in the JSON, and the place is made where it lacks."""

from __future__ import annotations

import pytest

from bridge.call import JsonValue
from bridge.errors import Violation
from bridge.web.file_fields import FileFields, Path, pointer, with_room

FIELDS = FileFields(("/photo", "/items/*/content", "/pages/*", "/a.b/c~1d"))


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("photo", ("photo",)),
        ("items.0.content", ("items", 0, "content")),
        ("items.9999.content", ("items", 9999, "content")),
        ("pages.10", ("pages", 10)),
        ("a.b.c/d", ("a.b", "c/d")),
        ("items.00.content", None),
        ("items.10000.content", None),
        ("items.-1.content", None),
        ("items.٣.content", None),
        ("items.*.content", None),
        ("items..content", None),
        ("photo.", None),
        ("photo\n", None),
        ("Photo", None),
        ("axb.c/d", None),
        ("file", None),
        ("", None),
        ("p" * 300, None),
    ],
)
def test_a_name_finds_its_place(name: str, path: Path | None) -> None:
    assert FIELDS.find(name) == path


def test_the_only_file_may_be_called_file() -> None:
    assert FileFields(("/a/b",)).find("file") == ("a", "b")
    assert FileFields(("/a/b",)).only == ("a", "b")
    assert FileFields(("",)).find("file") == FileFields(("",)).only == ()
    assert FileFields(("",)).find("") is None
    assert FileFields(("/a/*",)).find("file") is FileFields(("/a/*",)).only is None
    assert FIELDS.only is None
    assert (bool(FIELDS), bool(FileFields())) == (True, False)


def test_names_for_people() -> None:
    assert FIELDS.names == ("photo", "items.0.content", "pages.0", "a.b.c/d")
    assert FileFields(("",)).names == ("file",)


@pytest.mark.parametrize(
    ("given", "paths", "made"),
    [
        ({}, [("photo",)], {}),
        ({"name": "x"}, [("document", "content")], {"name": "x", "document": {}}),
        ({}, [("items", 1, "content"), ("items", 0, "content")], {"items": [{}, {}]}),
        ({"items": [{"n": "a"}]}, [("items", 0, "content"), ("items", 1, "content")], {"items": [{"n": "a"}, {}]}),
        ({}, [("pages", at) for at in (2, 10, 1, 0, 3, 4, 5, 6, 7, 8, 9)], {"pages": [None] * 11}),
        ({"pages": ["QQ==", None]}, [("pages", 1), ("pages", 2)], {"pages": ["QQ==", None, None]}),
        (None, [()], None),
    ],
)
def test_room_is_made(given: JsonValue, paths: list[Path], made: JsonValue) -> None:
    filled = with_room(given, paths)
    assert (filled.value, filled.violations) == (made, [])


@pytest.mark.parametrize(
    ("given", "path", "violation"),
    [
        ({"photo": "QQ=="}, ("photo",), Violation("/photo", "is given twice: in the JSON and as a file")),
        ({"photo": None}, ("photo",), Violation("/photo", "is given twice: in the JSON and as a file")),
        ({"pages": ["QQ=="]}, ("pages", 0), Violation("/pages/0", "is given twice: in the JSON and as a file")),
        ({}, (), Violation("", "is given twice: in the JSON and as a file")),
        ({}, ("pages", 1), Violation("/pages/1", "there is no item 0 before it")),
        ({"items": {}}, ("items", 0, "c"), Violation("/items", "must be an array, since a file belongs into it")),
        ({"a": ["x"]}, ("a", "b"), Violation("/a", "must be an object, since a file belongs into it")),
        (["x"], ("photo",), Violation("", "must be an object, since a file belongs into it")),
        ({"a": None}, ("a", "b"), Violation("/a", "must be an object, since a file belongs into it")),
        ("text", ("photo",), Violation("", "must be an object, since a file belongs into it")),
    ],
)
def test_what_leaves_no_room_is_told(given: JsonValue, path: Path, violation: Violation) -> None:
    assert with_room(given, [path]).violations == [violation]


def test_a_pointer_is_escaped() -> None:
    assert pointer(("a/b", 0, "c~d")) == "/a~1b/0/c~0d"
