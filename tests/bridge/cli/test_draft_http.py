"""`import --openapi`: what is drafted passes `check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.http.api import Api
from bridge.cli.draft_http import WHERE, base_of, draft_text
from bridge.cli.draft_text import MARK
from tests.bridge.cli.running import Line

API = """
openapi: 3.0.3
info: {title: "Shop: the API"}
servers: [{url: https://api.example/v2/}]
paths:
  /orders/{id}:
    get: {operationId: getOrder, summary: "One order\\nand more"}
    put: {operationId: putOrder}
  /files: {post: {operationId: upload, requestBody: {required: true, content: {image/png: {}}}}}
"""


def test_what_is_drafted_passes_check(line: Line, tmp_path: Path) -> None:
    (tmp_path / "shop.yaml").write_text(API)
    file = tmp_path / "out" / "bridge.yaml"
    file.parent.mkdir()
    done = line("import", "--openapi", tmp_path / "shop.yaml", "-o", file)
    assert (done.exit_code, done.stdout) == (0, "")
    text = file.read_text()
    assert 'base: "https://api.example/v2"' in text
    assert 'openapi: "../shop.yaml"' in text
    assert "upload: its body is image/png" in text
    checked = line("check", file)
    assert (checked.exit_code, checked.stderr) == (0, "")
    assert "2 operations, 1 left out" in checked.stdout
    file.write_text(text.replace(MARK, ""))
    assert line("check", file).exit_code == 0


def test_one_of_both_is_needed(line: Line, tmp_path: Path) -> None:
    assert line("import").exit_code == 2
    assert line("import", "--openapi", tmp_path / "none.yaml").exit_code != 0


@pytest.mark.parametrize(
    ("address", "location", "base"),
    [
        ("/v2", "https://api.example/docs/openapi.json", "https://api.example/v2"),
        ("", "https://api.example/docs/openapi.json", "https://api.example"),
        ("https://{region}.example", "api.yaml", ""),
        ("/v2", "api.yaml", ""),
    ],
)
def test_where_it_is(address: str, location: str, base: str) -> None:
    assert base_of(Api(address=address), location) == base


def test_a_person_is_asked_where_nobody_can_tell() -> None:
    assert WHERE in draft_text("shop", Api(), "api.yaml", "")
