"""What a server can get wrong in TLS (reliability.md 3.1), each as a play of the proxy, with certificates made here."""

from __future__ import annotations

import datetime as dt
import ssl
from contextlib import suppress
from pathlib import Path

import trustme
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID

from tests.faults.proxy import Play, Turn, passes

NAME = "localhost"
ALERTS = {"protocol-alert": 70, "handshake-alert": 40, "internal-alert": 80}
DAY = dt.timedelta(days=1)


class Certificates:
    """Writes `ca.pem` (whom the bridge trusts) and `client.pem` (who the bridge is) into a folder."""

    def __init__(self, folder: Path) -> None:
        self._folder, now = folder, dt.datetime.now(dt.UTC)
        ours, other = trustme.CA(), trustme.CA()
        ours.cert_pem.write_to_path(str(folder / "ca.pem"))
        ours.issue_cert("us@bridge.example").private_key_and_cert_chain_pem.write_to_path(str(folder / "client.pem"))
        self._contexts = {
            "good": _context(ours.issue_cert(NAME)),
            "expired": _context(ours.issue_cert(NAME, not_before=now - 9 * DAY, not_after=now - DAY)),
            "not-yet": _context(ours.issue_cert(NAME, not_before=now + DAY, not_after=now + 9 * DAY)),
            "wrong-name": _context(ours.issue_cert("elsewhere.example")),
            "unknown-ca": _context(other.issue_cert(NAME)),
            "self-signed": self._self_signed(now),
        }
        for version, name in ((ssl.TLSVersion.TLSv1_2, "12"), (ssl.TLSVersion.TLSv1_3, "13")):
            context = _context(ours.issue_cert(NAME))
            other.configure_trust(context)
            context.verify_mode = ssl.CERT_REQUIRED
            context.minimum_version = context.maximum_version = version
            self._contexts[f"client-refused-{name}"] = context

    def _self_signed(self, now: dt.datetime) -> ssl.SSLContext:
        key = ec.generate_private_key(ec.SECP256R1())
        name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, NAME)])
        made = (
            x509.CertificateBuilder()
            .subject_name(name)
            .issuer_name(name)
            .public_key(key.public_key())
            .serial_number(7)
            .not_valid_before(now - DAY)
            .not_valid_after(now + DAY)
            .add_extension(x509.SubjectAlternativeName([x509.DNSName(NAME)]), critical=False)
            .sign(key, hashes.SHA256())
        )
        pem = serialization.Encoding.PEM
        secret = key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
        path = self._folder / "self.pem"
        path.write_bytes(secret + made.public_bytes(pem))
        context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
        context.load_cert_chain(path)
        return context

    def play(self, name: str) -> Play:
        """What the server does with a connection."""

        async def run(turn: Turn) -> None:
            if name.startswith("client-refused"):
                await _refuses(turn, self._contexts[name])
                return
            if name in self._contexts:
                await turn.secured(self._contexts[name])
                await passes(turn)
                return
            hello = await turn.reader.read(4096)
            if name in ALERTS:
                await turn.send(bytes([21, 3, 1, 0, 2, 2, ALERTS[name]]))  # RFC 8446 §6: fatal
                await turn.left()
            elif name == "no-tls":
                await turn.send(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n")
            elif name == "cut-in-handshake":
                await turn.send(self._first_flight(hello)[:60])

        return run

    def _first_flight(self, hello: bytes) -> bytes:
        incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
        server = self._contexts["good"].wrap_bio(incoming, outgoing, server_side=True)
        incoming.write(hello)
        with suppress(ssl.SSLWantReadError):
            server.do_handshake()
        return outgoing.read()


async def _refuses(turn: Turn, context: ssl.SSLContext) -> None:
    """A handshake by hand: asyncio would drop the connection before the alert that says why is sent."""
    incoming, outgoing = ssl.MemoryBIO(), ssl.MemoryBIO()
    server = context.wrap_bio(incoming, outgoing, server_side=True)
    while True:
        try:
            server.do_handshake()
        except ssl.SSLWantReadError:
            await turn.send(outgoing.read())
            incoming.write(await turn.reader.read(65_536))
        except ssl.SSLError:
            await turn.send(outgoing.read())
            turn.writer.write_eof()
            await turn.left()
            return


def _context(certificate: trustme.LeafCert) -> ssl.SSLContext:
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    certificate.configure_cert(context)
    return context
