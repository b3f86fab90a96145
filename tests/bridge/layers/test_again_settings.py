"""What may be written about safe writes."""

from __future__ import annotations

from typing import Any

import pytest
from pydantic import TypeAdapter, ValidationError

from bridge.layers.again_settings import IdempotencySettings, ReconcileSettings, fields_of

FIND = {"operation": "FindOrder", "applied_when": "@.found == true"}


def test_true_is_enough() -> None:
    settings = IdempotencySettings.model_validate(True)
    assert (settings.keep, settings.wait, settings.key, settings.required, settings.header) == (
        *(259200.0, 10.0, None, False, None),
    )


@pytest.mark.parametrize(
    ("written", "said"),
    [
        (False, "leave `idempotency` out"),
        ({"keep": "71h"}, "72h at the least"),
        ({"key": "order"}, "without a field"),
        ({"key": "order:{number"}, "a text with fields"),
        ({"header": "Authorization"}, "says something else"),
        ({"header": "a b"}, "match pattern"),
        ({"wait": "61s"}, "less than or equal to 60"),
    ],
)
def test_what_cannot_be_meant_is_refused(written: Any, said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        IdempotencySettings.model_validate(written)


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ({"applied_when": "found"}, "is no"),
        ({"not_applied_when": "@.found == true"}, "say the same"),
        ({"with": {"number": "{number"}}, "a text with fields"),
        ({"tries": 0}, "greater than or equal to 1"),
    ],
)
def test_a_question_that_cannot_be_asked_is_refused(more: dict[str, Any], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        ReconcileSettings.model_validate({**FIND, **more})


def test_the_schema_tells_of_both_spellings() -> None:
    schema = TypeAdapter(IdempotencySettings).json_schema()
    assert {"const": True} in schema["anyOf"]
    assert fields_of("{a.b}-{c}") == ("a.b", "c")
