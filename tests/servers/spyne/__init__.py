"""Spyne in an environment of its own: its needs never meet ours."""

from __future__ import annotations

import asyncio
import os
import shutil
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from tests.servers.installing import installed
from tests.servers.running import Running, running

HERE = Path(__file__).parent
REPOSITORY = HERE.parents[2]
VENV = REPOSITORY / "tests" / ".artifacts" / "spyne"
# With the environment variables of ours it would find our packages.
OURS = ("PYTHONPATH", "PYTHONHOME", "VIRTUAL_ENV")


def prepare() -> str:
    """The Python of that environment."""
    python = str(VENV / "bin" / "python")
    wanted = f"{sys.version}\n{(HERE / 'requirements.txt').read_text('utf-8')}"
    own = sorted((REPOSITORY / ".tools").glob("uv-*"))
    if uv := str(own[-1]) if own else shutil.which("uv"):
        steps = [
            [uv, "venv", "--quiet", "--clear", "--python", sys.executable, str(VENV)],
            [uv, "pip", "install", "--quiet", "--python", python, "-r", "requirements.txt"],
        ]
    else:
        steps = [
            [sys.executable, "-m", "venv", "--clear", str(VENV)],
            [python, "-m", "pip", "install", "--quiet", "-r", "requirements.txt"],
        ]
    installed(VENV.with_name("spyne-installed"), wanted, steps, HERE)
    return python


@asynccontextmanager
async def spyne_server(folder: Path) -> AsyncIterator[Running]:
    """Serves `types`, `types12`, `orders` and `orders12`, with WSDLs that Spyne writes."""
    command = [await asyncio.to_thread(prepare), str(HERE / "server.py")]
    env = {key: value for key, value in os.environ.items() if key not in OURS}
    async with running("spyne", lambda _: command, r"listening on (\d+)", folder, env) as server:
        yield server
