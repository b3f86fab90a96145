"""Hostile-safe XML parsing: no DTD, no entities, no network, no XInclude, few encodings, bounded bytes and nodes.

Messages are refused when they carry a DTD; schema documents may have one (the W3C's own do), which is taken out before
the parser sees it. Knows no SOAP and no schema.
"""

from __future__ import annotations

import re
from typing import Any

from lxml import etree

from bridge.errors import BridgeError
from bridge.formats.xml.long_texts import cut, put_back

MESSAGE_BYTES_MAX = 64 * 1024 * 1024
MESSAGE_NODES_MAX = 200_000
SCHEMA_BYTES_MAX = 64 * 1024 * 1024
SCHEMA_NODES_MAX = 5_000_000
ATTRIBUTES_MAX = 1_000
"""On one element: lxml reads them all in quadratic time."""
NAMESPACES_MAX = 256
"""Declared at one place of a document: each prefix that is looked up costs them all."""

# What each accepted name means to Python; whatever is not here (UTF-7, UTF-32, EBCDIC …) is refused.
_ENCODINGS = {
    "utf-8": "utf-8",
    "utf8": "utf-8",
    "utf-16": "utf-16",
    "utf-16le": "utf-16-le",
    "utf-16be": "utf-16-be",
    "us-ascii": "ascii",
    "ascii": "ascii",
    "iso-8859-1": "iso-8859-1",
    "latin1": "iso-8859-1",
    "latin-1": "iso-8859-1",
    "iso-8859-15": "iso-8859-15",
    "windows-1252": "cp1252",
    "cp1252": "cp1252",
}
_UTF_16 = {"utf-16", "utf-16-le", "utf-16-be"}
_DECLARATION = re.compile(rb"<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([^\"'>]{1,60})[\"']")
_SPACE = b" \t\r\n"
_GAP = re.compile(rb"[ \t\r\n]*")
_PROLOG_MAX = 1_000
# One tag with more in it than is taken: found before the parser, which reads a tag whole before it tells anybody.
_CROWDED_TAG = re.compile(
    rb"<[^\s<>!?/=]++(?:\s++[^\s=<>\"']++\s*+=\s*+(?:\"[^\"<]*+\"|'[^'<]*+')){%d}"
    % (ATTRIBUTES_MAX + NAMESPACES_MAX + 1)
)
# Quoted texts, comments and instructions are stepped over whole; the signs that remain bracket the DTD.
_DTD_TOKEN = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)|\"[^\"]*\"?|'[^']*'?|[\[\]>]", re.DOTALL)


_IS_TOO_LONG = re.compile(r"Text node too long|Buffer size limit exceeded|CData section too big")
_TOO_LONG = (
    "The XML has a text of more than 10 MB. Only base64 that is the whole of an element may be longer; a file comes "
    "best beside the envelope (MTOM)"
)


class UnsafeXml(BridgeError):
    """XML that is not read: malformed, over a limit, with a DTD, or in an encoding that is not allowed."""


def parse(
    data: bytes, *, bytes_max: int = MESSAGE_BYTES_MAX, nodes_max: int = MESSAGE_NODES_MAX, charset: str | None = None
) -> etree._Element:
    """The root of a message. `charset` is that of its Content-Type; a byte order mark is stronger (RFC 7303)."""
    text = _utf8(data, bytes_max, charset)
    if _doctype(text) >= 0:
        raise UnsafeXml("The XML has a document type declaration, which is not allowed in a message")
    text, long_texts = cut(text)
    root = _root(text, nodes_max)
    if not put_back(root, long_texts):
        raise UnsafeXml(_TOO_LONG)
    return root


def parse_own(data: bytes) -> etree._Element:
    """The root of a message that the bridge has made itself, in UTF-8: no text in it is too long."""
    return etree.fromstring(data, etree.XMLParser(**{**PARSER_OPTIONS, "huge_tree": True}))


def parse_schema_document(
    data: bytes, *, bytes_max: int = SCHEMA_BYTES_MAX, nodes_max: int = SCHEMA_NODES_MAX
) -> etree._Element:
    """The root of a WSDL or XSD document. A DTD is taken out unread: nothing external, no default attribute.

    Published ones that break only the rules of namespaces (an undeclared prefix on an element that nobody needs, a
    namespace that is no URI) are read all the same, as other tools read them; a message never is.
    """
    text = _without_doctype(_utf8(data, bytes_max, None))
    try:
        return _root(text, nodes_max)
    except UnsafeXml as error:
        found = _of_loose_namespaces(text) if isinstance(error.__cause__, etree.XMLSyntaxError) else None
        if found is None:
            raise
        return found


def _of_loose_namespaces(text: bytes) -> etree._Element | None:
    """The root where namespaces are all that is wrong. Those errors are not fatal to libxml2: nothing gets lost."""
    parser = _parser(recover=True)
    try:
        root = etree.fromstring(text, parser)
    except (etree.XMLSyntaxError, ValueError):
        return None
    errors = [one for one in parser.error_log if one.level >= etree.ErrorLevels.ERROR]
    loose = errors and all(one.domain == etree.ErrorDomains.NAMESPACE for one in errors)
    return root if loose else None


# The bytes are UTF-8 by now, whatever their declaration still says. Comments are dropped while parsing, so that
# one in the middle of a text cannot hide half of it. Never collect_ids=False: with it lxml 6 loads external DTDs.
PARSER_OPTIONS: dict[str, Any] = {
    "encoding": "utf-8",
    "resolve_entities": False,
    "load_dtd": False,
    "attribute_defaults": False,
    "dtd_validation": False,
    "no_network": True,
    "huge_tree": False,
    "remove_comments": True,
    "remove_pis": True,
}


def _parser(target: Any = None, *, recover: bool = False) -> etree.XMLParser:
    return etree.XMLParser(recover=recover, target=target, **PARSER_OPTIONS)


def _root(text: bytes, nodes_max: int) -> etree._Element:
    check_tags(text)
    try:
        # Each element costs a "<", each attribute a "=": mostly this settles it without a pass of its own.
        if text.count(b"<") + text.count(b"=") > nodes_max:
            etree.fromstring(text, _parser(_Census(nodes_max)))
        root = etree.fromstring(text, _parser())
    except etree.XMLSyntaxError as error:
        if _IS_TOO_LONG.search(str(error)):
            raise UnsafeXml(_TOO_LONG) from error
        raise UnsafeXml(f"The XML is not well-formed: {str(error)[:300]}") from error
    except ValueError as error:
        raise UnsafeXml(f"The XML cannot be read: {str(error)[:300]}") from error
    check_tree(root, equals=text.count(b"="), declarations=text.count(b"xmlns"))
    return root


def check_tags(text: bytes) -> None:
    """Before the parser sees it: no tag may be so crowded that reading it takes long."""
    if text.count(b"=") > ATTRIBUTES_MAX and _CROWDED_TAG.search(text):
        raise UnsafeXml(f"The XML has an element with more than {ATTRIBUTES_MAX} attributes")


_CROWDED = etree.XPath(f"boolean(//*[@*[{ATTRIBUTES_MAX + 1}]])")


def check_tree(root: etree._Element, *, equals: int, declarations: int) -> None:
    """Behind the parser: what one element has, and one place. `equals`, `declarations`: how many `=` and `xmlns` the
    text has; mostly they settle it."""
    if equals > ATTRIBUTES_MAX and _CROWDED(root):
        raise UnsafeXml(f"The XML has an element with more than {ATTRIBUTES_MAX} attributes")
    if declarations > NAMESPACES_MAX:
        _check_namespaces(root)


def _check_namespaces(root: etree._Element) -> None:
    declared = 0
    for event, _ in etree.iterwalk(root, events=("start-ns", "end-ns")):
        declared += 1 if event == "start-ns" else -1
        if declared > NAMESPACES_MAX:
            raise UnsafeXml(f"The XML has more than {NAMESPACES_MAX} namespaces at one place")


class _Census:
    """A parser target that only counts, and stops the parser at the limit."""

    def __init__(self, nodes_max: int) -> None:
        self.left = nodes_max
        self.nodes_max = nodes_max

    def start(self, _tag: str, attributes: dict[str, str], namespaces: dict[str, str]) -> None:
        self.left -= 1 + len(attributes) + len(namespaces)
        if self.left < 0:
            raise UnsafeXml(f"The XML has more than {self.nodes_max} elements and attributes")

    def end(self, _tag: str) -> None:
        """Nothing to count."""

    def data(self, _text: str | bytes) -> None:
        """Nothing to count."""

    def close(self) -> None:
        """Nothing to give back."""


def _utf8(data: bytes, bytes_max: int, charset: str | None) -> bytes:
    if len(data) > bytes_max:
        raise UnsafeXml(f"The XML has more than {bytes_max} bytes")
    encoding, mark = encoding_of(data, charset)
    text = data[mark:]
    try:
        if encoding == "ascii":
            text.decode("ascii")
        elif encoding != "utf-8":
            text = text.decode(encoding).encode("utf-8")
    except UnicodeError as error:
        raise UnsafeXml(f"The XML is not valid {encoding}") from error
    text = text.lstrip(_SPACE)
    if not text:
        raise UnsafeXml("There is no XML at all")
    return text


def encoding_of(data: bytes, charset: str | None) -> tuple[str, int]:
    """The Python codec and the length of the byte order mark."""
    if data.startswith((b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")):
        raise UnsafeXml("The XML is in the encoding UTF-32, which is not allowed")
    for mark, codec in ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be")):
        if data.startswith(mark):
            return codec, len(mark)
    codec = _named(charset.strip().strip("\"'")) if charset and charset.strip() else ""
    if data[:2] in {b"<\x00", b"\x00<"}:
        if codec and codec not in _UTF_16:
            raise UnsafeXml(f"The XML is in UTF-16 but is sent as {charset}")
        return ("utf-16-le" if data[0] else "utf-16-be"), 0
    if not codec:
        declared = _DECLARATION.match(data.lstrip(_SPACE)[:300])
        codec = _named(declared[1].decode("latin-1")) if declared else "utf-8"
    # Said to be UTF-16 although each character takes one byte: common from .NET, and UTF-8 in truth.
    return ("utf-8" if codec in _UTF_16 else codec), 0


def _named(name: str) -> str:
    codec = _ENCODINGS.get(name.strip().lower())
    if codec is None:
        raise UnsafeXml(f"The XML is in the encoding {name[:40]!r}, which is not allowed")
    return codec


def _doctype(text: bytes) -> int:
    """Where a DTD begins, -1 without one. Only before the root: the same letters may well occur in CDATA after it."""
    at = after_prolog(text)
    return at if text.startswith(b"<!", at) and at >= 0 else -1


def after_prolog(text: bytes) -> int:
    """Where blanks, comments and instructions before the root end; -1 when one of them has no end in this text."""
    at = 0
    for _ in range(_PROLOG_MAX):
        gap = _GAP.match(text, at)
        at = gap.end() if gap else at
        if text.startswith(b"<!--", at):
            end = text.find(b"-->", at + 4)
        elif text.startswith(b"<?", at):
            end = text.find(b"?>", at + 2)
        else:
            return at
        if end < 0:
            return -1
        at = text.index(b">", end) + 1
    raise UnsafeXml(f"The XML has more than {_PROLOG_MAX} comments before its root")


def _without_doctype(text: bytes) -> bytes:
    """The document without its DTD: what the parser does not see it can neither fetch nor expand, and libxml2 does
    read the external subset even when told not to load it. Entities that the DTD would define are then unknown."""
    start = _doctype(text)
    if start < 0:
        return text
    inside = False
    for token in _DTD_TOKEN.finditer(text, start):
        sign = token[0]
        if sign == b"[":
            inside = True
        elif sign == b"]":
            inside = False
        elif sign == b">" and not inside:
            left = text[:start] + text[token.end() :]
            if _doctype(left) >= 0:
                break
            return left
    raise UnsafeXml("The document type declaration of the XML has no end, or there is more than one")
