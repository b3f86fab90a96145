"""Choices in JSON Schema: which keys of a record exclude each other. Knows keys only, no shapes.

Small choices name, for each branch, what it needs and what it forbids: people and generators read that best. That
grows with the square of the branches, so a large choice of separate branches is said in linear size instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from bridge.call import JsonValue
from bridge.shapes.model import Branch, Choice

PAIRS_MAX = 1500
Json = dict[str, JsonValue]


def constraints(choices: Sequence[Choice]) -> Json:
    """The keywords that a record with these choices takes beside its properties."""
    made = [_choice(choice) for choice in choices if choice.branches]
    if not made:
        return {}
    return made[0] if len(made) == 1 else {"allOf": list(made)}


def keys_of(branch: Branch) -> tuple[str, ...]:
    """Every key of a branch, those of its nested choices included."""
    nested = (key for choice in branch.choices for inner in choice.branches for key in keys_of(inner))
    return tuple(dict.fromkeys((*branch.keys, *nested)))


def may_be_empty(choice: Choice) -> bool:
    return not choice.required or any(
        not branch.required and not branch.needs and all(map(may_be_empty, branch.choices))
        for branch in choice.branches
    )


def _choice(choice: Choice) -> Json:
    every = tuple(dict.fromkeys(key for branch in choice.branches for key in keys_of(branch)))
    if len(choice.branches) * len(every) > PAIRS_MAX and _separate(choice):
        return _linear(choice)
    ways: list[JsonValue] = [_way(branch, every) for branch in choice.branches]
    if not choice.required:
        ways.append(_forbidden(every))
    return {"oneOf" if _exclusive(choice) else "anyOf": ways}


def _way(branch: Branch, every: Sequence[str]) -> Json:
    own = frozenset(keys_of(branch))
    sure = [*branch.required, *branch.needs]
    required: Json = {"required": list(sure)} if sure else {}
    return required | _forbidden([key for key in every if key not in own]) | constraints(branch.choices)


def _forbidden(keys: Sequence[str]) -> Json:
    return {"properties": dict.fromkeys(keys, False)} if keys else {}


def _exclusive(choice: Choice) -> bool:
    """Whether no object can go two ways: each branch needs a key that all others forbid (and "none" forbids all)."""
    keys = [frozenset(keys_of(branch)) for branch in choice.branches]
    return all(
        any(all(key not in other for at, other in enumerate(keys) if at != index) for key in branch.required)
        for index, branch in enumerate(choice.branches)
    )


def _separate(choice: Choice) -> bool:
    listed = [key for branch in choice.branches for key in keys_of(branch)]
    return not any(branch.needs for branch in choice.branches) and len(listed) == len(set(listed))


def _linear(choice: Choice) -> Json:
    """At most one branch is touched; a touched one is whole."""
    touched = [_touched(branch) for branch in choice.branches]
    if may_be_empty(choice):
        touched.append(
            {"not": {"anyOf": [{"required": [key]} for branch in choice.branches for key in keys_of(branch)]}}
        )
    needs: Json = {key: list(branch.required) for branch, key in _pairs(choice) if branch.required != (key,)}
    nested: list[JsonValue] = [
        {"if": _touched(branch), "then": constraints(branch.choices)} for branch in choice.branches if branch.choices
    ]
    result: Json = {"oneOf": list(touched)}
    if needs:
        result["dependentRequired"] = needs
    if nested:
        result["allOf"] = nested
    return result


def _pairs(choice: Choice) -> Iterator[tuple[Branch, str]]:
    return ((branch, key) for branch in choice.branches for key in keys_of(branch) if branch.required)


def _touched(branch: Branch) -> Json:
    ways: list[JsonValue] = [{"required": [key]} for key in keys_of(branch)]
    return {"anyOf": ways} if len(ways) != 1 else {"required": list(keys_of(branch))}
