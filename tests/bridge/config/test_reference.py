"""The generated files are fresh, complete, and right about what is accepted."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs
import pytest
from ruamel.yaml import YAML

from bridge.config.reference import page, schema, undocumented
from bridge.shipped import shipped


def test_the_files_are_fresh() -> None:
    again = "stale: run python -m bridge.config.reference"
    assert json.loads(shipped("config/schema.json").read_text()) == schema(), again
    assert shipped("config/reference.md").read_text() == page(), again


def test_every_key_has_a_description_and_an_example_or_a_default() -> None:
    assert undocumented() == []


def test_defaults_are_shown_as_one_writes_them() -> None:
    definitions = schema()["$defs"]
    limits = definitions["LimitsSettings"]["properties"]
    assert (limits["timeout"]["default"], limits["concurrency"]["default"]) == ("20s", 32)
    assert definitions["RetrySettings"]["properties"]["base"]["default"] == "250ms"
    assert definitions["CacheStoreSettings"]["anyOf"][1]["properties"]["memory"]["default"] == "64MB"


def test_each_default_and_example_fits_its_own_schema() -> None:
    whole = schema()
    for block in [whole, *whole["$defs"].values()]:
        for key, field in block.get("properties", {}).items():
            check = jsonschema_rs.validator_for({**field, "$defs": whole["$defs"]})
            for value in [
                *field.get("examples", []),
                *([field["default"]] if field.get("default") is not None else []),
            ]:
                assert check.is_valid(value), (block.get("title"), key, value)


@pytest.mark.parametrize(
    ("text", "fits"),
    [
        ("log: {level: info}", True),
        ("log: {level: loud}", False),
        ("include: [a.yaml]", True),
        ("servr: {}", False),
        ("upstreams: {My Shop: {soap: {wsdl: a}}}", False),
        ('upstreams: {shop: {soap: {wsdl: a}, operations: {A: {route: "GET /a"}}}}', True),
        ("upstreams: {shop: {soap: {wsdl: a}, operations: {A: {route: {method: GET, path: /a}}}}}", True),
        ("upstreams: {shop: {soap: {wsdl: a}, limits: {timeout: 20}}}", False),
    ],
)
def test_an_editor_is_told_the_same_as_the_command_line(text: str, fits: bool) -> None:
    data = YAML(typ="safe", pure=True).load(text)
    assert jsonschema_rs.validator_for(schema()).is_valid(data) is fits


def test_the_demo_fits() -> None:
    data = YAML(typ="safe", pure=True).load(Path(shipped("config/demo.yaml")))
    jsonschema_rs.validator_for(schema()).validate(data)
