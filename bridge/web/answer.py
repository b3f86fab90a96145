"""A reply as an HTTP answer: status, validators, caching headers, coding (RFC 9110, 9111, 9211).

Knows a request's headers and a Reply; what is in the body is nobody's business here.
"""

from __future__ import annotations

from functools import lru_cache

from aiohttp import hdrs, web
from multidict import CIMultiDict, istr

from bridge.call import Meta, Reply
from bridge.web import negotiate
from bridge.web.coding import Coder

_CACHE_STATUS = istr("Cache-Status")
_MEDIA = "application/json; charset=utf-8"
_READING = {"GET", "HEAD"}


async def answer(
    request: web.BaseRequest, reply: Reply, coder: Coder, *, private: bool, watched: tuple[str, ...] = ()
) -> web.Response:
    """`private`: the answer belongs to whoever asked, so no shared cache may keep it. `watched`: headers of requests
    that make it another answer."""
    meta, body, asked = reply.meta, reply.body, request.headers
    headers: CIMultiDict[str] = CIMultiDict(caching(request.method, meta, private=private))
    if not body:
        return web.Response(status=204 if meta.status == 200 else meta.status, headers=headers)
    headers[hdrs.VARY] = vary(watched, private=private)
    coding = negotiate.coding_of(asked.get(hdrs.ACCEPT_ENCODING), len(body))
    if request.method in _READING and meta.status == 200:
        etag = meta.etag or negotiate.etag_of(body)
        headers[hdrs.ETAG] = negotiate.etag_coded(etag, coding)
        if hdrs.IF_NONE_MATCH in asked and negotiate.is_unchanged(asked[hdrs.IF_NONE_MATCH], etag):
            return web.Response(status=304, headers=headers)
    if coding:
        headers[hdrs.CONTENT_ENCODING] = coding
        body = await coder.coded(body, coding, meta.etag)
    headers[hdrs.CONTENT_TYPE] = _MEDIA
    return web.Response(status=meta.status, body=body, headers=headers)


@lru_cache(256)
def vary(watched: tuple[str, ...], *, private: bool) -> str:
    """What whoever keeps the answer has to compare before he gives it again (RFC 9110 §12.5.5)."""
    credentials = ("Authorization", "X-API-Key") if private else ()
    return ", ".join(dict.fromkeys(("Accept", "Accept-Encoding", *credentials, *watched)))


def caching(method: str, meta: Meta, *, private: bool) -> dict[istr, str]:
    """What may be kept by whom, and how the answer came to be."""
    headers: dict[istr, str] = {}
    if meta.cache:
        headers[_CACHE_STATUS] = meta.cache_status
    if method not in _READING:
        headers[hdrs.CACHE_CONTROL] = "no-store"
        return headers
    scope = "private, " if private else ""
    if meta.ttl_s is None:
        # Nothing was said about freshness: kept copies are asked about, and the ETag makes that cheap.
        headers[hdrs.CACHE_CONTROL] = f"{scope}no-cache"
        return headers
    age_s = max(0.0, meta.age_s or 0.0)
    headers[hdrs.CACHE_CONTROL] = f"{scope}max-age={max(0, int(meta.ttl_s + age_s))}"
    headers[hdrs.AGE] = str(int(age_s))
    return headers
