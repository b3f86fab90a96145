"""The nearest right name for a wrong one. Pure."""

from __future__ import annotations

import types
from collections.abc import Iterable, Sequence
from difflib import get_close_matches
from typing import Annotated, Any, Union, get_args, get_origin

from pydantic import BaseModel

_LISTED_MAX = 12


def suggestion(name: str, known: Iterable[str]) -> str:
    """`did you mean "retry"?`, or the names there are when none is near and they are few."""
    names = sorted(set(known))
    folded = {one.lower().replace("-", "_"): one for one in names}
    near = get_close_matches(name.lower().replace("-", "_"), folded, n=1, cutoff=0.6)
    if near:
        return f"did you mean {folded[near[0]]!r}?"
    return f"known here: {', '.join(names)}" if 0 < len(names) <= _LISTED_MAX else ""


def key_hint(model: type[BaseModel], way: Sequence[str | int], key: str) -> str:
    """What could be meant by a key that the model at the end of the way does not have."""
    owner = model_at(model, way)
    if owner is None:
        return ""
    for name, field in owner.model_fields.items():
        for below in models_in(field.annotation):
            if key in below.model_fields and key not in owner.model_fields:
                return f"it belongs under {name!r}"
    return suggestion(key, (field.alias or name for name, field in owner.model_fields.items()))


def model_at(model: type[BaseModel], way: Sequence[str | int]) -> type[BaseModel] | None:
    """The model of the value that a way leads to; keys of mappings and positions in lists are passed over."""
    current: type[BaseModel] | None = model
    for step in way:
        field = current.model_fields.get(str(step)) if current is not None else None
        if field is not None:
            inside = models_in(field.annotation, through_collections=True)
            current = inside[0] if inside else None
    return current


def models_in(annotation: Any, *, through_collections: bool = False) -> list[type[BaseModel]]:
    """The models that a type can hold."""
    if isinstance(annotation, type) and issubclass(annotation, BaseModel):
        return [annotation]
    origin = get_origin(annotation)
    if origin in {Union, types.UnionType, Annotated} or (through_collections and origin in {dict, tuple, list}):
        return [
            model
            for inner in get_args(annotation)
            for model in models_in(inner, through_collections=through_collections)
        ]
    return []
