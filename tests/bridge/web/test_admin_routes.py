"""The table of the admin API: nothing in it twice, nothing that changes under the scope of readers."""

from __future__ import annotations

import pytest

from bridge.errors import BadRequest, DoesNotFit
from bridge.shapes.json import Number
from bridge.web.admin_routes import PREFIX, ROUTES, Some, check_body, check_query

BY_PATH = {(route.method, route.path): route for route in ROUTES}


def test_no_route_is_there_twice_and_none_hides_another() -> None:
    assert len(BY_PATH) == len(ROUTES)
    for route in ROUTES:
        path = PREFIX + route.path.replace("{id}", "01j-x").replace("{name}", "nightly")
        first = next(one for one in ROUTES if one.method == route.method and one.pattern.fullmatch(path))
        assert first is route


def test_readers_read() -> None:
    assert {(route.method, route.scope in {"read", "wire"}) for route in ROUTES} == {("GET", True), ("POST", False)}


def test_what_a_route_does_not_know_is_refused() -> None:
    route = BY_PATH["POST", "/jobs/{id}/cancel"]
    check_body(route, {"reason": "x"})
    with pytest.raises(DoesNotFit):
        check_body(route, {"who": "root"})
    with pytest.raises(BadRequest):
        check_query(route, {"force": "1"})


def test_which_ones_are_meant_is_said_in_one_way() -> None:
    assert Some.read({"ids": ["a"]}, 0.0).ids == ("a",)
    assert Some.read({"filter": {}}, 0.0).filter == {}
    assert Some.read({"filter": {}, "fromAt": "1970-01-01T00:00:10Z", "rate": "2/s"}, 0.0).from_at == 10.0
    for body in ({}, {"ids": ["a"], "filter": {}}, {"ids": [Number("1")]}, {"filter": {"key": None}}):
        with pytest.raises(DoesNotFit):
            Some.read(body, 0.0)  # type: ignore[arg-type]  # what a body of JSON may hold
