"""A port that several processes listen on: the kernel gives each connection to one of them.

Whoever supervises them holds the port without listening, so that it stays the same and nobody else takes it.
"""

from __future__ import annotations

import socket

from bridge.web.edge_listen import bind


async def hold(host: str, port: int) -> list[socket.socket]:
    """Sockets on the port, which do not listen. Raises ConfigError when somebody else has it, workers of another
    bridge among them."""
    free = await bind(host, port)  # without sharing: this one meets whoever is there
    port = int(free[0].getsockname()[1])
    for sock in free:
        sock.close()
    return await bind(host, port, shared=True, listening=False)


def port_of(sockets: list[socket.socket]) -> int:
    return int(sockets[0].getsockname()[1])
