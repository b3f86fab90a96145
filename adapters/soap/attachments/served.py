"""The other side, for the mock: requests that come as packages, and answers that go as one. Pure."""

from __future__ import annotations

from collections.abc import Callable

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.collecting import Collected
from adapters.soap.attachments.filling import Values, fill
from adapters.soap.attachments.mime import media
from adapters.soap.attachments.packing import packed
from adapters.soap.attachments.received import XOP_TYPE, is_package, unpacked
from bridge.errors import UpstreamInvalid
from bridge.formats.xml import safe
from bridge.formats.xml.safe import UnsafeXml
from bridge.transport.opened import Answer

BYTES_MAX = 64_000_000


def taken(body: bytes, content_type: str, charset: str | None) -> tuple[XmlElement, Values]:
    """The envelope of a request with its values in it, and those that stand beside it. Raises BridgeError."""
    kind = media(content_type).type
    try:
        root, values = unpacked(Answer(200, {"content-type": content_type}, kind, charset, body, len(body)), BYTES_MAX)
        found = safe.parse(root.body, charset=root.charset)
        fill(found, values)
    except UpstreamInvalid as error:
        raise UnsafeXml(f"The package cannot be read: {error.cause}") from error
    return found, values


def collected(content_type: str, names: Callable[[], str]) -> Collected:
    """For the answer: a package of XOP is answered by one."""
    said = media(content_type)
    mtom = is_package(said.type) and said.parameters.get("type", "") == XOP_TYPE
    return Collected("mtom" if mtom else "inline", 0, {}, names)


def given(envelope: bytes, content_type: str, parts: Collected, names: Callable[[], str]) -> tuple[bytes, str]:
    """The body of an answer, and its type."""
    whole = packed(envelope, {"Content-Type": content_type}, parts, names)
    assert isinstance(whole.body, bytes)  # there are no files
    return whole.body, whole.headers["Content-Type"]
