"""What an answer is about, and what a write makes old: tags from templates over the arguments, and the log of purges.

Nothing is searched for on a purge: it is written down, and whoever holds an answer (the cache, a call under way)
asks later whether a purge since then concerns it. Pure; knows neither the cache nor the clock.
"""

from __future__ import annotations

import re
from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass

import msgspec

from bridge.call import JsonValue

_PURGES_KEPT = 4096
_NAMED_KEPT = 256
_WRITTEN_BYTES_MAX = 100_000
_MARK = "\0"
_DIGEST_CHARACTERS = 40
_TEMPLATE = re.compile(r"(?:[^{}*\0]|\{[A-Za-z_@][\w.@-]*\})+\*?|\*")
_FIELD = re.compile(r"\{([^{}]+)\}")


@dataclass(frozen=True, slots=True)
class Tag:
    """`order:17`, or with `open` every tag that begins with the text. A `named` one says which answer it is and not
    what it is about: only operators purge by it."""

    text: str
    open: bool = False

    @property
    def named(self) -> bool:
        return self.text[:1] == _MARK

    def concerns(self, other: Tag) -> bool:
        """Whether the two can mean the same thing."""
        return self.named is other.named and (
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
        if not isinstance(value, str) or _MARK in value:
            return Tag(text, open=True)
        text += value
    return Tag(text, open=template.endswith("*"))


def tags(templates: Sequence[str], args: JsonValue) -> tuple[Tag, ...]:
    return tuple(tag(template, args) for template in templates)


def name(operation: str = "", digest: str = "") -> Tag:
    """Which answer it is, by the digest of what was asked. Of a part of the digest, of the operation alone, or of
    nothing: all that begin so."""
    if not operation:
        return Tag(_MARK, open=True)
    return Tag(f"{_MARK}{operation}{_MARK}{digest}", open=len(digest) < _DIGEST_CHARACTERS)


def written(purged: Sequence[Tag]) -> bytes:
    """As others are told; of too many that everything is old."""
    data = msgspec.json.encode([(one.text, one.open) for one in purged])
    return data if len(data) <= _WRITTEN_BYTES_MAX else EVERYTHING


def read(data: bytes) -> list[Tag]:
    """Raises MsgspecError for what is none of ours."""
    return [Tag(text, is_open) for text, is_open in msgspec.json.decode(data, type=list[tuple[str, bool]])]


_EVERY = name()
EVERYTHING = written([Tag("", open=True), _EVERY])


class Purges:
    """The latest purges in their order. `now` numbers them; remember it to ask later what came after. `emptied` is told
    when an operator wants nothing of it any more, for what is kept by other rules."""

    def __init__(self, emptied: Callable[[], object] = lambda: None) -> None:
        self._emptied = emptied
        self.now = 0
        self._latest: deque[Tag] = deque(maxlen=_PURGES_KEPT)
        self._named: deque[tuple[int, Tag]] = deque(maxlen=_NAMED_KEPT)
        self._named_missed = 0

    def add(self, purged: Iterable[Tag]) -> None:
        for one in purged:
            self._latest.append(one)
            self.now += 1
            if one.named:
                if len(self._named) == _NAMED_KEPT:
                    self._named_missed = self._named[0][0]
                self._named.append((self.now, one))
                if one == _EVERY:
                    self._emptied()

    def forget(self) -> None:
        """Purges may have been missed: whatever has a tag and was read before this may be old. What only has a name
        stays: writes do not concern it, and operators are told when not everybody heard them."""
        self._latest.clear()
        self.now += 1

    def concern(self, about: Sequence[Tag], since: int) -> bool:
        """Whether one of the purges after `since` concerns one of these tags. Unknown counts as yes."""
        missed = self.now - since
        if missed == 0 or not about:
            return False
        if missed <= len(self._latest):
            after = (self._latest[-back] for back in range(1, missed + 1))
            return any(purge.concerns(one) for purge in after for one in about)
        names = [one for one in about if one.named]
        if len(names) < len(about) or (names and since < self._named_missed):
            return True
        return any(number > since and purge.concerns(one) for number, purge in self._named for one in names)
