"""Rows on stdout: nothing else stands there, and whoever reads is told when some are missing."""

from __future__ import annotations

from collections.abc import AsyncIterator

import pytest
import typer

from bridge.call import Call, Reply, Stream, Trace
from bridge.cli.rows import print_rows
from bridge.errors import Fault, UpstreamCut

CALL = Call("shop.List", b"{}", 0, Trace("0" * 32, "0" * 16))


class Rows:
    """A service whose rows the test gives; an error among them is raised there."""

    def __init__(self, *given: bytes | Exception) -> None:
        self.given, self.closed, self.wants = given, 0, ""

    async def __call__(self, call: Call) -> Reply:
        self.wants = call.want
        return Reply(b"", stream=Stream(self._pieces(), self._close, "application/x-ndjson"))

    async def _pieces(self) -> AsyncIterator[bytes]:
        for one in self.given:
            if isinstance(one, Exception):
                raise one
            yield one

    async def _close(self) -> None:
        self.closed += 1


async def test_rows_as_they_come(capsys: pytest.CaptureFixture[str]) -> None:
    rows = Rows(b'{"a":1}\n{"a":2}\n', '"\u00fc"\n'.encode())
    await print_rows(CALL, rows)
    assert capsys.readouterr() == ('{"a":1}\n{"a":2}\n"\u00fc"\n', "")
    assert (rows.wants, rows.closed) == ("rows", 1)


async def test_no_rows(capsys: pytest.CaptureFixture[str]) -> None:
    await print_rows(CALL, Rows())
    assert capsys.readouterr() == ("", "")


async def test_what_is_missing_is_said_on_the_other_side(capsys: pytest.CaptureFixture[str]) -> None:
    rows = Rows(b"1\n", UpstreamCut(cause="reset"))
    with pytest.raises(typer.Exit) as told:
        await print_rows(CALL, rows)
    out, err = capsys.readouterr()
    assert (told.value.exit_code, out, rows.closed) == (1, "1\n", 1)
    assert "the rows are not complete" in err
    assert "(upstream_cut: reset)" in err


async def test_a_failure_of_the_call_is_the_callers(capsys: pytest.CaptureFixture[str]) -> None:
    async def fails(_: Call) -> Reply:
        raise Fault("no", status=404, name="NotFound", fault=None)

    with pytest.raises(Fault):
        await print_rows(CALL, fails)
    assert capsys.readouterr() == ("", "")


async def test_an_answer_in_one_piece_is_printed_too(capsys: pytest.CaptureFixture[str]) -> None:
    async def answers(_: Call) -> Reply:
        return Reply(b"[1]")

    await print_rows(CALL, answers)
    assert capsys.readouterr().out == "[1]\n"
