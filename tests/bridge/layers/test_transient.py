"""The table of what may pass: each protocol's failures through its adapter, and the page that people read."""

from __future__ import annotations

import ssl
from collections.abc import Callable
from pathlib import Path

import aiohttp
import pytest
from aiohttp.client_reqrep import ConnectionKey

from adapters.http.translate import body_of
from adapters.soap.envelope import Blame
from adapters.soap.faults import SoapFault
from adapters.soap.translate import fault_error, not_an_answer, refuse_by_status
from bridge.contracts import Operation
from bridge.errors import (
    AnswerFailed,
    CallError,
    DoesNotFit,
    Fault,
    Overloaded,
    UpstreamFailed,
    UpstreamInvalid,
    UpstreamUnaddressed,
)
from bridge.layers.deadline import no_answer
from bridge.layers.transient import TABLE, again, names, row_of
from bridge.transport.failures import failure, timed_out
from bridge.transport.opened import Answer

READ, WRITE = Operation("shop", "GetOrder", safe=True), Operation("shop", "CreateOrder")
PAGE = Path("docs/retry.md")
_KEY = ConnectionKey("erp.example", 443, True, True, None, None, None)


def answer(status: int, **headers: str) -> Answer:
    body = b"<html/>"
    return Answer(status, {name.replace("_", "-"): one for name, one in headers.items()}, "text/html", None, body, 7)


def http(status: int, **headers: str) -> CallError:
    return caught(lambda: body_of(answer(status, **headers), WRITE, now_s=0.0))


def soap(status: int) -> CallError:
    def read() -> None:
        refuse_by_status(answer(status), 0.0)
        raise not_an_answer(answer(status), "content_type")

    return caught(read)


def caught(work: Callable[[], object]) -> CallError:
    with pytest.raises(CallError) as one:
        work()
    return one.value


def fault(code: str, name: str = "", blame: Blame = "server", **statuses: int) -> CallError:
    return fault_error(SoapFault(code, (), "no", name, None, blame), statuses)


def ruled(status: int, *, retryable: bool) -> CallError:
    failed = UpstreamFailed("closed")
    failed.status, failed.retryable = status, retryable
    return failed


CASES: list[tuple[str, CallError, str, str]] = [
    ("refused", failure(aiohttp.ClientConnectorError(_KEY, ConnectionRefusedError()), sent=True), "any", "bad"),
    ("unknown host", failure(aiohttp.ClientConnectorDNSError(_KEY, OSError()), sent=True), "any", "bad"),
    ("stale", failure(aiohttp.ServerDisconnectedError(), sent=False), "any", "bad"),
    ("certificate", failure(aiohttp.ClientConnectorSSLError(_KEY, ssl.SSLError(1, "no")), sent=False),
     "never", "bad"),
    ("cut", failure(aiohttp.ServerDisconnectedError(), sent=True), "repeatable", "bad"),
    ("cut in the answer", failure(aiohttp.ClientPayloadError(), sent=True), "repeatable", "bad"),
    ("connecting too slowly", timed_out(sent=False), "any", "bad"),
    ("answering too slowly", timed_out(sent=True), "repeatable", "bad"),
    ("no time left", no_answer(READ, sent=False), "never", "nothing"),
    ("a write out of time", no_answer(WRITE, sent=True), "never", "bad"),
    ("no address", UpstreamUnaddressed(), "never", "nothing"),
    *[(f"http {one}", http(one), "repeatable", "bad") for one in (500, 502, 503, 504, 520)],
    *[(f"soap {one}", soap(one), "repeatable", "bad") for one in (500, 502, 503, 504, 520)],
    *[(f"http {one}", http(one), "never", "good") for one in (400, 403, 404, 409, 410, 422)],
    *[(f"http {one}", http(one), "never", "nothing") for one in (401, 407)],
    *[(f"soap {one}", soap(one), "never", "nothing") for one in (401, 403, 407)],
    ("http 429", http(429), "repeatable", "nothing"),
    ("soap 429", soap(429), "repeatable", "nothing"),
    ("http 403, quota used up", http(403, x_ratelimit_remaining="0"), "repeatable", "nothing"),
    ("http redirect", http(302), "never", "bad"),
    ("soap redirect", soap(302), "never", "bad"),
    ("soap page", soap(200), "never", "bad"),
    ("http page", caught(lambda: body_of(answer(200), READ, now_s=0.0)), "never", "bad"),
    ("fault of the server", fault("Server"), "repeatable", "bad"),
    ("fault of the client", fault("Client", blame="client"), "never", "good"),
    ("declared fault", fault("Server", "OrderNotFound"), "never", "good"),
    ("declared fault given 503", fault("Server", "ShopClosed", ShopClosed=503), "repeatable", "bad"),
    ("credentials", fault("FailedAuthentication"), "never", "nothing"),
    ("envelope", fault("MustUnderstand"), "never", "bad"),
    ("rule 503", ruled(500, retryable=True), "repeatable", "bad"),
    ("rule 501", ruled(501, retryable=False), "never", "bad"),
    ("rule 4xx", AnswerFailed("no"), "never", "good"),
    ("does not fit", DoesNotFit(), "never", "nothing"),
    ("no place", Overloaded(), "never", "nothing"),
]  # fmt: skip


@pytest.mark.parametrize(("error", "repeat", "health"), [one[1:] for one in CASES], ids=[one[0] for one in CASES])
def test_what_each_protocol_answers(error: CallError, repeat: str, health: str) -> None:
    assert (again(error), row_of(error).health) == (repeat, health)


def test_every_row_but_the_open_ones_is_seen() -> None:
    seen = {row_of(one[1]).what for one in CASES}
    assert {row.what for row in TABLE} - seen == {
        "any other failure behind, if it may pass",
        "any other failure behind",
    }


def test_the_page_has_the_table() -> None:
    words = {"any": "any", "repeatable": "safe or idempotent", "never": "no"}
    health = {"good": "it works", "bad": "it fails", "nothing": "nothing"}
    lines = [f"| {row.what} | `{row.kind.code}` | {words[row.again]} | {health[row.health]} |" for row in TABLE]
    assert "\n".join(lines) in PAGE.read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("error", "on", "repeat"),
    [
        (Fault("locked", status=422, name="OrderLocked"), {"OrderLocked": True}, "repeatable"),
        (fault("Server.Fatal"), {"Server.Fatal": False}, "never"),
        (fault("Server.Fatal"), {"upstream_fault": False, "Server.Fatal": True}, "repeatable"),
        (UpstreamInvalid(cause="content_type"), {"upstream_invalid": True}, "repeatable"),
        (http(429), {"429": False}, "never"),
        (http(429), {"503": False}, "repeatable"),
        (http(410), {"410": True}, "repeatable"),
        (no_answer(WRITE, sent=True), {"outcome_unknown": True}, "never"),
        (DoesNotFit(), {"does_not_fit": True}, "never"),
        (Overloaded(), {"overloaded": True}, "never"),
        (timed_out(sent=False), {"upstream_timeout": True}, "any"),
        (timed_out(sent=False), {"upstream_timeout": False}, "never"),
    ],
)
def test_what_a_person_says_otherwise(error: CallError, on: dict[str, bool], repeat: str) -> None:
    assert again(error, on) == repeat


def test_the_exact_name_comes_first() -> None:
    assert [*names(fault("Server", "ShopClosed", ShopClosed=503))] == ["ShopClosed", "Server", "fault", "503"]
