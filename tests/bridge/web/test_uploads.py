"""Files of a request reach the call beside its JSON, within bounds, and nothing of them stays behind."""

from __future__ import annotations

import asyncio
import gc
import hashlib
import json
import os
from pathlib import Path

import pytest

from bridge.call import Reply
from bridge.errors import UpstreamCut
from bridge.events import InternalError, RequestDone, RequestRefused
from bridge.web.uploads import Room
from tests.bridge.web.files import FORM, Kept, files_served, form, part, request, stream_of
from tests.bridge.web.raw import SHORT, header, statuses, until

ALL_WAYS = "application/json, multipart/form-data, application/octet-stream"
TWICE = "is given twice: in the JSON and as a file"
LARGE = os.urandom(1_000_003)


def open_files() -> int:
    """Files without a name that this process holds."""
    gc.collect()
    return sum(" (deleted)" in _target(link) for link in Path("/proc/self/fd").iterdir())


def _target(link: Path) -> str:
    try:
        return str(link.readlink())
    except OSError:  # the one that reads this folder
        return ""


def problem(answer: bytes) -> dict[str, object]:
    document = json.loads(answer.partition(b"\r\n\r\n")[2])
    assert isinstance(document, dict)
    return document


async def test_a_form_with_json_and_files_becomes_one_call() -> None:
    kept = Kept()
    body = form(
        part("json", b'{"name": "n", "items": [{"note": "a"}]}', "application/json"),
        part("items.0.content", b"one\r\n", "text/plain; charset=utf-8", "C:\\dir\\one.txt"),
        part("items.1.content", LARGE, file="two"),
        part("pages.0", b"", "application/pdf", "empty.pdf"),
        part("cover", b"plain field"),
    )
    before = open_files()
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-all", body))) == [200]
    assert kept.args == ['{"name":"n","items":[{"note":"a"},{}],"pages":[null]}']
    octets = "application/octet-stream"
    assert kept.files == [
        {
            "/items/0/content": ("one.txt", "text/plain; charset=utf-8", b"one\r\n"),
            "/items/1/content": ("two", octets, hashlib.sha256(LARGE).digest()),
            "/pages/0": ("empty.pdf", "application/pdf", b""),
            "/cover": ("", octets, b"plain field"),
        }
    ]
    assert open_files() == before


async def test_a_form_of_nothing_but_json_is_that_json() -> None:
    kept = Kept()
    async with files_served(kept) as server:
        body = form(part("json", b' {"photo":"QQ==", "n": 1.10}', "text/plain; charset=UTF-8"))
        assert statuses(await server.probe(request("/store-photo", body))) == [200]
    assert kept.args == [' {"photo":"QQ==", "n": 1.10}']
    assert kept.calls[0].uploads == {}


async def test_the_json_may_be_left_out_and_the_only_file_be_called_file() -> None:
    kept = Kept()
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-photo", form(part("file", b"x", file="a.png"))))) == [200]
    assert kept.args == ["{}"]
    assert list(kept.files[0]) == ["/photo"]


async def test_parameters_of_the_route_come_with_the_files() -> None:
    kept = Kept()
    async with files_served(kept) as server:
        body = form(part("json", b'{"document":{"title":"t"}}'), part("document.content", b"x"))
        assert statuses(await server.probe(request("/documents/d%201", body, method="PUT"))) == [200]
        assert statuses(await server.probe(request("/documents/2", b"pdf", "application/pdf", method="PUT"))) == [200]
    assert kept.args == ['{"document":{"title":"t"},"id":"d 1"}', '{"id":"2","document":{}}']
    assert kept.files[1] == {"/document/content": ("", "application/pdf", b"pdf")}


@pytest.mark.parametrize("media_type", ["application/octet-stream", "image/png", "text/plain; charset=utf-8"])
async def test_a_bare_body_is_the_only_file(media_type: str) -> None:
    kept = Kept()
    more = 'Content-Disposition: attachment; filename="../a.png"\r\n'
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-photo", LARGE, media_type, more=more))) == [200]
        assert statuses(await server.probe(request("/raw", b"{}", media_type))) == [200]
    assert kept.files[0] == {"/photo": ("a.png", media_type, hashlib.sha256(LARGE).digest())}
    assert (kept.args[1], kept.files[1]) == ("null", {"": ("", media_type, b"{}")})


async def test_json_stays_json_where_files_are_taken() -> None:
    kept = Kept()
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-photo", b'{"photo":"QQ=="}', "application/json"))) == [200]
    assert kept.args == ['{"photo":"QQ=="}']


async def test_what_a_browser_sends_for_no_choice_is_no_file() -> None:
    kept = Kept()
    async with files_served(kept) as server:
        body = form(part("json", b'{"name":"n"}'), part("cover", b"", "application/octet-stream", ""))
        assert statuses(await server.probe(request("/store-all", body))) == [200]
    assert kept.files == [{}]


@pytest.mark.parametrize(
    ("path", "media_type", "offered"),
    [
        ("/store-photo", "application/x-www-form-urlencoded", ALL_WAYS),
        ("/store-photo", "multipart/mixed; boundary=xyz", ALL_WAYS),
        ("/store-photo", "nonsense", ALL_WAYS),
        ("/store-all", "image/png", "application/json, multipart/form-data"),
        ("/plain", FORM, "application/json"),
        ("/plain", "application/octet-stream", "application/json"),
    ],
)
async def test_types_that_are_not_taken(path: str, media_type: str, offered: str) -> None:
    kept = Kept()
    async with files_served(kept) as server:
        answer = await server.probe(request(path, form(part("json", b"{}")), media_type))
    assert statuses(answer) == [415]
    assert header(answer, "Accept") == offered
    assert not kept.calls


@pytest.mark.parametrize(
    ("parts", "pointer", "detail"),
    [
        ([part("covr", b"x")], "/covr", "is no field for a file; did you mean cover?"),
        ([part("items.0.note", b"x")], "/items/0/note", "is no field for a file; did you mean items.0.content?"),
        ([part("name", b"n")], "/name", "is no field for a file; "),
        ([part("cover", b"x"), part("cover", b"y")], "/cover", "is given twice, as two files"),
        ([part("json", b"{}"), part("json", b"{}")], "", "the field json is given twice"),
        ([part("cover", b"x"), part("json", b'{"cover":"QQ=="}')], "/cover", TWICE),
        ([part("pages.1", b"x")], "/pages/1", "there is no item 0 before it"),
        ([part("cover", b"x"), part("json", b"[]")], "", "must be an object"),
        ([part("pages.0", b"x"), part("json", b'{"pages":{}}')], "/pages", "must be an array"),
    ],
)
async def test_what_does_not_fit_is_told_by_its_place(parts: list[bytes], pointer: str, detail: str) -> None:
    kept, before = Kept(), open_files()
    async with files_served(kept) as server:
        answer = await server.probe(request("/store-all", form(*parts)))
    assert statuses(answer) == [422]
    (error,) = problem(answer)["errors"]  # type: ignore[misc]  # a list, as the next lines see
    assert error["pointer"] == pointer
    assert error["detail"].startswith(detail)
    assert (kept.calls, open_files()) == ([], before)


async def test_json_that_is_none_is_told_as_ever() -> None:
    async with files_served(Kept()) as server:
        answer = await server.probe(request("/store-all", form(part("json", b"{"), part("cover", b"x"))))
    assert (statuses(answer), problem(answer)["code"]) == ([400], "malformed_json")


async def test_bounds_on_bytes_parts_and_json() -> None:
    before = open_files()
    async with files_served(Kept(), upload="500kB", upload_parts=3, body="10B") as server:
        for body in (form(part("cover", b"x" * 500_000)), form(part("json", b'"' + b"x" * 10 + b'"'))):
            assert statuses(await server.probe(request("/store-all", body))) == [413]
        many = form(*(part(f"pages.{at}", b"x") for at in range(4)))
        answer = await server.probe(request("/store-all", many))
        assert (statuses(answer), problem(answer)["detail"]) == (
            [400],
            "The form is not well formed: the body has more than 3 parts.",
        )
        head = request("/store-all", b"").replace(b"Content-Length: 0", b"Transfer-Encoding: chunked")
        sent = b"--xyz\r\nContent-Disposition: form-data; name=cover\r\n\r\n" + b"x" * 600_000
        answer = await server.probe(head + b"%x\r\n" % len(sent) + sent + b"\r\n")
        assert statuses(answer) == [413]
    assert open_files() == before


async def test_all_uploads_together_have_one_room() -> None:
    kept = Kept()
    async with files_served(kept, uploads="100kB") as server:
        body = request("/store-photo", b"x" * 60_000, "image/png")
        async with await server.connect() as raw:
            raw.write(body[:-1])
            await until(lambda: server.edge.in_flight == 1)
            answer = await server.probe(body)
            while statuses(answer) == [200]:  # until the first one has arrived
                answer = await server.probe(body)
            assert statuses(answer) == [503]
            assert header(answer, "Retry-After") == "5"
        await until(lambda: server.edge.in_flight == 0)
        assert statuses(await server.probe(body)) == [200]


def test_room_is_given_back() -> None:
    room = Room(10)
    room.take(10)
    room.give_back(10)
    room.take(10)


async def test_a_client_that_goes_away_leaves_nothing() -> None:
    kept, before = Kept(), open_files()
    async with files_served(kept) as server:
        for sent in (700_000, 50):
            async with await server.connect() as raw:
                raw.write(request("/store-photo", LARGE, "image/png")[:sent])
                await until(lambda: server.edge.in_flight == 1)
        await until(lambda: len(server.told(RequestDone)) == 1 and server.edge.in_flight == 0)
        assert server.told(RequestDone)[0].status in {400, 499}
        assert not server.told(InternalError)
    assert (kept.calls, open_files()) == ([], before)


async def test_a_slow_upload_may_take_longer_than_a_body_but_not_for_ever() -> None:
    kept = Kept()
    limits = {**SHORT, "upload_pace": "1kB"}
    async with files_served(kept, **limits) as server:
        async with await server.connect() as raw:
            body = request("/store-photo", b"x" * 20_000, "image/png")
            raw.write(body[:-8_000])  # pays for twelve seconds
            for at in range(8, 0, -1):
                assert await raw.is_silent_for(0.1)
                raw.write(body[-at * 1000 : len(body) - (at - 1) * 1000])
            assert statuses(await raw.head()) == [200]
        async with await server.connect() as raw:
            raw.write(body[:-19_000])
            assert statuses(await raw.rest()) == [408]
        assert [one.reason for one in server.told(RequestRefused)] == ["body-timeout"]
    assert len(kept.calls) == 1


async def test_leave_to_send_comes_only_when_nothing_speaks_against_it() -> None:
    kept = Kept()
    async with files_served(kept, upload="10kB") as server:
        whole = request("/store-photo", b"x" * 9000, "image/png", more="Expect: 100-continue\r\n")
        async with await server.connect() as raw:
            raw.write(whole[:-9000])
            assert await raw.head() == b"HTTP/1.1 100 Continue\r\n\r\n"
            raw.write(whole[-9000:])
            assert statuses(await raw.head()) == [200]
        refused = {
            404: whole.replace(b"store-photo", b"nowhere"),
            405: whole.replace(b"POST", b"PATCH"),
            413: whole.replace(b"Length: 9000", b"Length: 90000"),
            415: whole.replace(b"image/png", b"x"),
        }
        kept_open = [one[:-9000].replace(b"Connection: close\r\n", b"") for one in refused.values()]
        # The bridge waits a while for what a refused client sends all the same; for all of them at once.
        answers = await asyncio.gather(*map(server.probe, kept_open))
        for status, answer in zip(refused, answers, strict=True):
            assert (statuses(answer), header(answer, "Connection")) == ([status], "close")
    assert len(kept.calls) == 1


async def test_a_failed_call_leaves_nothing_either() -> None:
    def fail(_: object) -> Reply:
        raise UpstreamCut

    before = open_files()
    async with files_served(Kept(fail)) as server:
        assert statuses(await server.probe(request("/store-photo", LARGE, "image/png"))) == [502]
    assert open_files() == before


async def test_files_stay_until_a_streamed_answer_is_over() -> None:
    async def read() -> bytes:
        (file,) = kept.calls[0].uploads.values()
        return b"".join([piece async for piece in file.pieces()])

    gone: list[bytes | OSError] = []

    def give(_: object) -> Reply:
        stream = stream_of(b"abc")

        async def pieces():  # type: ignore[no-untyped-def]  # a generator of one line
            gone.append(await read())
            yield b"abc"

        return Reply(b"", stream=type(stream)(pieces(), stream.close, "image/png"))

    kept, before = Kept(give), open_files()
    async with files_served(kept) as server:
        assert statuses(await server.probe(request("/store-photo", LARGE, "image/png"))) == [200]
    assert gone == [LARGE]
    assert open_files() == before


async def test_an_explained_call_takes_files_too() -> None:
    kept, before = Kept(), open_files()
    async with files_served(kept) as server:
        more = "Bridge-Explain: 1\r\n"
        assert statuses(await server.probe(request("/store-photo", LARGE, "image/png", more=more))) == [200]
    assert (list(kept.files[0]), open_files()) == (["/photo"], before)


@pytest.mark.parametrize("origin", ["https://evil.example", "null"])
async def test_a_form_of_a_foreign_page_is_refused_unread(origin: str) -> None:
    """A browser sends forms across origins without asking first, as it does not with JSON."""
    kept = Kept()
    async with files_served(kept) as server:
        sent = request("/store-photo", form(part("photo", b"x")), more=f"Origin: {origin}\r\n")
        assert statuses(await server.probe(sent)) == [403]
        assert statuses(await server.probe(sent.replace(origin.encode(), b"http://localhost"))) == [200]
    assert len(kept.calls) == 1
