"""What client and server agree on: media types, codings, validators, preferences (RFC 9110, 7240). Pure.

Works on header texts only, so it needs no request and no response.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Sequence

from bridge.errors import BadRequest, NotAcceptable, UnsupportedMediaType

JSON = "application/json"
PROBLEM = "application/problem+json"
COMPRESS_MIN = 1000
_HEADER_MAX = 4096
_Q = re.compile(r"0(\.[0-9]{0,3})?|1(\.0{0,3})?")
_ETAG = re.compile(r'(?:W/)?("[\x21\x23-\x7e\x80-\uffff]*")')
_CODED = re.compile(r'-(?:br|gzip)"$')
_WAIT = re.compile(r"\bwait\s*=\s*\"?(\d{1,6})\"?\s*(?:[,;]|$)", re.IGNORECASE)


def require_accept(accept: str, offered: Sequence[str] = (JSON,)) -> str:
    """The best media type of those offered; the first when the client does not mind. Raises NotAcceptable."""
    if not accept.strip():
        return offered[0]
    ranges = weighted(accept)
    best = max(offered, key=lambda media: _quality_of_media(media, ranges))
    if _quality_of_media(best, ranges) > 0:
        return best
    raise NotAcceptable(f"The answer is {' or '.join(offered)}.")


def _quality_of_media(media: str, ranges: Sequence[tuple[str, float]]) -> float:
    """The weight of the most specific range that covers a media type (RFC 9110 §12.5.1)."""
    for wanted in (media, media.partition("/")[0] + "/*", "*/*"):
        found = [quality for name, quality in ranges if name == wanted]
        if found:
            return max(found)
    return 0.0


def coding_of(accept_encoding: str | None, size: int) -> str:
    """`br`, `gzip`, or `""` for as it is (RFC 9110 §12.5.3)."""
    if not accept_encoding or size < COMPRESS_MIN:
        return ""
    weights = dict(reversed(weighted(accept_encoding)))
    anything = weights.get("*", 0.0)
    best, best_quality = "", 0.0
    for coding in ("br", "gzip"):
        quality = weights.get(coding, weights.get("x-gzip", anything) if coding == "gzip" else anything)
        if quality > best_quality:
            best, best_quality = coding, quality
    return best if best_quality >= weights.get("identity", 0.0) else ""


def require_json(content_type: str) -> None:
    """Takes `application/json` and `application/*+json` in UTF-8. Raises UnsupportedMediaType."""
    media, _, parameters = content_type.partition(";")
    if not is_json(media.strip().lower()):
        raise UnsupportedMediaType(f"Send {JSON}.", headers=[("Accept", JSON)])
    for parameter in parameters.split(";"):
        name, _, text = parameter.partition("=")
        if name.strip().lower() == "charset" and text.strip().strip('"').lower() not in {"utf-8", "utf8"}:
            raise UnsupportedMediaType("JSON is sent in UTF-8.", headers=[("Accept", JSON)])


def is_json(media: str) -> bool:
    """Whether a media type, in lower case and without parameters, is JSON."""
    return media == JSON or (media.startswith("application/") and media.endswith("+json"))


def require_identity(content_encoding: str) -> None:
    """A compressed request body could unfold without bound, so none is taken."""
    if content_encoding.strip().lower() not in {"", "identity"}:
        raise UnsupportedMediaType("Send the body uncompressed.", headers=[("Accept-Encoding", "identity")])


def etag_of(body: bytes) -> str:
    """A strong validator of the bytes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'


def etag_coded(etag: str, coding: str) -> str:
    """Two codings of one answer are different bytes, so a strong validator has to differ."""
    return f'{etag[:-1]}-{coding}"' if coding else etag


def is_unchanged(if_none_match: str, etag: str) -> bool:
    """Weak comparison, whatever coding the client has kept (RFC 9110 §13.1.2)."""
    if if_none_match.strip() == "*":
        return True
    return any(_CODED.sub('"', found) == etag for found in _ETAG.findall(if_none_match[:_HEADER_MAX]))


def wait_s(prefer: str) -> float | None:
    """The `wait` preference in seconds (RFC 7240 §4.3)."""
    found = _WAIT.search(prefer[:_HEADER_MAX])
    return float(found[1]) if found else None


def weighted(header: str) -> list[tuple[str, float]]:
    """The members of an Accept-like header with their weights; parameters other than q narrow nothing here."""
    if len(header) > _HEADER_MAX:
        raise BadRequest("An Accept header is too long.")
    members: list[tuple[str, float]] = []
    for member in header.split(","):
        name, *parameters = (part.strip().lower() for part in member.split(";"))
        if name:
            members.append((name, _weight(parameters)))
    return members


def _weight(parameters: Sequence[str]) -> float:
    for parameter in parameters:
        name, _, text = parameter.partition("=")
        if name.strip() == "q":
            return float(text.strip()) if _Q.fullmatch(text.strip()) else 0.0
    return 1.0
