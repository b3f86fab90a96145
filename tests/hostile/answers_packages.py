"""T2, T6: answers as packages of parts (MTOM, SOAP with attachments) that are made to be dear, or to say two things."""

from __future__ import annotations

import gzip
from collections.abc import Callable
from itertools import product

from tests.complaints.legacy import envelope
from tests.hostile.case import GOOD, Case, kept

XOP = "http://www.w3.org/2004/08/xop/include"
ROOT = b'Content-Type: application/xop+xml; charset=utf-8; type="text/xml"\r\nContent-ID: <r@x>\r\n\r\n'
KIND = 'multipart/related; type="application/xop+xml"; start="<r@x>"; boundary="b"'
PART = b"Content-ID: <p@x>\r\nContent-Type: image/png\r\n\r\n"
BYTES_JSON = '{"base64Binary":"YWJj","@any":[]}'


def include(href: str = "cid:p@x") -> str:
    return f'<x:Include xmlns:x="{XOP}" href="{href}"/>'


def message(content: str, name: str = "Base64Binary") -> bytes:
    return envelope(f"<t:GetResponse><t:{name}>{content}</t:{name}></t:GetResponse>").encode()


def package(*parts: bytes, boundary: bytes = b"b", end: bytes = b"--\r\n") -> bytes:
    """Parts, each with its headers."""
    return b"".join([*(b"--" + boundary + b"\r\n" + part + b"\r\n" for part in parts), b"--" + boundary + end])


def with_parts(*parts: bytes, content: str | None = None) -> bytes:
    return package(ROOT + message(include() if content is None else content), *parts)


def packed(name: str, data: bytes | Callable[[], bytes], kind: str = KIND, **more: object) -> Case:
    return Case(name, data, type=kind, **more)  # type: ignore[arg-type]  # the fields of Case


def _read() -> list[Case]:
    """What is odd and has one meaning only."""
    good = with_parts(PART + b"abc")
    odd = {
        "plain": good,
        "preamble": b"This is a package.\r\n" + good,
        "epilogue": good + b"--b\r\nContent-ID: <p@x>\r\n\r\nno part\r\n",
        "line-feeds": good.replace(b"\r\n", b"\n"),
        "unused-part": with_parts(PART + b"abc", b"Content-ID: <q@x>\r\n\r\nunused"),
        "base64": with_parts(b"Content-Transfer-Encoding: base64\r\n" + PART + b"YW\r\nJj"),
        "quoted-printable": with_parts(b"content-transfer-encoding: Quoted-Printable\r\n" + PART + b"=61b=\r\nc"),
        "escaped-address": with_parts(PART + b"abc", content=include("cid:p%40x")),
        "other-case": with_parts(PART.replace(b"p@x", b"P@X") + b"abc"),
        "order": package(PART + b"abc", ROOT + message(include())),
        "path-as-name": with_parts(b'Content-Disposition: x; filename="@FILE@"\r\n' + PART + b"abc"),
        "location": with_parts(b"Content-Location: @HTTP@/x\r\n" + PART + b"abc"),
    }
    cases = [kept(f"T2/package-{name}", data, BYTES_JSON, type=KIND) for name, data in odd.items()]
    bare = package(b"Content-Type: text/xml\r\n\r\n" + envelope(GOOD).encode(), b"\r\nunused")
    return [*cases, kept("T2/package-without-references", bare, type="multipart/related; boundary=b")]


def _refused() -> list[Case]:
    twice = with_parts(PART + b"abc", PART + b"evil")
    wrong = {
        "same-id-twice": twice,
        "missing-part": with_parts(),
        "to-itself": with_parts(content=include("cid:r@x")),
        "to-a-file": with_parts(PART, content=include("file://@FILE@")),
        "to-a-server": with_parts(PART, content=include("@HTTP@/x")),
        "to-nothing": with_parts(PART, content=include("")),
        "two-in-one": with_parts(PART + b"abc", content=include() + include()),
        "beside-text": with_parts(PART + b"abc", content="YWJj" + include()),
        "nested": with_parts(b"Content-Type: multipart/mixed; boundary=c\r\n" + PART + b"--c--"),
        "nested-root": package(b"Content-Type: multipart/related; boundary=c\r\nContent-ID: <r@x>\r\n\r\n--c--"),
        "gzip-inside": with_parts(b"Content-Transfer-Encoding: gzip\r\n" + PART + gzip.compress(b"abc")),
        "broken-base64": with_parts(b"Content-Transfer-Encoding: base64\r\n" + PART + b"YW-Jj"),
        "without-parts": b"--b--\r\n",
        "without-root": package(PART + b"abc"),
        "root-is-html": package(ROOT + b"<html><body>no</body></html>"),
        "root-with-entities": package(ROOT + b'<!DOCTYPE a [<!ENTITY e SYSTEM "file://@FILE@">]>' + message("&e;")),
        "root-is-a-part": package(PART + b"abc", b"Content-ID: <r@x>\r\n\r\nabc"),
        "headers-without-colon": package(b"no header\r\n\r\nabc"),
        "headers-only": b"--b\r\nContent-ID: <r@x>\r\n",
    }
    kinds = {
        "no-boundary": 'multipart/related; type="text/xml"',
        "empty-boundary": 'multipart/related; boundary=""',
        "other-boundary": 'multipart/related; boundary="other"',
        "huge-boundary": f"multipart/related; boundary={'b' * 4_000}",
        "no-such-start": 'multipart/related; boundary=b; start="<nobody@x>"',
    }
    good = with_parts(PART + b"abc")
    return [
        *(packed(f"T2/package-{name}", data) for name, data in wrong.items()),
        *(packed(f"T2/package-{name}", good, kind) for name, kind in kinds.items()),
        packed("T2/package-mtom-without-package", message(include()), "text/xml; charset=utf-8"),
    ]


def _cut() -> list[Case]:
    whole = with_parts(PART + b"abc" * 100)
    places = [1, 3, 5, 60, len(ROOT) + 30, len(whole) // 2, len(whole) - 300, len(whole) - 20, len(whole) - 6]
    return [packed(f"T2/package-cut-{at}", whole[:at]) for at in places]


def _floods() -> list[Case]:
    bombs: dict[str, Callable[[], bytes]] = {
        "parts-100000": lambda: with_parts(*(b"Content-ID: <%d@x>\r\n\r\n" % n for n in range(100_000))),
        "empty-parts": lambda: b"--b\r\n" + ROOT + message("") + b"\r\n--b\r\n\r\n" * 500_000,
        "header-endless": lambda: b"--b\r\nX: " + b"y" * 8_000_000,
        "headers-many": lambda: b"--b\r\n" + b"X: y\r\n" * 500_000 + b"\r\n",
        "header-folds": lambda: b"--b\r\nX: y\r\n" + b" z\r\n" * 500_000 + b"\r\n",
        "no-end-of-preamble": lambda: b"no boundary at all " * 500_000,
        "nearly-boundaries": lambda: b"--b\r\n\r\n" + b"\r\n--c\r\n-" * 500_000,
        "nearly-boundaries-blank": lambda: b"--b\r\n\r\n" + (b"\r\n--b" + b" " * 150 + b"x") * 40_000,
        "line-feeds-many": lambda: b"--b\r\n\r\n" + b"\r\n" * 3_000_000,
        "ids": lambda: with_parts(*(b"Content-ID: <" + b"i" * 15_000 + b"%d>\r\n\r\n" % n for n in range(900))),
        "quoted-printable-line": lambda: with_parts(
            b"Content-Transfer-Encoding: quoted-printable\r\n" + PART + b"=3D" * 1_000_000
        ),
        "referred-often": lambda: package(
            ROOT
            + envelope(
                "<t:GetResponse>" + f'<o:a xmlns:o="urn:o">{include()}</o:a>' * 20_000 + "</t:GetResponse>"
            ).encode(),
            PART + b"x" * 1_000_000,
        ),
        "parameters": lambda: with_parts(PART + b"abc"),
    }
    many = "multipart/related; boundary=b" + "".join(f"; p{n}=q" for n in range(900))
    large = [packed(f"T2/package-{name}", data) for name, data in bombs.items() if name != "parameters"]
    return [*large, kept("T2/package-parameters", bombs["parameters"](), BYTES_JSON, type=many + '; start="<r@x>"')]


def _quotes() -> list[Case]:
    """Boundaries that parsers disagree on: it is ours by RFC 2046, and never two packages in one."""
    outer, inner = package(ROOT + message("YWJj")), package(ROOT + message("ZXZpbA=="), boundary=b"c")
    kinds = ['boundary="b"; boundary=c', "BOUNDARY=b; Boundary=c", 'boundary="b";boundary="c"', "x=y; boundary=b"]
    return [
        kept(f"T6/package-boundaries-{at}", outer + inner, BYTES_JSON, type=f"multipart/related; {kind}")
        for at, kind in enumerate(kinds)
    ] + [
        packed(
            f"T6/package-status-{status}-{kind.partition('/')[2]}", outer, f"{kind}; boundary=b", http=status, **code
        )
        for (status, code), kind in product(
            [(401, {"code": "upstream_unauthorized"}), (302, {}), (500, {"status": 504, "code": "outcome_unknown"})],
            ["multipart/related", "multipart/mixed"],
        )
    ]


def cases() -> list[Case]:
    return [*_read(), *_refused(), *_cut(), *_floods(), *_quotes()]
