"""All hostile answers."""

from __future__ import annotations

from tests.hostile import answers_encodings, answers_floods, answers_outside, answers_packages, answers_swaps

CASES = [
    *answers_outside.cases(),
    *answers_floods.cases(),
    *answers_encodings.cases(),
    *answers_swaps.cases(),
    *answers_packages.cases(),
]
