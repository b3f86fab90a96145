"""The admin API: the whole story over the socket, and what is refused."""

from __future__ import annotations

import getpass
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from bridge.events import RequestDone
from bridge.store.topics import Message
from bridge.web.admin_routes import PREFIX
from tests.bridge.web.operators import Admin, administering
from tests.bridge.web.raw import header, statuses
from tests.contract.operators import accepted, buried, claimed

PAYLOAD = b'{"operation":"shop.Order","args":{"n":1.50,"password":"canary"}}'


@pytest.fixture
async def admin(tmp_path: Path) -> AsyncIterator[Admin]:
    async with administering(tmp_path) as made:
        yield made


async def test_the_whole_story_of_a_letter(admin: Admin) -> None:
    [one] = await buried(admin.store, PAYLOAD)
    status, page = await admin.ask("GET", f"{PREFIX}/dead?operation=shop.Order")
    assert (status, [row["id"] for row in page["items"]], page["next"]) == (200, [one], "")
    _, story = await admin.ask("GET", f"{PREFIX}/dead/{one}")
    assert story["payload"]["args"] == {"n": 1.5, "password": "***"}
    edit = {"payload": {"operation": "shop.Order", "args": {"n": 2}}, "reason": "wrong n"}
    assert (await admin.ask("POST", f"{PREFIX}/dead/{one}/edit", edit))[1]["done"] == [one]
    _, plan = await admin.ask("POST", f"{PREFIX}/dead/replay", {"filter": {}, "dryRun": True})
    assert [change["pointer"] for change in plan["items"][0]["changes"]] == ["/args/n", "/args/password"]
    _, outcome = await admin.ask("POST", f"{PREFIX}/dead/replay", {"ids": [one], "reason": "fixed"})
    assert (outcome["done"], outcome["left"]) == ([one], [])
    _, again = await admin.ask("POST", f"{PREFIX}/dead/replay", {"ids": [one]})
    assert (again["done"], again["left"]) == ([], [{"id": one, "why": "it is ready"}])
    assert [job.id for job in await claimed(admin.store)] == [one]
    _, log = await admin.ask("GET", f"{PREFIX}/audit")
    assert [(act["verb"], act["who"]) for act in log["items"]] == [
        ("dead.replay", getpass.getuser()),
        ("dead.edit", getpass.getuser()),
    ]
    _, written = await admin.ask("GET", f"{PREFIX}/audit/{log['items'][1]['id']}")
    assert written == edit["payload"]


async def test_the_same_post_again_is_answered_from_the_first(admin: Admin) -> None:
    await buried(admin.store, PAYLOAD)
    ask = ("POST", f"{PREFIX}/dead/replay", {"filter": {}})
    _, first = await admin.ask(*ask, Idempotency_Key="k1")
    _, again = await admin.ask(*ask, Idempotency_Key='"k1"')  # in quotes or not
    assert (again["done"], again["again"], first["again"]) == (first["done"], True, False)
    assert len(first["done"]) == 1


async def test_jobs_queues_and_health(admin: Admin) -> None:
    one = await accepted(admin.store)
    for verb, done in (("hold", [one]), ("hold", []), ("retry", [one]), ("cancel", [one]), ("cancel", [])):
        assert (await admin.ask("POST", f"{PREFIX}/jobs/{one}/{verb}"))[1]["done"] == done, verb
    assert (await admin.ask("POST", f"{PREFIX}/queues/calls/pause", {"reason": "down"}))[0] == 404
    await accepted(admin.store)
    assert (await admin.ask("POST", f"{PREFIX}/queues/calls/pause", {"reason": "down"}))[1]["done"] == ["calls"]
    _, queues = await admin.ask("GET", f"{PREFIX}/queues")
    assert (queues[0]["name"], queues[0]["pausedBy"]) == ("calls", getpass.getuser())
    _, health = await admin.ask("GET", f"{PREFIX}/health")
    assert (health["store"], health["dead"], health["deadSince"]) == ("sqlite", 0, None)
    assert await admin.ask("GET", f"{PREFIX}/schedules") == (200, [])
    assert (await admin.ask("GET", f"{PREFIX}/journal"))[1] == {"items": [], "next": ""}


async def test_pages_go_on_where_next_says(admin: Admin) -> None:
    ids = [await accepted(admin.store) for _ in range(3)]
    _, page = await admin.ask("GET", f"{PREFIX}/jobs?limit=2")
    assert [row["id"] for row in page["items"]] == [ids[2], ids[1]]
    _, rest = await admin.ask("GET", f"{PREFIX}/jobs?limit=2&after={page['next']}")
    assert ([row["id"] for row in rest["items"]], rest["next"]) == ([ids[0]], "")


@pytest.mark.parametrize(
    ("method", "path", "body", "status"),
    [
        ("GET", "/dead?colour=red", None, 400),
        ("GET", "/dead?queue=a&queue=b", None, 400),
        ("GET", "/dead?limit=0", None, 400),
        ("GET", "/dead?limit=1001", None, 400),
        ("GET", "/dead?after=%27%20or%201", None, 400),
        ("GET", "/dead?since=yesterday", None, 400),
        ("GET", "/dead?queue=%ff", None, 400),
        ("GET", f"/dead?text={'x' * 501}", None, 400),
        ("GET", "/dead/none", None, 404),
        ("GET", "/nothing", None, 404),
        ("GET", "/dead/none/edit", None, 405),
        ("PUT", "/dead/none", None, 405),
        ("DELETE", "/jobs/none", None, 405),
        ("POST", "/dead/replay", None, 422),
        ("POST", "/dead/replay", [], 422),
        ("POST", "/dead/replay", {"ids": []}, 422),
        ("POST", "/dead/replay", {"ids": ["x"] * 501}, 422),
        ("POST", "/dead/replay", {"ids": [1]}, 422),
        ("POST", "/dead/replay", {"ids": "x"}, 422),
        ("POST", "/dead/replay", {"ids": ["x"], "filter": {}}, 422),
        ("POST", "/dead/replay", {"filter": {"colour": "red"}}, 400),
        ("POST", "/dead/replay", {"filter": {"queue": 1}}, 422),
        ("POST", "/dead/replay", {"filter": [], "dryRun": True}, 422),
        ("POST", "/dead/replay", {"filter": {}, "dryRun": "yes"}, 422),
        ("POST", "/dead/replay", {"filter": {}, "rate": "fast"}, 400),
        ("POST", "/dead/replay", {"filter": {}, "rate": 5}, 422),
        ("POST", "/dead/replay", {"filter": {}, "who": "root"}, 422),
        ("POST", "/dead/discard", {"filter": {}}, 400),
        ("POST", "/dead/none/edit", {}, 422),
        ("POST", "/dead/none/edit", {"payload": {}}, 404),
        ("POST", "/jobs/x/cancel", {"reason": 1}, 422),
        ("POST", "/jobs/x/retry", {"reason": "x"}, 422),
    ],
)
async def test_what_is_not_understood_is_a_problem_document(
    admin: Admin, method: str, path: str, body: object, status: int
) -> None:
    told, problem = await admin.ask(method, PREFIX + path, body)
    assert (told, problem["status"], bool(problem["code"])) == (status, status, True)
    assert (await admin.ask("GET", f"{PREFIX}/audit"))[1]["items"] == []


async def test_no_web_page_comes_in_and_no_foreign_name(admin: Admin) -> None:
    path = f"{PREFIX}/health"
    for headers in ({"Origin": "http://localhost"}, {"Origin": "null"}, {"Host": "evil.example"}):
        told, problem = await admin.ask("GET", path, **headers)
        assert told in {403, 421}, (headers, problem)
    async with await admin.raw() as raw:
        raw.write(f"GET {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n".encode())
        answer = await raw.rest()
    assert statuses(answer) == [200]
    assert header(answer, "Access-Control-Allow-Origin") is None
    assert header(answer, "Cache-Control") == "no-store"
    async with await admin.raw() as raw:
        raw.write(f"OPTIONS {path} HTTP/1.1\r\nHost: localhost\r\nOrigin: http://x.example\r\n\r\n".encode())
        head, _ = await raw.response()
    assert b" 403 " in head
    assert b"access-control" not in head.lower()


@pytest.mark.parametrize(
    ("data", "status"),
    [
        (b"POST /admin/v1/dead/replay HTTP/1.1\r\nHost: localhost\r\nContent-Length: 99999999\r\n\r\n", 413),
        (b"GET /admin/v1/../health HTTP/1.1\r\nHost: localhost\r\n\r\n", 400),
        (b"GET /admin/v1/health HTTP/1.1\r\n\r\n", 400),
        (b"GET /admin/v1/health HTTP/1.1\r\nHost: localhost\r\nX: " + b"x" * 70_000 + b"\r\n\r\n", 431),
        ((b"POST /admin/v1/jobs/x/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Type: text/plain\r\n"
         b"Content-Length: 2\r\n\r\n{}"), 415),
        ((b"POST /admin/v1/jobs/x/cancel HTTP/1.1\r\nHost: localhost\r\nContent-Type: application/json\r\n"
         b"Content-Length: 2\r\n\r\n{]"), 400),
        ((b"POST /admin/v1/jobs/x/cancel HTTP/1.1\r\nHost: localhost\r\nIdempotency-Key: a b\r\n"
         b"Content-Length: 0\r\n\r\n"), 400),
    ],
)  # fmt: skip
async def test_hostile_bytes_are_answered_as_at_the_public_door(admin: Admin, data: bytes, status: int) -> None:
    async with await admin.raw() as raw:
        raw.write(data)
        head, _ = await raw.response()
    assert statuses(head) == [status]


async def test_the_log_knows_who_asked_and_no_id(admin: Admin) -> None:
    await admin.ask("GET", f"{PREFIX}/jobs/none")
    done = [event for event in admin.events if isinstance(event, RequestDone)]
    assert [(one.route, one.status, one.code) for one in done] == [(f"{PREFIX}/jobs/{{id}}", 404, "not_found")]


async def test_it_describes_itself(admin: Admin) -> None:
    status, told = await admin.ask("GET", "/admin/openapi.json")
    assert (status, f"{PREFIX}/dead/replay" in told["paths"]) == (200, True)
    assert (await admin.ask("POST", "/admin/openapi.json"))[0] == 405


async def test_what_was_published_is_read(admin: Admin) -> None:
    await admin.log.append("status", [Message(b'{"state":"new"}', "17"), Message(b'{"pin":1}', "18")])
    _, rows = await admin.ask("GET", f"{PREFIX}/topics")
    assert [(row["name"], row["durable"], row["messages"], row["next"]) for row in rows] == [("status", "each", 2, 2)]
    _, page = await admin.ask("GET", f"{PREFIX}/topics/status?from=0&limit=1")
    assert ([row["data"] for row in page["items"]], page["next"], page["end"]) == ([{"state": "new"}], 1, 2)
    _, page = await admin.ask("GET", f"{PREFIX}/topics/status?from=-1&key=18")
    assert [row["offset"] for row in page["items"]] == [1]
    _, values = await admin.ask("GET", f"{PREFIX}/topics/status/values?after=0")
    assert ([row["key"] for row in values["items"]], values["next"]) == (["18"], None)
    assert (await admin.ask("GET", f"{PREFIX}/topics/none"))[0] == 404
    for wrong in ("from=x", "from=--1", "from=1e3", "limit=0", "offset=1"):
        assert (await admin.ask("GET", f"{PREFIX}/topics/status?{wrong}"))[0] == 400
