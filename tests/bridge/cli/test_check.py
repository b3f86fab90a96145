"""`check`: what is wrong, where, with which exit code; and that what is well passes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.bridge.cli.running import FORMS, WSDL, Line
from tests.servers.running import WSDLS


def write(folder: Path, operations: str = "{}", more: str = "", wsdl: Path = WSDL) -> Path:
    """A configuration; `operations` begins at line 5."""
    file = folder / "bridge.yaml"
    file.write_text(f"upstreams:\n  shop:\n    soap:\n      wsdl: {wsdl}\n    operations: {operations}\n{more}")
    return file


def report(line: Line, *words: object) -> tuple[int, dict[str, Any]]:
    done = line("check", *words, "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    assert told["ok"] is (done.exit_code == 0)
    return done.exit_code, told


def test_all_is_well(line: Line, tmp_path: Path) -> None:
    done = line("check", write(tmp_path))
    assert (done.exit_code, done.stderr) == (0, "")
    assert "7 operations" in done.stdout
    assert "no errors, no warnings" in done.stdout


def test_the_address_is_the_one_that_is_called(line: Line, tmp_path: Path) -> None:
    file = tmp_path / "bridge.yaml"
    file.write_text(f"upstreams:\n  shop:\n    soap: {{wsdl: {WSDL}, endpoint: 'https://erp.example/now'}}\n")
    assert report(line, file)[1]["upstreams"][0]["address"] == "https://erp.example/now"
    assert "SOAP 1.1, https://erp.example/now" in line("check", file).stdout.replace("\n", " ")


def test_straight_from_a_wsdl(line: Line) -> None:
    code, told = report(line, "--wsdl", WSDL)
    assert code == 0
    assert told["upstreams"][0]["soap"] == "1.1"
    assert len(told["upstreams"][0]["operations"]) == 7


def test_a_bad_file_tells_every_place(line: Line, tmp_path: Path) -> None:
    file = write(tmp_path, "{GetOrder: {saef: true, timeout: soon}}")
    done = line("check", file)
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"{file}:5:" in done.stderr
    assert "did you mean 'safe'?" in done.stderr
    code, told = report(line, file)
    assert (code, told["upstreams"]) == (2, [])
    assert [each["place"]["line"] for each in told["findings"]] == [5, 5]


@pytest.mark.parametrize(
    ("operations", "said"),
    [
        ("{GetOrdr: {safe: true}}", "shop has no operation 'GetOrdr' (did you mean 'GetOrder'?)"),
        ('{GetOrder: {route: "POST /orders/{order}"}}', "order is not a simple field of the input"),
        ('{CreateOrder: {route: "DELETE /orders"}}', "lines does not fit a query parameter"),
        ("{GetOrder: {route: POST /get-stock}}", "POST /v1/shop/get-stock: wanted by"),
    ],
)
def test_mistakes_against_the_contract(line: Line, tmp_path: Path, operations: str, said: str) -> None:
    done = line("check", write(tmp_path, operations))
    assert done.exit_code == 2
    assert said in done.stdout


def test_a_mistake_has_its_place(line: Line, tmp_path: Path) -> None:
    code, told = report(line, write(tmp_path, "{GetOrdr: {safe: true}}"))
    finding = told["upstreams"][0]["findings"][0]
    assert (code, finding["severity"]) == (2, "config")
    assert (finding["place"]["line"], finding["place"]["column"]) == (5, 18)


def test_a_fault_nobody_declared_is_a_warning(line: Line, tmp_path: Path) -> None:
    done = line("check", write(tmp_path, "{GetOrder: {faults: {OrderNotFond: 410, OrderNotFound: 410}}}"))
    assert done.exit_code == 0
    assert "GetOrder declares no fault 'OrderNotFond'" in done.stdout
    assert "did you mean 'OrderNotFound'?" in done.stdout
    assert "no errors, 1 warning" in done.stdout


def test_an_upstream_that_cannot_be_opened(line: Line, tmp_path: Path) -> None:
    file = write(tmp_path, more="  gone: {soap: {wsdl: gone.wsdl}}\n")
    code, told = report(line, file)
    assert code == 1
    assert [each["opened"] for each in told["upstreams"]] == [True, False]
    done = line("check", file)
    assert "could not be opened" in done.stdout
    assert str(tmp_path / "gone.wsdl") in done.stdout


def broken(folder: Path) -> Path:
    file = folder / "shop.wsdl"
    file.write_text(WSDL.read_text().replace('element="s:GetStock"/>', 'element="q:Gone"/>'))
    return file


def test_what_is_left_out_is_told_and_is_an_error_only_for_whom_it_is_configured(line: Line, tmp_path: Path) -> None:
    code, told = report(line, write(tmp_path, wsdl=broken(tmp_path)))
    assert code == 0
    assert [each["operation"] for each in told["upstreams"][0]["leftOut"]] == ["GetStock"]
    assert "Gone" in told["upstreams"][0]["leftOut"][0]["reason"]
    done = line("check", write(tmp_path, "{GetStock: {safe: true}}", wsdl=broken(tmp_path)))
    assert done.exit_code == 1
    assert "GetStock cannot be offered" in done.stdout


def test_names_that_meet_are_shown(line: Line, tmp_path: Path) -> None:
    (tmp_path / "shop.wsdl").write_text(WSDL.read_text().replace('name="OnHand"', 'name="Sku"'))
    done = line("check", write(tmp_path, wsdl=tmp_path / "shop.wsdl"))
    assert done.exit_code == 0
    assert "Stock: SKU and Sku would both be sku; SKU is SKU, Sku is Sku" in done.stdout


def test_credentials_for_a_foreign_origin(line: Line, tmp_path: Path) -> None:
    # The WSDL sends calls to 127.0.0.1:8081, and comes from elsewhere.
    (tmp_path / "secret").write_text("canary")
    url = "http://erp.example/shop?wsdl"
    auth = f'{{basic: {{username: a, password: "file:{tmp_path}/secret"}}}}'
    soap = f'{{wsdl: "{url}", resolve: {{"{url}": {WSDL}}}, auth: {auth}}}'
    (tmp_path / "bridge.yaml").write_text(f"upstreams: {{shop: {{soap: {soap}}}}}")
    code, told = report(line, tmp_path / "bridge.yaml")
    errors = [each["text"] for each in told["upstreams"][0]["findings"] if each["severity"] == "error"]
    assert code == 1
    assert "no credentials" in errors[0]
    assert "canary" not in json.dumps(told)
    # Without credentials it is worth knowing and no more.
    code, told = report(line, "--wsdl", url, "--resolve", f"{url}={WSDL}")
    assert (code, told["upstreams"][0]["findings"][0]["severity"]) == (0, "warning")


@pytest.mark.parametrize(
    ("operation", "said"),
    [
        ("Store", "the answer of Store does not have exactly one binary value (it has none)"),
        ("Fetch", "(choose one by soap.attachments.answer: /content/value, /thumbnail)"),
    ],
)
def test_an_answer_that_cannot_be_a_file(line: Line, tmp_path: Path, operation: str, said: str) -> None:
    code, told = report(line, write(tmp_path, f"{{{operation}: {{answer: binary}}}}", wsdl=WSDLS / "files.wsdl"))
    assert code == 2
    [wrong] = [one for one in told["upstreams"][0]["findings"] if one["severity"] == "config"]
    assert said in wrong["text"]
    assert wrong["place"]["line"] == 5


def test_long_lists_are_cut_for_people_only(line: Line, tmp_path: Path) -> None:
    names = ", ".join(f"E{number}: 410" for number in range(50))
    file = write(tmp_path, f"{{GetOrder: {{faults: {{{names}}}}}}}")
    done = line("check", file)
    assert "… and 30 more; --json has all" in done.stdout
    assert len(report(line, file)[1]["upstreams"][0]["findings"]) == 50


def test_ports_without_envelope_are_told_as_what_they_are(line: Line) -> None:
    code, told = report(line, "--wsdl", FORMS)
    upstream = told["upstreams"][0]
    assert (code, upstream["soap"], upstream["http"], upstream["findings"]) == (0, None, "POST", [])
    assert set(upstream["operations"]) >= {"Echo", "Store", "Page"}
    assert "FormsHttpPost, HTTP POST, http://localhost/forms.asmx" in line("check", "--wsdl", FORMS).stdout


def test_a_wsdl_without_a_usable_port_names_what_it_cannot_offer(line: Line, tmp_path: Path) -> None:
    wsdl = tmp_path / "forms.wsdl"
    wsdl.write_text(FORMS.read_text().replace('verb="', 'verb="NO').replace('"tns:FormsHttpGet">', '"tns:Gone">'))
    code, told = report(line, "--wsdl", wsdl)
    upstream = told["upstreams"][0]
    assert (code, upstream["opened"], upstream["operations"]) == (1, True, [])
    assert {each["operation"] for each in upstream["leftOut"]} >= {"Echo", "Store"}
    assert all("port FormsHttpPost has no SOAP binding" in each["reason"] for each in upstream["leftOut"])


def test_what_ws_security_cannot_protect_is_told(line: Line, tmp_path: Path) -> None:
    token = "{username_token: {username: u, password: env:HOME}}"
    file = tmp_path / "bridge.yaml"
    file.write_text(f"upstreams:\n  forms:\n    soap:\n      wsdl: {FORMS}\n      security: {token}\n")
    texts = [one["text"] for one in report(line, file)[1]["upstreams"][0]["findings"]]
    assert any("without an envelope, so without security: Echo" in text for text in texts)
