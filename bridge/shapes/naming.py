"""Clean names: public API from the first day, kept by the golden table in `tests/bridge/shapes/naming.golden.yaml`.

A name is split into words at separators, where lower case turns to upper case, before the last capital of a run that
is followed by lower case, and after digits. Digits belong to the word before them (`address2Line` stays as it is).
Total over every text: the result is never empty and never starts with `@`. Knows no format.
"""

from __future__ import annotations

import unicodedata
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Literal

Style = Literal["camel", "snake", "keep"]


def clean(name: str, style: Style = "camel") -> str:
    """The name a client sees. A name without a letter or digit stays as it is."""
    parts = words(name)
    if style == "keep" or not parts:
        return name.lstrip("@") or "_"
    if style == "snake":
        return "_".join(parts)
    return parts[0] + "".join(_capitalised(part) for part in parts[1:])


def kebab(name: str) -> str:
    """The name as one segment of a path."""
    return "-".join(words(name)) or clean(name, "keep")


def first_word(name: str) -> str:
    """The whole first word in lower case: `getOrder` gives `get`, `getaway` gives `getaway`."""
    return next(iter(words(name)), "")


def assign(originals: Sequence[str], style: Style) -> list[str]:
    """Names for the members of one record, in the same order, all different.

    When the clean names of two different originals meet, all that meet keep their original names. Of several equal
    originals the later ones get 2, 3 … appended.
    """
    distinct = list(dict.fromkeys(originals))
    named = {original: clean(original, style) for original in distinct}
    while meeting := _meeting(named):
        named.update({original: original for original in meeting})
    return _numbered([named[original] for original in originals], frozenset(named.values()))


def words(name: str) -> list[str]:
    """The words of a name in lower case."""
    return [word.lower() for run in _runs(name) for word in _split(run)]


def _meeting(named: dict[str, str]) -> list[str]:
    count = Counter(named.values())
    return [original for original, name in named.items() if count[name] > 1 and name != original]


def _numbered(names: list[str], reserved: frozenset[str]) -> list[str]:
    taken: set[str] = set()
    result = []
    for name in names:
        candidate, number = name, 2
        while candidate in taken or (candidate != name and candidate in reserved):
            candidate, number = f"{name}{number}", number + 1
        taken.add(candidate)
        result.append(candidate)
    return result


def _runs(name: str) -> Iterator[str]:
    """What stands between separators. Combining marks count as letters: many scripts spell with them."""
    start = 0
    for position, character in enumerate(name + " "):
        if not (character.isalnum() or unicodedata.category(character)[0] == "M"):
            if position > start:
                yield name[start:position]
            start = position + 1


def _split(run: str) -> Iterator[str]:
    start = 0
    for position, (before, after) in enumerate(pairwise(run), 1):
        follower = run[position + 1 : position + 2]
        begins = (before.isdigit() and not after.isdigit()) or (
            after.isupper() and (not before.isupper() or follower.islower())
        )
        if begins:
            yield run[start:position]
            start = position
    yield run[start:]


def _capitalised(word: str) -> str:
    upper = word[0].upper()
    return upper + word[1:] if len(upper) == 1 else word
