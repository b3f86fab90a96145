"""Takes connections from a listening socket, counts them from their first moment on, and turns away what is too many.

An accept loop of our own, because a server's usual one counts a TLS client only after its handshake, and lets none of
those waiting in the kernel's queue finish when it closes.
"""

from __future__ import annotations

import asyncio
import errno
import socket
import ssl
from collections.abc import Callable
from contextlib import suppress

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import ConfigError, Overloaded, Place
from bridge.events import RequestRefused
from bridge.web.edge_limits import Seat, Seats
from bridge.web.edge_problem import canned

_BACKLOG = 1024
_BURST_MAX = 64
_PAUSE_S = 0.2
_TLS_GOODBYE_S = 5.0
_LOCAL = "127.0.0.1"
_EXHAUSTED = {errno.EMFILE, errno.ENFILE, errno.ENOBUFS, errno.ENOMEM}
_TURNED_AWAY = canned(Overloaded("Too many connections are open.", retry_after_s=1))


async def bind(host: str, port: int, *, shared: bool = False, listening: bool = True) -> list[socket.socket]:
    """Listening sockets for every address of a name; the same free port for all when `port` is 0. `shared`: with other
    processes of ours, of which each gets some of the connections."""
    loop = asyncio.get_running_loop()
    sockets: list[socket.socket] = []
    try:
        for family, kind, proto, _, address in await loop.getaddrinfo(
            host, port, type=socket.SOCK_STREAM, flags=socket.AI_PASSIVE
        ):
            bound_port = sockets[0].getsockname()[1] if sockets else port
            sock = _bound(family, kind, proto, (address[0], bound_port, *address[2:]), shared=shared)
            sockets.append(sock)
            if listening:
                sock.listen(_BACKLOG)
    except OSError as error:
        for sock in sockets:
            sock.close()
        where = f"{host}:{port}"
        raise ConfigError([Place("server", 1, 1, f"cannot listen on {where}", error.strerror or "")]) from error
    return sockets


def _bound(family: int, kind: int, proto: int, address: tuple[str | int, ...], *, shared: bool) -> socket.socket:
    sock = socket.socket(family, kind, proto)
    try:
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        if shared:
            sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        if family == socket.AF_INET6:
            sock.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        sock.bind(address)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    return sock


class Listener:
    """One listening socket. `welcome` makes the protocol of a new connection from its seat."""

    def __init__(
        self,
        sock: socket.socket,
        seats: Seats,
        welcome: Callable[[Seat], asyncio.Protocol],
        emit: Emit,
        clock: Clock,
        *,
        tls: ssl.SSLContext | None,
        handshake_s: float,
    ) -> None:
        sock.setblocking(False)
        self._socket, self._seats, self._welcome, self._emit, self._clock = sock, seats, welcome, emit, clock
        self._tls, self._handshake_s = tls, handshake_s
        self._arriving: set[asyncio.Task[None]] = set()
        self._task = asyncio.create_task(self._run(), name="listener")

    @property
    def port(self) -> int:
        return int(self._socket.getsockname()[1])

    @property
    def host(self) -> str:
        return str(self._socket.getsockname()[0])

    def url(self, scheme: str) -> str:
        """Where it listens, as a person would write it."""
        if self._socket.family == socket.AF_UNIX:
            return f"unix:{self._socket.getsockname()}"
        return f"{scheme}://{f'[{self.host}]' if ':' in self.host else self.host}:{self.port}"

    async def close(self) -> None:
        """Take what waits in the kernel's queue, since those clients count as connected; then no more."""
        self._task.cancel()
        await asyncio.wait([self._task])
        self._take_ready()
        self._socket.close()

    async def gone(self, timeout_s: float) -> None:
        """Wait for handshakes under way, then end them."""
        if self._arriving:
            _, late = await asyncio.wait(self._arriving, timeout=timeout_s)
            for task in late:
                task.cancel()

    async def _run(self) -> None:
        loop = asyncio.get_running_loop()
        while True:
            try:
                connection, address = await loop.sock_accept(self._socket)
            except OSError as error:
                if error.errno in _EXHAUSTED:
                    self._emit(RequestRefused("", "out-of-descriptors"))
                # A client that gave up while it waited is an error here too, and no reason to pause.
                await self._clock.sleep(_PAUSE_S if error.errno in _EXHAUSTED else 0)
                continue
            self._take(connection, _peer(address))
            self._take_ready()
            await self._clock.sleep(0)  # a flood of connections must not keep the others waiting

    def _take_ready(self) -> None:
        for _ in range(_BURST_MAX):
            try:
                connection, address = self._socket.accept()
            except OSError:
                return
            connection.setblocking(False)
            self._take(connection, _peer(address))

    def _take(self, connection: socket.socket, address: str) -> None:
        seat = self._seats.take(address.partition("%")[0])
        if not isinstance(seat, Seat):
            self._emit(RequestRefused(address, seat))
            self._turn_away(connection)
            return
        task = asyncio.create_task(self._open(connection, seat))
        self._arriving.add(task)
        task.add_done_callback(self._arriving.discard)

    def _turn_away(self, connection: socket.socket) -> None:
        with suppress(OSError):
            if self._tls is None:
                connection.send(_TURNED_AWAY)
                # Closing with unread bytes would send a reset, which can overtake the answer.
                connection.shutdown(socket.SHUT_WR)
                connection.recv(65536)
        connection.close()

    async def _open(self, connection: socket.socket, seat: Seat) -> None:
        loop = asyncio.get_running_loop()
        timing = {"ssl_handshake_timeout": self._handshake_s, "ssl_shutdown_timeout": _TLS_GOODBYE_S}
        try:
            await loop.connect_accepted_socket(
                lambda: self._welcome(seat), connection, ssl=self._tls, **(timing if self._tls else {})
            )
        except asyncio.CancelledError:
            seat.leave()
            raise
        except OSError:  # ssl.SSLError and a handshake that took too long are among them
            seat.leave()
            self._emit(RequestRefused(seat.address, "handshake"))


def _peer(address: object) -> str:
    """A client of a Unix socket has no address; it is on this machine."""
    return str(address[0]) if isinstance(address, tuple) else _LOCAL
