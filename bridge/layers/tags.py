"""What an answer is about, and what a write makes old: tags from templates over the arguments, and the log of purges.

Nothing is searched for on a purge: it is written down, and whoever holds an answer (the cache, a call under way)
asks later whether a purge since then concerns it. Pure; knows neither the cache nor the clock.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from bridge.call import JsonValue

_PURGES_KEPT = 4096
_TEMPLATE = re.compile(r"(?:[^{}*]|\{[A-Za-z_@][\w.@-]*\})+\*?|\*")
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Tag:
    """`order:17`, or with `open` every tag that begins with the text."""

    text: str
    open: bool = False

    def concerns(self, other: Tag) -> bool:
        """Whether the two can mean the same thing."""
        return (
            self.text == other.text
            or (self.open and other.text.startswith(self.text))
            or (other.open and self.text.startswith(other.text))
        )


def check_template(template: str) -> str:
    """Raises ValueError that says what a template is."""
    if not _TEMPLATE.fullmatch(template):
        raise ValueError("a tag is a text with fields of the arguments, such as order:{orderId}, or order:* for all")
    return template


def tag(template: str, args: JsonValue) -> Tag:
    """Fill a template. At a field that is absent or no plain value the tag ends and stands for all that begin so."""
    text = ""
    for index, part in enumerate(_FIELD.split(template.removesuffix("*"))):
        if index % 2 == 0:
            text += part
            continue
        value = args.get(part) if isinstance(args, dict) else None
        if not isinstance(value, str):
            return Tag(text, open=True)
        text += value
    return Tag(text, open=template.endswith("*"))


def tags(templates: Sequence[str], args: JsonValue) -> tuple[Tag, ...]:
    return tuple(tag(template, args) for template in templates)


class Purges:
    """The latest purges in their order. `now` numbers them; remember it to ask later what came after."""

    def __init__(self) -> None:
        self.now = 0
        self._latest: deque[Tag] = deque(maxlen=_PURGES_KEPT)

    def add(self, purged: Iterable[Tag]) -> None:
        for one in purged:
            self._latest.append(one)
            self.now += 1

    def forget(self) -> None:
        """Purges may have been missed: whatever has a tag and was read before this may be old."""
        self._latest.clear()
        self.now += 1

    def concern(self, about: Sequence[Tag], since: int) -> bool:
        """Whether one of the purges after `since` concerns one of these tags. Unknown counts as yes."""
        missed = self.now - since
        if missed == 0 or not about:
            return False
        if missed > len(self._latest):
            return True
        after = (self._latest[-back] for back in range(1, missed + 1))
        return any(purge.concerns(one) for purge in after for one in about)
