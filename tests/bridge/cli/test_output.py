"""What a command says and with which code it ends, for each kind of error."""

from __future__ import annotations

import json as standard

import pytest
import typer

from bridge.cli.output import pretty, run, told
from bridge.errors import (
    BadRequest,
    BridgeError,
    ConfigError,
    ContractError,
    Fault,
    Place,
    RouteError,
    UpstreamTimeout,
)
from bridge.shapes.json import loads


@pytest.mark.parametrize(
    ("error", "code", "out", "err"),
    [
        (ConfigError([Place("a.yaml", 3, 5, "wrong", "right")]), 2, "", "a.yaml:3:5: wrong (right)"),
        (ContractError("the WSDL [bold]is[/bold] none"), 2, "", "the WSDL [bold]is[/bold] none"),
        (RouteError("two at one address"), 2, "", "two at one address"),
        (BadRequest("no"), 2, '"code":"bad_request"', ""),
        (Fault("gone", status=404), 1, '"status":404', ""),
        (UpstreamTimeout(), 1, '"code":"upstream_timeout"', ""),
        (BridgeError("something else"), 1, "", "something else"),
        (FileNotFoundError(2, "No such file", "x.json"), 2, "", "x.json: No such file"),
    ],
)
def test_errors(capsys: pytest.CaptureFixture[str], error: Exception, code: int, out: str, err: str) -> None:
    with pytest.raises(typer.Exit) as ended, told():
        raise error
    shown = capsys.readouterr()
    assert ended.value.exit_code == code
    assert (out in shown.out, bool(shown.out)) == (True, bool(out))
    assert (err in shown.err, bool(shown.err)) == (True, bool(err))


def test_what_is_not_ours_is_not_hidden() -> None:
    with pytest.raises(ZeroDivisionError), told():
        _ = 1 / 0


def test_run_gives_the_result() -> None:
    async def work() -> int:
        return 7

    assert run(work()) == 7


def test_pretty_keeps_every_digit() -> None:
    text = '{"a": 1.50, "b": [{"c": "\\u00fc"}, []], "d": {}, "e": 9007199254740993}'
    shown = pretty(loads(text.encode()))
    assert '"a": 1.50,' in shown
    assert "9007199254740993" in shown
    assert standard.loads(shown) == standard.loads(text)
    assert shown.splitlines()[2] == '  "b": ['
