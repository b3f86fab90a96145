"""NTLM against Apache with mod_auth_gssapi and gss-ntlmssp, and against pyspnego's own acceptor for channel bindings.

A connection proves who we are; the log of the server says which request went over which.
"""

from __future__ import annotations

import asyncio
import base64
import ssl
import sys
from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path

import pytest
import spnego
import spnego.channel_bindings
import trustme
from aiohttp import web
from aiohttp.test_utils import TestServer
from cryptography import x509
from cryptography.hazmat.primitives.serialization import Encoding

from bridge.errors import ConfigError, UpstreamCut, UpstreamInvalid, UpstreamUnauthorized, UpstreamUnreachable
from bridge.transport.body import Segments
from bridge.transport.identity import LARGE_BYTES
from bridge.transport.ntlm import end_point
from bridge.transport.session import HttpSession
from bridge.transport.settings import ClientSettings
from tests.bridge.transport.behind import Behind, behind, session
from tests.cpu import HANG_S
from tests.servers.apache import DOMAIN, PASSWORD, USER, Apache, Line

BODY = b"<a>" + b"x" * 2000 + b"</a>"
LARGE = b"<a>" + b"x" * 3 * LARGE_BYTES + b"</a>"


@pytest.fixture
def auth(tmp_path: Path) -> dict[str, dict[str, str]]:
    (tmp_path / "secret").write_text(PASSWORD)
    return {"ntlm": {"username": f"{DOMAIN}\\{USER}", "password": f"file:{tmp_path / 'secret'}"}}


def proofs(log: list[Line]) -> int:
    """Handshakes: each is refused once, with the challenge."""
    return [line.status for line in log].count(401)


async def test_one_handshake_a_connection(server: Apache, store: Behind, auth: dict[str, dict[str, str]]) -> None:
    async with session(auth, server.url) as opened:
        for _ in range(5):
            assert (await opened.post(f"{server.url}/ntlm/a?b=c", BODY, {}, timeout_s=HANG_S)).status == 200
        assert await opened.get(f"{server.url}/ntlm/a?wsdl") == b"<ok/>"
    log = await server.log()
    assert [line.status for line in log] == [401, *[200] * 6]
    assert len({line.port for line in log}) == 1
    assert [line.length for line in log] == [0, *[len(BODY)] * 5, 0]
    assert {line.user for line in log[1:]} == {f"{DOMAIN}\\{USER}"}
    assert [body for _, _, body in store.seen] == [BODY] * 5 + [b""]


async def test_a_hundred_at_once(server: Apache, store: Behind, auth: dict[str, dict[str, str]]) -> None:
    async with session(auth, server.url, connections=8, connect_timeout="30s") as opened:
        calls = [opened.post(f"{server.url}/ntlm/{n}", b"%d" % n, {}, timeout_s=HANG_S) for n in range(100)]
        assert {answer.status for answer in await asyncio.gather(*calls)} == {200}
    assert sorted(int(body) for _, _, body in store.seen) == list(range(100))
    log = await server.log()
    connections = Counter(line.port for line in log)
    print(f"100 calls: {len(connections)} connections, {proofs(log)} handshakes")
    assert len(connections) <= 8
    assert proofs(log) <= len(connections)


async def test_a_connection_that_ends_is_proven_anew(
    store: Behind, server: Apache, auth: dict[str, dict[str, str]]
) -> None:
    """A tunnel in between, which the test cuts while nobody uses it."""
    pipes: list[asyncio.StreamWriter] = []

    async def through(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", int(server.url.rpartition(":")[2]))
        pipes.extend((writer, far_writer))
        await asyncio.gather(_copy(reader, far_writer), _copy(far_reader, writer))

    tunnel = await asyncio.start_server(through, "127.0.0.1", 0)
    url = f"http://127.0.0.1:{tunnel.sockets[0].getsockname()[1]}"
    async with tunnel, session(auth, url) as opened:
        for _ in range(3):
            assert (await opened.post(f"{url}/ntlm/a", BODY, {}, timeout_s=HANG_S)).status == 200
            for writer in pipes:
                writer.close()
                await writer.wait_closed()
            pipes.clear()
    log = await server.log()
    assert [line.status for line in log] == [401, 200] * 3
    assert len({line.port for line in log}) == 3
    assert [body for _, _, body in store.seen] == [BODY] * 3


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    while data := await reader.read(65536):
        writer.write(data)
    writer.close()


@pytest.mark.parametrize("body", [LARGE, Segments((b"<a>", LARGE))], ids=["bytes", "segments"])
async def test_a_large_body_is_sent_once(
    server: Apache, store: Behind, auth: dict[str, dict[str, str]], body: bytes | Segments
) -> None:
    async with session(auth, server.url) as opened:
        answer = await opened.open("POST", f"{server.url}/ntlm/a", body, {}, timeout_s=HANG_S)
        assert (await answer.read()).body == b"<ok/>"
        await answer.close()
    length = len(body) if isinstance(body, bytes) else body.length
    assert [(line.status, line.length) for line in await server.log()] == [(401, 0), (200, length)]
    assert [len(body) for _, _, body in store.seen] == [length]


async def test_a_server_that_asks_for_no_proof(server: Apache, store: Behind, auth: dict[str, dict[str, str]]) -> None:
    async with session(auth, server.url) as opened:
        for _ in range(2):
            assert (await opened.post(f"{server.url}/open/a", BODY, {}, timeout_s=HANG_S)).status == 200
    assert [body for _, _, body in store.seen] == [b"", BODY, BODY]
    assert "authorization" not in store.headers[1]


@pytest.mark.parametrize("wrong", ["password", "user"])
async def test_refused(server: Apache, auth: dict[str, dict[str, str]], tmp_path: Path, wrong: str) -> None:
    if wrong == "password":
        (tmp_path / "secret").write_text("wrong")
    else:
        auth["ntlm"]["username"] = "CORP\\nobody"
    async with session(auth, server.url) as opened:
        assert (await opened.post(f"{server.url}/ntlm/a", BODY, {}, timeout_s=HANG_S)).status == 401
        assert (await opened.post(f"{server.url}/open/a", BODY, {}, timeout_s=HANG_S)).status == 200
    assert [line.status for line in await server.log()] == [401, 401, 200, 200]


async def test_the_domain_may_stand_by_itself(server: Apache, auth: dict[str, dict[str, str]]) -> None:
    auth["ntlm"] |= {"username": USER, "domain": DOMAIN, "workstation": "BRIDGE01"}
    async with session(auth, server.url) as opened:
        assert (await opened.post(f"{server.url}/ntlm/a", BODY, {}, timeout_s=HANG_S)).status == 200


async def test_a_foreign_origin_gets_nothing(server: Apache, store: Behind, auth: dict[str, dict[str, str]]) -> None:
    async with session(auth, "http://erp.example") as opened:
        assert (await opened.post(f"{server.url}/ntlm/a", BODY, {}, timeout_s=HANG_S)).status == 401
        assert (await opened.post(store.url, BODY, {}, timeout_s=HANG_S)).status == 200
        assert dict(opened.masked_headers("http://erp.example/"))["Authorization"] == "***"
        assert "Authorization" not in dict(opened.masked_headers(server.url))
        assert opened.has_credentials
    assert "authorization" not in store.headers[0]
    assert [line.status for line in await server.log()] == [401]


async def test_places_come_back(store: Behind, auth: dict[str, dict[str, str]]) -> None:
    """Whatever becomes of a call; and who waits for a place waits no longer than for a connection."""
    async with session(auth, store.url, "http://127.0.0.1:9", connections=1, connect_timeout="1s") as opened:
        for _ in range(3):
            with pytest.raises(UpstreamUnreachable):
                await opened.post("http://127.0.0.1:9/", BODY, {}, timeout_s=HANG_S)
        held = await opened.open("POST", store.url, BODY, {}, timeout_s=HANG_S)
        await held.close()
        arrived, blocked = asyncio.Event(), asyncio.Event()

        async def slow(_: web.Request) -> web.StreamResponse:
            arrived.set()
            await blocked.wait()
            return web.Response(text="<ok/>")

        store.answer = slow
        waiting = asyncio.create_task(opened.post(store.url, BODY, {}, timeout_s=HANG_S))
        await arrived.wait()
        with pytest.raises(UpstreamUnreachable) as caught:
            await opened.post(store.url, BODY, {}, timeout_s=HANG_S)
        assert (caught.value.cause, caught.value.outcome) == ("connect_timeout", "not_sent")
        blocked.set()
        assert (await waiting).status == 200


# ── scripted ─────────────────────────────────────────────────────────────────────────────────────────────────────


@pytest.mark.parametrize("token", ["%%%", "AAAA", base64.b64encode(b"NTLMSSP\0\2\0\0\0\xff").decode()])
async def test_a_challenge_that_is_none(auth: dict[str, dict[str, str]], token: str) -> None:
    async def answer(_: web.Request) -> web.Response:
        return web.Response(status=401, headers={"WWW-Authenticate": f"NTLM {token}"})

    async with behind(answer) as server, session(auth, server.url) as opened:
        if token == "%%%":  # no token at all, so no challenge
            assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 401
            return
        with pytest.raises(UpstreamInvalid) as caught:
            await opened.post(server.url, BODY, {}, timeout_s=HANG_S)
        assert (caught.value.cause, caught.value.outcome) == ("ntlm_bad_challenge", "not_sent")
    assert {body for _, _, body in server.seen} == {b""}


async def test_a_server_that_closes_after_its_challenge(auth: dict[str, dict[str, str]]) -> None:
    async def answer(request: web.Request) -> web.Response:
        _, _, token = request.headers["Authorization"].partition(" ")
        context = _acceptor()
        out = base64.b64encode(context.step(base64.b64decode(token)) or b"").decode()
        return web.Response(status=401, headers={"WWW-Authenticate": f"NTLM {out}", "Connection": "close"})

    async with behind(answer) as server, session(auth, server.url) as opened:
        with pytest.raises(UpstreamUnauthorized) as caught:
            await opened.post(server.url, BODY, {}, timeout_s=HANG_S)
    assert caught.value.cause == "ntlm_connection_not_kept"


async def test_a_request_that_was_cut_is_not_sent_again(auth: dict[str, dict[str, str]]) -> None:
    """Its proof went with it, so it may have been carried out."""
    acceptor = Acceptor("NTLM")

    async def answer(request: web.Request) -> web.Response:
        told = await acceptor(request)
        if told.status == 200:
            assert request.transport
            request.transport.close()
        return told

    async with behind(answer) as server, session(auth, server.url) as opened:
        with pytest.raises(UpstreamCut) as caught:
            await opened.post(server.url, BODY, {}, timeout_s=HANG_S)
        assert caught.value.outcome == "unknown"
    assert [body for _, _, body in server.seen] == [b"", BODY]


async def test_a_first_message_that_was_cut_goes_over_a_new_connection(auth: dict[str, dict[str, str]]) -> None:
    acceptor, cut = Acceptor("NTLM"), [True]

    async def answer(request: web.Request) -> web.Response:
        if cut:
            cut.clear()
            assert request.transport
            request.transport.close()
        return await acceptor(request)

    async with behind(answer) as server, session(auth, server.url) as opened:
        assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 200
    assert [body for _, _, body in server.seen] == [b"", b"", BODY]


@pytest.fixture(autouse=True)
def accounts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "accounts").write_text(f"{DOMAIN}:{USER}:{PASSWORD}\n")
    monkeypatch.setenv("NTLM_USER_FILE", str(tmp_path / "accounts"))


def _acceptor(
    scheme: str = "ntlm", bindings: spnego.channel_bindings.GssChannelBindings | None = None
) -> spnego.ContextProxy:
    ours = spnego.NegotiateOptions.use_ntlm if scheme == "ntlm" else spnego.NegotiateOptions.use_negotiate
    return spnego.server(protocol=scheme, options=ours, channel_bindings=bindings)


@dataclass
class Acceptor:
    """A server that asks by one scheme, with pyspnego's other side. `each`: with each request anew."""

    scheme: str
    bindings: spnego.channel_bindings.GssChannelBindings | None = None
    each: bool = False
    statuses: list[int] = field(default_factory=list)
    contexts: dict[object, spnego.ContextProxy] = field(default_factory=dict)

    async def __call__(self, request: web.Request) -> web.Response:
        answer = self._answer(request)
        self.statuses.append(answer.status)
        return answer

    def _answer(self, request: web.Request) -> web.Response:
        given, _, token = request.headers.get("Authorization", "").partition(" ")
        context = self.contexts.get(request.transport)
        if context and context.complete and not given and not self.each:
            return web.Response(text=context.client_principal)
        if given != self.scheme:
            return web.Response(status=401, headers={"WWW-Authenticate": self.scheme})
        if context is None or context.complete:
            context = self.contexts[request.transport] = _acceptor(self.scheme.lower(), self.bindings)
        try:
            out = base64.b64encode(context.step(base64.b64decode(token)) or b"").decode()
        except spnego.exceptions.SpnegoError:
            return web.Response(status=401, headers={"WWW-Authenticate": self.scheme})
        if context.complete:
            return web.Response(text=context.client_principal)
        return web.Response(status=401, headers={"WWW-Authenticate": f"{self.scheme} {out}"})


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
async def test_both_schemes(auth: dict[str, dict[str, str]], scheme: str) -> None:
    acceptor = Acceptor(scheme)
    async with behind(acceptor) as server, session(auth, server.url) as opened:
        for _ in range(3):
            assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).body == f"{DOMAIN}\\{USER}".encode()
    first = [401] if scheme == "Negotiate" else []  # NTLM is tried first
    assert acceptor.statuses == [*first, 401, 200, 200, 200]
    assert [len(body) for _, _, body in server.seen] == [0] * (len(first) + 1) + [len(BODY)] * 3


async def test_a_server_that_wants_proof_with_each_request(auth: dict[str, dict[str, str]]) -> None:
    acceptor = Acceptor("NTLM", each=True)
    async with behind(acceptor) as server, session(auth, server.url) as opened:
        for _ in range(8):
            assert (await opened.post(server.url, BODY, {}, timeout_s=HANG_S)).status == 200
    # Three times it is taken by surprise, then a handshake goes first.
    assert acceptor.statuses == [401, 200, *[401, 401, 200] * 3, *[401, 200] * 4]


@pytest.mark.parametrize("scheme", ["NTLM", "Negotiate"])
@pytest.mark.parametrize("bound", ["to this certificate", "to another"])
async def test_the_proof_is_bound_to_the_certificate(
    auth: dict[str, dict[str, str]], tmp_path: Path, scheme: str, bound: str
) -> None:
    authority = trustme.CA()
    authority.cert_pem.write_to_path(str(tmp_path / "ca.pem"))
    leaf = authority.issue_cert("localhost")
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    leaf.configure_cert(context)
    shown = leaf if bound == "to this certificate" else authority.issue_cert("localhost")
    certificate = x509.load_pem_x509_certificate(shown.cert_chain_pems[0].bytes())
    hashed = end_point(certificate.public_bytes(Encoding.DER))
    assert hashed
    data = b"tls-server-end-point:" + hashed
    acceptor = Acceptor(scheme, spnego.channel_bindings.GssChannelBindings(application_data=data))
    app = web.Application()
    app.router.add_post("/", acceptor.__call__)
    running = TestServer(app, scheme="https", host="localhost")
    await running.start_server(ssl=context)
    url = str(running.make_url("/"))
    async with session(auth, url, ca=str(tmp_path / "ca.pem")) as opened:
        told = await opened.post(url, BODY, {}, timeout_s=HANG_S)
    await running.close()
    if bound == "to another":
        assert told.status == 401
    else:
        assert (told.status, told.body) == (200, f"{DOMAIN}\\{USER}".encode())


def test_without_the_library_the_remedy_is_named(
    auth: dict[str, dict[str, str]], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "spnego", None)
    with pytest.raises(ConfigError, match=r"pip install legacy-bridge\[ntlm\]"):
        HttpSession(ClientSettings.model_validate({"auth": auth}))
