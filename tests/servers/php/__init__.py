"""PHP's own SoapServer behind PHP's own web server."""

from __future__ import annotations

import asyncio
import os
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.programs import absent, need
from tests.servers.recorder import Recorder
from tests.servers.running import Running, free_port, running

ROUTER = Path(__file__).parent / "router.php"
LEDGER = Path(__file__).parent / "ledger.php"
ENCODED = Path(__file__).parent / "encoded.php"
SESSIONS = Path(__file__).parent / "sessions.php"
DIGEST = Path(__file__).parent / "digest.php"
SLOW = Path(__file__).parent / "slow.php"
# No WSDL cache (it outlives a test); as many digits of a float as are needed to read it back.
SETTINGS = ("soap.wsdl_cache_enabled=0", "precision=-1", "display_errors=0", "html_errors=0")


@asynccontextmanager
async def php_server(folder: Path, router: Path = ROUTER, **env: str) -> AsyncIterator[Running]:
    """Serves `types`, `types-rpc`, `types12`, `orders` and `orders12`; with another router what that file says. `env`:
    what the router wants to know."""
    php = need("php", "php-cli php-soap")
    listing = await asyncio.create_subprocess_exec(php, "-m", stdout=asyncio.subprocess.PIPE)
    if b"\nsoap\n" not in (await listing.communicate())[0]:
        absent("php has no soap extension: apt-get install php-soap")

    def command(recorder: Recorder) -> list[str]:
        recorder.port = free_port()
        options = [part for setting in SETTINGS for part in ("-d", setting)]
        return [php, *options, "-S", f"127.0.0.1:{recorder.port}", "-t", str(folder), str(router)]

    async with running("php", command, r"Development Server \(.*\) started", folder, {**os.environ, **env}) as server:
        yield server
