"""Java: the reference implementation of JAX-WS, which is the core of Metro, and Apache WSS4J; nobody here wrote either.

Debian has no CXF and no complete Metro; these are the parts of both worlds that it has.
"""

from __future__ import annotations

import hashlib
import os
import subprocess
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

from tests.conftest import ARTIFACTS
from tests.programs import absent, need
from tests.servers.installing import installed
from tests.servers.running import Running, running

SOURCE = Path(__file__).parent / "Vault.java"
PACKAGES = "default-jdk-headless libjaxws-java libwss4j-java"
PASSWORD = "secret"
JARS = Path("/usr/share/java")
_NEEDED = (
    *("jaxws-api", "jaxws-rt", "jaxws-ri-runtime", "jaxb-api", "jaxb-runtime", "jaxb-core", "javax.activation"),
    *("jws-api", "saaj-impl", "javax.xml.soap-api", "stax-ex", "streambuffer", "mimepull", "metro-policy", "txw2"),
    *("gmbal", "glassfish-management-api", "glassfish-pfl-basic", "glassfish-pfl-tf", "istack-commons-runtime"),
    *("woodstox-core", "stax2-api", "FastInfoset", "geronimo-annotation-1.3-spec"),
    *("wss4j", "xmlsec", "commons-logging", "slf4j-api"),
)


@asynccontextmanager
async def java_server(
    folder: Path, *secured: str, key: tuple[Path, Path] | None = None, client: Path | None = None
) -> AsyncIterator[Running]:
    """Runs `vault` (MTOM), `addressed` (WS-Addressing required) and one service for each of `secured`, such as
    `username` or `timestamp-signature-encryption`: what WSS4J wants of requests and does to answers.

    `key`: the server's own key and certificate, PEM; `client`: the certificate that it trusts and encrypts for.
    """
    java, path = need("java", PACKAGES), _class_path()
    built = build(path)
    if key is not None:
        _store(folder / "keys.p12", *key, client)
    command = [java, "-Xmx256m", "-cp", f"{built}:{path}", "legacy.Vault", str(folder), *secured]
    async with running("java", lambda _: command, r"listening on (\d+)", folder, os.environ) as server:
        yield server


def build(path: str) -> Path:
    """Compiles once; again when the source has changed."""
    compiler, folder = need("javac", PACKAGES), ARTIFACTS / "java"
    folder.mkdir(parents=True, exist_ok=True)
    wanted = hashlib.sha256(SOURCE.read_bytes() + path.encode()).hexdigest()
    step = [compiler, "-proc:none", "-nowarn", "-Xlint:none", "-cp", path, "-d", str(folder), str(SOURCE)]
    installed(folder / "stamp", wanted, [step], folder)
    return folder


def _class_path() -> str:
    jars = [JARS / f"{name}.jar" for name in _NEEDED]
    if missing := [jar.name for jar in jars if not jar.exists()]:
        absent(f"{', '.join(missing)} are not installed: apt-get install {PACKAGES}")
    return ":".join(map(str, jars))


def _store(file: Path, key: Path, certificate: Path, client: Path | None) -> None:
    """A key store with the server's key and, as trusted, the client's certificate."""
    openssl, keytool = need("openssl", "openssl"), need("keytool", PACKAGES)
    held = ["-inkey", str(key), "-in", str(certificate), "-name", "server", "-out", str(file)]
    _run([openssl, "pkcs12", "-export", *held, "-passout", f"pass:{PASSWORD}"])
    if client is not None:
        trusted = ["-alias", "client", "-file", str(client), "-keystore", str(file)]
        _run([keytool, "-importcert", "-noprompt", *trusted, "-storepass", PASSWORD])


def _run(step: Sequence[str]) -> None:
    subprocess.run(step, capture_output=True, timeout=60, check=True)
