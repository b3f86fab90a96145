"""The document of the admin API is made from its table, and is one."""

from __future__ import annotations

import json

from openapi_spec_validator import validate

from bridge.web.admin_openapi import document
from bridge.web.admin_routes import PREFIX, ROUTES


def test_it_is_openapi_and_has_every_route() -> None:
    told = json.loads(document(ROUTES))
    validate(told)
    described = {(method.upper(), path) for path, item in told["paths"].items() for method in item}
    assert described == {(route.method, PREFIX + route.path) for route in ROUTES}
    replay = told["paths"][f"{PREFIX}/dead/replay"]["post"]
    assert "admin:replay" in replay["description"]
    assert set(replay["requestBody"]["content"]["application/json"]["schema"]["properties"]) >= {"ids", "dryRun"}
