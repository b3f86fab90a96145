"""One document for all upstreams, one for each: titles, and whether a key is asked for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from openapi_spec_validator import validate

from bridge.app.documents import write_document
from tests.bridge.app.world import config, running


async def test_of_all_and_of_one(state: Path, soap: dict[str, Any]) -> None:
    async with running(config(state, {"shop": {"soap": soap}, "other": {"soap": soap}})) as world:
        snapshot = world.app.gathering.snapshot
    whole = json.loads(write_document(snapshot, ("shop", "other"), security=False))
    one = json.loads(write_document(snapshot, ("other",), security=True))
    for document in (whole, one):
        validate(document)
    assert (whole["info"]["title"], one["info"]["title"]) == ("Legacy Bridge", "ShopService")
    assert {path.split("/")[2] for path in whole["paths"]} == {"shop", "other"}
    assert {path.split("/")[2] for path in one["paths"]} == {"other"}
    assert "securitySchemes" in one["components"]
    assert "securitySchemes" not in whole["components"]
