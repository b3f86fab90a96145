"""What is asked for later, over HTTP: who keeps the calls is played by the test."""

from __future__ import annotations

import json
from collections.abc import AsyncIterator, Callable, Collection, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from typing import Any

import pytest
from aiohttp import ClientSession, web

from bridge.call import JsonValue, Principal
from bridge.contracts import Keyed
from bridge.errors import CallError, Conflict, Fault
from bridge.store.ticket_head import head_of
from bridge.store.tickets import Ticket
from bridge.web.async_calls import AsyncCalls
from bridge.web.async_openapi import Later
from bridge.web.async_page import TicketsPage
from bridge.web.async_settings import AsyncSettings
from bridge.web.async_shown import Cancelled, location_of, result_of, shown
from bridge.web.openapi import snapshot_writer
from bridge.web.rest import Rest
from bridge.web.route_table import RouteTable
from bridge.web.routes import AnswerSetting, build_routes
from tests.bridge.web.fake import Answers, Anyone, Door, FakeUpstream, snapshot

SECRET = "0123456789abcdef" * 2
LATER = {"Prefer": "respond-async"}
JOB = "01j00000000000000000000000"


def ticket(state: str = "ready", **changes: Any) -> Ticket:
    made = Ticket(JOB, "", "f", SECRET, "", 1.0, state, "shop.Find", 0, "", 1.0, None, "t" * 32)
    return replace(made, **changes)


@dataclass
class Kept:
    """Plays the keeper: one ticket."""

    ticket: Ticket = field(default_factory=ticket)
    body: bytes | None = b'{"ok":true}'
    after_wait: Ticket | None = None
    accepted: list[dict[str, Any]] = field(default_factory=list)
    waited: list[float] = field(default_factory=list)
    cancels: bool | None = True

    async def accept(self, operation: str, args: JsonValue, **more: Any) -> Ticket:
        self.accepted.append({"operation": operation, "args": args, **more})
        return self.ticket

    async def look(self, job_id: str) -> Ticket | None:
        return self.ticket if job_id == self.ticket.job_id else None

    async def answer(self, job_id: str) -> bytes | None:
        return self.body

    async def ended(self, job_id: str, wait_s: float) -> Ticket | None:
        self.waited.append(wait_s)
        self.ticket = self.after_wait or self.ticket
        return self.ticket

    async def cancel(self, job_id: str, cause: str) -> bool:
        if self.cancels is None:
            raise Conflict("It has ended.")
        return self.cancels


class Keys(Anyone):
    """Knows an operator."""

    def administers(self, principal: Principal | None, verb: str) -> bool:
        return principal is not None and principal.name == "operator"


@dataclass
class Shop:
    """What a test talks to."""

    session: ClientSession
    url: str
    kept: Kept
    answers: Answers
    door: Door

    async def ask(self, method: str, path: str, **headers: str) -> tuple[int, Mapping[str, str], bytes]:
        async with self.session.request(method, self.url + path, headers=headers, allow_redirects=False) as response:
            return response.status, response.headers, await response.read()


@asynccontextmanager
async def shop(
    kept: Kept | None = None,
    *,
    later: str = "",
    callbacks: Collection[str] = (),
    store: bool = True,
    keyed: Keyed | None = None,
) -> AsyncIterator[Shop]:
    kept, answers = kept or Kept(), Answers()
    snap = snapshot(answers)
    settings = {name: AnswerSetting(later=later) for name in FakeUpstream().operations}  # type: ignore[arg-type]  # a word of the test
    snap = replace(snap, routes=RouteTable(build_routes(FakeUpstream(), {}, "/v1/shop", settings)))
    if keyed is not None:
        snap = replace(snap, keyed={f"shop.{name}": keyed for name in FakeUpstream().operations})
    tickets: Callable[[], Kept | None] = lambda: kept if store else None  # noqa: E731  two lines are enough
    bounds = AsyncSettings.model_validate({"wait": "5s"})
    page = TicketsPage(tickets, lambda: bounds, Keys)
    taking = AsyncCalls(tickets, lambda: bounds, lambda: callbacks)
    door = Door(Rest(lambda: snap, Anyone(), pages={"jobs": page.page}, later=taking))
    runner = web.ServerRunner(web.Server(door))
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    try:
        async with ClientSession() as session:
            yield Shop(session, f"http://127.0.0.1:{port}", kept, answers, door)
    finally:
        await runner.cleanup()


GET = "/v1/shop/ping"
AT = location_of(ticket())


@pytest.mark.parametrize(
    ("keyed", "given", "status"),
    [
        (Keyed(required=True), {}, 400),
        (Keyed(required=True), {"Idempotency-Key": '"k1"'}, 202),
        (Keyed(required=True, made=True), {}, 202),
        (Keyed(), {}, 202),
    ],
)
async def test_a_key_that_is_required_is_required_for_later_as_well(
    keyed: Keyed, given: dict[str, str], status: int
) -> None:
    async with shop(keyed=keyed) as here:
        assert (await here.ask("GET", GET, **LATER, **given))[0] == status
        assert len(here.kept.accepted) == (status == 202)


async def test_it_is_accepted_with_all_that_it_needs() -> None:
    async with shop(callbacks=["events"]) as here:
        more = {"X-Tenant": "t1", "Idempotency-Key": '"k1"', "Callback": "events", "Cache-Control": "no-cache"}
        status, headers, body = await here.ask("GET", GET, **LATER, **more)
        assert (status, headers["Location"], headers["Retry-After"]) == (202, AT, "2")
        assert headers["Preference-Applied"] == "respond-async"
        assert body == shown(ticket())
        (accepted,) = here.kept.accepted
        assert accepted == {
            "operation": "shop.Ping",
            "args": {},
            "owner": "",
            "headers": {"X-Tenant": "t1"},
            "no_cache": True,
            "key": "k1",
            "callback": "events",
            "trace_id": here.door.infos[0].trace.trace_id,
        }
        assert here.answers.calls == []


@pytest.mark.parametrize(
    ("prefer", "taken"),
    [
        ("respond-async", True),
        ("RESPOND-ASYNC", True),
        ("return=minimal, respond-async", True),
        ("respond-async; a=b", True),
        ("wait=0, respond-async", True),
        ("respond-asynchronously", False),
        ("x=respond-async", False),
        ("wait=5", False),
    ],
)
async def test_the_preference_is_read_as_its_rfc_says(prefer: str, taken: bool) -> None:
    async with shop() as here:
        status, _, _ = await here.ask("GET", GET, Prefer=prefer)
        assert (status == 202, len(here.kept.accepted)) == (taken, taken)


async def test_where_it_is_always_nobody_needs_to_ask() -> None:
    async with shop(later="always") as here:
        status, headers, _ = await here.ask("GET", GET)
        assert (status, "Preference-Applied" in headers) == (202, False)


@pytest.mark.parametrize(("later", "store"), [("never", True), ("", False), ("always", False)])
async def test_where_it_cannot_be_it_is_answered_at_once(later: str, store: bool) -> None:
    async with shop(later=later, store=store) as here:
        status, headers, _ = await here.ask("GET", GET, **LATER)
        assert (status, "Preference-Applied" in headers, len(here.answers.calls)) == (200, False, 1)
        assert (await here.ask("GET", GET, Callback="events", **LATER))[0] == 400


@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Callback": "nobody"}, 400),
        ({"Callback": "https://evil.example/"}, 400),
        ({"Idempotency-Key": '""'}, 400),
        ({"Idempotency-Key": "k" * 256}, 400),
        ({"Accept": "text/html"}, 406),
    ],
)
async def test_what_cannot_be_is_said_at_once(headers: dict[str, str], status: int) -> None:
    async with shop(callbacks=["events"]) as here:
        assert (await here.ask("GET", GET, **LATER, **headers))[0] == status
        assert here.kept.accepted == []


async def test_whoever_waits_gets_the_answer_if_it_comes() -> None:
    done = ticket("done", head=head_of(200))
    async with shop(Kept(after_wait=done)) as here:
        status, headers, body = await here.ask("GET", GET, Prefer="respond-async, wait=3600")
        assert (status, body, headers["Preference-Applied"]) == (200, b'{"ok":true}', "respond-async, wait=5")
        assert headers["Content-Location"] == f"{AT}/answer"
        assert here.kept.waited == [5.0]  # the server's bound


# ── where it stands ──────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("state", "status", "answer_status"),
    [("ready", 202, 202), ("running", 202, 202), ("done", 303, 200), ("dead", 303, 404), ("cancelled", 200, 410)],
)
async def test_each_state_has_its_status(state: str, status: int, answer_status: int) -> None:
    head = {"done": head_of(200), "dead": head_of(Fault("No.", status=404))}.get(state, b"")
    code = "fault" if state == "dead" else ""
    async with shop(Kept(ticket(state, head=head, code=code))) as here:
        told, headers, _ = await here.ask("GET", AT)
        assert (told, headers.get("Location", "")) == (status, f"{AT}/answer" if status == 303 else "")
        assert (await here.ask("GET", f"{AT}/answer"))[0] == answer_status
        assert (await here.ask("HEAD", AT))[0] == status


async def test_asking_again_costs_nothing_and_waiting_is_bounded() -> None:
    async with shop() as here:
        _, headers, _ = await here.ask("GET", AT)
        same = {"If-None-Match": headers["ETag"]}
        assert (await here.ask("GET", AT, **same))[0] == 304
        here.kept.after_wait = ticket("done", head=head_of(200))
        status, headers, _ = await here.ask("GET", AT, Prefer="wait=999", **same)
        assert (status, headers["Preference-Applied"], here.kept.waited) == (303, "wait=5", [5.0])
        # What sends elsewhere is never "as before".
        assert (await here.ask("GET", AT, **{"If-None-Match": headers["ETag"]}))[0] == 303


@pytest.mark.parametrize(
    "path",
    [AT[:-1] + "0", AT.replace(JOB, "01k00000000000000000000000"), "/jobs", "/jobs/", f"{AT}/more", AT.upper()],
)
async def test_what_is_not_there_is_404(path: str) -> None:
    async with shop() as here:
        assert (await here.ask("GET", path))[0] == 404


async def test_it_is_seen_by_whoever_asked_and_by_operators() -> None:
    async with shop(Kept(ticket(owner="web"))) as here:
        for name, status in (("web", 202), ("crm", 404), ("operator", 202)):
            here.door.principal = Principal(name)
            assert (await here.ask("GET", AT))[0] == status
        here.door.principal = Principal("crm")
        assert (await here.ask("DELETE", AT))[0] == 404


async def test_what_was_kept_long_enough_is_gone() -> None:
    async with shop(Kept(ticket("done", expired=True))) as here:
        for method, path in (("GET", AT), ("GET", f"{AT}/answer"), ("DELETE", AT)):
            assert (await here.ask(method, path))[0] == 410


@pytest.mark.parametrize(("cancels", "status"), [(True, 204), (False, 202), (None, 409)])
async def test_it_is_taken_back_where_that_can_be(cancels: bool | None, status: int) -> None:
    async with shop(Kept(cancels=cancels)) as here:
        assert (await here.ask("DELETE", AT))[0] == status
        assert (await here.ask("DELETE", f"{AT}/answer"))[0] == 405
        told, headers, _ = await here.ask("POST", AT)
        assert (told, headers["Allow"]) == (405, "GET, HEAD, OPTIONS, DELETE")


def test_a_job_that_ended_by_another_hand_says_why_as_far_as_that_is_known() -> None:
    old = head_of(Fault("Of an earlier end.", status=404))
    for code, status in (("outcome_unknown", 504), ("internal_error", 500), ("skipped", 500)):
        with pytest.raises(CallError) as caught:
            result_of(ticket("dead", code=code, head=old), None)
        assert (caught.value.code, caught.value.status) == (code, status)
    with pytest.raises(Cancelled):
        result_of(ticket("cancelled"), None)


# ── told in the document ─────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(("later", "said"), [("", True), ("always", True), ("allowed", True), ("never", False)])
def test_the_document_says_it(later: str, said: bool) -> None:
    settings = {name: AnswerSetting(later=later) for name in FakeUpstream().operations}  # type: ignore[arg-type]  # a word of the test
    snap = replace(snapshot(Answers()), routes=RouteTable(build_routes(FakeUpstream(), {}, "/v1/shop", settings)))
    write = snapshot_writer(title="t", version="1", server_url="/", security=False, later=Later(("events",)))
    document = json.loads(write(snap, ("shop",)))
    post = document["paths"]["/v1/shop/echo"]["post"]
    assert ("202" in post["responses"]) is said
    named = [one.get("$ref", "").rpartition("/")[2] for one in post.get("parameters", [])]
    assert named == (["Prefer", "Callback"] if said else [])
    assert document["components"]["parameters"]["Callback"]["schema"] == {"enum": ["events"]}
    assert set(document["paths"]["/jobs/{id}"]) == {"get", "delete"}
    assert "Job" in document["components"]["schemas"]
