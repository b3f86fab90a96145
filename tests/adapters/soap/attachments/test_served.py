"""The mock takes what the bridge sends and answers in kind."""

from __future__ import annotations

import json
from email.parser import Parser
from email.policy import HTTP
from typing import Any

import pytest

from adapters.soap.attachments.served import taken
from adapters.soap.mock import MockService
from bridge.formats.xml.safe import UnsafeXml
from tests.adapters.soap.attachments.filed import contract, opened, parsed_parts
from tests.adapters.soap.attachments.test_placing import File
from tests.adapters.soap.opened import call
from tests.bridge.transport.faults import Connection, FaultServer, http


async def both_ways(operation: str, args: dict[str, Any], soap: dict[str, object], uploads: dict[str, File]) -> Any:
    """What a client of the bridge gets when the mock is behind it."""
    mind = MockService(contract("http://x"))

    async def answers(connection: Connection) -> bool:
        head, _, body = (await connection.read_request()).partition(b"\r\n\r\n")
        said = Parser(policy=HTTP).parsestr(head.partition(b"\r\n")[2].decode(), headersonly=True)
        answered = mind.answer(body, action=said["SOAPAction"].strip('"'), content_type=said["Content-Type"])
        await connection.send(http(answered.body, status=answered.status, kind=answered.content_type))
        return True

    async with FaultServer([answers]) as server, opened(server.url, soap=soap) as upstream:
        reply = await upstream.service(operation)(call(json.dumps(args).encode(), operation, uploads=uploads))
    return json.loads(reply.body)


@pytest.mark.parametrize("send", ["inline", "mtom", "swa"])
@pytest.mark.parametrize(
    ("operation", "args", "uploads"),
    [
        ("Store", {"name": "n", "content": "AAAA", "photo": {"value": "BBBB"}}, {}),
        ("Store", {"name": "n"}, {"/content": File(b"x" * 5000), "/pages/0": File()}),
        ("Fetch", {"name": "n"}, {}),
        ("Refer", {"file": "AAAA"}, {}),
        ("Attach", {"name": "n"}, {"/scan": File()}),
    ],
)
async def test_every_operation_in_every_form(
    send: str, operation: str, args: dict[str, Any], uploads: dict[str, File]
) -> None:
    settings: dict[str, object] = {"attachments": {"send": send, "threshold": "1B"}, "strict_answers": True}
    answer = await both_ways(operation, args, settings, uploads)
    expected = {"Store": "length", "Fetch": "name", "Attach": "scan"}.get(operation, "")
    assert expected in answer


def test_a_package_of_xop_is_answered_by_one_and_the_same_calls_get_the_same() -> None:
    kind = 'multipart/related; type="application/xop+xml"; boundary="b1"'
    envelope = (
        b'<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><Fetch xmlns="urn:example:files">'
        b"<Name>n</Name></Fetch></e:Body></e:Envelope>"
    )
    body = b"--b1\r\nContent-Type: application/xop+xml\r\n\r\n" + envelope + b"\r\n--b1--"
    first, again = (MockService(contract("http://x")).answer(body, content_type=kind) for _ in range(2))
    assert first == again
    assert first.content_type.startswith('multipart/related; type="application/xop+xml"')
    _, parts = parsed_parts(first.content_type, first.body)
    assert len(parts) >= 1
    assert MockService(contract("http://x")).answer(envelope).content_type == "text/xml; charset=utf-8"


def test_what_is_no_package_is_refused_with_the_reason() -> None:
    with pytest.raises(UnsafeXml, match="multipart_cut"):
        taken(b"--b\r\n", "multipart/related; boundary=b", None)
