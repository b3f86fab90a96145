"""Answers given again by their bytes: the same as read anew, and never one that should not be."""

from __future__ import annotations

from aiohttp import web

from bridge.call import Meta, Reply
from bridge.events import RequestDone
from bridge.web.access import Access
from bridge.web.again import Again
from bridge.web.recall import ENTRIES_MAX, Recall, Recalled, is_whole_head, rendered
from bridge.web.settings import AccessSettings, ServerSettings
from bridge.web.trace import RequestInfo, read_trace
from tests.bridge.web.raw import header, serving, statuses

GET = b"GET /v1/shop/orders/1 HTTP/1.1\r\nHost: localhost\r\nAccept: application/json\r\n\r\n"


class Kept:
    """A handler whose answers come from a cache, and what the cache would say."""

    def __init__(self) -> None:
        self.reply: Reply | None = Reply(b'{"orderId":1}', Meta(cache="hit"))
        self.handled = self.used = 0

    async def __call__(self, _request: web.BaseRequest, info: RequestInfo) -> web.StreamResponse:
        self.handled += 1
        reply = self.reply or Reply(b'{"orderId":2}')
        info.notes.route, info.notes.cache = "/v1/shop/orders/{orderId}", "hit"
        info.notes.again = Again(reply, lambda: self.reply, self.use)
        return web.Response(body=reply.body, headers={"ETag": '"x"'}, content_type="application/json")

    def use(self) -> None:
        self.used += 1


async def test_the_same_bytes_get_the_same_answer_under_a_new_id() -> None:
    kept = Kept()
    async with serving(kept) as server, await server.connect() as raw:
        answers = []
        for _ in range(3):
            raw.write(GET)
            answers.append(await raw.response())
        assert kept.handled == 1
        assert kept.used == 2
        heads = [head for head, _ in answers]
        assert {body for _, body in answers} == {b'{"orderId":1}'}
        assert len({header(head, "Bridge-Request-Id") for head in heads}) == 3
        plain = [[line for line in head.split(b"\r\n") if not line.startswith(b"Bridge-Request-Id")] for head in heads]
        assert plain[0] == plain[1] == plain[2]
        done = server.told(RequestDone)
        assert [(one.status, one.route, one.path, one.cache) for one in done] == [
            (200, "/v1/shop/orders/{orderId}", "/v1/shop/orders/1", "hit")
        ] * 3
        assert [one.request_id for one in done] == [header(head, "Bridge-Request-Id") for head in heads]
        assert len({one.bytes_out for one in done}) == 1


async def test_another_reply_of_the_cache_is_read_anew() -> None:
    kept = Kept()
    async with serving(kept) as server, await server.connect() as raw:
        for reply in (kept.reply, kept.reply, None, Reply(b'{"orderId":3}', Meta(cache="hit"))):
            kept.reply = reply
            raw.write(GET)
            _, body = await raw.response()
            assert body == (reply.body if reply else b'{"orderId":2}')
        assert kept.handled == 3


async def test_other_bytes_and_parts_of_a_head_are_read_anew() -> None:
    kept = Kept()
    async with serving(kept) as server, await server.connect() as raw:
        for request in (GET, GET.replace(b"orders/1 ", b"orders/2 "), GET.replace(b"GET", b"HEAD")):
            raw.write(request)
            if request.startswith(b"GET"):
                await raw.response()
        assert await server.probe(GET[:-2] + b"Connection: close\r\n\r\n") != b""
        assert kept.handled >= 3
        assert kept.used == 0


async def test_pipelined_heads_are_all_answered() -> None:
    kept = Kept()
    async with serving(kept) as server, await server.connect() as raw:
        raw.write(GET)
        await raw.response()
        raw.write(GET + GET)
        assert [(await raw.response())[1] for _ in range(2)] == [b'{"orderId":1}'] * 2


async def test_a_reload_forgets_what_was_answered_under_other_rules() -> None:
    kept = Kept()
    async with serving(kept) as server, await server.connect() as raw:
        for _ in range(2):
            raw.write(GET)
            await raw.response()
        assert kept.handled == 1
        keys = AccessSettings.model_validate({"keys": [{"name": "web", "key_sha256": "ab" * 32}]})
        server.edge.use(ServerSettings(), Access(keys))
        raw.write(GET)
        head, _ = await raw.response()
        assert statuses(head) == [401]


async def test_a_head_with_its_own_id_or_condition_is_never_kept() -> None:
    for field in (
        b"X-Request-Id: mine",
        b'If-None-Match: "x"',
        b"traceparent: 00-" + b"a" * 32 + b"-" + b"b" * 16 + b"-01",
    ):
        kept = Kept()
        async with serving(kept) as server, await server.connect() as raw:
            for _ in range(2):
                raw.write(GET[:-2] + field + b"\r\n\r\n")
                await raw.response()
            assert kept.handled == 2, field


def recalled(reply: Reply, body: bytes = b"{}") -> Recalled:
    again = Again(reply, lambda: reply, lambda: None)
    info = RequestInfo("r", read_trace({}), "127.0.0.1", 0.0)
    return Recalled("127.0.0.1", again, info, "GET", "/x", rendered("HTTP/1.1 200 OK", [("A", "b")]), body)


def test_an_answer_belongs_to_the_address_that_asked() -> None:
    recall = Recall()
    recall.keep(GET, recalled(Reply(b"{}")))
    assert recall.find(GET, "127.0.0.1") is not None
    assert recall.find(GET, "127.0.0.2") is None


def test_what_is_kept_is_bounded() -> None:
    recall = Recall()
    recall.keep(GET, recalled(Reply(b"{}"), b"x" * 300_000))
    assert recall.find(GET, "127.0.0.1") is None
    for number in range(ENTRIES_MAX + 1):
        recall.keep(b"GET /%d" % number, recalled(Reply(b"{}")))
    assert recall.find(b"GET /0", "127.0.0.1") is None
    assert recall.find(b"GET /%d" % ENTRIES_MAX, "127.0.0.1") is not None


def test_only_one_whole_head_counts() -> None:
    assert is_whole_head(GET)
    for data in (GET[:-1], GET + GET, GET + b"x", b"POST / HTTP/1.1\r\n\r\n", b"GET " + b"x" * 5000 + b"\r\n\r\n", b""):
        assert not is_whole_head(data)


def test_the_head_ends_where_the_id_begins() -> None:
    made = recalled(Reply(b"{}")).bytes_for("abc")
    assert made == b"HTTP/1.1 200 OK\r\nA: b\r\nBridge-Request-Id: abc\r\n\r\n{}"
