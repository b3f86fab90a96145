"""Hostile-safe XML that comes in pieces: elements are given when they end, and taken out by whoever asked for them.

The same rules as in safe.py; the limits hold for what is in memory at one time, not for the whole document. All calls
for one document are made in one thread: libxml2 keeps the names of a document in a table of the thread that began it.
"""

from __future__ import annotations

import codecs
from collections.abc import Collection

from lxml import etree
from lxml.etree import _Element as XmlElement

from bridge.formats.xml.safe import (
    MESSAGE_BYTES_MAX,
    MESSAGE_NODES_MAX,
    PARSER_OPTIONS,
    UnsafeXml,
    after_prolog,
    check_tags,
    check_tree,
    encoding_of,
)

_MARK_BYTES, _HEAD_BYTES = 4, 1_000  # a byte order mark, and a declaration where there is one
_PROLOG_BYTES_MAX = 64_000
_TAG_BYTES_MAX = 1_000_000
_SPACE = b" \t\r\n"


class Incremental:
    """One document. `locals_` are the local names of the elements that are told of, in whatever namespace; `top` is
    that of the root, if it is to be known before the end.

    `charset` is that of the Content-Type. `bytes_max` and `nodes_max` bound what is held: the elements that the caller
    has not taken out of the tree yet, and everything around them.
    """

    def __init__(
        self,
        locals_: Collection[str],
        top: str,
        *,
        charset: str | None = None,
        bytes_max: int = MESSAGE_BYTES_MAX,
        nodes_max: int = MESSAGE_NODES_MAX,
    ) -> None:
        self._charset, self._bytes_max, self._nodes_max = charset, bytes_max, nodes_max
        tags = sorted(f"{{*}}{name}" for name in {*locals_, top})
        self._parser = etree.XMLPullParser(events=("start", "end"), tag=tags, **PARSER_OPTIONS)
        self.root: XmlElement | None = None
        self._head: bytes | None = b""
        self._encoding = ""
        self._decode: codecs.IncrementalDecoder | None = None
        self._prolog: bytes | None = b""
        self._tag = b""
        self._bytes = self._nodes = 0
        self.ended = False

    def feed(self, data: bytes) -> list[XmlElement]:
        """The elements that this piece ends, in the order of their ends. Raises UnsafeXml."""
        if self._head is not None:
            data = self._head = self._head + data
            if not self.ended and len(data) < _HEAD_BYTES and (len(data) < _MARK_BYTES or b">" not in data):
                return []
            self._head, data = None, self._begun(data)
        if data or self.ended:
            data = self._utf8(data)
        if self._prolog is not None:
            data = self._after_prolog(data)
        return self._parsed(data) if data else []

    def finish(self) -> list[XmlElement]:
        """The elements that only the end of the document settles. Raises UnsafeXml when it is not complete."""
        self.ended = True
        found = self.feed(b"")
        if self._prolog is not None:
            raise UnsafeXml("There is no XML at all" if not self._prolog else "The XML is not well-formed: no element")
        try:
            self.root = self._parser.close()
        except etree.XMLSyntaxError as error:
            raise UnsafeXml(f"The XML is not well-formed: {str(error)[:300]}") from error
        return found + self._told()

    # ── bytes on their way to the parser ─────────────────────────────────────────────────────────────────────────

    def _begun(self, head: bytes) -> bytes:
        encoding, mark = encoding_of(head, self._charset)
        self._encoding = encoding
        if encoding != "utf-8":
            self._decode = codecs.getincrementaldecoder(encoding)()
        return head[mark:]

    def _utf8(self, data: bytes) -> bytes:
        if self._decode is None:
            return data
        try:
            return self._decode.decode(data, self.ended).encode("utf-8")
        except UnicodeError as error:
            raise UnsafeXml(f"The XML is not valid {self._encoding}") from error

    def _after_prolog(self, data: bytes) -> bytes:
        """What is to be parsed so far: nothing before it is sure that no DTD comes."""
        assert self._prolog is not None
        text = self._prolog = (self._prolog + data).lstrip(_SPACE)
        at = after_prolog(text)
        if at < 0 or (len(text) - at < len(b"<!--") and not self.ended):
            if len(text) > _PROLOG_BYTES_MAX:
                raise UnsafeXml(f"The XML has more than {_PROLOG_BYTES_MAX} bytes before its root")
            return b""
        if text.startswith(b"<!", at):
            raise UnsafeXml("The XML has a document type declaration, which is not allowed in a message")
        if at < len(text):
            self._prolog = None
            return text
        return b""

    def _parsed(self, data: bytes) -> list[XmlElement]:
        # A tag may come in two pieces, so what follows the last "<" is looked at again with the next one.
        window = self._tag + data
        check_tags(window)
        at = window.rfind(b"<")
        self._tag = window[at:] if at >= 0 and len(window) - at <= _TAG_BYTES_MAX else b""
        try:
            self._parser.feed(data)
        except etree.XMLSyntaxError as error:
            raise UnsafeXml(f"The XML is not well-formed: {str(error)[:300]}") from error
        except ValueError as error:
            raise UnsafeXml(f"The XML cannot be read: {str(error)[:300]}") from error
        ended = self._told()
        equals = data.count(b"=")
        if self.root is not None:
            check_tree(self.root, equals=equals + self._tag.count(b"="), declarations=window.count(b"xmlns"))
        self._bytes += len(data)
        self._nodes += data.count(b"<") + equals
        return ended

    def _told(self) -> list[XmlElement]:
        """What ended since it was last asked."""
        ended = []
        for event, element in self._parser.read_events():
            assert isinstance(element, XmlElement)
            if event == "end":
                if element is not self.root:
                    ended.append(element)
            elif self.root is None:
                self.root = element.getroottree().getroot()
        return ended

    # ── what is held ─────────────────────────────────────────────────────────────────────────────────────────────

    def check_held(self) -> None:
        """To be called when what ended was taken out. Raises UnsafeXml when too much is left."""
        if self._bytes <= self._bytes_max and self._nodes <= self._nodes_max:
            return  # all that ever came, or came since the last count, is within the limits
        if self.root is not None:  # else nothing can have been taken out
            self._bytes, self._nodes = _size(self.root)
        if self._bytes > self._bytes_max:
            raise UnsafeXml(f"The XML has more than {self._bytes_max} bytes in one row, or beside its rows")
        if self._nodes > self._nodes_max:
            raise UnsafeXml(f"The XML has more than {self._nodes_max} elements and attributes in one row, or beside")


def _size(root: XmlElement) -> tuple[int, int]:
    """Characters and nodes of a tree."""
    size = nodes = 0
    for element in root.iter():
        size += len(element.tag) + len(element.text or "") + len(element.tail or "")
        nodes += 1 + len(element.attrib)
        for name, value in element.attrib.items():
            size += len(name) + len(value)
    return size, nodes
