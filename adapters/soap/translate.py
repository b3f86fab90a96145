"""From what came back over HTTP to a result or one of our errors, by the table in DESIGN. Pure.

First the status, then whether it is SOAP at all, then the fault, then the answer. Nothing the other side wrote
reaches a client except through wording.py.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from typing import Protocol

from lxml.etree import _Element as XmlElement

from adapters.soap.attachments.filling import NO_VALUES, Values, fill
from adapters.soap.attachments.received import Received
from adapters.soap.codec import Decoded
from adapters.soap.content_types import begins_like_xml, charset_of, is_page, is_xml_type
from adapters.soap.envelope import Parts, take_apart
from adapters.soap.faults import SoapFault
from adapters.soap.security.unproven import Unproven
from bridge.errors import (
    BridgeError,
    CallError,
    Fault,
    Refused,
    SessionExpired,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamUnauthorized,
)
from bridge.formats.xml import safe
from bridge.rules.failing import Judging
from bridge.rules.faults import PASSING, FaultSeen, chosen_status, fits_any
from bridge.transport.opened import Answer
from bridge.transport.retry_after import asked_s
from bridge.transport.wording import public_text

# Web Services Security 1.1.1 §12, WS-SecureConversation §6 and the example of SOAP 1.1 §4.4.1.
_OUR_CREDENTIALS = {
    "FailedAuthentication",
    "FailedCheck",
    "InvalidSecurity",
    "InvalidSecurityToken",
    "MessageExpired",
    "SecurityTokenUnavailable",
    "UnsupportedSecurityToken",
    "UnsupportedAlgorithm",
    "BadContextToken",
    "Authentication",
}
# Of these nobody knows whether it was the password.
_OUR_PASSWORD = {
    *("FailedAuthentication", "Authentication", "InvalidSecurity", "InvalidSecurityToken"),
}
_PASSWORDS: Mapping[int, Refused] = {401: "http", 407: "proxy"}
# SOAP 1.2 part 1 §5.4.6, WS-Addressing 1.0 SOAP Binding §6.4 and the submission before it §4: no client is to blame.
_OUR_ENVELOPE = {
    *("VersionMismatch", "MustUnderstand", "DataEncodingUnknown"),
    *("InvalidAddressingHeader", "InvalidAddress", "InvalidEPR", "InvalidCardinality", "MissingAddressInEPR"),
    *("DuplicateMessageID", "ActionMismatch", "ActionNotSupported", "MessageAddressingHeaderRequired"),
    *("DestinationUnreachable", "OnlyAnonymousAddressSupported", "OnlyNonAnonymousAddressSupported"),
    *("InvalidMessageInformationHeader", "MessageInformationHeaderRequired"),
}
_BY_NAME = (
    (404, ("notfound", "notexist", "nosuch")),
    (409, ("exists", "duplicate", "conflict")),
    (403, ("denied", "forbidden")),
)


class AnswerCodec(Protocol):
    """The half of an operation's codec that reads."""

    def decode_answer(self, root: XmlElement, *, strict: bool = False, values: Values = NO_VALUES) -> Decoded: ...

    def decode_fault(self, root: XmlElement) -> SoapFault: ...


@dataclass(frozen=True, slots=True)
class Reading:
    """How answers of one operation are read. `faults`: what tells a fault (bridge/rules/faults.py) → HTTP status;
    `judging`: which good answers say that they failed; `expired_*`: what says that our session is over; `check` raises
    for an answer that is not to this request; `rows`: which list of it may be sent row by row, "" for the only one.
    `open` gives the message with what WS-Security proves of it, or raises; `values` came beside the envelope;
    `sealed`: only what the envelope itself holds is proven."""

    faults: Mapping[str, int] = field(default_factory=dict)
    strict: bool = False
    bytes_max: int = safe.MESSAGE_BYTES_MAX
    nodes_max: int = safe.MESSAGE_NODES_MAX
    judging: Judging | None = None
    expired_status: frozenset[int] = frozenset()
    expired_faults: tuple[str, ...] = ()
    check: Callable[[Parts], None] | None = None
    open: Callable[[XmlElement], XmlElement] | None = None
    rows: str = ""
    values: Values = NO_VALUES
    sealed: bool = False


def read_answer(answer: Answer, codec: AnswerCodec, how: Reading, *, now_s: float) -> Decoded:
    """The decoded answer. Raises members of CallError only. `now_s` is wall time, for dates in `Retry-After`."""
    refuse_by_status(answer, now_s, how.expired_status, speaks=lambda: _holds_fault(answer, how))
    try:
        root = message_root(answer, how)
        parts = take_apart(root)
        if how.check:
            how.check(parts)
        if parts.fault is not None:
            raise fault_error(codec.decode_fault(root), how.faults, how.expired_faults)
        if not 200 <= answer.status < 300:
            raise not_an_answer(answer, "answer_with_error_status")
        values = Unproven(how.values) if how.sealed else how.values
        return _counted(codec.decode_answer(root, strict=how.strict, values=values), answer, how)
    except CallError:
        raise
    except BridgeError as error:
        raise not_an_answer(answer, error.detail[:200]) from error


def _counted(decoded: Decoded, answer: Answer, how: Reading) -> Decoded:
    """With what was overlooked outside of the envelope."""
    lies = not how.strict and charset_of(answer.body, answer.charset) != answer.charset
    unused = how.values.unused if isinstance(how.values, Received) else 0
    more = ({"wrong-charset": 1} if lies else {}) | ({"unused-part": unused} if unused else {})
    return replace(decoded, tolerances=decoded.tolerances | more) if more else decoded


def read_one_way(answer: Answer, codec: AnswerCodec, how: Reading, *, now_s: float) -> Decoded:
    """A one-way operation is done when its message was taken; a fault says that it was not, whatever the status.
    Raises members of CallError only."""
    if not 200 <= answer.status < 300:
        return read_answer(answer, codec, how, now_s=now_s)
    if not answer.body.strip():
        return Decoded(None)
    if is_page(answer.body):  # such as that of a login in front of the service: nobody took the message
        raise not_an_answer(answer, "one_way_page")
    try:
        fault = take_apart(message_root(answer, replace(how, open=None))).fault
    except BridgeError:
        if how.strict:
            raise not_an_answer(answer, "one_way_answer") from None
        # Nobody waits for an answer, so what came in place of one does not matter.
        return Decoded(None, {"one-way-answer": 1})
    if fault is not None:
        return read_answer(answer, codec, how, now_s=now_s)
    return Decoded(None)


def _holds_fault(answer: Answer, how: Reading) -> bool:
    try:
        return take_apart(message_root(answer, replace(how, open=None))).fault is not None
    except BridgeError:
        return False


def judged(decoded: Decoded, how: Reading) -> Decoded:
    """The same, unless a rule says that it is the answer of a failure."""
    if how.judging is not None:
        how.judging.check(decoded.json)
    return decoded


def refuse_by_status(
    answer: Answer,
    now_s: float,
    expired: frozenset[int] = frozenset(),
    speaks: Callable[[], bool] = lambda: False,
) -> None:
    """Raises for statuses that mean the same whatever the body says. `speaks`: whether the service itself answered."""
    status = answer.status
    cause = f"http_{status}"
    if status in expired:
        raise SessionExpired(cause=cause)
    if status in {401, 403, 407}:
        refusal = UpstreamUnauthorized(cause=cause)
        refusal.refused = _PASSWORDS.get(status, "")
        raise refusal
    if status in {429, 503}:
        wait_s = asked_s(status, answer.headers, now_s)
        busy = UpstreamThrottled(retry_after_s=wait_s, cause=cause)
        if status == 503 and wait_s is None and not speaks():
            busy.outcome = "unknown"  # a gateway's page: perhaps it lost the service after the request had gone there
        raise busy
    if 300 <= status < 400:
        raise UpstreamInvalid(cause=f"{cause}_redirect")


def message_root(answer: Answer, how: Reading) -> XmlElement:
    """The XML of an answer, whatever it is. Raises a CallError, or what safe.parse raises."""
    body = answer.body
    if not body.strip():
        raise not_an_answer(answer, "empty")
    if not is_xml_type(answer.content_type) and not begins_like_xml(body):
        raise not_an_answer(answer, "content_type")
    charset = answer.charset if how.strict else charset_of(body, answer.charset)
    root = safe.parse(body, bytes_max=how.bytes_max, nodes_max=how.nodes_max, charset=charset)
    fill(root, how.values)  # what is signed is the message with its values in it (XOP 1.0 §2.1)
    return how.open(root) if how.open else root


def not_an_answer(answer: Answer, cause: str) -> CallError:
    """The error for what is no message of the contract."""
    if answer.status >= 500:
        # A gateway's or a crashed server's page: no contract is broken, it simply failed, perhaps only now, and nobody
        # knows how far the request had come.
        failed = UpstreamFault(cause=f"http_{answer.status}")
        failed.outcome = "unknown"
        return failed
    return UpstreamInvalid(cause=cause if 200 <= answer.status < 300 else f"http_{answer.status}")


def fault_error(fault: SoapFault, statuses: Mapping[str, int], expired: tuple[str, ...] = ()) -> CallError:
    """The error a fault becomes: configured, declared, about our credentials, or by whom it blames."""
    codes = (*reversed(fault.subcodes), fault.code)
    text = public_text(fault.text)
    cause = "/".join(reversed(codes))[:200]
    seen = FaultSeen(fault.name, fault.code, fault.subcodes, fault.types, fault.text, fault.detail)
    if expired and fits_any(seen, expired):
        return SessionExpired(cause=cause)
    chosen = chosen_status(seen, statuses)
    if fault.name or chosen is not None:
        detail = fault.detail.encode() if fault.detail and fault.name else None
        status = chosen if chosen is not None else fault_status(fault.name, {})
        return _fault(fault, text, cause, status, fault.name or codes[0], detail)
    words = {word for code in codes for word in code.split(".")}
    if words & _OUR_CREDENTIALS:
        refusal = UpstreamUnauthorized(cause=cause)
        refusal.refused = "message" if words & _OUR_PASSWORD else ""
        return refusal
    if words & _OUR_ENVELOPE:
        return UpstreamInvalid(cause=cause)
    if fault.blame == "client":
        return _fault(fault, text, cause, 422, fault.code, None)
    return UpstreamFault(text, cause=cause)


def _fault(fault: SoapFault, text: str, cause: str, status: int, name: str, detail: bytes | None) -> Fault:
    error = Fault(text, status=status, name=name, fault=detail, message_headers=fault.headers.encode() or None)
    error.cause, error.retryable = cause, status in PASSING
    return error


def fault_status(name: str, statuses: Mapping[str, int]) -> int:
    """The status of a declared fault: as configured, else by what its name says, else 422."""
    if name in statuses:
        return statuses[name]
    plain = "".join(char for char in name.lower() if char.isalnum())
    return next((status for status, words in _BY_NAME if any(word in plain for word in words)), 422)
