"""The half of a server's mind for HTTP bindings: which operation a request without envelope is for, and its message.

Strict, as a test wants it: a name that is unknown, missing or there too often is refused. Pure; knows no sockets.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from urllib.parse import parse_qsl, unquote

from lxml import etree
from lxml.etree import _Element as XmlElement

from adapters.soap.codec import OperationCodec
from adapters.soap.http_codec import FORM, PLACE, HttpCodec, enveloped, framed
from adapters.soap.http_params import NotFlat, Pairs
from bridge.formats.xml import safe

FIELDS_MAX = 10_000


@dataclass(frozen=True, slots=True)
class Asked:
    """A request. `path` is what follows the address of the service; `path` and `query` are as they came."""

    verb: str
    path: str
    query: str = ""
    body: bytes = b""
    content_type: str = ""
    charset: str | None = None


class Location:
    """Where one operation is found, and what its place already says."""

    def __init__(self, codec: HttpCodec) -> None:
        self.codec, self.verb = codec, codec.binding.verb
        self._path, _, self._query = codec.binding.location.partition("?")

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        """The path and, where parts stand in it, the query."""
        whole = f"{self._path}?{self._query}" if self._replaces else self._path
        pieces = PLACE.split(whole) if self._replaces else [whole]
        # Odd pieces are the names of parts.
        return re.compile("".join("([^/?&]*)" if index % 2 else re.escape(one) for index, one in enumerate(pieces)))

    @property
    def _replaces(self) -> bool:
        return self.codec.binding.input == "path"

    def pairs(self, asked: Asked) -> Pairs | None:
        """The names and texts of path and query; None when the request is for another place."""
        if asked.verb != self.verb:
            return None
        whole = f"{asked.path}?{asked.query}" if self._replaces else asked.path
        found = self._pattern.fullmatch(whole)
        if found is None:
            return None
        if self._replaces:
            names = PLACE.findall(f"{self._path}?{self._query}")
            # A part may have several places; where they agree it is there once.
            return list(dict.fromkeys(zip(names, map(unquote, found.groups()), strict=True)))
        pairs = _pairs(asked.query)
        for fixed in _pairs(self._query):
            if fixed not in pairs:
                return None
            pairs.remove(fixed)
        return pairs


def envelope_of(codec: HttpCodec, pairs: Pairs, asked: Asked) -> XmlElement:
    """The envelope that a request stands for. Raises NotFlat or UnsafeXml with the reason."""
    kind = codec.binding.input
    if kind == "form":
        if asked.content_type != FORM:
            raise NotFlat(f"The body is {asked.content_type or 'of no type'}, not {FORM}.")
        pairs = [*pairs, *_pairs(_text(asked))]
    elif kind not in {"query", "path"} and pairs:
        raise NotFlat(f"Unknown parameter: {pairs[0][0][:100]}.")
    if kind in {"query", "path", "form"}:
        return framed(codec.params.element(pairs))
    if kind == "xml":
        return enveloped(codec.input, safe.parse(asked.body, charset=asked.charset))
    element = etree.Element(codec.input.parts[0].name)
    try:
        element.text = base64.b64encode(asked.body).decode("ascii") if kind == "binary" else _text(asked)
    except ValueError as error:
        raise NotFlat("The body has characters that XML cannot hold.") from error
    return framed(element)


def locations(codecs: Mapping[str, OperationCodec]) -> dict[str, Location]:
    """Of every operation that has one."""
    return {name: Location(codec.http) for name, codec in codecs.items() if codec.http is not None}


def _pairs(text: str) -> Pairs:
    try:
        return parse_qsl(text, keep_blank_values=True, errors="strict", max_num_fields=FIELDS_MAX)
    except ValueError as error:
        raise NotFlat("The parameters cannot be read: they are too many, or not UTF-8.") from error


def _text(asked: Asked) -> str:
    try:
        return asked.body.decode(asked.charset or "utf-8")
    except (LookupError, ValueError) as error:
        raise NotFlat("The body is not in the encoding that it claims.") from error
