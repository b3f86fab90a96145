"""Choices of a record seen from its keys: whether a set of keys is allowed, and what the cheapest way costs."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import inf

from bridge.shapes.model import Branch, Choice
from bridge.shapes.schema_choices import keys_of, may_be_empty


def allowed(choices: Sequence[Choice], keys: Collection[str]) -> bool:
    """Whether an object with these keys goes exactly one way through each choice (or none, where it may)."""
    return all(_choice(choice, keys) for choice in choices)


def _choice(choice: Choice, keys: Collection[str]) -> bool:
    touched = {key for branch in choice.branches for key in keys_of(branch) if key in keys}
    if not touched and may_be_empty(choice):
        return True
    return any(touched <= set(keys_of(branch)) and _branch(branch, keys) for branch in choice.branches)


def _branch(branch: Branch, keys: Collection[str]) -> bool:
    return all(key in keys for key in (*branch.required, *branch.needs)) and allowed(branch.choices, keys)


def cost_of_choices(choices: Sequence[Choice], costs: Mapping[str, float]) -> float:
    """What must be written at least, by the costs of the keys; infinite when no way can be made."""
    return sum(
        0 if may_be_empty(choice) else min((cost_of_branch(one, costs) for one in choice.branches), default=inf)
        for choice in choices
    )


def cost_of_branch(branch: Branch, costs: Mapping[str, float]) -> float:
    return sum(costs[key] for key in (*branch.required, *branch.needs)) + cost_of_choices(branch.choices, costs)
