"""What the journal may keep of both sides."""

from __future__ import annotations

import pytest

from adapters.http.wire import WIRE_BYTES_MAX, Sent, answer_side, request_side
from bridge.transport.masked import MASK
from bridge.transport.opened import Answer
from tests.bridge.transport.test_masked import Hidden


def sent(body: bytes | None, media: str = "application/json") -> Sent:
    headers = (("Authorization", "Bearer tok-123"), ("Content-Type", media))
    return Sent("POST", "https://a.example/x?pin=99", headers, body, media)


def test_credentials_and_hidden_fields_are_masked_everywhere() -> None:
    hide = Hidden()
    body = b'{"pin": "s3cret", "note": "it is s3cret", "sum": 1.50, "list": [{"name": "pin", "value": "hush-hush"}]}'
    side = request_side(sent(body), hide)
    assert side.line == f"POST https://a.example/x?pin={MASK}"
    assert dict(side.headers)["Authorization"] == MASK
    assert side.message == (
        f'{{"pin":"{MASK}","note":"it is {MASK}","sum":1.50,"list":[{{"name":"pin","value":"{MASK}"}}]}}'
    )
    said = answer_side(
        Answer(200, {"server": "x"}, "application/json", None, b'["s3cret", "hush-hush", "tok-123"]', 9), hide
    )
    assert (said.line, said.message, said.bytes) == ("200", f'["{MASK}","{MASK}","{MASK}"]', 9)


def test_a_form_is_masked_by_its_fields() -> None:
    side = request_side(sent(b"pin=hunter22&a=hunter22&b=x+y", "application/x-www-form-urlencoded"), Hidden())
    assert side.message == f"pin={MASK}&a={MASK}&b=x+y"


@pytest.mark.parametrize(
    ("body", "media"),
    [(b"pin is 7", "text/plain"), (b'{"a":', "application/json"), (b'"' + b"a" * WIRE_BYTES_MAX + b'"', "text/json")],
)
def test_what_cannot_be_masked_for_sure_is_not_kept(body: bytes, media: str) -> None:
    side = request_side(sent(body, media), Hidden())
    assert (side.message, side.bytes) == (None, len(body))
