"""Forms with files that somebody made to do harm: framing that two readers take differently, names that leave their
place, floods, and bodies that say one thing and are another."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from tests.bridge.web.files import FORM, form, part, request

OK = part("cover", b"x")
NAME = part("json", b'{"name":"n"}')


@dataclass(frozen=True)
class Form:
    """One request and its status. `files`: what reaches the call when it is good, by place."""

    id: str
    sent: bytes
    status: int
    files: tuple[str, ...] = ()


def cases() -> Iterator[Form]:
    yield from _bodies()
    yield from _heads()
    yield from _names()
    yield from _json()
    yield from _requests()


def _posted(name: str, body: bytes, status: int, *files: str, media_type: str = FORM, more: str = "") -> Form:
    return Form(f"T23/form-{name}", request("/store-all", body, media_type, more=more), status, files)


def _bodies() -> Iterator[Form]:
    whole = form(OK)
    for name, body in {
        "empty-line": b"\r\n",
        "only-dashes": b"--",
        "cut-in-boundary": whole[:4],
        "cut-in-head": whole[:20],
        "cut-in-data": whole[:-10],
        "cut-before-end": whole[:-4],
        "no-last-boundary": OK,
        "preamble": b"hello\r\n" + whole,
        "leading-line-end": b"\r\n" + whole,
        "epilogue": whole + b"more",
        "second-body": whole + whole,
        "bare-line-feeds": whole.replace(b"\r\n", b"\n"),
        "bare-returns": whole.replace(b"\r\n", b"\r"),
        "longer-boundary": whole.replace(b"--xyz", b"--xyzz"),
        "boundary-in-other-case": whole.replace(b"--xyz", b"--XYZ"),
        "text-behind-boundary": whole.replace(b"--xyz\r\n", b"--xyz x\r\n"),
        "padding-without-end": b"--xyz" + b" " * 5000,
        "nul": b"\x00" * 100,
        "json-in-form": b'{"cover":"QQ=="}',
        "urlencoded-in-form": b"cover=QQ%3D%3D",
        "parts-flood": form(*(part(f"pages.{at}", b"x") for at in range(101))),
        "nothing-in-it": form(),
        "parts-flood-empty": form(*[b"--xyz\r\n\r\n\r\n"] * 5000),
        "boundary-flood": b"--xyz\r\n" * 50_000,
    }.items():
        yield _posted(name, body, 400)
    yield _posted("almost-boundaries", form(part("cover", b"\r\n--xy\r\n--xy" * 50_000)), 200, "/cover")


def _heads() -> Iterator[Form]:
    def headed(head: bytes, data: bytes = b"x") -> bytes:
        return b"--xyz\r\n" + head + b"\r\n\r\n" + data + b"\r\n--xyz--\r\n"

    plain = b'Content-Disposition: form-data; name="cover"'
    json = b"Content-Disposition: form-data; name=json\r\nContent-Type: "
    for name, head in {
        "no-head": b"",
        "no-disposition": b"Content-Type: text/plain",
        "attachment": b'Content-Disposition: attachment; name="cover"',
        "no-name": b"Content-Disposition: form-data",
        "empty-name": b'Content-Disposition: form-data; name=""',
        "two-names": b'Content-Disposition: form-data; name="cover"; name="photo"',
        "two-dispositions": plain + b"\r\n" + plain,
        "open-quote": b'Content-Disposition: form-data; name="cover',
        "folded": plain + b';\r\n filename="a"',
        "no-colon": plain + b"\r\nhello",
        "blank-in-name": b"Content-Disposition : form-data; name=cover",
        "not-utf-8": plain + b'; filename="\xff\xfe"',
        "nul-in-head": plain + b'; filename="a\x00b"',
        "escape-in-head": plain + b"\r\nX: \x1b[31m",
        "head-too-long": plain + b"\r\nX: " + b"x" * 8000,
        "head-without-end": plain + b"x" * 200_000,
        "too-many-fields": plain + b"".join(b"\r\nX%d: y" % at for at in range(30)),
        "no-media-type": plain + b"\r\nContent-Type: nonsense",
        "injected-media-type": plain + "\r\nContent-Type: text/plain; x=ä".encode(),
    }.items():
        yield _posted(name, headed(head), 400)
    for name, head in {
        "base64-part": plain + b"\r\nContent-Transfer-Encoding: base64",
        "quoted-part": plain + b"\r\nContent-Transfer-Encoding: quoted-printable",
        "zipped-part": plain + b"\r\nContent-Encoding: gzip",
        "other-charset-json": json + b"application/json; charset=utf-16",
        "xml-as-json": json + b"text/xml",
    }.items():
        yield _posted(name, headed(head), 415)
    nested = b"Content-Disposition: form-data; name=cover\r\nContent-Type: multipart/mixed; boundary=in"
    inner = b"--in\r\nContent-Disposition: attachment; filename=a\r\n\r\nx\r\n--in--"
    yield _posted("nested", headed(nested, inner), 200, "/cover")  # a file like any other: nobody opens it


def _names() -> Iterator[Form]:
    for name, field in {
        "unknown": "nothing",
        "prototype": "__proto__",
        "prototype-below": "items.__proto__.content",
        "constructor": "constructor.prototype.content",
        "no-index": "items.content",
        "negative-index": "items.-1.content",
        "index-too-high": "items.99999999999999999999.content",
        "index-with-zeros": "items.00.content",
        "index-in-brackets": "items[0].content",
        "index-of-another-script": "items.٠.content",
        "every-item": "items.*.content",
        "pointer": "/cover",
        "parent": "..cover",
        "dots": "." * 150,
        "long": "a" * 3000,
        "gap": "items.7.content",
        "no-file": "name",
        "deep": "items.0.content.x",
        "line-end": "cover%0D%0A",
        "blank": " cover",
    }.items():
        yield _posted(f"name-{name}", form(part(field, b"x")), 422)
    yield _posted("name-twice", form(OK, OK), 422)
    yield _posted("name-in-json-too", form(OK, part("json", b'{"cover":null}')), 422)
    yield _posted("name-below-a-text", form(part("json", b'{"items":"x"}'), part("items.0.content", b"x")), 422)
    path = "../../../../etc/cron.d/evil"
    for name, file in {
        "up": path,
        "absolute": "/etc/passwd",
        "drive": "C:\\Windows\\x",
        "device": "\\\\.\\pipe\\x",
    }.items():
        yield _posted(f"file-name-{name}", form(NAME, part("cover", b"x", file=file)), 200, "/cover")
    yield _posted("file-name-turned", form(part("cover", b"x", file="a\u202egnp.exe")), 200, "/cover")
    yield _posted("file-name-escaped", form(part("cover", b"x", file="%0d%0aX: y%22;name=%22photo")), 200, "/cover")


def _json() -> Iterator[Form]:
    for name, text, status in (
        ("broken", b"{", 400),
        ("duplicate", b'{"name":1,"name":2}', 400),
        ("deep", b"[" * 100_000, 400),
        ("not-utf-8", b'{"name":"\xff"}', 400),
        ("array", b"[]", 422),
        ("text", b'"x"', 422),
        ("null", b"null", 422),
        ("too-large", b'"' + b"x" * 2_000_001 + b'"', 413),
    ):
        yield _posted(f"json-{name}", form(part("json", text), OK), status)
    yield _posted("json-twice", form(NAME, NAME), 422)
    yield _posted("json-as-file", form(part("json", b'{"name":"n"}', "application/json", "a.json"), OK), 200, "/cover")


def _requests() -> Iterator[Form]:
    whole = form(OK)
    for name, media_type in {
        "no-boundary": "multipart/form-data",
        "empty-boundary": "multipart/form-data; boundary=",
        "long-boundary": "multipart/form-data; boundary=" + "x" * 71,
        "two-boundaries": "multipart/form-data; boundary=xyz; boundary=abc",
        "odd-boundary": 'multipart/form-data; boundary="x\\"y"',
        "wrong-boundary": "multipart/form-data; boundary=abc",
    }.items():
        yield _posted(name, whole, 400, media_type=media_type)
    yield _posted("quoted-boundary", whole, 200, "/cover", media_type='Multipart/Form-Data; charset=x; BOUNDARY="xyz"')
    yield _posted("mixed", whole, 415, media_type="multipart/mixed; boundary=xyz")
    yield _posted("zipped", whole, 415, more="Content-Encoding: gzip\r\n")
    lying = request("/store-all", whole).replace(b"Content-Length: %d" % len(whole), b"Content-Length: 999999999999")
    yield Form("T23/form-length-too-large", lying, 413)
    chunked = request("/store-all", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
    yield Form("T23/form-chunked", chunked + b"%x\r\n%s\r\n0\r\n\r\n" % (len(whole), whole), 200, ("/cover",))
    yield Form("T23/form-chunks-broken", chunked + b"zz\r\n" + whole, 400)
    both = request("/store-all", whole, more="Transfer-Encoding: chunked\r\n")
    yield Form("T23/form-length-and-chunks", both, 400)
