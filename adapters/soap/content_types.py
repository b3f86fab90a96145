"""Content types that lie: what an answer is by its bytes, where its headers say something else. Pure.

Only what cannot be taken for anything else is mended, so nothing is read otherwise than it was written: an envelope
under another type, and an encoding that the document itself names and its bytes prove.
"""

from __future__ import annotations

import re

_DECLARED = re.compile(rb"\s*<\?xml\s[^>]{0,200}?\bencoding\s*=\s*[\"']([A-Za-z0-9._-]{1,40})[\"']")
_UTF_8 = {"utf-8", "utf8"}
_ONE_BYTE = {
    *("iso-8859-1", "latin1", "latin-1", "iso-8859-15", "windows-1252", "cp1252"),
    *("us-ascii", "ascii"),
}
_PAGE = re.compile(
    rb"\s*(<\?xml[^>]{0,200}\?>\s*)?(<!--[^>]{0,500}-->\s*)?(<!doctype\s+html|<html)[\s>]", re.IGNORECASE
)
_MARKS = (b"\xef\xbb\xbf", b"\xff\xfe", b"\xfe\xff")


def is_xml_type(content_type: str) -> bool:
    """Types under which an envelope may come. `text/plain` and none at all are common mistakes."""
    return content_type in {"", "text/xml", "application/xml", "text/plain"} or content_type.endswith("+xml")


def begins_like_xml(body: bytes) -> bool:
    """A type that lies is tolerated when there is an envelope inside; a page of HTML is not even parsed."""
    begin = body[:200].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe \t\r\n")
    return begin.startswith(b"<") and not begin[:14].lower().startswith((b"<!doctype", b"<html"))


def is_page(body: bytes) -> bool:
    """A page of HTML for a person, under whatever type."""
    return _PAGE.match(body[:1000].removeprefix(b"\xef\xbb\xbf").replace(b"\0", b"").lstrip(b"\xff\xfe")) is not None


def charset_of(body: bytes, said: str | None) -> str | None:
    """The encoding to read an XML body in. That of the Content-Type is stronger than that of the document (RFC 7303),
    and stays so, unless the bytes prove that it was put there by a server that did not look:

    a document that calls itself UTF-8 and is, under a type that names an encoding of one byte a character; and one
    that calls itself such and is no UTF-8, under a type that says UTF-8.
    """
    sent = (said or "").strip().strip("\"'").lower()
    if sent not in _UTF_8 | _ONE_BYTE or body.startswith(_MARKS):
        return said
    found = _DECLARED.match(body[:400])
    own = found[1].decode("ascii").lower() if found else ""
    if sent in _ONE_BYTE and own in _UTF_8 and not body.isascii() and _is_utf_8(body):
        return own
    if sent in _UTF_8 and own in _ONE_BYTE and not _is_utf_8(body):
        return own
    return said


def _is_utf_8(body: bytes) -> bool:
    try:
        body.decode("utf-8")
    except UnicodeDecodeError:
        return False
    return True
