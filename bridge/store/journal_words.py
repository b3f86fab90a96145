"""The words by which an entry of the journal is found, and those of a search. Pure.

An extract holds each word once, in small letters, separated by blanks, and has a bound. Both databases take it as it
is, so both find the same. What stands at a masked field is not in it, nor is a known secret.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from fnmatch import translate

from bridge.call import JsonValue
from bridge.errors import BadRequest

EXTRACT_BYTES_MAX = 2000
WORD_LENGTH_MAX = 64
SEARCH_WORDS_MAX = 16
_MARK_LENGTH_MAX = 200
_VALUES_MAX = 2000
_ITEMS_MAX = 100
_VALUE_CHARACTERS_MAX = 2000
_ODD = re.compile(r"[^\w.\-]")
_WORD = re.compile(r"[^\W_]+")


def _unmasked(text: str) -> str:
    return text


@dataclass(frozen=True, slots=True)
class Extractor:
    """`masked`: names of fields, in any case, with `*` for any letters; `mask`: takes known secrets out of a text."""

    masked: Sequence[str] = ()
    mask: Callable[[str], str] = _unmasked

    def words(self, value: JsonValue, *more: str) -> str:
        """Of a request's values, the first ones when there are many, and of some texts more. Names are no words of it:
        every request of an operation has the same."""
        hidden = re.compile("|".join(translate(one.lower()) for one in self.masked) or r"(?!)")
        return _joined(self.mask(one[:_VALUE_CHARACTERS_MAX]) for one in (*more, *_values(value, hidden)))

    def of_text(self, *texts: str) -> str:
        return _joined(self.mask(one) for one in texts)


def searched(text: str) -> tuple[tuple[str, bool], ...]:
    """The words that all must be there, and whether each is only a beginning (`ada*`). Raises BadRequest."""
    found = tuple((word, text[end : end + 1] == "*") for word, end in _split(text))
    if not found or len(found) > SEARCH_WORDS_MAX:
        raise BadRequest(f"A search has from 1 to {SEARCH_WORDS_MAX} words of letters and digits.")
    return found


def marked(mark: str, value: str) -> str:
    """A mark of an entry as a word of its own that is in no text, so that a search for words and marks need not look
    at every entry that has the words."""
    return f"{mark}:{_ODD.sub('_', value.lower())[:_MARK_LENGTH_MAX]}"


def without_marks(text: str) -> str:
    return " ".join(word for word in text.split(" ") if ":" not in word)


def _values(value: JsonValue, hidden: re.Pattern[str]) -> Iterator[str]:
    """Level by level, so that what stands deep in a long list does not take the place of what stands above."""
    level: list[JsonValue] = [value]
    left = _VALUES_MAX
    while level and left > 0:
        below: list[JsonValue] = []
        for one in level[:left]:
            left -= 1
            match one:
                case str():
                    yield one
                case list():
                    below.extend(one[:_ITEMS_MAX])
                case dict():
                    below.extend(item for key, item in one.items() if not hidden.fullmatch(key.lower()))
        level = below


def _joined(texts: Iterable[str]) -> str:
    words: dict[str, None] = {}
    length = 0
    for text in texts:
        for word, _ in _split(text):
            size = len(word.encode()) + 1
            if word in words or length + size > EXTRACT_BYTES_MAX:
                continue
            words[word] = None
            length += size
        if length + 2 > EXTRACT_BYTES_MAX:
            break
    return " ".join(words)


def _split(text: str) -> Iterator[tuple[str, int]]:
    text = unicodedata.normalize("NFC", text).lower()
    for match in _WORD.finditer(text):
        yield match.group()[:WORD_LENGTH_MAX], match.end()
