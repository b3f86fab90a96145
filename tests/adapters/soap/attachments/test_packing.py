"""Packages as they leave, read back by Python's own parser."""

from __future__ import annotations

import email.message
import email.policy
import secrets
from base64 import b64encode

import pytest
from hypothesis import given
from hypothesis import strategies as st

from adapters.soap.attachments.collecting import Collected
from adapters.soap.attachments.packing import AsText, Packed, packed
from adapters.soap.config_attachments import Send
from bridge.formats.xml.attached import Attached
from bridge.shapes.model import Kind
from bridge.transport.body import Segments
from tests.adapters.soap.attachments.test_placing import File

SOAP11 = {"Content-Type": "text/xml; charset=utf-8", "SOAPAction": '"urn:go"'}
SOAP12 = {"Content-Type": 'application/soap+xml; charset=utf-8; action="urn:a\\"b"'}


def names() -> str:
    return secrets.token_hex(16)


def collected(send: Send, **files: File) -> Collected:
    return Collected(send, 0, files, names)


async def sent(one: Packed) -> bytes:
    if isinstance(one.body, bytes):
        return one.body
    data = b"".join([piece async for piece in one.body.pieces()])
    assert len(data) == one.body.length
    return data


async def parsed(one: Packed) -> tuple[email.message.EmailMessage, list[email.message.EmailMessage]]:
    head = "".join(f"{name}: {value}\r\n" for name, value in one.headers.items())
    whole = email.message_from_bytes(head.encode() + b"\r\n" + await sent(one), policy=email.policy.HTTP)
    assert isinstance(whole, email.message.EmailMessage)
    assert whole.defects == []
    parts = [part for part in whole.iter_parts() if isinstance(part, email.message.EmailMessage)]
    return whole, parts


async def test_xop_of_soap_1_1() -> None:
    one = collected("mtom", f=File(b"\x00\r\n--x", "image/png", "größe.png"))
    text = one.content(Kind.BASE64, "", Attached.of("f", 6, "image/png"), "")
    whole, [root, part] = await parsed(packed(f"<a>{text}</a>".encode(), SOAP11, one, names))
    assert whole.get_content_type() == "multipart/related"
    assert whole.get_param("type") == "application/xop+xml"
    assert whole.get_param("start-info") == "text/xml"
    assert whole["SOAPAction"] == '"urn:go"'
    assert whole.get_param("start") == root["Content-ID"]
    assert (root.get_content_type(), root.get_param("type")) == ("application/xop+xml", "text/xml")
    assert root.get_payload(decode=True) == f"<a>{text}</a>".encode()
    assert f'href="cid:{part["Content-ID"][1:-1]}"' in text
    assert (part.get_content_type(), part.get_filename()) == ("image/png", "gr__e.png")
    assert part["Content-Transfer-Encoding"] == "binary"
    assert part.get_payload(decode=True) == b"\x00\r\n--x"


async def test_xop_of_soap_1_2_keeps_its_action() -> None:
    whole, [root] = await parsed(packed(b"<a/>", SOAP12, collected("mtom"), names))
    assert whole.get_param("start-info") == root.get_param("type") == "application/soap+xml"
    assert whole.get_param("action") == root.get_param("action") == 'urn:a"b'


async def test_attachments_only_make_a_package_where_there_are_some() -> None:
    assert packed(b"<a/>", SOAP11, collected("swa"), names) == Packed(b"<a/>", SOAP11)
    one = collected("swa")
    one.part_of_message("photo", "AAAA", "AAAA", "image/png")
    whole, [root, part] = await parsed(packed(b"<a/>", SOAP11, one, names))
    assert (whole.get_param("type"), root.get_content_type(), root.get_content_charset()) == ("text/xml",) * 2 + (
        "utf-8",
    )
    assert part["Content-ID"].startswith("<photo=")
    assert part.get_payload(decode=True) == b"\x00\x00\x00"


@pytest.mark.parametrize("send", ["inline", "mtom"])
async def test_files_that_stay_in_the_text_are_written_when_it_leaves(send: Send) -> None:
    name, other = names(), names()
    one = collected(send, **{name: File(b"\xff" * 100_001)})
    envelope = f"<a><b>base64:{name}</b><c>hex:{name}</c><d>base64:{other}</d></a>".encode()
    result = packed(envelope, SOAP11, one, names)
    assert isinstance(result.body, Segments)
    data = b"\xff" * 100_001
    expected = f"<a><b>{b64encode(data).decode()}</b><c>{data.hex().upper()}</c><d>base64:{other}</d></a>"
    assert expected.encode() in await sent(result)
    assert await sent(result) == await sent(result)  # it can be sent again


@given(st.lists(st.binary(max_size=50), max_size=8))
async def test_text_of_a_file_is_what_it_is_in_one_piece(pieces: list[bytes]) -> None:
    class Pieces(File):
        """A file in these pieces."""

        async def pieces(self):  # type: ignore[no-untyped-def]  # as in File
            for piece in pieces:
                yield piece

    file, data = Pieces(b"".join(pieces)), b"".join(pieces)
    for text, expected in (
        (AsText(file), b64encode(data)),
        (AsText(file, hexadecimal=True), data.hex().upper().encode()),
    ):
        assert b"".join([piece async for piece in text.pieces()]) == expected
        assert text.length == len(expected)
