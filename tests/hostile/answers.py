"""All hostile answers."""

from __future__ import annotations

from tests.hostile import answers_floods, answers_outside

CASES = [*answers_outside.cases(), *answers_floods.cases()]
