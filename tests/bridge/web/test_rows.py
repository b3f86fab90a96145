"""Who gets rows, under which name, and what they look like on the wire."""

from __future__ import annotations

import pytest

from bridge.contracts import Description, RowsInfo
from bridge.errors import NotAcceptable
from bridge.shapes.model import Described, Kind, ListOf, Scalar
from bridge.web.rows import chosen, is_named, sequence, told

ITEM = Described(Scalar(Kind.INTEGER))
LIST = Described(ListOf(Scalar(Kind.INTEGER)))


def described(*, rows: bool) -> Description:
    return Description(LIST, LIST, rows=RowsInfo(ITEM) if rows else None)


@pytest.mark.parametrize(
    ("accept", "media"),
    [
        ("application/x-ndjson", "application/x-ndjson"),
        ("application/ndjson", "application/ndjson"),
        ("Application/JSONL", "application/jsonl"),
        ("application/json-seq", "application/json-seq"),
        ("application/x-ndjson;q=0.9, application/json-seq", "application/json-seq"),
        ("application/json-seq, */*", "application/json-seq"),
        ("application/x-ndjson, application/json", "application/x-ndjson"),
        ("application/x-ndjson; charset=utf-8", "application/x-ndjson"),
        ("application/x-ndjson;q=0.5, application/json", ""),
        ("application/x-ndjson;q=0, */*", ""),
        ("*/*", ""),
        ("application/*", ""),
        ("application/json", ""),
    ],
)
def test_rows_are_for_whoever_names_them(accept: str, media: str):
    assert chosen(accept, lambda: described(rows=True)) == media


@pytest.mark.parametrize(("accept", "fits"), [("application/x-ndjson", False), ("application/x-ndjson, */*", True)])
def test_an_operation_without_a_list(accept: str, fits: bool):
    if fits:
        assert chosen(accept, lambda: described(rows=False)) == ""
    else:
        with pytest.raises(NotAcceptable, match="application/json"):
            chosen(accept, lambda: described(rows=False))


def test_nothing_fits():
    with pytest.raises(NotAcceptable):
        chosen("application/x-ndjson;q=0", lambda: described(rows=True))
    assert not is_named("text/html")


def test_nobody_looks_at_an_operation_unless_rows_are_named():
    def never() -> Description:
        raise AssertionError

    assert chosen("application/json, */*;q=0.1", never) == ""


@pytest.mark.parametrize(
    ("piece", "framed"),
    [
        (b"1\n", b"\x1e1\n"),
        (b'{"a":1}\n"x\\n"\nnull\n', b'\x1e{"a":1}\n\x1e"x\\n"\n\x1enull\n'),
    ],
)
def test_each_row_of_a_sequence_begins_with_a_separator(piece: bytes, framed: bytes):
    assert sequence(piece) == framed


def test_what_the_documents_say():
    assert "`orders.items`" in told(RowsInfo(ITEM, ("orders", "items")))
    assert "its items" in told(RowsInfo(ITEM))
