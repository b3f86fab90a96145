"""The problem schema takes what problems.py really writes."""

from __future__ import annotations

import json

import jsonschema_rs
import pytest

from bridge import errors
from bridge.errors import CallError, Violation
from bridge.shapes.json import dumps
from bridge.web import openapi_problems
from bridge.web.problems import problem


@pytest.mark.parametrize(
    "error",
    [
        errors.NotFound(),
        errors.DoesNotFit(errors=[Violation("/a", "is required")]),
        errors.Fault("no", status=409, name="Exists", fault=b'{"id":1}'),
        errors.UpstreamThrottled(retry_after_s=2),
        RuntimeError("bug"),
    ],
    ids=repr,
)
def test_real_problems_fit(error: Exception) -> None:
    schema = json.loads(dumps(openapi_problems.schema()))
    body = json.loads(problem(error, request_id="r", trace_id="t").body)
    assert list(jsonschema_rs.Draft202012Validator(schema).iter_errors(body)) == []


def test_every_status_that_a_client_can_meet_is_listed() -> None:
    listed = openapi_problems.references(security=True)
    others = {errors.Fault, errors.Conflict}  # a status for each instance; and only operators meet a conflict
    # Those of writes under a key, and of answers fetched later, are listed where they can be met.
    general = [kind for kind in _leaves(CallError) if kind not in others and kind.__module__ == errors.__name__]
    known = {str(kind.status) for kind in general}
    assert known - set(listed) <= {"405", "417", "431", "500"}, "those come as `default`"
    assert {"default", "401", "403"} <= set(listed)
    assert not {"401", "403"} & set(openapi_problems.references(security=False))


def test_each_reference_has_its_response() -> None:
    for security in (True, False):
        names = {str(one["$ref"]).rpartition("/")[2] for one in _dicts(openapi_problems.references(security=security))}
        assert names == set(openapi_problems.responses(security=security))


def _dicts(found: openapi_problems.Json) -> list[openapi_problems.Json]:
    return [one for one in found.values() if isinstance(one, dict)]


def _leaves(kind: type[CallError]) -> list[type[CallError]]:
    return [kind, *(leaf for child in kind.__subclasses__() for leaf in _leaves(child))]
