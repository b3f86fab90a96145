"""Types and encodings that lie, in a table: what is read, and what is not."""

from __future__ import annotations

import pytest

from adapters.soap.codec import Projection
from adapters.soap.content_types import begins_like_xml, charset_of, is_page, is_xml_type
from adapters.soap.translate import Reading, read_answer
from bridge.errors import UpstreamInvalid
from bridge.transport.opened import Answer
from tests.adapters.soap.shop import contract, envelope

UTF_8, LATIN = "é€".encode(), "é".encode("latin-1")


def declared(name: str, text: bytes = b"") -> bytes:
    return f'<?xml version="1.0" encoding="{name}"?><a>'.encode() + text + b"</a>"


@pytest.mark.parametrize(
    ("body", "said", "read"),
    [
        # what the header says stays
        (declared("utf-8"), None, None),
        (declared("utf-8"), "utf-8", "utf-8"),
        (declared("iso-8859-1", LATIN), "iso-8859-1", "iso-8859-1"),
        (declared("utf-8", LATIN), "iso-8859-1", "iso-8859-1"),
        (declared("utf-8"), "iso-8859-1", "iso-8859-1"),
        (declared("iso-8859-1", UTF_8), "utf-8", "utf-8"),
        (b"<a>" + UTF_8 + b"</a>", "iso-8859-1", "iso-8859-1"),
        (b"<a>" + LATIN + b"</a>", "utf-8", "utf-8"),
        (declared("utf-8", UTF_8), "utf-7", "utf-7"),
        (declared("utf-7", UTF_8), "iso-8859-1", "iso-8859-1"),
        (declared("utf-8", UTF_8), "utf-16", "utf-16"),
        (b"\xef\xbb\xbf" + declared("utf-8", UTF_8), "iso-8859-1", "iso-8859-1"),
        (b"<!--" + b"x" * 400 + b"-->" + declared("utf-8", UTF_8), "iso-8859-1", "iso-8859-1"),
        # what the bytes prove to be wrong
        (declared("utf-8", UTF_8), "iso-8859-1", "utf-8"),
        (declared("UTF-8", UTF_8), "us-ascii", "utf-8"),
        (b"\r\n" + declared("utf-8", UTF_8), '"ISO-8859-1"', "utf-8"),
        (declared("utf-8", UTF_8), "windows-1252", "utf-8"),
        (declared("iso-8859-1", LATIN), "utf-8", "iso-8859-1"),
        (declared("Windows-1252", LATIN), "UTF-8", "windows-1252"),
    ],
)
def test_the_encoding(body: bytes, said: str | None, read: str | None) -> None:
    assert charset_of(body, said) == read


@pytest.mark.parametrize(
    ("kind", "good"),
    [
        ("", True),
        ("text/xml", True),
        ("application/xml", True),
        ("application/soap+xml", True),
        ("text/plain", True),
        ("text/html", False),
        ("application/octet-stream", False),
        ("application/json", False),
        ("multipart/related", False),
    ],
)
def test_types_of_xml(kind: str, *, good: bool) -> None:
    assert is_xml_type(kind) is good


@pytest.mark.parametrize(
    ("begin", "like"),
    [
        (b"<e:Envelope", True),
        (b'<?xml version="1.0"?>', True),
        (b"\xef\xbb\xbf\r\n <a", True),
        ("<a/>".encode("utf-16"), True),
        (b"<!DOCTYPE html>", False),
        (b"<HTML>", False),
        (b"<html>", False),
        (b"--boundary\r\n", False),
        (b"\x1f\x8b", False),
        (b"{}", False),
        (b"", False),
    ],
)
def test_the_begin_of_xml(begin: bytes, *, like: bool) -> None:
    assert begins_like_xml(begin) is like


@pytest.mark.parametrize(
    ("body", "page"),
    [
        (b"<html>", True),
        (b"\xef\xbb\xbf \n<HTML lang='en'>", True),
        (b"<!DOCTYPE html PUBLIC 'x'>", True),
        (b"<?xml version='1.0'?>\n<!-- a login --><!DOCTYPE html>", True),
        ("<html>".encode("utf-16"), True),
        (b"<htmlish/>", False),
        (b"<?xml version='1.0'?><e:Envelope/>", False),
        (b"the <html> of it", False),
        (b"<!--" + b"-" * 5000, False),
        (b"", False),
    ],
)
def test_a_page_for_a_person(body: bytes, *, page: bool) -> None:
    assert is_page(body) is page


ANSWER = "<t:GetOrderResponse><t:OrderID>1001</t:OrderID><t:Total>{}</t:GetOrderResponse>"


def read(body: bytes, kind: str, charset: str | None, *, strict: bool = False) -> dict[str, int]:
    codec = Projection(contract("http://shop.example/")).operation("GetOrder")
    answer = Answer(200, {}, kind, charset, body, len(body))
    return read_answer(answer, codec, Reading(strict=strict), now_s=0.0).tolerances


@pytest.mark.parametrize("kind", ["text/xml", "text/html", "application/octet-stream", ""])
def test_a_wrong_encoding_is_counted_and_the_text_is_right(kind: str) -> None:
    text = envelope(
        "<t:GetOrderResponse><t:OrderID>1001</t:OrderID><t:Total>12.50</t:Total><t:Zoë/></t:GetOrderResponse>"
    )
    whole = b'<?xml version="1.0" encoding="utf-8"?>' + text
    assert read(whole, kind, "utf-8") == {"unknown-element": 1}
    assert read(whole, kind, "iso-8859-1") == {"unknown-element": 1, "wrong-charset": 1}


def test_strictly_the_header_counts() -> None:
    text = envelope(
        "<t:GetOrderResponse><t:OrderID>1001</t:OrderID><t:Total>12.50<!--ë--></t:Total></t:GetOrderResponse>"
    )
    whole = b'<?xml version="1.0" encoding="iso-8859-1"?>' + text.decode().encode("latin-1")
    assert read(whole, "text/xml", "utf-8") == {"wrong-charset": 1}
    with pytest.raises(UpstreamInvalid):
        read(whole, "text/xml", "utf-8", strict=True)
