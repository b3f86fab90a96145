"""What is asked of an authorization server and what is made of its answer."""

from __future__ import annotations

import base64
import json
from urllib.parse import parse_qs

import pytest

from bridge.errors import UpstreamError, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.oauth_tokens import LIFETIME_S_MAX, TOKEN_LENGTH_MAX, read_token, token_request
from bridge.transport.settings_auth import OAuthAuth

AUTH = {"token_url": "https://login.example/token", "client_id": "a:b", "client_secret": "env:A"}


def auth(**more: object) -> OAuthAuth:
    return OAuthAuth.model_validate({**AUTH, **more})


def test_the_secret_in_a_header_is_form_encoded_first() -> None:
    body, headers = token_request(auth(scope="x y"), "p&ss:w\u00f6rd")
    assert parse_qs(body.decode()) == {"grant_type": ["client_credentials"], "scope": ["x y"]}
    pair = base64.b64decode(headers["Authorization"].removeprefix("Basic ")).decode()
    assert pair == "a%3Ab:p%26ss%3Aw%C3%B6rd"
    assert headers["Content-Type"] == "application/x-www-form-urlencoded"


def test_the_secret_in_the_form() -> None:
    settings = auth(auth_style="post", audience="erp", resource="https://erp.example", extra={"tenant": "north&south"})
    body, headers = token_request(settings, "s&cret")
    assert parse_qs(body.decode()) == {
        "grant_type": ["client_credentials"],
        "audience": ["erp"],
        "resource": ["https://erp.example"],
        "client_id": ["a:b"],
        "client_secret": ["s&cret"],
        "tenant": ["north&south"],
    }
    assert "Authorization" not in headers


@pytest.mark.parametrize(
    ("expires_in", "lifetime_s"),
    [
        (3600, 3600),
        ("3600", 3600),
        (0.5, 0.5),
        (None, 300),
        (0, 300),
        (-1, 300),
        ("soon", 300),
        ([], 300),
        (10**400, 300),
        (1e300, LIFETIME_S_MAX),
    ],
)
def test_how_long_it_is_good(expires_in: object, lifetime_s: float) -> None:
    body = json.dumps({"access_token": "abc", "token_type": "bearer", "expires_in": expires_in}).encode()
    token = read_token(200, body, lifetime_s=300)
    assert (token.value, token.lifetime_s) == ("abc", lifetime_s)
    assert "abc" not in repr(token)


@pytest.mark.parametrize(
    ("status", "body", "kind", "cause"),
    [
        (400, b'{"error":"invalid_scope"}', UpstreamUnauthorized, "oauth_invalid_scope"),
        (401, b'{"error":"invalid_client","error_description":"s3cret"}', UpstreamUnauthorized, "oauth_invalid_client"),
        (401, b"", UpstreamUnauthorized, "oauth_http_401"),
        (403, b'{"error":"<script>s3cret"}', UpstreamUnauthorized, "oauth_http_403"),
        (302, b"", UpstreamUnauthorized, "oauth_http_302"),
        (429, b"{}", UpstreamUnreachable, "oauth_http_429"),
        (503, b"<html>s3cret", UpstreamUnreachable, "oauth_http_503"),
        (500, b'{"error":"server_error"}', UpstreamUnreachable, "oauth_server_error"),
        (200, b"<html>s3cret", UpstreamUnreachable, "oauth_no_token"),
        (200, b"[]", UpstreamUnreachable, "oauth_no_token"),
        (200, b"[" * 100_000, UpstreamUnreachable, "oauth_no_token"),
        (200, b'{"access_token":7}', UpstreamUnreachable, "oauth_no_token"),
        (200, b'{"access_token":""}', UpstreamUnreachable, "oauth_no_token"),
        (200, b'{"access_token":"a\\r\\nX-Evil: 1"}', UpstreamUnreachable, "oauth_no_token"),
        (200, b'{"access_token":"%s"}' % (b"a" * (TOKEN_LENGTH_MAX + 1)), UpstreamUnreachable, "oauth_no_token"),
        (200, b'{"access_token":"s3cret","token_type":"mac"}', UpstreamUnreachable, "oauth_token_type"),
    ],
)
def test_what_goes_wrong_is_named(status: int, body: bytes, kind: type[UpstreamError], cause: str) -> None:
    with pytest.raises(kind) as caught:
        read_token(status, body, lifetime_s=300)
    assert (caught.value.cause, caught.value.outcome) == (cause, "not_sent")
    assert "s3cret" not in f"{caught.value} {caught.value.cause}"
