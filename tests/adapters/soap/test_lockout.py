"""A refused password is not tried with every call: what counts, who is told, and when it is tried again."""

from __future__ import annotations

from typing import Any

import pytest

from adapters.soap.config import SoapSettings
from adapters.soap.lockout import Lockout, passwords
from bridge.clock import SystemClock
from bridge.errors import (
    AnswerFailed,
    CallError,
    DoesNotFit,
    Fault,
    UpstreamFault,
    UpstreamTimeout,
    UpstreamUnauthorized,
)
from bridge.events import CredentialsRefused, Event
from bridge.transport.refusals import FIRST_PAUSE_S
from tests.adapters.soap.messages import soap
from tests.adapters.soap.opened import Room, call
from tests.adapters.soap.shop import fault
from tests.bridge.transport.faults import FaultServer, answers, http

PAUSE_S = 600.0
BASIC = {"auth": {"basic": {"username": "shop", "password": "env:PASSWORD"}}}
TOKEN = {"security": {"username_token": {"username": "shop", "password": "env:PASSWORD"}}}


class HandClock(SystemClock):
    """Stands still until the test moves it."""

    now = 1000.0

    def monotonic(self) -> float:
        return self.now


class World:
    """One lockout, and who asks through it."""

    def __init__(self, **settings: Any) -> None:
        self.clock, self.events = HandClock(), list[Event]()
        chosen = SoapSettings.model_validate({"wsdl": "x.wsdl", "lockout": {"pause": "600s"}} | (settings or BASIC))
        self.lockout = Lockout("erp", chosen, self.clock, self.events.append)
        self.asked = 0

    def ask(self, outcome: CallError | None = None, operation: str = "Get") -> CallError | None:
        """One call that ends so; the error that its caller gets."""
        try:
            with self.lockout.watched(operation):
                self.asked += 1
                if outcome is not None:
                    raise outcome
        except CallError as error:
            return error
        return None

    def told(self) -> list[tuple[int, float]]:
        return [(one.refusals, one.pause_s) for one in self.events if isinstance(one, CredentialsRefused)]


def refusal(by: Any = "http") -> UpstreamUnauthorized:
    error = UpstreamUnauthorized(cause="http_401")
    error.refused = by
    return error


def test_one_that_was_never_taken_pauses_at_once() -> None:
    world = World()
    assert world.ask(refusal()).cause == "http_401"  # type: ignore[union-attr]  # it is refused
    early = world.ask()
    assert isinstance(early, UpstreamUnauthorized)
    assert (early.status, early.code, early.outcome, early.retryable) == (
        502,
        "upstream_unauthorized",
        "not_sent",
        False,
    )
    assert early.retry_after_s == FIRST_PAUSE_S
    assert "not tried again for 5 s" in early.cause
    assert (world.asked, world.told(), world.lockout.refused) == (1, [(1, FIRST_PAUSE_S)], True)


def test_an_hour_of_calls_is_a_few_tries() -> None:
    world = World()
    for _ in range(3600):
        world.ask(refusal())
        world.clock.now += 1
    assert world.asked == 2 + 6
    assert world.told()[:3] == [(1, 5.0), (2, 10.0), (3, PAUSE_S)]


def test_when_the_pause_is_over_one_asks_for_all() -> None:
    world = World()
    world.ask(refusal())
    world.clock.now += FIRST_PAUSE_S
    with world.lockout.watched("Get"):  # it is on its way
        assert [type(world.ask()) for _ in range(50)] == [UpstreamUnauthorized] * 50
    assert world.ask() is None
    assert not world.lockout.refused


def test_who_asks_for_all_and_hears_nothing_leaves_it_to_the_next() -> None:
    world = World()
    world.ask(refusal())
    world.clock.now += FIRST_PAUSE_S
    assert isinstance(world.ask(UpstreamTimeout()), UpstreamTimeout)
    assert isinstance(world.ask(), UpstreamUnauthorized)
    world.clock.now += FIRST_PAUSE_S
    assert world.ask() is None


def test_one_that_was_taken_may_be_refused_twice() -> None:
    world = World()
    world.ask()
    for _ in range(2):
        world.ask(refusal())
    assert world.ask() is None
    assert world.told() == []
    for _ in range(3):
        world.ask(refusal())
    assert world.told() == [(3, PAUSE_S)]
    assert isinstance(world.ask(), UpstreamUnauthorized)


def test_one_operation_that_is_always_refused_stops_no_other() -> None:
    """An account may lack the right to one operation, or a caller's own login may be what it refuses."""
    world = World()
    for _ in range(100):
        assert world.ask() is None
        for _ in range(9):
            assert isinstance(world.ask(refusal(), "Admin"), UpstreamUnauthorized)
        world.clock.now += 1
    assert world.asked == 100 + 3
    assert world.told() == [(3, PAUSE_S)]
    assert world.lockout.refused


def test_when_its_pause_is_over_it_is_asked_once() -> None:
    world = World()
    world.ask()
    for _ in range(3):
        world.ask(refusal(), "Admin")
    world.ask()
    for _ in range(3):
        world.clock.now += PAUSE_S
        before = world.asked
        for _ in range(9):
            world.ask(refusal(), "Admin")
            world.ask()
        assert world.asked == before + 9 + 1
    world.clock.now += PAUSE_S
    assert world.ask(None, "Admin") is None
    assert not world.lockout.refused


def test_one_that_was_taken_and_is_refused_by_a_second_operation_stops_all() -> None:
    world = World()
    world.ask()
    for _ in range(3):
        world.ask(refusal(), "Admin")
    world.ask(refusal())
    before = world.asked
    for operation in ("Get", "Admin", "Other"):
        assert isinstance(world.ask(None, operation), UpstreamUnauthorized)
    assert world.asked == before
    assert world.told() == [(3, PAUSE_S), (4, PAUSE_S)]
    world.clock.now += PAUSE_S
    for operation in ("Other", "Admin"):
        assert world.ask(None, operation) is None
    assert not world.lockout.refused


def test_calls_that_were_under_way_together_are_one_try() -> None:
    world = World()
    under_way = [world.lockout.watched("Get") for _ in range(9)]
    for one in under_way:
        one.__enter__()
    for one in under_way:
        error = refusal()
        assert not one.__exit__(UpstreamUnauthorized, error, None)
    assert world.told() == [(1, FIRST_PAUSE_S)]


@pytest.mark.parametrize("error", [Fault("no", status=404), AnswerFailed("no")])
def test_a_no_of_the_service_says_that_it_let_us_in(error: CallError) -> None:
    world = World()
    world.ask(error)
    world.ask(refusal())
    assert (world.ask(), world.told()) == (None, [])


@pytest.mark.parametrize("error", [UpstreamFault(), UpstreamTimeout(), DoesNotFit(), refusal(""), refusal("message")])
def test_what_says_nothing_of_the_password(error: CallError) -> None:
    world = World()
    for _ in range(9):
        assert world.ask(error) is error
    assert world.told() == []
    world.ask(refusal())
    assert world.told() == [(1, FIRST_PAUSE_S)]


@pytest.mark.parametrize(
    ("settings", "found"),
    [
        (BASIC, {"http"}),
        ({"auth": {"digest": {"username": "shop", "password": "env:PASSWORD"}}}, {"http"}),
        ({"auth": {"ntlm": {"username": "shop", "password": "env:PASSWORD"}}}, {"http"}),
        ({"auth": {"bearer": "env:TOKEN"}}, set()),
        ({"auth": {"api_key": {"key": "env:KEY"}}}, set()),
        (TOKEN, {"message"}),
        (
            {"proxy": "http://proxy.example:1", "proxy_auth": {"username": "a", "password": "env:PASSWORD"}},
            {"proxy"},
        ),
        (BASIC | TOKEN, {"http", "message"}),
        ({"security": TOKEN["security"] | {"saml": {"header": "X-Saml-Assertion"}}}, set()),
        ({}, set()),
    ],
)
def test_what_is_a_password(settings: dict[str, Any], found: set[str]) -> None:
    assert passwords(SoapSettings.model_validate({"wsdl": "x.wsdl"} | settings)) == found


# ── on the wire ──────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize(
    ("settings", "refused"),
    [
        (BASIC, http(b"", status=401)),
        (BASIC, http(b"<html>", status=401, kind="text/html")),
        (TOKEN, http(fault("wsse:FailedAuthentication", "no", version="1.1"), status=500)),
        (TOKEN, http(fault("wsse:InvalidSecurity", "no", version="1.1"), status=500)),
    ],
)
async def test_the_server_is_asked_once(
    room: Room, monkeypatch: pytest.MonkeyPatch, settings: dict[str, Any], refused: bytes
) -> None:
    monkeypatch.setenv("PASSWORD", "wrong")
    async with FaultServer([answers(refused)]) as server:
        upstream = room.upstream(server.url, **settings)
        for _ in range(5):
            with pytest.raises(UpstreamUnauthorized):
                await upstream.service("GetOrder")(call())
        with pytest.raises(UpstreamUnauthorized):  # it is one password for all operations
            await upstream.service("Notify")(call(b"{}", "Notify"))
        assert len(server.requests) == 1
    assert upstream.refused
    assert len(room.told(CredentialsRefused)) == 1
    assert "wrong" not in repr(room.events)


async def test_without_a_password_of_ours_everybody_is_asked_for(room: Room) -> None:
    """Credentials of callers that are handed on: a wrong one of one caller stops nobody else."""
    async with FaultServer([answers(http(b"", status=401))] * 3 + [answers(soap())]) as server:
        service = room.upstream(server.url).service("GetOrder")
        for _ in range(3):
            with pytest.raises(UpstreamUnauthorized):
                await service(call(headers={"Authorization": "Basic d3Jvbmc="}))
        assert (await service(call())).body
    assert room.told(CredentialsRefused) == []
