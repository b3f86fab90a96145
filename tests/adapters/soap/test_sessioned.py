"""Where the token goes, what a dry run shows in its place, and that clients cannot give one of their own."""

from __future__ import annotations

from pathlib import Path

import pytest

from adapters.soap.config_session import SendSettings
from adapters.soap.login import Held
from adapters.soap.sessioned import Sending
from bridge.call import Explanation, Reply
from bridge.errors import DoesNotFit, UpstreamUnauthorized
from tests.adapters.soap.sessions import SESSION, Behind, call
from tests.complaints.legacy import fault


@pytest.mark.parametrize(
    ("header", "block"),
    [
        ("{urn:x}A/b", '<A xmlns="urn:x"><b>t&amp;1</b></A>'),
        ("{urn:x}A", '<A xmlns="urn:x">t&amp;1</A>'),
        ("{urn:x}A/{}b", '<A xmlns="urn:x"><b xmlns="">t&amp;1</b></A>'),
        ("{urn:x}A/{urn:y}b/c", '<A xmlns="urn:x"><b xmlns="urn:y"><c>t&amp;1</c></b></A>'),
    ],
)
def test_the_header_block(header: str, block: str) -> None:
    sending = Sending(SendSettings(header=header))
    added = sending.added(Held("t&1", None, "", None))
    assert added.blocks == block
    assert added.secrets == ("t&1",)
    assert sending.shown().blocks == block.replace("t&amp;1", "***")
    assert sending.header == "{urn:x}A"


def test_the_http_header() -> None:
    sending = Sending(SendSettings(http_header="X-S", prefix="Bearer "))
    assert sending.added(Held("t", None, "", None)).http == {"X-S": "Bearer t"}
    assert sending.shown().http == {"X-S": "***"}


@pytest.mark.parametrize("send", [{"http_header": "X-S"}, {"cookie": True}, {"element": "$.auth.token"}])
def test_a_token_that_goes_elsewhere_is_in_no_soap_header(send: dict[str, object]) -> None:
    sending = Sending(SendSettings.model_validate(send))
    assert sending.added(Held("t", None, "", None)).blocks == sending.shown().blocks == ""


@pytest.mark.parametrize(
    ("send", "sent", "shown"),
    [
        ({"header": "{urn:old}SessionHeader/id"}, "<id>s&amp;12345</id>", "<id>***</id>"),
        ({"element": "$.auth.token"}, "token>s&amp;12345</", "token>***</"),
    ],
)
async def test_on_the_wire_and_in_a_dry_run(tmp_path: Path, send: dict[str, str], sent: str, shown: str) -> None:
    behind = Behind()
    async with behind.opened(tmp_path, {**SESSION, "send": send}) as upstream:
        dry = await upstream.dry_run("Pay", b'{"id":1}')
        assert shown.encode() in dry.body
        assert behind.asked == []
        assert (await upstream.service("Pay")(call())).body == b'{"ok":true}'
        assert sent in behind.asked[1][0]
    assert [name for text, _ in behind.asked for name in ("Login", "Pay", "Logout") if f":{name}" in text] == [
        *("Login", "Pay", "Logout")
    ]


async def test_who_asks_for_an_explanation_sees_no_token(tmp_path: Path) -> None:
    behind = Behind()
    for send in ({"header": "{urn:old}SessionHeader/id"}, {"http_header": "X-S"}, {"element": "$.auth.token"}):
        async with behind.opened(tmp_path, {**SESSION, "send": send}) as upstream:
            told = Explanation()
            await upstream.service("Pay")(call().with_(explain=told))
            assert told.request
            assert not any(word in repr(told) for word in ("s&amp;12345", "s&12345"))


@pytest.mark.parametrize(
    ("send", "args", "pointer"),
    [
        ({"element": "$.auth.token"}, b'{"id":1,"auth":{"token":"mine"}}', "/auth/token"),
        (
            {"header": "{urn:old}SessionHeader/id"},
            b'{"id":1,"headers":{"sessionHeader":{"id":"mine"}}}',
            "/headers/sessionHeader",
        ),
    ],
)
async def test_a_token_of_the_clients_is_refused(
    tmp_path: Path, send: dict[str, str], args: bytes, pointer: str
) -> None:
    async with Behind().opened(tmp_path, {**SESSION, "send": send}) as upstream:
        with pytest.raises(DoesNotFit) as caught:
            await upstream.service("Pay")(call(args))
        assert [one.pointer for one in caught.value.errors] == [pointer]


async def rows(reply: Reply) -> bytes:
    assert reply.stream is not None
    try:
        return b"".join([piece async for piece in reply.stream.pieces])
    finally:
        await reply.stream.close()


async def test_rows_that_do_not_come_because_the_session_is_over_are_asked_for_again(tmp_path: Path) -> None:
    behind = Behind()
    behind.before = [("All", fault("e:OVER", "log in"))]
    async with behind.opened(tmp_path, {**SESSION, "expired": {"fault": ["OVER"]}}) as upstream:
        for _ in range(2):
            assert await rows(await upstream.service("All")(call(b"{}", "All").with_(want="rows"))) == b'"a"\n"b"\n'
    assert sum(":Login" in text for text, _ in behind.asked) == 2


async def test_no_password_goes_to_an_address_that_nobody_configured(tmp_path: Path) -> None:
    behind = Behind()
    async with behind.opened(tmp_path, SESSION) as upstream:
        upstream._endpoints = {key: type(one)(one.url, trusted=False) for key, one in upstream._endpoints.items()}
        with pytest.raises(UpstreamUnauthorized) as caught:
            await upstream.service("Pay")(call())
        assert "nobody configured" in caught.value.cause
    assert behind.asked == []
