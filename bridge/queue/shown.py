"""Payloads as an operator sees them: what stands at a field with a telling name is masked, and an edit that still has
the mask there means "leave it as it is". Pure."""

from __future__ import annotations

import re
from collections.abc import Sequence
from fnmatch import translate

from bridge.call import JsonValue
from bridge.store.journal_settings import MASKED

MASK, CHANGED = "***", "*** (another)"


class Shown:
    """Masks by the names of fields, in any case; `*` stands for any letters."""

    def __init__(self, masked: Sequence[str] = (*MASKED, "*authorization*")) -> None:
        self._pattern = re.compile("|".join(translate(one.lower()) for one in masked) or r"(?!)")

    def hides(self, key: str) -> bool:
        return self._pattern.fullmatch(key.lower()) is not None

    def mask(self, value: JsonValue) -> JsonValue:
        match value:
            case dict():
                return {key: self._hidden(key, one) for key, one in value.items()}
            case list():
                return [self.mask(one) for one in value]
            case _:
                return value

    def mask_beside(self, value: JsonValue, before: JsonValue) -> JsonValue:
        """`mask`, with another mask where it hides another value than before: that it was changed is no secret."""
        match value, before:
            case dict(), dict():
                return {key: self._hidden_beside(key, one, before) for key, one in value.items()}
            case list(), list():
                olds = [*before, *[None] * max(0, len(value) - len(before))]
                return [self.mask_beside(one, old) for one, old in zip(value, olds, strict=False)]
            case _:
                return self.mask(value)

    def restore(self, edited: JsonValue, before: JsonValue) -> JsonValue:
        """What was edited, with the values of before where the mask still stands."""
        match edited, before:
            case dict(), dict():
                return {key: self._kept(key, one, before) for key, one in edited.items()}
            case list(), list():
                pairs = [(one, before[index] if index < len(before) else None) for index, one in enumerate(edited)]
                return [self.restore(one, old) for one, old in pairs]
            case _:
                return edited

    def _hidden(self, key: str, value: JsonValue) -> JsonValue:
        return MASK if value is not None and self.hides(key) else self.mask(value)

    def _hidden_beside(self, key: str, value: JsonValue, before: dict[str, JsonValue]) -> JsonValue:
        if value is None or not self._pattern.fullmatch(key.lower()):
            return self.mask_beside(value, before.get(key))
        return MASK if key not in before or before[key] == value else CHANGED

    def _kept(self, key: str, value: JsonValue, before: dict[str, JsonValue]) -> JsonValue:
        if value == MASK and key in before and self.hides(key):
            return before[key]
        return self.restore(value, before.get(key))
