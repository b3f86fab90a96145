"""Which list of an answer its rows are, and what one row looks like."""

from __future__ import annotations

import pytest

from adapters.soap.rows_path import RowList, chosen, lists, row_of
from bridge.errors import ContractError
from bridge.shapes.model import Described, Ref, Scalar, Variants
from tests.adapters.soap.encoded import codec as encoded_codec
from tests.adapters.soap.listed import PATHS, codec


@pytest.mark.parametrize(("name", "path"), PATHS.items())
def test_the_only_list(name: str, path: str):
    made = codec(name)
    found = chosen(made.output, "")
    assert found is not None
    assert found.name == path
    if path:
        assert chosen(made.output, path) == found


def test_the_shape_of_a_row():
    def row(name: str) -> Described:
        found = chosen(codec(name).output, "")
        assert found is not None
        return row_of(codec(name).description.output, found.path)

    assert row("Beside").shape == row("Paged").shape == Ref("Row")
    assert row("Wrapped").nullable
    assert not row("Beside").nullable
    assert isinstance(row("Numbers").shape, Scalar)
    shape = row("Shapes").shape
    assert isinstance(shape, Ref)
    assert isinstance(row("Shapes").table[shape.name], Variants)


def test_several_lists_are_nobodys_rows_until_one_is_named():
    two = codec("Two").output
    assert two is not None
    assert [one.name for one in lists(two)] == ["row", "note"]
    assert chosen(two, "") is None
    named = chosen(two, "note")
    assert named is not None
    assert named.path == ("note",)


@pytest.mark.parametrize("wanted", ["rows", "row.tag", "Row", "."])
def test_a_list_that_is_not_there(wanted: str):
    with pytest.raises(ContractError, match="it has row, note"):
        chosen(codec("Two").output, wanted)


def test_a_wildcard_is_no_list_beside_another():
    wild = codec("Wild").output
    assert wild is not None
    assert len(lists(wild)) == 2
    assert codec("None").output is not None
    assert chosen(codec("None").output, "") is None
    assert chosen(None, "") is None


def test_lists_inside_lists_are_no_rows():
    assert [one.name for one in lists_of("Tree")] == ["node"]
    assert [one.name for one in lists_of("Beside")] == ["row"]


def lists_of(name: str) -> list[RowList]:
    made = codec(name).output
    assert made is not None
    return lists(made)


def test_arrays_of_the_encoding_are_lists_too():
    found = chosen(encoded_codec("List").output, "")
    assert found is not None
    assert row_of(encoded_codec("List").description.output, found.path).shape is not None


@pytest.mark.parametrize("path", [("nothing",), ("total",), (), ("row", "id")])
def test_what_is_no_list_has_no_row(path: tuple[str, ...]):
    with pytest.raises(ContractError, match="is no list"):
        row_of(codec("Beside").description.output, path)
