"""Secrets that must not appear in a line of the log, whatever text carries them. Pure."""

from __future__ import annotations

import base64
import re
from collections.abc import Iterable, Mapping
from urllib.parse import quote

from pydantic import BaseModel

from bridge.settings import Secret

MASK = "***"
_LENGTH_MIN = 4  # a shorter one would blacken half of every line


class Masks:
    """The known secrets. `learn` again after a reload; what was secret once stays masked."""

    def __init__(self) -> None:
        self._values: set[str] = set()
        self._pattern: re.Pattern[str] | None = None

    def learn(self, settings: object) -> None:
        """Every `Secret` found anywhere in settings; one that cannot be read is somebody else's complaint."""
        for secret in _secrets(settings):
            try:
                self.add(secret.reveal())
            except ValueError:
                continue

    def add(self, value: str) -> None:
        """One secret: whole, its single lines (a key file), and as it looks in a URL or in base64."""
        for text in {value, *value.splitlines()}:
            forms = {text, quote(text, safe=""), base64.b64encode(text.encode("utf-8", "replace")).decode().rstrip("=")}
            self._values |= {form for form in forms if len(text) >= _LENGTH_MIN}
        longest_first = sorted(self._values, key=len, reverse=True)
        self._pattern = re.compile("|".join(map(re.escape, longest_first))) if longest_first else None

    def mask(self, text: str) -> str:
        return self._pattern.sub(MASK, text) if self._pattern else text


def _secrets(value: object) -> Iterable[Secret]:
    if isinstance(value, Secret):
        yield value
    elif isinstance(value, BaseModel):
        for name in type(value).model_fields:
            yield from _secrets(getattr(value, name))
    elif isinstance(value, Mapping):
        for item in value.values():
            yield from _secrets(item)
    elif isinstance(value, list | tuple | set | frozenset):
        for item in value:
            yield from _secrets(item)
