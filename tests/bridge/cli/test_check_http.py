"""`check` of an HTTP system: what is wrong, at its line, with the nearest right name."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from tests.bridge.cli.running import Line

API = """
openapi: 3.0.3
info: {title: Shop API}
paths:
  /orders/{id}: {get: {operationId: getOrder, responses: {'200': {description: ok, content: {application/json: {schema:
    {type: object, properties: {state: {type: string}}}}}}}}}
  /files: {post: {operationId: upload, requestBody: {required: true, content: {image/png: {}}}}}
"""


def report(line: Line, folder: Path, operations: str, more: str = "") -> tuple[int, dict[str, Any]]:
    """`operations` begins at line 5."""
    (folder / "api.yaml").write_text(API)
    file = folder / "bridge.yaml"
    http = f"{{base: 'http://127.0.0.1:9', openapi: api.yaml{more}}}"
    file.write_text(f"upstreams:\n  shop:\n    http: {http}\n    operations:\n{operations}\n")
    done = line("check", file, "--json")
    told: dict[str, Any] = json.loads(done.stdout)
    return done.exit_code, told


def told(found: dict[str, Any]) -> list[tuple[str, str, int]]:
    return [
        (one["severity"], one["text"], one.get("place", {}).get("line", 0)) for one in found["upstreams"][0]["findings"]
    ]


def test_all_is_well(line: Line, tmp_path: Path) -> None:
    code, found = report(line, tmp_path, "      getOrder: {cache: {ttl: 60s}, safe: true}")
    assert (code, told(found)) == (0, [])
    upstream = found["upstreams"][0]
    assert (upstream["opened"], upstream["operations"], upstream["address"]) == (
        True,
        ["getOrder"],
        "http://127.0.0.1:9",
    )
    assert upstream["leftOut"] == [{"operation": "upload", "reason": "its body is image/png, which cannot be sent"}]
    assert "Shop API, HTTP" in line("check", tmp_path / "bridge.yaml").stdout


def test_what_the_document_does_not_have(line: Line, tmp_path: Path) -> None:
    code, found = report(line, tmp_path, "      getOder: {}\n      Cancel: {request: 'DELETE /oders/{id}'}")
    assert code == 2
    assert told(found) == [
        ("config", "the OpenAPI document has no operation 'getOder' (did you mean 'getOrder'?)", 5),
        ("warning", "the OpenAPI document has no DELETE /oders/{id} (did you mean 'GET /orders/{id}'?)", 6),
    ]


def test_what_cannot_be(line: Line, tmp_path: Path) -> None:
    operations = """      A: {request: {method: POST, path: '/a/{id}', query: [id]}}
      B: {request: GET /b}
      C: {request: GET /b}
      D: {request: 'GET /d/{id}', route: 'GET /d/{number}', faults: {404: 410, NotFond: 404, "@.nme == 'x'": 409}}"""
    code, found = report(line, tmp_path, operations)
    assert code == 2
    wrong = [(text.split(";")[0], where) for severity, text, where in told(found) if severity == "config"]
    assert wrong[:2] == [("the argument 'id' goes into two places", 5), ("GET /b is B already", 7)]
    assert "GET /d/{number} cannot offer D: number is not a simple field of the input" in wrong[2][0]
    assert [where for _, where in wrong[2:]] == [8, 8]
    warned = [text for severity, text, _ in told(found) if severity == "warning"]
    assert "no refusal is called 'NotFond' (did you mean 'NotFound'?)" in warned


def test_a_document_that_cannot_be_had_and_a_secret_that_is_not_there(line: Line, tmp_path: Path) -> None:
    code, found = report(line, tmp_path, "      getOrder: {}", ", refresh: start")
    (tmp_path / "api.yaml").unlink()
    done = line("check", tmp_path / "bridge.yaml", "--json")
    assert done.exit_code == 1
    (severity, text, _) = told(json.loads(done.stdout))[0]
    assert severity == "error"
    assert "cannot be read" in text
    code, found = report(line, tmp_path, "      getOrder: {}", ", ca: none.pem")
    assert (code, told(found)[0][2]) == (1, 3)


def test_rows_that_no_answer_has(line: Line, tmp_path: Path) -> None:
    code, found = report(line, tmp_path, "      V: {request: {method: GET, path: /v, answers: text}, rows: items}")
    assert code == 2
    assert told(found) == [("config", "V: rows: the answer has no list 'items'; it has none", 5)]
