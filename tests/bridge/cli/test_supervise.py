"""`serve` with several workers refuses to start as one process does: once, in words, with the same exit code."""

from __future__ import annotations

import socket
from pathlib import Path

from tests.journeys.running import command, write


async def test_a_taken_port_is_said_once(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        config = write(tmp_path, {"server": {"port": taken.getsockname()[1], "workers": 3}})
        code, out, err = await command("serve", str(config), folder=tmp_path)
    assert (code, out, err.count("cannot listen on")) == (2, "", 1)


async def test_an_open_address_is_refused_before_anything_is_started(tmp_path: Path) -> None:
    config = write(tmp_path, {"server": {"host": "0.0.0.0", "port": 0, "workers": 2}})
    code, _, err = await command("serve", str(config), folder=tmp_path)
    assert code == 2
    assert "worker" not in err
