"""How rules may be written; a bad expression is found when the configuration is read."""

from __future__ import annotations

import pytest
from pydantic import TypeAdapter, ValidationError

from bridge.rules.settings import FailRule, FailRules, FaultKey

RULES: TypeAdapter[tuple[FailRule, ...]] = TypeAdapter(FailRules)
KEY: TypeAdapter[str] = TypeAdapter(FaultKey)


def test_one_text_one_rule_or_a_list() -> None:
    (one,) = RULES.validate_python("@.ok == false")
    assert (one.when, one.status, one.code) == ("@.ok == false", 422, "failed")
    (two,) = RULES.validate_python({"when": "@.code == 17", "status": 404, "code": "not_there", "retry_after": "5s"})
    assert (two.status, two.code, two.retry_after) == (404, "not_there", 5.0)
    assert RULES.validate_python([one.when, {"when": "@.x"}])[1].when == "@.x"
    assert RULES.validate_python([one]) == (one,)


@pytest.mark.parametrize(
    ("rule", "why"),
    [
        ("@.ok ==", "RFC 9535"),
        ("ok == false", "RFC 9535"),
        ({"when": "@.ok", "message": "$."}, "RFC 9535"),
        ({"when": "@.ok", "detail": "info"}, "RFC 9535"),
        ({"when": "@.ok", "status": 200}, "400"),
        ({"when": "@.ok", "status": 600}, "599"),
        ({"when": "@.ok", "code": "NotThere"}, "pattern"),
        ({"when": "@.ok", "retry_after": "5"}, "unit"),
        ({"when": "@.ok", "texts": "$.x"}, "texts"),
        ({"status": 404}, "when"),
    ],
)
def test_what_is_refused(rule: object, why: str) -> None:
    with pytest.raises(ValidationError, match=why):
        RULES.validate_python(rule)


def test_faults_are_told_by_names_or_by_conditions() -> None:
    for key in ("OrderExists", "Server.Busy", "{urn:x}NotFound", "@.code == 'E17'"):
        assert KEY.validate_python(key) == key
    with pytest.raises(ValidationError, match="RFC 9535"):
        KEY.validate_python("@.code = 'E17'")


def test_the_schema_says_all_three_ways() -> None:
    ways = RULES.json_schema()["anyOf"]
    assert len(ways) == 2
    assert ways[1]["type"] == "array"


def test_a_status_may_be_written_as_the_number_it_is() -> None:
    assert KEY.validate_python(404) == "404"
    with pytest.raises(ValidationError):
        KEY.validate_python(True)
