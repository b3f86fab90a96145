"""`call`: one operation from the command line, and what would be sent."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.bridge.cli.running import WSDL, Line
from tests.bridge.demo.running import Shop

EXACT = (
    '<?xml version="1.0" encoding="utf-8"?>\n'
    '<soap:Envelope xmlns:soap="http://schemas.xmlsoap.org/soap/envelope/" xmlns:ns1="urn:legacy:shop">'
    "<soap:Body><ns1:GetOrder><ns1:OrderID>1001</ns1:OrderID></ns1:GetOrder></soap:Body></soap:Envelope>\n"
)


def at(shop: Shop, *words: object) -> list[object]:
    return ["call", "--wsdl", WSDL, "--endpoint", shop.address, *words]


def test_the_answer_alone_is_on_stdout(line: Line, shop: Shop) -> None:
    done = line(*at(shop, "GetStock", "--json", '{"sku":"CD-300"}'))
    assert (done.exit_code, done.stderr) == (0, "")
    assert '"onHand":9007199254740993,"weight":1.2E0' in done.stdout
    assert json.loads(done.stdout)["price"] == {"currency": "EUR", "value": 24.5}


@pytest.mark.parametrize("target", ["GetStock", "shop.GetStock"])
def test_with_or_without_the_upstreams_name(line: Line, shop: Shop, target: str) -> None:
    assert line(*at(shop, target, "--json", '{"sku":"CD-300"}')).exit_code == 0


def test_the_request_from_a_file_and_from_stdin(line: Line, shop: Shop, tmp_path: Path) -> None:
    (tmp_path / "request.json").write_text('{"sku":"CD-300"}')
    from_file = line(*at(shop, "GetStock", "--json", f"@{tmp_path / 'request.json'}"))
    from_stdin = line(*at(shop, "GetStock", "--json", "-"), stdin='{"sku":"CD-300"}')
    assert (from_file.exit_code, from_file.stdout) == (0, from_stdin.stdout)
    missing = line(*at(shop, "GetStock", "--json", f"@{tmp_path / 'nothing'}"))
    assert (missing.exit_code, "nothing: No such file" in missing.stderr) == (2, True)


def test_an_operation_of_a_configuration(line: Line, shop: Shop, tmp_path: Path) -> None:
    text = f"upstreams:\n  shop:\n    soap: {{wsdl: '{WSDL}', endpoint: '{shop.address}'}}\n"
    (tmp_path / "bridge.yaml").write_text(text)
    done = line("call", "shop.GetOrder", tmp_path / "bridge.yaml", "--json", '{"orderId":1001}')
    assert (done.exit_code, json.loads(done.stdout)["orderId"]) == (0, 1001)


def test_a_dry_run_prints_the_exact_envelope_and_sends_nothing(line: Line, shop: Shop) -> None:
    shop.stop()
    done = line(*at(shop, "GetOrder", "--json", '{"orderId":1001}', "--dry-run"))
    assert (done.exit_code, done.stdout) == (0, EXACT)
    assert f"POST {shop.address}" in done.stderr
    assert 'SOAPAction: "urn:legacy:shop#GetOrder"' in done.stderr


@pytest.mark.parametrize("more", [[], ["--dry-run"]])
def test_every_mistake_at_once(line: Line, shop: Shop, more: list[str]) -> None:
    request = '{"lines":[{"sku":"wrong","quantity":0}],"deliverOn":"soon"}'
    done = line(*at(shop, "CreateOrder", "--json", request, *more))
    pointers = {error["pointer"] for error in json.loads(done.stdout)["errors"]}
    assert done.exit_code == 2
    assert pointers == {"/customerId", "/lines/0/sku", "/lines/0/quantity", "/deliverOn"}


def test_a_fault_is_a_failure(line: Line, shop: Shop) -> None:
    done = line(*at(shop, "GetOrder", "--json", '{"orderId":7}'))
    problem = json.loads(done.stdout)
    assert (done.exit_code, problem["status"], problem["fault"]) == (1, 404, {"orderId": 7})


def test_nobody_there_is_a_failure(line: Line, shop: Shop) -> None:
    shop.stop()
    done = line(*at(shop, "CancelOrder", "--json", '{"orderId":7}'))
    assert (done.exit_code, json.loads(done.stdout)["code"]) == (1, "upstream_unreachable")


@pytest.mark.parametrize(
    ("target", "nearest"), [("GetOrdr", "did you mean 'GetOrder'?"), ("shop.getorder", "did you mean 'shop.GetOrder'?")]
)
def test_an_unknown_operation(line: Line, shop: Shop, target: str, nearest: str) -> None:
    done = line(*at(shop, target))
    assert (done.exit_code, done.stdout) == (2, "")
    assert nearest in done.stderr


def test_no_json_at_all(line: Line, shop: Shop) -> None:
    done = line(*at(shop, "GetOrder", "--json", "{oops"))
    assert (done.exit_code, json.loads(done.stdout)["code"]) == (2, "malformed_json")


@pytest.mark.parametrize("target", ["GetStock", "shop.GetStock"])
@pytest.mark.parametrize(
    ("was", "becomes", "reason"),
    [
        ('<wsdl:input message="s:GetStockIn"/>', '<wsdl:input message="s:Gone"/>', "the message Gone is not defined"),
        ('<wsdl:input message="s:GetStockIn"/>', "", "is a notification, which no client can call"),
    ],
)
def test_an_operation_that_is_left_out_says_why(
    line: Line, tmp_path: Path, target: str, was: str, becomes: str, reason: str
) -> None:
    text = WSDL.read_text()
    assert was in text
    (tmp_path / "shop.wsdl").write_text(text.replace(was, becomes))
    done = line("call", "--wsdl", tmp_path / "shop.wsdl", target, "--json", "{}", "--dry-run")
    assert (done.exit_code, done.stdout) == (2, "")
    assert f"'{target}' cannot be called" in done.stderr
    assert reason in done.stderr
    other = line("call", "--wsdl", tmp_path / "shop.wsdl", "GetStoc", "--json", "{}", "--dry-run")
    assert "there is no operation 'GetStoc'" in other.stderr
