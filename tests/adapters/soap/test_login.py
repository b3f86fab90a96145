"""One session for all: begun once however many wait, again once when it is over, and refusals are not repeated."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from dataclasses import dataclass, field, replace

import pytest
import pytest_asyncio

from adapters.soap.calling import Extra
from adapters.soap.config_session import SessionSettings
from adapters.soap.login import Held, Login, in_session, revealed
from bridge.call import Call, Reply, Trace
from bridge.errors import (
    AnswerFailed,
    CallError,
    ConfigError,
    Fault,
    SessionExpired,
    Stopping,
    UpstreamFault,
    UpstreamInvalid,
    UpstreamThrottled,
    UpstreamTimeout,
    UpstreamUnauthorized,
    UpstreamUnreachable,
)
from bridge.events import Event, LoggedIn, LoginFailed
from bridge.settings import Secret
from bridge.transport.refusals import FIRST_PAUSE_S

CALL = Call("erp.GetOrder", b"{}", 1_000_000, Trace("1" * 32, "2" * 16))
PAUSE_S = 600.0


class Hands:
    """A clock that a test moves."""

    def __init__(self) -> None:
        self.now = 1000.0

    def monotonic(self) -> float:
        return self.now

    def wall(self) -> float:
        return self.now

    async def sleep(self, seconds: float) -> None:
        raise AssertionError("nobody sleeps here")


@dataclass
class World:
    """The service behind: it answers a login with what `says`, when `open` is set. `good`: the token it takes."""

    clock: Hands = field(default_factory=Hands)
    events: list[Event] = field(default_factory=list)
    asked: list[Call] = field(default_factory=list)
    left: list[Held] = field(default_factory=list)
    trusted: set[str] = field(default_factory=lambda: {"http://erp.example/soap"})
    says: Callable[[int], bytes] = lambda number: b'{"id":"token-%d"}' % number
    fails: CallError | None = None
    cookie: str = ""
    good: str = ""
    open: asyncio.Event = field(default_factory=asyncio.Event)
    knocked: asyncio.Event = field(default_factory=asyncio.Event)  # set when a login has come
    logins: list[Login] = field(default_factory=list)

    def trusts(self, url: str) -> bool:
        return url in self.trusted

    def trust(self, url: str) -> None:
        self.trusted.add(url)

    async def send(self, call: Call, extra: Extra) -> Reply:
        self.asked.append(call)
        self.knocked.set()
        await self.open.wait()
        if self.fails is not None:
            raise self.fails
        if extra.cookies is not None and self.cookie:
            extra.cookies.take("http://erp.example/soap", self.cookie)
        body = self.says(len(self.asked))
        self.good = body.partition(b'":"')[2].partition(b'"')[0].decode()
        return Reply(body)

    async def leave(self, call: Call, held: Held) -> Reply:
        self.left.append(held)
        if self.fails is not None:
            raise self.fails
        return Reply(b"")

    async def work(self, held: Held) -> Reply:
        """A call of the service: good with the right token only."""
        await asyncio.sleep(0)  # a real one waits, and others get their turn
        if held.token != self.good:
            raise SessionExpired(cause="over")
        return Reply(held.token.encode())

    def login(self, **more: object) -> Login:
        values = {"login": "Login", "with": {"user": "u"}, "token": "$.id", "send": {"http_header": "X-S"}, **more}
        settings = SessionSettings.model_validate({"attempts": 3, "pause": "600s", **values})
        emit = self.events.append
        made = Login("erp", settings, self, send=self.send, leave=self.leave, clock=self.clock, emit=emit)
        self.logins.append(made)
        return made

    async def ask(self, login: Login) -> Reply:
        return await in_session(login, CALL, self.work)

    def told(self, kind: type[Event]) -> list[Event]:
        return [one for one in self.events if type(one) is kind]


@pytest_asyncio.fixture
async def world() -> AsyncIterator[World]:
    made = World()
    made.open.set()
    yield made
    for login in made.logins:
        await login.close()


async def refused(world: World, login: Login) -> CallError:
    with pytest.raises(CallError) as caught:
        await world.ask(login)
    return caught.value


async def test_a_hundred_calls_share_one_login(world: World) -> None:
    login = world.login()
    world.open.clear()
    calls = [asyncio.create_task(world.ask(login)) for _ in range(100)]
    await world.knocked.wait()
    world.open.set()
    assert {reply.body for reply in await asyncio.gather(*calls)} == {b"token-1"}
    assert len(world.asked) == 1
    assert [one.why for one in world.told(LoggedIn) if isinstance(one, LoggedIn)] == ["first"]
    assert world.asked[0].args == b'{"user":"u"}'
    assert "token" not in repr(await login.held(CALL))


async def test_a_hundred_calls_that_find_it_over_log_in_once_more_and_none_fails(world: World) -> None:
    login = world.login()
    await world.ask(login)
    world.good = "another"
    replies = await asyncio.gather(*(world.ask(login) for _ in range(100)))
    assert {reply.body for reply in replies} == {b"token-2"}
    assert len(world.asked) == 2
    assert [one.why for one in world.told(LoggedIn) if isinstance(one, LoggedIn)] == ["first", "expired"]


async def test_a_late_failure_of_an_old_session_begins_no_third(world: World) -> None:
    login = world.login()
    old = await login.held(CALL)
    login.over(old, again=False)
    new = await login.held(CALL)
    login.over(old, again=False)
    assert await login.held(CALL) is new
    assert len(world.asked) == 2


async def test_over_again_right_after_a_login_is_an_error_and_no_loop(world: World) -> None:
    login = world.login()

    async def never(held: Held) -> Reply:
        raise SessionExpired(cause="always")

    for expected in (2, 2, 2):  # the first call logs in twice; then nobody asks for a while
        with pytest.raises(UpstreamUnauthorized) as caught:
            await in_session(login, CALL, never)
        assert caught.value.code == "upstream_unauthorized"
        assert len(world.asked) == expected
    assert [one.code for one in world.told(LoginFailed) if isinstance(one, LoginFailed)] == ["session_expired"]


async def test_a_session_that_ends_during_the_second_try_is_no_refusal_when_others_got_through(world: World) -> None:
    login = world.login()
    await world.ask(login)
    world.good = "another"
    held = await login.held(CALL)
    login.over(held, again=True)
    assert world.told(LoginFailed) == []
    assert (await world.ask(login)).body == b"token-2"


async def test_its_lifetime_is_kept(world: World) -> None:
    login = world.login(lifetime="20m")
    await world.ask(login)
    world.clock.now += 1199
    await world.ask(login)
    assert len(world.asked) == 1
    world.clock.now += 2
    assert (await world.ask(login)).body == b"token-2"
    assert [one.why for one in world.told(LoggedIn) if isinstance(one, LoggedIn)] == ["first", "lifetime"]


def page(status: int) -> UpstreamFault:
    """What a page of that status becomes, one that is no SOAP."""
    error = UpstreamFault(cause=f"http_{status}")
    error.outcome = "unknown"
    return error


@pytest.mark.parametrize(
    "error",
    [
        Fault("no", status=422, name="Client"),
        AnswerFailed("no"),
        UpstreamUnauthorized(cause="http_401"),
        UpstreamInvalid(cause="empty"),
        UpstreamFault(cause="Server"),
        page(500),
    ],
    ids=lambda error: f"{type(error).__name__} {error.cause}",
)
async def test_a_refused_login_is_told_to_all_that_wait_and_not_repeated_soon(world: World, error: CallError) -> None:
    login = world.login()
    world.fails = error
    errors = await asyncio.gather(*(refused(world, login) for _ in range(50)))
    assert {type(one) for one in errors} == {UpstreamUnauthorized}
    assert {one.outcome for one in errors} == {"not_sent"}
    assert len({id(one) for one in errors}) == 50
    assert len(world.asked) == 1
    early = await refused(world, login)
    assert early.retry_after_s == FIRST_PAUSE_S
    assert "not asked again" in early.cause
    assert len(world.asked) == 1


async def test_a_wrong_password_does_not_lock_the_account(world: World) -> None:
    login = world.login()
    world.fails = Fault("no", status=422, name="Client")
    for _ in range(3600):  # an hour of somebody asking each second
        await refused(world, login)
        world.clock.now += 1
    pauses = [one.pause_s for one in world.told(LoginFailed) if isinstance(one, LoginFailed)]
    assert pauses[:2] == [FIRST_PAUSE_S, 2 * FIRST_PAUSE_S]
    assert set(pauses[2:]) == {PAUSE_S}
    assert len(world.asked) == 2 + 6
    world.fails = None
    world.clock.now += PAUSE_S
    assert (await world.ask(login)).body.startswith(b"token-")


async def test_a_login_that_is_taken_again_clears_the_count(world: World) -> None:
    login = world.login()
    world.fails = Fault("no", status=422, name="Client")
    await refused(world, login)
    world.fails, world.clock.now = None, world.clock.now + FIRST_PAUSE_S
    await world.ask(login)
    world.good, world.fails = "another", Fault("no", status=422, name="Client")
    await refused(world, login)
    refusals = [one.refusals for one in world.told(LoginFailed) if isinstance(one, LoginFailed)]
    assert refusals == [1, 1]


@pytest.mark.parametrize(
    "error",
    [
        UpstreamUnreachable(cause="refused"),
        UpstreamTimeout(cause="slow"),
        UpstreamThrottled(retry_after_s=7.0),
        page(502),
        page(504),
    ],
    ids=lambda error: f"{type(error).__name__} {error.cause}",
)
async def test_a_service_that_is_not_there_says_nothing_about_the_password(world: World, error: CallError) -> None:
    login = world.login()
    world.fails = error
    for _ in range(5):
        told = await refused(world, login)
        assert type(told) is type(error)
        assert (told.outcome, told.retry_after_s, told.retryable) == ("not_sent", error.retry_after_s, True)
    assert len(world.asked) == 5
    assert {one.pause_s for one in world.told(LoginFailed) if isinstance(one, LoginFailed)} == {0.0}


@pytest.mark.parametrize(
    "answer",
    [b"", b"{}", b'{"id":""}', b'{"id":null}', b'{"id":{"a":1}}', b'{"id":"a\\nb"}', b'{"id":"%s"}' % (b"x" * 8001)],
)
async def test_an_answer_without_a_usable_token_is_a_refusal(world: World, answer: bytes) -> None:
    login = world.login()
    world.says = lambda _: answer
    error = await refused(world, login)
    assert "no usable token" in error.cause


async def test_cookies_in_place_of_a_token(world: World) -> None:
    login = world.login(token="cookie", send={"cookie": True})
    assert "sets no cookie" in (await refused(world, login)).cause
    world.clock.now += FIRST_PAUSE_S
    world.cookie = "SID=1; Path=/"
    held = await login.held(CALL)
    assert held.cookies is not None
    assert held.cookies.header("http://erp.example/soap") == "SID=1"


async def test_a_late_answer_to_the_old_session_does_not_spoil_the_new_one(world: World) -> None:
    login = world.login(token="cookie", send={"cookie": True})
    world.cookie = "SID=1; Path=/"
    old = await login.held(CALL)
    login.over(old, again=False)
    world.cookie = "SID=2; Path=/"
    new = await login.held(CALL)
    assert old.cookies is not None
    assert new.cookies is not None
    old.cookies.take("http://erp.example/soap", "SID=nobody; Path=/")
    assert new.cookies.header("http://erp.example/soap") == "SID=2"


async def test_the_address_that_a_login_names(world: World) -> None:
    login = world.login(endpoint="$.url", endpoint_origins=["https://*.erp.example"])
    world.says = lambda number: b'{"id":"token-%d","url":"https://na1.erp.example/soap"}' % number
    held = await login.held(CALL)
    assert held.url == "https://na1.erp.example/soap"
    assert held.url in world.trusted


@pytest.mark.parametrize(
    "url", ["https://evil.test/", "https://erp.example.evil.test/", "http://na1.erp.example/", "ftp://x", ""]
)
async def test_an_address_that_nobody_allowed_is_refused(world: World, url: str) -> None:
    login = world.login(endpoint="$.url", endpoint_origins=["https://*.erp.example"])
    world.says = lambda number: b'{"id":"token-%d","url":"%s"}' % (number, url.encode())
    assert "nobody allowed" in (await refused(world, login)).cause
    assert url not in world.trusted


async def test_who_gives_up_waiting_does_not_take_the_login_from_the_others(world: World) -> None:
    login = world.login()
    world.open.clear()
    first, second = (asyncio.create_task(world.ask(login)) for _ in range(2))
    await world.knocked.wait()
    first.cancel()
    await asyncio.wait([first])
    world.open.set()
    assert (await second).body == b"token-1"
    assert len(world.asked) == 1


async def test_a_call_waits_for_the_login_no_longer_than_it_may_and_knows_that_it_was_not_sent(world: World) -> None:
    login = world.login()
    world.open.clear()
    with pytest.raises(UpstreamTimeout) as caught:
        await in_session(login, replace(CALL, deadline=world.clock.now + 0.001), world.work)
    assert (caught.value.outcome, caught.value.cause) == ("not_sent", "waited for the login")
    world.open.set()
    assert (await world.ask(login)).body == b"token-1"
    assert len(world.asked) == 1


async def test_close_ends_the_session(world: World) -> None:
    login = world.login(logout="Logout")
    await login.close()
    assert world.left == []
    held = await login.held(CALL)
    await login.close()
    await login.close()
    assert world.left == [held]
    another = world.login(logout="Logout")
    await another.held(CALL)
    world.fails = UpstreamUnreachable()
    await another.close()
    assert len(world.left) == 2


async def test_close_while_somebody_waits(world: World) -> None:
    login = world.login()
    world.open.clear()
    waiting = asyncio.create_task(world.ask(login))
    await world.knocked.wait()
    await login.close()
    with pytest.raises(Stopping):
        await waiting


async def test_a_secret_that_is_not_there_is_no_refusal(world: World) -> None:
    login = world.login(**{"with": {"password": "env:NOBODY_SET_THIS"}})
    error = await refused(world, login)
    assert "NOBODY_SET_THIS" in error.cause
    assert world.asked == []
    assert (await refused(world, login)).retry_after_s is None


def test_arguments_with_their_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("A_PASSWORD", "p")
    given = {"a": Secret("env:A_PASSWORD"), "b": ("x", {"c": Secret("env:A_PASSWORD")}), "d": None, "e": True}
    assert revealed(given) == {"a": "p", "b": ["x", {"c": "p"}], "d": None, "e": True}
    with pytest.raises(ConfigError, match="NOBODY"):
        revealed(Secret("env:NOBODY_SET_THIS"))
