"""What the HTTP library raises, told once in our own errors (STYLE 11). Pure.

The one question that matters to a caller is whether the request can have left: `sent`.
"""

from __future__ import annotations

import ssl

import aiohttp

from bridge.errors import (
    UpstreamCut,
    UpstreamError,
    UpstreamInvalid,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from bridge.transport.guard import Refused

# X509_V_ERR_* of OpenSSL, x509_vfy.h
_VERIFY = {
    9: "tls_not_yet_valid",
    10: "tls_expired",
    18: "tls_self_signed",
    19: "tls_untrusted",
    20: "tls_untrusted",
    21: "tls_untrusted",
    62: "tls_wrong_name",
    64: "tls_wrong_name",
}
# Alerts (RFC 8446 §6.2) by which a server refuses the certificate we showed, or did not show.
_OUR_CERTIFICATE = (
    "ALERT_CERTIFICATE_REQUIRED",
    "ALERT_BAD_CERTIFICATE",
    "ALERT_UNKNOWN_CA",
    "ALERT_CERTIFICATE_UNKNOWN",
    "ALERT_CERTIFICATE_EXPIRED",
    "ALERT_CERTIFICATE_REVOKED",
    "ALERT_UNSUPPORTED_CERTIFICATE",
    "ALERT_ACCESS_DENIED",
)
_BEFORE_SENDING = (aiohttp.ClientConnectorError, aiohttp.ConnectionTimeoutError, aiohttp.InvalidURL)
_PROTOCOL = ("PROTOCOL_VERSION", "UNSUPPORTED_PROTOCOL", "WRONG_VERSION_NUMBER", "NO_PROTOCOLS_AVAILABLE")


def failure(error: BaseException, *, sent: bool) -> UpstreamError:
    """The error of ours for one of theirs."""
    sent = sent and not isinstance(error, _BEFORE_SENDING)
    if tls := _tls_error(error):
        return _of_tls(tls, sent=sent)
    if isinstance(error, aiohttp.ClientHttpProxyError):
        return UpstreamUnreachable(cause=f"proxy_http_{error.status}")
    if not sent:
        return UpstreamUnreachable(cause=_not_sent_cause(error))
    if isinstance(error, TimeoutError):
        return UpstreamTimeout(cause="timeout")
    if isinstance(error, aiohttp.ClientResponseError):
        return UpstreamInvalid(cause="http_garbage")
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return UpstreamCut(cause="disconnected")
    if isinstance(error, aiohttp.ClientPayloadError):
        return UpstreamCut(cause="cut_in_answer")
    return UpstreamCut(cause="reset")


def unanswered(error: BaseException) -> bool:
    """Whether the connection ended before a byte of an answer came over it."""
    if isinstance(error, TimeoutError | aiohttp.ClientConnectorError):
        return False
    if isinstance(error, aiohttp.ServerDisconnectedError):
        return isinstance(error.message, str)  # else it is the part of a head that came
    return isinstance(error, aiohttp.ClientConnectionError)


def timed_out(*, sent: bool) -> UpstreamError:
    """The whole time is over. When nothing was sent yet, nothing can have happened."""
    error: UpstreamError = UpstreamTimeout(cause="timeout" if sent else "timeout_connecting")
    if not sent:
        error.outcome = "not_sent"
    return error


def _not_sent_cause(error: BaseException) -> str:
    match error:
        case aiohttp.ClientConnectorDNSError():
            return "dns"
        case aiohttp.ClientProxyConnectionError():
            return "proxy"
        case TimeoutError():
            return "connect_timeout"
        case aiohttp.ClientConnectorError(os_error=Refused()):
            return "address_refused"
        case aiohttp.ClientConnectorError(os_error=ConnectionRefusedError()):
            return "refused"
        case aiohttp.ClientConnectorError(os_error=ConnectionResetError()):
            return "reset_connecting"
        case aiohttp.InvalidURL() | aiohttp.NonHttpUrlClientError():
            return "address"
        case aiohttp.ClientOSError() | aiohttp.ServerDisconnectedError():
            return "stale_connection"
    return "unreachable"


def _tls_error(error: BaseException) -> ssl.SSLError | None:
    seen: BaseException | None = error
    for _ in range(8):
        if seen is None:
            return None
        for each in (seen, getattr(seen, "os_error", None), getattr(seen, "certificate_error", None)):
            # aiohttp's own classes are SSLErrors too, without the reason; the one we want is inside.
            if isinstance(each, ssl.SSLError) and not isinstance(each, aiohttp.ClientError):
                return each
        seen = seen.__cause__ or seen.__context__
    return None


def _of_tls(error: ssl.SSLError, *, sent: bool) -> UpstreamError:
    reason = getattr(error, "reason", None) or ""  # errors made without OpenSSL have none
    if any(alert in reason for alert in _OUR_CERTIFICATE):
        # With TLS 1.3 the refusal comes after our first bytes, but a server that refuses has not read them.
        return UpstreamUnauthorized(cause="tls_client_cert_refused")
    if sent:
        return UpstreamCut(cause="tls_broken")
    if isinstance(error, ssl.SSLCertVerificationError):
        cause = _VERIFY.get(error.verify_code, "tls_certificate")
    elif any(word in reason for word in _PROTOCOL):
        cause = "tls_protocol"
    else:
        cause = "tls_handshake"
    unreachable = UpstreamUnreachable(cause=cause)
    unreachable.retryable = False  # the same certificate will be as wrong the next time
    return unreachable
