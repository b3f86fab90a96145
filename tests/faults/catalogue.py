"""Every fault of the matrix (reliability.md 3.1 and 3.3) as data: what is played, and what it means."""

from __future__ import annotations

from tests.faults import garbage, plays
from tests.faults.case import Adapter, Case, Fault, Means, cases_of
from tests.faults.proxy import Play, answer_of, passes

TIMEOUT: tuple[Means, ...] = ("timeout",)
CUT: tuple[Means, ...] = ("cut",)
EARLY: tuple[Means, ...] = ("cut", "unsent")
"""Whether a byte of the request was accepted before the end came is a race, and either way nothing was done."""
FAULT11 = (
    '<e:Envelope xmlns:e="http://schemas.xmlsoap.org/soap/envelope/"><e:Body><e:Fault><faultcode>{}</faultcode>'
    "<faultstring>It went wrong</faultstring></e:Fault></e:Body></e:Envelope>"
)
PAGE = b"<html><body><h1>Out of order</h1></body></html>"
REQUEST_CUTS = (0, 1, 2, 17, 64, 128, 200)
ANSWER_CUTS = (0, 1, 8, 9, 12, 15, 17, 40, 60, 80, 100, 120, 140)
BYTES: dict[Adapter, int] = {"soap": 400, "http": 220}
"""Every request and every answer is longer than that."""
SHARES = (0.25, 0.5, 0.75, 0.9, 1.0)


def _slow() -> list[Fault]:
    silent = {
        "after-accept": (plays.deaf_after_accept, 0),
        "before-the-answer": (plays.late(30), 1),
        "after-a-byte": (plays.silent_after(0.001), 1),
        "in-the-head": (plays.silent_after(0.1), 1),
        "after-the-head": (plays.silent_after(-1), 1),
        "in-the-body": (plays.silent_after(0.8), 1),
        "drip": (plays.drips(), 1),
        "drip-slower": (plays.drips(0.3), 1),
    }
    always = [
        Fault(name, "slow", play, TIMEOUT, effects, lane="brief", once=False)
        for name, (play, effects) in silent.items()
    ]
    once = [
        Fault(name, "slow-once", play, TIMEOUT, effects, lane="retrying") for name, (play, effects) in silent.items()
    ]
    return [*always, *[fault for fault in once if fault.id in {"after-accept", "after-the-head", "before-the-answer"}]]


def _cuts() -> list[Fault]:
    found = []
    for reset in (True, False):
        how = "rst" if reset else "fin"
        found += [
            Fault(f"request-{count}-{how}", "cut", plays.cut_request(count, reset=reset), EARLY, 0, racy=count == 0)
            for count in REQUEST_CUTS
        ]
        found += [
            Fault(f"answer-{share:.0%}-{how}", "cut", plays.cut_answer(share, reset=reset), CUT) for share in SHARES
        ]
    found += [
        Fault(f"answer-{count}-fin", "cut", plays.cut_answer_after(count), ("cut", "invalid") if count else CUT)
        for count in ANSWER_CUTS
    ]
    return [
        *found,
        Fault("half-closed", "cut", plays.half_closed, CUT),
        Fault("half-closed-unread", "cut", plays.half_closed_unread, EARLY, 0, racy=True),
    ]


def _stale() -> list[Fault]:
    def one(how: str, means: tuple[Means, ...], effects: int) -> Fault:
        return Fault(how, "stale", plays.stale(how), means, effects, warm=True, once=False)

    return [one("read-fin", CUT, 0), one("read-rst", CUT, 0), one("done-fin", CUT, 1)]


def _too_much() -> list[Fault]:
    heavy: dict[str, Play] = {
        "chunks-without-end": plays.endless_chunks,
        "gigabyte": plays.endless_body,
        "head-without-end": plays.endless_head,
        "bomb": plays.bomb(),
        "bomb-in-a-bomb": plays.bomb(2),
    }
    return [Fault(name, "huge", play, ("invalid",), heavy=True) for name, play in heavy.items()]


def _pages() -> list[Fault]:
    found = []
    for status in (500, 501, 502, 504, 505, 520, 599):
        page = answer_of(PAGE, status=status, kind="text/html")
        found.append(Fault(f"page-{status}", "page", plays.says(page), ("broken",)))
    for status in (401, 407):
        page = answer_of(PAGE, status=status, kind="text/html")
        found.append(Fault(f"page-{status}", "page", plays.refuses(page), ("unauthorized",), 0))
    return found


def _soap_faults() -> list[Fault]:
    found = []
    for status in (200, 500):
        for code in ("e:Server", "e:Server.Busy", "Server"):
            said = answer_of(FAULT11.format(code).encode(), status=status)
            found.append(
                Fault(f"{code}-{status}", "soap-fault", plays.refuses(said), ("fault",), 0, adapters=("soap",))
            )
    return found


def _fine() -> list[Fault]:
    good: dict[str, Play] = {
        "passed": passes,
        "until-closed": plays.until_closed,
        "small-chunks": plays.in_small_chunks,
        "late-in-time": plays.late(0.05),
    }
    idle: dict[str, Play] = {"idle-fin": plays.stale("idle-fin")}
    return [
        *(Fault(name, "fine", play, ("good",)) for name, play in good.items()),
        *(Fault(name, "fine", play, ("good",), warm=True) for name, play in idle.items()),
    ]


def _tls() -> list[Fault]:
    both: tuple[Adapter, ...] = ("soap", "http")

    def one(name: str, means: Means, effects: int = 0) -> Fault:
        # A certificate that does not do now does not do a moment later: one connection, no retry.
        return Fault(name, "tls", passes, (means,), effects, lane="tls", tls=name, adapters=both, once=False)

    names = ("expired", "not-yet", "wrong-name", "self-signed", "unknown-ca", "protocol-alert", "handshake-alert",
             "internal-alert", "cut-after-hello", "cut-in-handshake", "no-tls")  # fmt: skip
    return [
        one("good", "good", 1),
        *(one(name, "no_trust") for name in names if not name.startswith("cut-")),
        *(Fault(name, "tls", passes, ("unsent", "no_trust"), 0, lane="tls", tls=name, once=False)
          for name in names if name.startswith("cut-")),
        *(one(name, "unauthorized") for name in ("client-refused-12", "client-refused-13")),
    ]  # fmt: skip


def _dns() -> list[Fault]:
    def one(name: str, means: tuple[Means, ...], turns: bool = False) -> Fault:
        good = means == ("good",)
        adapters: tuple[Adapter, ...] = ("http",) if name == "slow" else ("soap", "http")
        return Fault(name, "dns", passes, means, int(good), turns, "dns", adapters, host=name, once=False)

    return [
        one("nxdomain", ("unsent",)),
        one("servfail", ("unsent",)),
        one("nobody", ("unsent",)),
        one("slow", ("unsent",)),
        one("dead-aaaa", ("good",), turns=True),
        one("servfail-once", ("good",), turns=True),
    ]


def faults() -> list[Fault]:
    refused = Fault("refused", "cut", passes, ("unsent",), 0, turns=False, host="deaf", once=False)
    return [
        *(*_slow(), *_cuts(), refused, *_stale(), *_too_much(), *_pages(), *_soap_faults(), *_fine(), *_tls(), *_dns()),
        *garbage.faults(),
    ]


def cases() -> list[Case]:
    return cases_of(faults())


def every_byte() -> list[Case]:
    """A write that is cut off after each single byte of its request, and of its answer."""
    found = []
    for adapter, most in BYTES.items():
        for count in range(1, most):
            cut = plays.cut_request(count, reset=count % 2 == 0)
            asked = Fault(f"request-byte-{count}", "each-byte", cut, EARLY, 0, adapters=(adapter,))
            said = Fault(f"answer-byte-{count}", "each-byte", plays.cut_answer_after(count), ("cut", "invalid"))
            found += [Case(asked, adapter, "write", once=False), Case(said, adapter, "write", once=False)]
    return found
