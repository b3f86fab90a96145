"""Files that a configuration names and no answer has."""

from __future__ import annotations

from adapters.soap.attachments.check import files_unfit
from bridge.errors import ContractError
from bridge.shapes.model import Described, Field, Kind, Record, Scalar
from tests.adapters.soap.attachments.filed import opened


def test_a_place_that_is_none_is_told_with_those_that_are() -> None:
    def output(operation: str) -> Described:
        if operation == "Broken":
            raise ContractError("it cannot be used")
        return Described(Record((Field("scan", Scalar(Kind.BASE64)),)))

    chosen = {"Good": "/scan", "None": "", "Wrong": "/scam", "Broken": "/scan"}
    [found] = files_unfit(chosen, output)
    assert found.way == ("operations", "Wrong", "soap", "attachments", "answer")
    assert found.misfit.known == ("/scan",)
    assert "no file at /scam" in str(found)


async def test_it_is_a_warning_at_start() -> None:
    async with opened("http://127.0.0.1:9", operation={"attachments": {"answer": "/content"}}) as upstream:
        lines = [line for line in upstream.warnings if "no file at /content" in line]
        assert len(lines) == len(upstream.operations)
    async with opened("http://127.0.0.1:9", operation={"attachments": {"answer": "/content/value"}}) as upstream:
        assert not [line for line in upstream.warnings if "Fetch" in line]
