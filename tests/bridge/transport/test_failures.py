"""The table from the HTTP library's errors to ours; the session's tests make most of them on a wire."""

from __future__ import annotations

import ssl

import aiohttp
import pytest

from bridge.errors import UpstreamCut, UpstreamError, UpstreamTimeout, UpstreamUnreachable
from bridge.transport.failures import failure, timed_out


def verification(code: int) -> ssl.SSLCertVerificationError:
    error = ssl.SSLCertVerificationError(1, "certificate verify failed")
    error.verify_code = code
    return error


@pytest.mark.parametrize(
    ("code", "cause"),
    [(9, "tls_not_yet_valid"), (10, "tls_expired"), (18, "tls_self_signed"), (20, "tls_untrusted"),
     (62, "tls_wrong_name"), (64, "tls_wrong_name"), (23, "tls_certificate")],
)  # fmt: skip
def test_certificates(code: int, cause: str) -> None:
    outer = OSError("wrapped")
    outer.__cause__ = verification(code)
    error = failure(outer, sent=False)
    assert (type(error), error.cause, error.retryable) == (UpstreamUnreachable, cause, False)


@pytest.mark.parametrize(
    ("given", "sent", "kind", "cause"),
    [
        (ConnectionResetError(), True, UpstreamCut, "reset"),
        (ConnectionResetError(), False, UpstreamUnreachable, "unreachable"),
        (aiohttp.ServerDisconnectedError(), True, UpstreamCut, "disconnected"),
        (aiohttp.ClientPayloadError(), True, UpstreamCut, "cut_in_answer"),
        (aiohttp.SocketTimeoutError(), True, UpstreamTimeout, "timeout"),
        (aiohttp.ConnectionTimeoutError(), False, UpstreamUnreachable, "connect_timeout"),
        (aiohttp.ConnectionTimeoutError(), True, UpstreamUnreachable, "connect_timeout"),
        (aiohttp.ClientOSError(), False, UpstreamUnreachable, "stale_connection"),
        (ssl.SSLError(1, "record layer failure"), True, UpstreamCut, "tls_broken"),
        (ssl.SSLError(1, "record layer failure"), False, UpstreamUnreachable, "tls_handshake"),
        (ValueError("bad header"), False, UpstreamUnreachable, "unreachable"),
    ],
)
def test_what_was_sent_decides(given: Exception, sent: bool, kind: type[UpstreamError], cause: str) -> None:
    error = failure(given, sent=sent)
    assert (type(error), error.cause) == (kind, cause)
    assert error.outcome == ("not_sent" if kind is UpstreamUnreachable else "unknown")
    assert "bad header" not in error.detail


def test_time_that_ends_early_leaves_no_doubt() -> None:
    assert timed_out(sent=False).outcome == "not_sent"
    assert timed_out(sent=True).outcome == "unknown"
