"""`verify` on the command line: the table, JSON, the page, and the exit codes."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from adapters.soap.verify_report import OperationReport, Reason, Report
from bridge.cli.verify_page import page
from bridge.cli.verify_report import as_json, percentage, show
from tests.bridge.cli.running import WSDL, Line


def test_a_table_and_one_percentage(line: Line) -> None:
    done = line("verify", "--wsdl", WSDL, "--operation", "GetOrder", "--operation", "GetStock")
    assert done.exit_code == 0
    assert "GetOrder" in done.stdout
    assert "CreateOrder" not in done.stdout
    assert done.stdout.rstrip().endswith("100.00 % lossless of 2 judged; 2 operations: 2 lossless")


def test_json_and_a_page(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "report.html"
    done = line("verify", "--wsdl", WSDL, "--operation", "GetStock", "--max", 5, "--json", "--html", file)
    told = json.loads(done.stdout)
    assert (done.exit_code, told["percent"], told["judge"], told["stopped"]) == (0, 100.0, "libxml2", None)
    assert told["counts"] == {"operations": 1, "lossless": 1, "notLossless": 0, "notJudged": 0, "leftOut": 0}
    assert told["operations"][0]["name"] == "GetStock"
    assert 0 < told["operations"][0]["values"] <= 20
    assert "100.00 %" in file.read_text()


def test_an_operation_that_is_not_there(line: Line) -> None:
    done = line("verify", "--wsdl", WSDL, "--operation", "Nothing")
    assert (done.exit_code, "there is no operation Nothing" in done.stderr) == (2, True)


def test_a_wsdl_that_is_not_there(line: Line, tmp_path: Path) -> None:
    assert line("verify", "--wsdl", tmp_path / "gone.wsdl").exit_code == 2


def report() -> Report:
    wrong = OperationReport("Pay", values=3, contradictions=["libxml2 says so"], cut="1 s was over")
    wrong.add(Reason("request", "json", "1.50 became 1.5", '{"sum":"<script>"}', "/sum"))
    fine = OperationReport("Get", values=2, documents=2)
    unjudged, left = OperationReport("See"), OperationReport("Lost", "left out", "its message is not defined")
    unjudged.unjudged("there is no schema")
    return Report(
        "shop.wsdl", "Shop", "Port", [fine, wrong, unjudged, left], {"absent": 4}, "line 1 is odd", "too long"
    )


def test_what_is_wrong_is_named_with_its_reason(capsys: pytest.CaptureFixture[str]) -> None:
    told = as_json(report())
    assert isinstance(told, dict)
    assert (told["percent"], told["judge"], told["judgeError"]) == ("50.00", "xmlschema", "line 1 is odd")
    assert told["counts"] == {"operations": "4", "lossless": "1", "notLossless": "1", "notJudged": "1", "leftOut": "1"}
    show(report())
    said = capsys.readouterr().out
    assert "Pay, request, json at /sum: 1.50 became 1.5" in said
    assert said.rstrip().endswith(
        "50.00 % lossless of 2 judged; 4 operations: 1 lossless, 1 not lossless, 1 not judged, 1 left out"
    )


def test_the_page_escapes_and_needs_nothing_else() -> None:
    text = page(report())
    assert "<script>" not in text
    assert "1.50 became 1.5" in text
    assert "50.00 %" in text
    assert "http" not in text
    for said in (
        "Stopped early",
        "xmlschema judged alone",
        "the judges disagree",
        "cut short",
        "not defined",
        "absent",
    ):
        assert said in text


def test_nothing_judged_is_no_success(line: Line, tmp_path: Path) -> None:
    text = WSDL.read_text().replace('<wsdl:input message="s:GetStockIn"/>', '<wsdl:input message="s:Nowhere"/>')
    (tmp_path / "shop.wsdl").write_text(text)
    done = line("verify", "--wsdl", tmp_path / "shop.wsdl", "--operation", "GetStock")
    assert (done.exit_code, done.stdout.splitlines()[-1]) == (1, "nothing was judged; 1 operation: 1 left out")
    nothing = Report(
        "", "", "", [OperationReport("Lost", "left out", "its message is not defined")], {}, "line 1 is odd"
    )
    told = as_json(nothing)
    assert isinstance(told, dict)
    assert (told["percent"], told["judge"], told["judgeError"]) == (None, None, "line 1 is odd")
    assert '"percent bad"' in page(nothing)
    assert "judged alone" not in page(nothing)


def test_a_hundred_is_not_rounded_up_to() -> None:
    operations = [OperationReport(str(number)) for number in range(100_000)]
    operations[0].add(Reason("request", "json", "a", "b"))
    assert percentage(Report("", "", "", operations)) == "99.99 %"
    assert percentage(Report("", "", "", [])) == "-"
