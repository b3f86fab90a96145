"""`samples`: files that fit the schema, by the judgement of libxml2, under names that every file system takes."""

from __future__ import annotations

import json
from pathlib import Path

from adapters.soap.documents import DocumentSet
from adapters.soap.judge import Judge
from tests.bridge.cli.running import FORMS, WSDL, Line


def test_what_is_written(line: Line, tmp_path: Path) -> None:
    out = tmp_path / "deep" / "out"
    done = line("samples", "--wsdl", WSDL, "--out", out, "--json")
    told = json.loads(done.stdout)
    assert (done.exit_code, done.stderr, told["leftOut"]) == (0, "", {})
    files = {file.name for file in out.iterdir()}
    assert files == {name for names in told["written"].values() for name in names}
    assert {f"GetOrder.{end}" for end in ("request.json", "request.xml", "response.json", "response.xml")} <= files
    assert {"GetOrder.fault.OrderNotFound.json", "GetOrder.fault.OrderNotFound.xml"} <= files
    assert json.loads((out / "GetOrder.request.json").read_text()) == {"orderId": 1}


def test_every_envelope_is_valid(line: Line, tmp_path: Path) -> None:
    line("samples", "--wsdl", WSDL, "--out", tmp_path / "out")
    (tmp_path / "judge").mkdir()
    judge = Judge(DocumentSet(str(WSDL), {str(WSDL): WSDL.read_bytes()}), tmp_path / "judge")
    envelopes = [file for file in (tmp_path / "out").glob("*.xml") if ".fault." not in file.name]
    assert len(envelopes) == 14
    for file in envelopes:
        assert judge.envelope(file.read_bytes()).verdict == "valid", file.name


def test_the_summary_is_for_people(line: Line, tmp_path: Path) -> None:
    done = line("samples", "--wsdl", WSDL, "--out", tmp_path)
    assert "48 files for 7 operations" in done.stdout


def test_what_is_left_out_is_told_and_files_have_safe_names(line: Line, tmp_path: Path) -> None:
    broken = WSDL.read_text().replace('element="s:GetStock"/>', 'element="q:Gone"/>')
    (tmp_path / "shop.wsdl").write_text(
        broken.replace('operation name="ListOrders"', 'operation name="../List"').replace(
            'operation name="GetOrder"', 'operation name="getcustomer"'
        )
    )
    done = line("samples", "--wsdl", tmp_path / "shop.wsdl", "--out", tmp_path / "out", "--json")
    told = json.loads(done.stdout)
    assert done.exit_code == 0
    assert "GetStock is left out: " in done.stderr
    assert "GetStock" in told["leftOut"]
    assert told["written"]["getcustomer"][0] == "getcustomer.request.json"
    assert told["written"]["GetCustomer"][0] == "GetCustomer_2.request.json"
    assert {file.parent for file in (tmp_path / "out").rglob("*")} == {tmp_path / "out"}


def test_nothing_can_be_made(line: Line, tmp_path: Path) -> None:
    assert line("samples", "--wsdl", tmp_path / "gone.wsdl", "--out", tmp_path).exit_code == 2


def test_without_an_envelope_there_is_the_request_as_http_has_it(line: Line, tmp_path: Path) -> None:
    done = line("samples", "--wsdl", FORMS, "--out", tmp_path / "out")
    assert (done.exit_code, done.stderr) == (0, "")
    assert (tmp_path / "out" / "Greet.request.http").read_text() == (
        "POST /Greet\nContent-Type: application/x-www-form-urlencoded\nAccept: text/xml\n\nname=Ada%20Lovelace"
    )
    assert (tmp_path / "out" / "Greet.response.xml").read_bytes().endswith(b"string>")
