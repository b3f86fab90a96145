"""The tries of a call, and how the last one looked on the wire, as the journal keeps them: masked, as JSON. Pure.

If a masked form cannot be made, whatever the reason, none is kept.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from fnmatch import translate
from functools import lru_cache
from urllib.parse import quote

from bridge.call import Attempt, Hide, JsonValue, Side, Trail
from bridge.shapes.json import Number, dumps

CREDENTIALS = ("*authorization*", "*cookie*", "*signature*", "*session*")
"""Names of fields that are hidden on the wire, whatever `journal.mask` says."""
LEARNED_MAX = 200
_ANYWHERE_CHARACTERS_MIN = 4
"""A shorter secret is hidden where it stands alone: it is in half of all words."""
_SCHEME = re.compile(r"\b(basic|bearer|digest|negotiate|ntlm)\s+[^\s<>]{4,}", re.IGNORECASE)
"""What HTTP calls credentials, in whatever text it is repeated."""
_MASK = "***"
_NAME_MAX = 100
_NAMES_MAX = 10_000


class Hidden:
    """What must not be seen of one call (a `Hide`): `names` of fields, with `*` for any letters; secrets that `mask`
    knows; and the values that stand at such fields in the arguments. `full`: there were more than are looked for, and
    every text is hidden."""

    def __init__(self, names: Sequence[str], mask: Callable[[str], str], values: JsonValue = None) -> None:
        self._names = _pattern(tuple(names))
        self._mask = mask
        self._known: dict[str, bool] = {}
        self._secrets: set[str] = set()
        self._ordered: list[str] = []
        self.full = False
        self._learn_from(values)

    def name(self, name: str) -> bool:
        hidden = self._known.get(name)
        if hidden is None:
            hidden = len(name) <= _NAME_MAX and self._names.fullmatch(name.lower()) is not None
            if len(self._known) < _NAMES_MAX:
                self._known[name] = hidden
        return hidden

    def text(self, text: str) -> str:
        if self.full:
            return _MASK
        # Twice: what was learned may be a part of what is known, and the other way round.
        text = _SCHEME.sub(rf"\1 {_MASK}", self._mask(text))
        for secret in self._longest_first():
            text = _without(secret, text)
        return self._mask(text) if self._secrets else text

    def learn(self, secret: str) -> None:
        if not secret or secret == _MASK or secret in self._secrets:
            return
        if len(self._secrets) >= LEARNED_MAX:
            self.full = True
            return
        self._secrets.add(secret)
        self._ordered = []

    def _longest_first(self) -> list[str]:
        if len(self._ordered) < len(self._secrets):
            self._ordered = sorted(self._secrets, key=len, reverse=True)
        return self._ordered

    def _learn_from(self, value: JsonValue, *, hidden: bool = False) -> None:
        left: list[tuple[JsonValue, bool]] = [(value, hidden)]
        while left:
            one, within = left.pop()
            match one:
                case dict():
                    left.extend((item, within or self.name(key)) for key, item in one.items())
                case list():
                    left.extend((item, within) for item in one)
                case str() if within:
                    self.learn(one)


@lru_cache(16)
def _pattern(names: tuple[str, ...]) -> re.Pattern[str]:
    return re.compile("|".join(translate(one.lower()) for one in names) or r"(?!)")


def kept_trail(trail: Trail, hide: Hidden, *, wire: bool) -> bytes:
    """`wire`: with both sides of the last try, as far as there are any."""
    told: dict[str, JsonValue] = {"attempts": [_attempt(one) for one in trail.attempts]}
    if trail.request is not None:
        sides = _sides(trail, trail.request, hide)  # in any case, for what it teaches
        told |= sides if wire else {}
    return dumps(told).encode("utf-8", "replace")


def _sides(trail: Trail, ask: Callable[[Hide], Side], hide: Hidden) -> dict[str, JsonValue]:
    try:
        request = ask(hide)  # first: what it teaches is hidden in the answer
        sides: dict[str, JsonValue] = {"request": _side(request)}
        if trail.answer is not None:
            sides["answer"] = _side(trail.answer(hide))
    except Exception as error:  # noqa: BLE001  whatever it is: what was not masked is not kept
        return {"note": f"the wire form could not be masked: {type(error).__name__}"}
    return {"note": "the wire form has more secrets than are looked for"} if hide.full else sides


def _attempt(one: Attempt) -> JsonValue:
    return {
        "number": Number(one.number),
        "at": Number(repr(round(one.at, 3))),
        "durationS": Number(repr(round(one.duration_s, 6))),
        "code": one.code,
    }


def _side(side: Side) -> JsonValue:
    told: dict[str, JsonValue] = {
        "line": side.line,
        "headers": [[name, value] for name, value in side.headers],
        "bytes": Number(side.bytes),
    }
    if side.message is not None:
        told["message"] = side.message
    elif side.bytes:
        told["note"] = "it is no XML, or too large: so it cannot be masked for sure, and is not kept"
    return told


def _without(secret: str, text: str) -> str:
    if len(secret) < _ANYWHERE_CHARACTERS_MIN:
        return re.sub(rf"(?<!\w){re.escape(secret)}(?!\w)", _MASK, text)
    return text.replace(secret, _MASK).replace(quote(secret, safe=""), _MASK)
