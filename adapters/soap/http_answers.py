"""What came back of an operation with an HTTP binding, by the same table of errors as SOAP (translate.py). Pure.

Here the status alone tells whether it went well; what a server writes about its failure stays with us.
"""

from __future__ import annotations

import base64
import re

from adapters.soap.codec import Decoded, OperationCodec
from adapters.soap.envelope import NoEnvelope, read_fault, take_apart
from adapters.soap.translate import Reading, message_root, not_an_answer, refuse_by_status
from bridge.errors import BridgeError, CallError, UpstreamFault
from bridge.formats.xml.reading import Unreadable
from bridge.shapes.json import dumps
from bridge.transport.opened import Answer

# Those that texts of such services come in; a few that Python knows take far longer than the text deserves.
_CHARSETS = re.compile(
    r"utf-?8|utf-?16(le|be)?|(us-)?ascii|iso-8859-\d{1,2}|latin-?1|(windows-|cp)125\d", re.IGNORECASE
)


def read_http_answer(answer: Answer, codec: OperationCodec, how: Reading, *, now_s: float) -> Decoded:
    """The decoded answer. Raises members of CallError only."""
    refuse_by_status(answer, now_s, how.expired_status)
    if not 200 <= answer.status < 300:
        raise not_an_answer(answer, "")
    try:
        return _read(answer, codec, how)
    except CallError:
        raise
    except BridgeError as error:
        raise not_an_answer(answer, error.detail[:200]) from error


def _read(answer: Answer, codec: OperationCodec, how: Reading) -> Decoded:
    assert codec.http is not None
    match codec.http.binding.output:
        case "nothing":
            return Decoded(None)
        case "text":
            return Decoded(dumps(_text(answer)))
        case "binary":
            return Decoded(dumps(base64.b64encode(answer.body).decode("ascii")))
    root = message_root(answer, how)
    try:
        parts = take_apart(root)
    except NoEnvelope:
        return codec.decode_answer(codec.http.envelope_of(root), strict=how.strict)
    # Nobody declared it, but a server that also speaks SOAP may complain in SOAP.
    if parts.fault is not None:
        raise UpstreamFault(cause=read_fault(parts.version, parts.fault).code)
    raise Unreadable("the answer is a SOAP message, which the HTTP binding does not promise")


def _text(answer: Answer) -> str:
    charset = answer.charset or "utf-8"
    try:
        if _CHARSETS.fullmatch(charset):
            return answer.body.decode(charset)
    except (LookupError, ValueError) as error:
        raise Unreadable("the text is not in the encoding that it claims") from error
    raise Unreadable("the text is in an encoding that is not read")
