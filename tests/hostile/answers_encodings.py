"""T3: answers whose bytes do not mean what they say."""

from __future__ import annotations

from tests.hostile.case import Case, answered, kept

_TEXT = answered("é€").decode()
_JSON = '{"text":"é€","@any":[]}'
_PLAIN = answered("ok").decode()


def _declared(name: str, text: str = _PLAIN, codec: str = "") -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?>{text}'.encode(codec or "utf-8")


def _raw(inner: bytes) -> bytes:
    return answered("@").replace(b"@", inner)


# Codecs that Python would run when asked by name, and encodings that hide a sign from a filter.
_FOREIGN = (
    *("utf-7", "utf-32", "utf-32le", "ucs-4", "ibm037", "cp037", "cp500", "shift_jis", "gb18030", "gb2312", "big5"),
    *("hz", "iso-2022-jp", "iso-2022-kr", "euc-jp", "euc-kr", "johab", "koi8-r", "utf-8-sig", "idna", "punycode"),
    *("rot13", "base64", "hex", "zip", "bz2", "uu", "quopri", "unicode_escape", "raw_unicode_escape", "undefined"),
    *("mbcs", "oem", "x-user-defined", "utf-16x", "none", "../../x", "é", "a" * 60),
)


def _names() -> list[Case]:
    cases = [Case(f"T3/declared-{name[:20]}", _declared(name), type="text/xml") for name in _FOREIGN]
    cases.append(kept("T3/declared-foreign-sent-as-utf-8", _declared("utf-7")))  # RFC 7303: what is sent is stronger
    cases += [
        Case(f"T3/charset-{name[:20]}", _PLAIN.encode(), type=f'text/xml; charset="{name}"')
        for name in _FOREIGN
        if name.isascii()
    ]
    return cases


def _marks() -> list[Case]:
    return [
        kept("T3/utf-8-mark", b"\xef\xbb\xbf" + _TEXT.encode(), _JSON),
        kept("T3/utf-8-mark-twice", b"\xef\xbb\xbf" * 2 + _TEXT.encode(), _JSON),
        kept("T3/utf-16-little-mark", b"\xff\xfe" + _TEXT.encode("utf-16-le"), _JSON),
        kept("T3/utf-16-big-mark", b"\xfe\xff" + _TEXT.encode("utf-16-be"), _JSON),
        kept("T3/utf-16-no-mark-little", _TEXT.encode("utf-16-le"), _JSON, type="text/xml"),
        kept("T3/utf-16-no-mark-big", _TEXT.encode("utf-16-be"), _JSON, type="text/xml"),
        Case("T3/utf-16-sent-as-latin", _TEXT.encode("utf-16-le"), type="text/xml; charset=iso-8859-1"),
        Case("T3/utf-32-little-mark", _PLAIN.encode("utf-32")),
        Case("T3/utf-32-big-mark", b"\x00\x00\xfe\xff" + _PLAIN.encode("utf-32-be")),
        Case("T3/utf-32-no-mark", _PLAIN.encode("utf-32-le"), type="text/xml"),
        Case("T3/utf-16-cut", b"\xff\xfe" + _TEXT.encode("utf-16-le")[:-1]),
        Case(
            "T3/utf-16-lone-surrogate",
            b"\xff\xfe" + answered("@").decode().encode("utf-16-le").replace(b"@\x00", b"\x00\xd8"),
        ),
        Case("T3/ebcdic", _PLAIN.encode("cp037"), type="text/xml"),
        kept("T3/mark-against-declaration", b"\xef\xbb\xbf" + _declared("utf-16", _TEXT), _JSON),
        kept("T3/mark-against-charset", b"\xef\xbb\xbf" + _TEXT.encode(), _JSON, type="text/xml; charset=iso-8859-1"),
        kept("T3/says-utf-16-is-utf-8", _declared("utf-16", _TEXT), _JSON),
        kept(
            "T3/charset-against-declaration",
            _declared("utf-8", answered("é").decode(), "iso-8859-1"),
            '{"text":"é","@any":[]}',
            type="text/xml; charset=iso-8859-1",
        ),
        kept("T3/windows-1252", _declared("windows-1252", _TEXT, "cp1252"), _JSON, type="text/xml"),
        Case("T3/latin-sent-as-utf-8", answered("é").decode().encode("latin-1")),
        Case("T3/ascii-that-is-not", _TEXT.encode(), type="text/xml; charset=us-ascii"),
    ]


def _bytes() -> list[Case]:
    wrong = {
        "overlong-less-than-2": b"\xc0\xbc",
        "overlong-less-than-3": b"\xe0\x80\xbc",
        "overlong-less-than-4": b"\xf0\x80\x80\xbc",
        "overlong-slash": b"\xc0\xaf",
        "overlong-nul": b"\xc0\x80",
        "five-bytes": b"\xf8\x88\x80\x80\x80",
        "six-bytes": b"\xfc\x84\x80\x80\x80\x80",
        "surrogate": b"\xed\xa0\x80",
        "surrogate-pair": b"\xed\xa0\xbd\xed\xb8\x80",
        "beyond-unicode": b"\xf4\x90\x80\x80",
        "lone-continuation": b"\x80",
        "lone-start": b"\xe2\x82",
        "ff": b"\xff",
        "fe": b"\xfe",
        "nul": b"\x00",
        "control": b"\x01",
        "vertical-tab": b"\x0b",
        "escape": b"\x1b[31m",
        "fffe": "\ufffe".encode(),
        "ffff": "\uffff".encode(),
        "reference-to-nul": b"&#0;",
        "reference-to-control": b"&#x1;",
        "reference-to-surrogate": b"&#xD800;",
        "reference-to-fffe": b"&#xFFFE;",
        "reference-beyond": b"&#x110000;",
        "reference-overflow": b"&#99999999999999999999;",
        "reference-empty": b"&#;",
        "reference-without-end": b"&#65",
        "ampersand": b"a & b",
    }
    return [Case(f"T3/bytes-{name}", _raw(inner)) for name, inner in wrong.items()]


def _declarations() -> list[Case]:
    body = _PLAIN
    return [
        kept("T3/version-1.1", f'<?xml version="1.1"?>{body}'.encode()),
        Case("T3/version-1.1-control", f'<?xml version="1.1"?>{answered("&#1;").decode()}'.encode()),
        Case("T3/declaration-twice", f'<?xml version="1.0"?><?xml version="1.0"?>{body}'.encode()),
        Case("T3/declaration-late", f'<!-- x --><?xml version="1.0"?>{body}'.encode()),
        Case("T3/declaration-without-end", b'<?xml version="1.0" encoding="utf-8"'),
        Case("T3/declaration-upper-case", f'<?XML version="1.0"?>{body}'.encode()),
        kept("T3/blank-before-declaration", f' \n<?xml version="1.0"?>{body}'.encode()),
        Case("T3/nothing", b""),
        Case("T3/blanks", b" \n\t "),
        Case("T3/a-mark-alone", b"\xef\xbb\xbf"),
        Case("T3/json", b'{"a":1}', type="application/json"),
        Case("T3/json-as-xml", b'{"a":1}'),
        Case("T3/html", b"<!doctype html><html><body>Error</body></html>", type="text/html"),
        Case("T3/html-as-xml", b"<html><body><p>Error</body></html>"),
        Case("T3/binary", bytes(range(256)) * 40),
        Case("T3/zip", b"PK\x03\x04" + bytes(200)),
        kept("T3/multipart", b"--b\r\n\r\n" + answered("ok") + b"\r\n--b--", type="multipart/related; boundary=b"),
        kept("T3/type-that-lies", answered("ok"), type="application/octet-stream"),
    ]


def cases() -> list[Case]:
    return [*_names(), *_marks(), *_bytes(), *_declarations()]
