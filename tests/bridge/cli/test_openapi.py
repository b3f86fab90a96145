"""`openapi`: a valid document on stdout and nothing else."""

from __future__ import annotations

import json

from openapi_spec_validator import validate

from tests.bridge.cli.running import WSDL, Line


def test_it_is_valid(line: Line) -> None:
    done = line("openapi", "--wsdl", WSDL)
    assert (done.exit_code, done.stderr) == (0, "")
    document = json.loads(done.stdout)
    validate(document)
    assert document["openapi"].startswith("3.1")
    assert len(document["paths"]) == 7


def test_of_two_with_guesses(line: Line) -> None:
    document = json.loads(line("openapi", "--wsdl", f"a={WSDL}", "--wsdl", f"b={WSDL}", "--guess-reads").stdout)
    validate(document)
    assert set(document["paths"]["/v1/a/get-order"]) == {"get", "post"}
    assert set(document["paths"]["/v1/b/cancel-order"]) == {"post"}


def test_a_wsdl_that_is_none(line: Line) -> None:
    done = line("openapi", "--wsdl", "/nowhere/gone.wsdl")
    assert (done.exit_code, done.stdout) == (2, "")
    assert "/nowhere/gone.wsdl" in done.stderr
