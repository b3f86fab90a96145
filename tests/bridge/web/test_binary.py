"""A binary value leaves as a body of its own, saved and never run."""

from __future__ import annotations

import json

import pytest

from bridge.call import Call, Reply
from bridge.errors import RouteError, UpstreamCut
from bridge.web.routes import AnswerSetting, build_routes
from tests.bridge.web.files import Files, Kept, files_served, stream_of
from tests.bridge.web.raw import Running, header, statuses


async def asked(server: Running, path: str, *fields: str, method: str = "GET", version: str = "1.1") -> bytes:
    lines = [f"{method} /v1/shop{path} HTTP/{version}", "Host: localhost", "Connection: close", *fields, "", ""]
    return await server.probe("\r\n".join(lines).encode())


def giving(*pieces: bytes, **what: object) -> Kept:
    def give(call: Call) -> Reply:
        return Reply(b"", stream=stream_of(*pieces, **what)) if call.want == "raw" else Reply(b'{"content":"QQ=="}')  # type: ignore[arg-type]  # a test's own fields

    return Kept(give)


async def test_a_route_may_answer_with_a_file() -> None:
    kept = giving(b"ab", b"c", length=3, name="größe.png")
    async with files_served(kept) as server:
        head, _, body = (await asked(server, "/raw/1")).partition(b"\r\n\r\n")
    assert (statuses(head), body, kept.calls[0].want) == ([200], b"abc", "raw")
    assert header(head, "Content-Type") == "image/png"
    assert header(head, "Content-Length") == "3"
    disposition = "attachment; filename=\"gro_e.png\"; filename*=UTF-8''gr%C3%B6%C3%9Fe.png"
    assert header(head, "Content-Disposition") == disposition.replace("gro_e", "gro__e")
    assert header(head, "X-Content-Type-Options") == "nosniff"
    assert header(head, "Content-Security-Policy") == "sandbox; default-src 'none'"
    assert header(head, "Cross-Origin-Resource-Policy") == "same-origin"
    assert header(head, "Cache-Control") == "no-store"
    assert header(head, "Vary") == "Accept"
    assert header(head, "ETag") is None
    assert header(head, "Content-Encoding") is None


async def test_json_is_there_for_the_asking_and_the_other_way_round() -> None:
    kept = giving(b"abc")
    async with files_served(kept) as server:
        answer = await asked(server, "/raw/1", "Accept: application/json")
        assert json.loads(answer.partition(b"\r\n\r\n")[2]) == {"content": "QQ=="}
        for accept, want in (("*/*", "json"), ("application/octet-stream", "raw"), ("image/png", "raw")):
            assert statuses(await asked(server, "/files/1", f"Accept: {accept}")) == [200]
            assert kept.calls[-1].want == want
        assert statuses(await asked(server, "/files/1", "Accept: video/mp4")) == [406]


async def test_the_same_question_gets_its_form_each_time() -> None:
    kept = giving(b"abc")
    async with files_served(kept) as server:
        for _ in range(2):
            for accept in ("application/json", "application/octet-stream"):
                answer = await asked(server, "/files/1", f"Accept: {accept}")
                assert header(answer, "Content-Type") == (
                    "image/png" if "octet" in accept else f"{accept}; charset=utf-8"
                )
                assert "Accept" in str(header(answer, "Vary"))


async def test_head_and_http_1_0() -> None:
    async with files_served(giving(b"abc", length=3)) as server:
        head, _, body = (await asked(server, "/raw/1", method="HEAD")).partition(b"\r\n\r\n")
        assert (statuses(head), header(head, "Content-Length"), body) == ([200], "3", b"")
        head, _, body = (await asked(server, "/raw/1", version="1.0")).partition(b"\r\n\r\n")
        assert (statuses(head), header(head, "Transfer-Encoding"), body) == ([200], None, b"abc")


async def test_what_a_browser_might_run_has_no_type_unless_it_is_kept() -> None:
    async with files_served(giving(b"<svg/>", media_type="image/svg+xml")) as server:
        assert header(await asked(server, "/raw/1"), "Content-Type") == "application/octet-stream"
        answer = await asked(server, "/files/1", "Accept: application/octet-stream")
        assert header(answer, "Content-Type") == "image/svg+xml"


async def test_no_file_is_no_content_and_a_failure_is_a_problem() -> None:
    async with files_served(Kept(lambda _: Reply(b""))) as server:
        assert statuses(await asked(server, "/raw/1")) == [204]

    def fail(_: Call) -> Reply:
        raise UpstreamCut

    async with files_served(Kept(fail)) as server:
        assert header(await asked(server, "/raw/1"), "Content-Type") == "application/problem+json"


@pytest.mark.parametrize("operation", ["StorePhoto", "Plain"])
def test_a_file_is_configured_only_where_there_is_exactly_one(operation: str) -> None:
    with pytest.raises(RouteError, match=f"shop.{operation} cannot answer with a file"):
        build_routes(Files(), {}, "/v1/shop", {operation: AnswerSetting("binary")})
