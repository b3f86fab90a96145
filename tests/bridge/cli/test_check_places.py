"""A file or a secret that cannot be used is told with its line in the configuration."""

from __future__ import annotations

from pathlib import Path

import pytest
from typer.testing import CliRunner

from adapters.soap.config import SoapSettings
from bridge.__main__ import app
from bridge.cli.check_places import named_at
from tests.adapters.soap.sessions import WSDL

SOAP = {
    "wsdl": "erp.wsdl",
    "ca": "/etc/ca.pem",
    "auth": {"basic": {"username": "u", "password": "env:A"}},
    "headers": {"send": ["<a xmlns='u'/>", {"block": "<a xmlns='u'>{k}</a>", "values": {"k": "file:/run/k"}}]},
}


@pytest.mark.parametrize(
    ("name", "way"),
    [
        ("/etc/ca.pem", ("ca",)),
        ("env:A", ("auth", "basic", "password")),
        ("file:/run/k", ("headers", "send", 1, "values", "k")),
        ("headers.send", ("headers", "send")),
        ("security", None),
        ("/etc/other.pem", None),
        ("", None),
    ],
)
def test_the_way_to_it(name: str, way: tuple[str | int, ...] | None) -> None:
    assert named_at(SoapSettings.model_validate(SOAP), name) == way


@pytest.mark.parametrize(
    ("soap", "said"),
    [
        ("ca: gone.pem", "bridge.yaml:6:11: FOLDER/gone.pem: "),
        ("tls: {cert: gone.pem, key: gone.key}", "bridge.yaml:6:19: FOLDER/gone.pem: "),
        ("security: {sign: {cert: gone.pem, key: gone.key}}", "bridge.yaml:6:46: FOLDER/gone.key: "),
        ("security: {saml: 'file:gone.xml'}", "bridge.yaml:6:18: FOLDER/gone.xml: "),
        ("security: {verify: {cert: bridge.yaml}}", "bridge.yaml:6:33: FOLDER/bridge.yaml: "),
        ("auth: {basic: {username: u, password: 'file:FOLDER/lines'}}", "bridge.yaml:6:45: file:FOLDER/lines: "),
    ],
)
def test_check_names_the_line(tmp_path: Path, soap: str, said: str) -> None:
    (tmp_path / "erp.wsdl").write_text(WSDL, "utf-8")
    (tmp_path / "lines").write_text("two\nlines")
    path = tmp_path / "bridge.yaml"
    text = f"state: {tmp_path / 'state'}\nupstreams:\n  erp:\n    soap:\n      wsdl: erp.wsdl\n      {soap}\n"
    path.write_text(text.replace("FOLDER", str(tmp_path)) + "      endpoint: https://localhost:1/\n", "utf-8")
    done = CliRunner().invoke(app, ["check", str(path)], env={"COLUMNS": "1000"})
    assert done.exit_code != 0
    assert said.replace("FOLDER", str(tmp_path)) in done.output, done.output
