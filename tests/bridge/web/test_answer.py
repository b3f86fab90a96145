from __future__ import annotations

import pytest
from aiohttp.test_utils import make_mocked_request
from multidict import CIMultiDict

from bridge.call import Meta, Reply
from bridge.web.answer import answer, caching
from bridge.web.coding import Coder


@pytest.mark.parametrize(
    ("method", "meta", "private", "expected"),
    [
        ("GET", Meta(), False, {"Cache-Control": "no-cache"}),
        ("GET", Meta(), True, {"Cache-Control": "private, no-cache"}),
        ("POST", Meta(), False, {"Cache-Control": "no-store"}),
        (
            "GET",
            Meta(cache="hit", ttl_s=-5.0, age_s=65.0),
            False,
            {"Cache-Status": "legacy-bridge; hit; ttl=-5", "Cache-Control": "max-age=60", "Age": "65"},
        ),
        (
            "HEAD",
            Meta(cache="hit", ttl_s=10.0),
            False,
            {"Cache-Status": "legacy-bridge; hit; ttl=10", "Cache-Control": "max-age=10", "Age": "0"},
        ),
        (
            "POST",
            Meta(cache="fwd=miss;stored", ttl_s=60.0, age_s=0.0),
            True,
            {"Cache-Status": "legacy-bridge; fwd=miss; stored; ttl=60", "Cache-Control": "no-store"},
        ),
    ],
)
def test_caches_are_told_what_they_may_keep(method: str, meta: Meta, private: bool, expected: dict[str, str]) -> None:
    assert caching(method, meta, private=private) == expected


async def test_a_post_is_compressed_but_has_no_validator() -> None:
    request = make_mocked_request("POST", "/", CIMultiDict({"Accept-Encoding": "gzip", "If-None-Match": "*"}))
    response = await answer(request, Reply(b"x" * 5000), Coder(), private=False)
    assert response.status == 200
    assert response.headers["Content-Encoding"] == "gzip"
    assert "ETag" not in response.headers


async def test_only_a_200_is_compared() -> None:
    request = make_mocked_request("GET", "/", CIMultiDict({"If-None-Match": "*"}))
    assert (await answer(request, Reply(b"{}"), Coder(), private=False)).status == 304
    assert (await answer(request, Reply(b"{}", Meta(status=203)), Coder(), private=False)).status == 203


@pytest.mark.parametrize(
    ("watched", "private", "expected"),
    [
        ((), False, "Accept, Accept-Encoding"),
        (("X-Tenant", "X-Limit", "X-Tenant"), False, "Accept, Accept-Encoding, X-Tenant, X-Limit"),
        (("X-Tenant",), True, "Accept, Accept-Encoding, Authorization, X-API-Key, X-Tenant"),
    ],
)
async def test_caches_are_told_what_makes_it_another_answer(
    watched: tuple[str, ...], private: bool, expected: str
) -> None:
    request = make_mocked_request("GET", "/", CIMultiDict({"If-None-Match": "*"}))
    for reply in (Reply(b"{}"), Reply(b"{}", Meta(status=203))):
        told = await answer(request, reply, Coder(), private=private, watched=watched)
        assert told.headers["Vary"] == expected
