from __future__ import annotations

import pytest

from bridge.errors import NotFound, NotReady
from bridge.web.snapshot import Snapshot
from tests.bridge.web.fake import Answers, snapshot


def test_a_document_is_written_once_for_each_choice_of_upstreams() -> None:
    written: list[tuple[str, ...]] = []

    def write(_snapshot: Snapshot, names: tuple[str, ...]) -> bytes:
        written.append(names)
        return str(names).encode()

    snap = snapshot(Answers())
    assert snap.document(write) is snap.document(write)
    assert snap.document(write, "shop").body == b"('shop',)"
    assert snap.document(write).etag.startswith('"')
    assert written == [("shop",)]


def test_an_upstream_is_found_by_its_prefix() -> None:
    snap = snapshot(Answers(), pending={"/v1/crm": "refused"})
    assert snap.upstream_at("/v1/shop") == "shop"
    with pytest.raises(NotReady):
        snap.upstream_at("/v1/crm")
    for prefix in ("", "/v1", "/v1/shop/", "/v2/shop"):
        with pytest.raises(NotFound):
            snap.upstream_at(prefix)
