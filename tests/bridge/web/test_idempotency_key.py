"""The header by its specification: one string in quotes."""

from __future__ import annotations

import pytest

from bridge.errors import BadRequest
from bridge.web.idempotency_key import read_key

ID = "8e03978e-40d5-43dd-bc93-6894a57f9324"


@pytest.mark.parametrize(
    ("value", "key"),
    [
        (f'"{ID}"', ID),
        (f'  "{ID}"\t', ID),
        ('"a b"', "a b"),
        (r'"say \"hi\" \\"', 'say "hi" \\'),
        ('"k";v=1', "k"),
        ('"k"; a;b="x";c=?1;d=:aGk=:', "k"),
    ],
)
def test_what_is_right_is_taken(value: str, key: str) -> None:
    assert read_key([value]) == key


@pytest.mark.parametrize(
    "value",
    [
        *("", '""', ID, "key", "'k'", '"a', 'a"', '"a" "b"', '"a", "b"'),
        *('"é"', '"a\x07"', r'"\a"', '"k";', '"k";V=1', '"' + "k" * 256 + '"'),
    ],
)
def test_what_is_malformed_is_refused(value: str) -> None:
    with pytest.raises(BadRequest, match="Idempotency-Key"):
        read_key([value])


def test_no_header_is_no_key_and_two_are_refused() -> None:
    assert read_key([]) is None
    with pytest.raises(BadRequest, match="more than once"):
        read_key(['"a"', '"a"'])


def test_plain_words_are_taken_where_a_person_said_so() -> None:
    assert read_key([ID], unquoted=True) == read_key([f'"{ID}"'], unquoted=True) == ID
    for value in ("a b", "a,b", "", "k" * 256):
        with pytest.raises(BadRequest):
            read_key([value], unquoted=True)
