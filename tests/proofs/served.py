"""`serve` in front of `mock` over the collection of real WSDLs: every route of every operation is asked once.

The request is the example of the OpenAPI document that the bridge serves; the answer must be one that the document
tells of, and fit its schema. HTTP lies between all three. `make served` does all of it and writes
docs/proofs/served.md anew.
"""

from __future__ import annotations

import asyncio
import sys
import time
from collections import Counter
from collections.abc import AsyncIterator, Iterable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from tempfile import TemporaryDirectory
from typing import Any

import aiohttp
from yarl import URL

from adapters.soap.config import SoapSettings
from adapters.soap.mock import MockService
from adapters.soap.mock_pages import Pages
from bridge.app import Application
from bridge.cli.mock_server import MockServer
from bridge.cli.reading import left_out, read_documents, read_service
from bridge.clock import SystemClock
from bridge.config.model import Config
from bridge.errors import BridgeError
from tests.adapters.soap.corpus import FOLDER, PROJECT, corpus
from tests.proofs.apart import Apart
from tests.proofs.documented import Case, Documented, Wrong
from tests.proofs.lines import cell

PAGE = PROJECT / "docs" / "proofs" / "served.md"
LIMIT_S, READY_S, ANSWER_S = 600.0, 120.0, 60.0
NAME = "it"


@dataclass(frozen=True)
class Failed:
    """A case that did not do. `case`: method and path."""

    operation: str
    case: str
    status: int
    reason: str


@dataclass
class Found:
    """One WSDL. `unread`: why it was not read; `broken`: what ended the proof; `left_out`: operations and reasons."""

    id: str
    unread: str = ""
    broken: str = ""
    operations: int = 0
    left_out: dict[str, str] = field(default_factory=dict)
    statuses: Counter[int] = field(default_factory=Counter)
    methods: Counter[str] = field(default_factory=Counter)
    failed: list[Failed] = field(default_factory=list)
    seconds: float = 0.0

    @property
    def cases(self) -> int:
        return sum(self.methods.values())

    @property
    def undone(self) -> set[str]:
        return {one.operation for one in self.failed}

    @property
    def done(self) -> int:
        """Operations that were asked on each of their routes and answered as told."""
        return self.operations - len(self.left_out) - len(self.undone)


def prove(name: str) -> Found:
    """Everything about one WSDL of the manifest."""
    found, started = Found(name), time.monotonic()
    entry = corpus().named(name)
    resolve = dict(corpus().sourcing(entry).resolve)
    with TemporaryDirectory(prefix="served-") as state:
        asyncio.run(_served(found, {"wsdl": str(entry.path), "resolve": resolve}, state))
    found.seconds = time.monotonic() - started
    return found


async def _served(found: Found, soap: dict[str, Any], state: str) -> None:
    settings = SoapSettings.model_validate(soap)
    try:
        contract = await read_service(settings, state, every_port=True)
    except BridgeError as error:
        found.unread = " ".join(error.detail.replace(f"{FOLDER}/", "").split())
        return
    mind = MockService(contract)
    found.operations, found.left_out = len(contract.operations), dict(left_out(mind.projection))
    if not mind.codecs:
        return
    pages = Pages(await read_documents(settings, state, every_port=True))
    mock = MockServer(mind, pages, path="/it", clock=SystemClock())
    endpoint = await mock.start("127.0.0.1", 0)
    try:
        # Strict, so that an answer that strays from its contract is a failure and no tolerance.
        async with _bridge(soap | {"endpoint": endpoint, "strict_answers": True}, state) as (session, url):
            await _asked(found, set(mind.codecs), session, url)
    finally:
        await mock.stop()


@asynccontextmanager
async def _bridge(soap: dict[str, Any], state: str) -> AsyncIterator[tuple[aiohttp.ClientSession, str]]:
    config = Config.model_validate({"state": state, "server": {"port": 0}, "upstreams": {NAME: {"soap": soap}}})
    app = Application(config, clock=SystemClock(), emit=lambda _: None, metrics=lambda: b"", guess_reads=True)
    url = await app.start()
    try:
        async with asyncio.timeout(READY_S):
            await app.connected()
        async with aiohttp.ClientSession(timeout=aiohttp.ClientTimeout(ANSWER_S)) as session:
            yield session, url
    finally:
        await app.stop()


async def _asked(found: Found, wanted: set[str], session: aiohttp.ClientSession, url: str) -> None:
    async with session.get(f"{url}/v1/{NAME}/openapi.json") as answer:
        document = Documented(await answer.read())
    met: set[str] = set()
    for id_, path, method, operation in document.operations():
        name = _operation(id_, wanted)
        met.add(name)
        found.methods[method] += 1
        status, reason = await _tried(document, path, method, operation, session, url)
        if reason:
            found.failed.append(Failed(name, f"{method} {path}", status, reason))
        else:
            found.statuses[status] += 1
    found.failed += [Failed(name, "", 0, "the document does not have it") for name in sorted(wanted - met)]


async def _tried(
    document: Documented, path: str, method: str, operation: Any, session: aiohttp.ClientSession, url: str
) -> tuple[int, str]:
    """The status, and what is wrong."""
    status = 0
    try:
        case: Case = document.case(path, method, operation)
        target = URL(url + case.target, encoded=True)
        async with session.request(method, target, data=case.body, headers=case.headers) as answer:
            status, body = answer.status, await answer.read()
            document.judge(case, status, answer.headers.get("Content-Type", ""), body)
    except (Wrong, aiohttp.ClientError, TimeoutError) as error:
        return status, str(error) or type(error).__name__
    return status, ""


def _operation(id_: str, names: set[str]) -> str:
    """An operation's second route has its method behind its name."""
    name = id_.removeprefix(f"{NAME}.")
    return name if name in names else name.rpartition(".")[0]


def _broken(name: str, reason: str) -> Found:
    return Found(name, broken=reason)


def proofs(names: Iterable[str], *, limit_s: float = LIMIT_S) -> Iterator[Found]:
    """In the order of the names, as they are done."""
    return Apart(prove, _broken, limit_s).each(names, preload=["bridge.app", "bridge.cli.reading", "aiohttp"])


# ── the numbers ──────────────────────────────────────────────────────────────────────────────────────────────────────


@dataclass(frozen=True)
class Total:
    """Sums over the collection."""

    wsdls: int
    operations: int
    left_out: int
    done: int
    cases: int
    failed: int
    statuses: Counter[int]
    methods: Counter[str]

    @property
    def offered(self) -> int:
        return self.operations - self.left_out

    @property
    def share_done(self) -> float:
        return self.done / self.offered if self.offered else 0.0

    def __str__(self) -> str:
        return (
            f"{self.wsdls} WSDLs, {self.operations} operations, {self.left_out} left out, {self.done} of "
            f"{self.offered} did ({self.share_done:.3%}); {self.cases} cases ran ({dict(self.methods)}), "
            f"{self.failed} failed; answers by status: {dict(self.statuses)}"
        )


def total(found: Iterable[Found]) -> Total:
    every = list(found)
    return Total(
        len(every),
        sum(one.operations for one in every),
        sum(len(one.left_out) for one in every),
        sum(one.done for one in every),
        sum(one.cases for one in every),
        sum(len(one.failed) for one in every),
        sum((one.statuses for one in every), Counter()),
        sum((one.methods for one in every), Counter()),
    )


def page(found: list[Found]) -> str:
    """What docs/proofs/served.md says."""
    sums = total(found)
    lines = [
        "# `serve` in front of `mock`",
        "",
        "Written by `make served` (tests/proofs/served.py). For every WSDL of the collection the bridge runs in front",
        "of `mock`, with HTTP on both sides, `--guess-reads` and `strict_answers`. Each route of each operation is",
        "asked once with the example of the OpenAPI document that the bridge serves; the answer must be a 2xx that the",
        "document tells of, and fit its schema.",
        "",
        "| | |",
        "|---|---|",
        f"| WSDLs | {sums.wsdls} |",
        f"| of them read | {sum(not one.unread and not one.broken for one in found)} |",
        f"| operations | {sums.operations} |",
        f"| left out, because the WSDL lacks what they need | {sums.left_out} |",
        f"| offered | {sums.offered} |",
        f"| **of these answered as told on each route** | **{sums.done} ({sums.share_done:.3%})** |",
        *(f"| asked with {method} | {count} |" for method, count in sorted(sums.methods.items())),
        *(f"| answered {status} as told | {count} |" for status, count in sorted(sums.statuses.items())),
        f"| failed | {sums.failed} |",
        "",
    ]
    unread = [f"- `{one.id}`: {cell(one.unread or one.broken)}" for one in found if one.unread or one.broken]
    return "\n".join(
        [*lines, *_room("Not read", unread), *_room("Failed", _failures(found)), *_room("Left out", _left_out(found))]
    )


def _room(title: str, lines: Iterable[str]) -> list[str]:
    return [f"## {title}", "", *(list(lines) or ["None."]), ""]


def _failures(found: Iterable[Found]) -> Iterator[str]:
    for each in found:
        for one in each.failed:
            answered = f" answered {one.status}" if one.status else ""
            yield cell(f"- `{each.id}`: {one.operation} ({one.case or 'no route'}){answered}: {one.reason}")


def _left_out(found: Iterable[Found]) -> Iterator[str]:
    for each in found:
        reasons = Counter(cell(reason) for reason in each.left_out.values())
        yield from (f"- `{each.id}`: {count} × {reason}" for reason, count in reasons.items())


def main() -> int:
    """Names of WSDLs, or none for all of them, which writes the page."""
    names = sys.argv[1:] or [entry.id for entry in corpus().entries]
    found = []
    for one in proofs(names):
        found.append(one)
        print(f"{len(found)}/{len(names)} {one.id} {one.seconds:.1f} s {one.cases} cases {one.broken}", flush=True)
        for failed in one.failed:
            print(f"    {failed.operation} {failed.case} {failed.status}: {cell(failed.reason)}", flush=True)
    if not sys.argv[1:]:
        PAGE.write_text(page(found), encoding="utf-8")
    print(total(found))
    return 0


if __name__ == "__main__":
    raise SystemExit(main())
