"""What `check` tells about rules: file, line, and the nearest right name."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from bridge.__main__ import app
from tests.adapters.soap.sessions import WSDL
from tests.servers.running import WSDLS

CONFIG = """state: {state}
upstreams:
  erp:
    fail_when:
      - "@.okk == false"
    soap:
      wsdl: erp.wsdl
      endpoint: http://localhost:1/
      session:
        login: Login
        with: {{user: u, pin: 1}}
        token: $.idd
        send: {{http_header: X-S}}
    operations:
      Pay:
        fail_when:
          - {{when: "@.eror == 17", message: $.ok}}
          - "@.error == 'x'"
        faults:
          "@.cod == 'E17'": 410
          "{{urn:old}}Paid": 404
          Busy: 503
"""


@pytest.fixture
def told(tmp_path: Path) -> str:
    (tmp_path / "erp.wsdl").write_text(WSDL, "utf-8")
    path = tmp_path / "bridge.yaml"
    path.write_text(CONFIG.format(state=tmp_path / "state"), "utf-8")
    done = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"})
    assert done.exit_code == 2, done.output
    return done.output


@pytest.mark.parametrize(
    "line",
    [
        "bridge.yaml:5:9: @.okk: there is no 'okk' in the answer (did you mean 'ok'?)",
        "bridge.yaml:12:9: $.idd: there is no 'idd' in the answer (did you mean 'id'?)",
        "bridge.yaml:17:14: @.eror: there is no 'eror' in the answer (did you mean 'error'?)",
        "bridge.yaml:18:13: @.error is a number, and 'x' is a text",
        "bridge.yaml:20:11: @.cod: there is no 'cod' in a fault (did you mean 'code'?)",
        "bridge.yaml:21:11: the WSDL has no type and no element {urn:old}Paid (did you mean '{urn:old}Pay'?)",
        "bridge.yaml:22:11: Pay declares no fault 'Busy'; it is taken as a SOAP fault code",
    ],
)
def test_a_rule_that_cannot_be(told: str, line: str) -> None:
    assert line in told


def test_a_misspelt_key_is_told_as_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    text = CONFIG.format(state=tmp_path / "state").replace("        with: ", "        wth: ")
    path.write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"})
    assert "bridge.yaml:11:9: unknown key 'wth' (did you mean 'with'?)" in done.output


def test_a_secret_that_is_not_there_is_told_where_it_is_written(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    text = CONFIG.format(state=tmp_path / "state").replace("pin: 1", "pin: 'env:NOBODY_SET_THIS'")
    path.write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"})
    assert "bridge.yaml:11:30: the environment variable NOBODY_SET_THIS is not set" in done.output


def test_a_secret_that_is_written_out_is_told_where_it_is_and_not_shown(tmp_path: Path) -> None:
    path = tmp_path / "bridge.yaml"
    text = CONFIG.format(state=tmp_path / "state").replace("pin: 1", "pin: 'Plain-PW'")
    path.write_text(text, "utf-8")
    done = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"})
    assert "bridge.yaml:11:30: pin: a secret does not stand in a configuration; write env:NAME" in done.output
    assert "Plain-PW" not in done.output


def test_a_fault_that_is_kept_and_never_comes(tmp_path: Path) -> None:
    operations = "{GetOrder: {safe: true, cache: {ttl: 1m, negative: {OrderNotFond: 5s, OrderNotFound: 5s, late: 5s}}}}"
    rules = "[{when: '@.none == 1', status: 404, code: late}]"
    path = tmp_path / "bridge.yaml"
    path.write_text(
        f"state: {tmp_path}\n"
        f"upstreams:\n  shop:\n    soap: {{wsdl: '{WSDLS / 'orders.wsdl'}'}}\n"
        f"    fail_when: {rules}\n    operations: {operations}\n"
    )
    told = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"}).output
    lines = [line for line in told.splitlines() if "nothing is kept by it" in line]
    assert len(lines) == 1
    assert "GetOrder declares no fault 'OrderNotFond'" in lines[0]
    assert "did you mean 'OrderNotFound'?" in lines[0]
