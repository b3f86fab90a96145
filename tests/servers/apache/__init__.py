"""Apache httpd in front of a server of the test: it asks who we are, by Digest (mod_auth_digest) and by NTLM
(mod_auth_gssapi with gss-ntlmssp), and passes on what it lets in.

`/digest/…`, `/short/…` (nonces of a second), `/ntlm/…` and `/open/…`, each to the same path behind.
"""

from __future__ import annotations

import asyncio
import getpass
import hashlib
import os
import signal
import tempfile
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from pathlib import Path

from tests.programs import absent, need
from tests.servers.running import READY_S_MAX, STOP_S_MAX, drained, free_port, until_ready

HERE = Path(__file__).parent
MODULES = Path("/usr/lib/apache2/modules")
MECHANISM = Path("/etc/gss/mech.d/mech.ntlmssp.conf")
NEEDED = (MODULES / "mod_auth_gssapi.so").exists() and MECHANISM.exists()
USER, DOMAIN, PASSWORD = "shop", "CORP", "open sesame"


@dataclass(frozen=True)
class Line:
    """A request in the log of the server. `port` tells connections apart; `user` "" was not let in."""

    port: int
    method: str
    path: str
    status: int
    user: str
    length: int


@dataclass
class Apache:
    """A server that answers."""

    url: str
    folder: Path
    process: asyncio.subprocess.Process

    async def log(self) -> list[Line]:
        """Every request. The server ends for it, since it writes a line after its answer."""
        await self.stop()
        return [_line(line) for line in (self.folder / "access.log").read_text("utf-8").splitlines()]

    async def stop(self) -> None:
        """Lets what is under way come to its end."""
        if self.process.returncode is None:
            self.process.send_signal(signal.SIGWINCH)
            try:
                async with asyncio.timeout(STOP_S_MAX):
                    await self.process.wait()
            except TimeoutError:
                self.process.terminate()
                await self.process.wait()


def _line(text: str) -> Line:
    port, method, path, status, length, user = text.split("\t")
    return Line(
        int(port), method, path, int(status), user.replace("-", "").replace("\\\\", "\\"), int(length.replace("-", "0"))
    )


@asynccontextmanager
async def apache(behind: str) -> AsyncIterator[Apache]:
    """`behind`: the address that requests are passed on to."""
    program = need("apache2", "apache2")
    if not NEEDED:
        absent("Apache cannot do NTLM: apt-get install libapache2-mod-auth-gssapi gss-ntlmssp")
    with tempfile.TemporaryDirectory() as name:
        folder, port = Path(name), free_port()
        _write(folder, port, behind.rstrip("/"))
        process = await asyncio.create_subprocess_exec(
            *(program, "-DFOREGROUND", "-f", str(folder / "apache.conf")),
            env={**os.environ, "NTLM_USER_FILE": str(folder / "ntlm.txt")},
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
        )
        last: deque[str] = deque(maxlen=50)
        try:
            async with asyncio.timeout(READY_S_MAX):
                await until_ready(process, "resuming normal operations", last)
            drain = asyncio.create_task(drained(process, last))
            server = Apache(f"http://127.0.0.1:{port}", folder, process)
            yield server
            await server.stop()
            await drain
        finally:
            if process.returncode is None:
                process.terminate()
                await process.wait()


def _write(folder: Path, port: int, behind: str) -> None:
    folder.chmod(0o755)  # its workers are another user's
    digest = hashlib.md5(f"{USER}:erp:{PASSWORD}".encode(), usedforsecurity=False).hexdigest()
    (folder / "digest.txt").write_text(f"{USER}:erp:{digest}\n", "utf-8")
    (folder / "ntlm.txt").write_text(f"{DOMAIN}:{USER}:{PASSWORD}\n", "utf-8")
    who = "User www-data\nGroup www-data" if getpass.getuser() == "root" else ""
    text = (HERE / "apache.conf").read_text("utf-8")
    for key, value in {"@FOLDER@": str(folder), "@PORT@": str(port), "@BEHIND@": behind, "@WHO@": who}.items():
        text = text.replace(key, value)
    (folder / "apache.conf").write_text(text, "utf-8")
    (folder / "access.log").touch()
