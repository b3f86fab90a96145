"""What leaves the text of an envelope, and what stands there instead."""

from __future__ import annotations

from base64 import b64encode

import pytest

from adapters.soap.attachments.collecting import Collected
from adapters.soap.config_attachments import Send
from bridge.formats.xml.attached import Attached
from bridge.shapes.model import Kind
from tests.adapters.soap.attachments.test_placing import File, numbered

SMALL, LARGE = b64encode(b"x" * 999).decode(), b64encode(b"x" * 1000).decode()
FILE = Attached.of("f", 3, "image/gif")


def collected(send: Send) -> Collected:
    return Collected(send, 1000, {"f": File()}, numbered())


def element(send: Send, kind: Kind, text: str, value: object = None, *, reference: bool = False) -> tuple[str, str]:
    return collected(send).element(kind, text, value, reference=reference)


def test_from_the_threshold_on_a_value_is_a_part_of_xop() -> None:
    one = collected("mtom")
    assert one.content(Kind.BASE64, SMALL, SMALL, "") == SMALL
    one.expect("image/png, image/gif")
    assert one.content(Kind.BASE64, LARGE, LARGE, "") == (
        '<xop:Include xmlns:xop="http://www.w3.org/2004/08/xop/include" href="cid:f1@legacy-bridge"/>'
    )
    one.expect("image/png")
    one.content(Kind.BASE64, LARGE, LARGE, "")
    one.content(Kind.BASE64, LARGE, LARGE, "Text/Plain; charset=x")
    assert [part.media_type for part in one.parts] == ["application/octet-stream", "image/png", "text/plain"]
    assert [part.data for part in one.parts] == [b"x" * 1000] * 3


def test_a_file_is_a_part_however_small() -> None:
    one = collected("mtom")
    one.content(Kind.BASE64, FILE.hole(Kind.BASE64), FILE, "")
    [part] = one.parts
    assert (part.media_type, part.name, part.data) == ("image/gif", "a.png", File())


@pytest.mark.parametrize("kind", list(Kind))
def test_xop_takes_base64_only(kind: Kind) -> None:
    assert (element("mtom", kind, LARGE) == ("", LARGE)) is (kind is not Kind.BASE64)


def test_inline_stays_inline_and_attachments_are_referred_to() -> None:
    assert element("inline", Kind.BASE64, LARGE) == ("", LARGE)
    assert element("inline", Kind.HEX, FILE.hole(Kind.HEX), FILE) == ("", "hex:f")
    assert element("swa", Kind.BASE64, SMALL) == ("", SMALL)
    assert element("swa", Kind.BASE64, LARGE) == (' href="cid:f1@legacy-bridge"', "")
    one = collected("swa")
    one.element(Kind.HEX, (b"\xff" * 1000).hex(), None, reference=False)
    assert one.parts[0].data == b"\xff" * 1000


@pytest.mark.parametrize("send", ["inline", "mtom", "swa"])
def test_a_swa_ref_is_always_a_reference(send: Send) -> None:
    assert element(send, Kind.BASE64, "AAAA", reference=True) == ("", "cid:f1@legacy-bridge")


def test_a_part_of_the_message_is_named_by_it() -> None:
    one = collected("inline")
    one.part_of_message("photo", "AAAA", "AAAA", "image/png")
    assert (one.parts[0].content, one.parts[0].media_type) == ("photo=f1@legacy-bridge", "image/png")


@pytest.mark.parametrize(
    ("declared", "sent"),
    [("image/png", "image/png"), ("image/png,image/jpeg", "image/gif"), ("*/*", "image/gif"), ("image/*", "image/gif"),
     ("application/octet-stream", "image/gif"), ("", "image/gif")],
)  # fmt: skip
def test_a_file_says_which_of_the_declared_types_it_has(declared: str, sent: str) -> None:
    one = collected("inline")
    one.part_of_message("photo", FILE.hole(Kind.BASE64), FILE, declared)
    assert one.parts[0].media_type == sent
