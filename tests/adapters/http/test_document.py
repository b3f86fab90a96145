"""JSON and YAML alike become values; what is hostile is refused within bounds."""

from __future__ import annotations

import pytest

from adapters.http.document import read
from bridge.errors import ContractError
from bridge.shapes.json import Number


def test_json_and_yaml_are_the_same() -> None:
    json = b'\xef\xbb\xbf {"openapi": "3.1.0", "x": [1.50, true, null, "07"]}'
    yaml = b"openapi: 3.1.0\nx: [1.50, true, null, '07']\n"
    assert read(json, "x") == read(yaml, "x") == {"openapi": "3.1.0", "x": ["1.50", True, None, "07"]}
    value = read(yaml, "x")["x"]
    assert isinstance(value, list)
    assert isinstance(value[0], Number)
    assert not isinstance(value[3], Number)


def test_keys_that_look_like_numbers_are_texts() -> None:
    assert read(b"responses: {200: a, default: b}", "x") == {"responses": {"200": "a", "default": "b"}}


def test_dates_stay_texts() -> None:
    assert read(b"a: 2026-01-31", "x") == {"a": "2026-01-31"}


BOMB = b"a: &a [x, x, x, x, x, x, x, x, x, x]\n" + b"".join(
    b"%c: &%c [*%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c, *%c]\n" % (98 + n, 98 + n, *([97 + n] * 10))
    for n in range(9)
)


@pytest.mark.parametrize(
    "bad",
    [
        b"",
        b"[1, 2]",
        b'{"a": 1, "a": 2}',
        b"a: 1\na: 2",
        b"a: &a [*a]",
        b"{" * 1000,
        b"a: " + b"[" * 1000,
        b"[a, b]: c",
        b"\xff\xfe",
        b"a: *nothing",
        BOMB,
    ],
)
def test_what_cannot_be_read_names_the_document(bad: bytes) -> None:
    with pytest.raises(ContractError, match=r"api\.yaml"):
        read(bad, "api.yaml")
