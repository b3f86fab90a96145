"""The operators' listeners: the Unix socket, and TCP where it is asked for. Both are doors of the same kind as the
public one, with its deadlines and bounds.
"""

from __future__ import annotations

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import ConfigError, Place
from bridge.events import Event, ServerStopping
from bridge.web.access import Access, is_loopback
from bridge.web.admin import AdminApi
from bridge.web.admin_desk import AdminDesk
from bridge.web.admin_settings import AdminSettings, check_admin
from bridge.web.admin_socket import AdminSocket
from bridge.web.edge import Edge
from bridge.web.hosts import HostRules
from bridge.web.settings import AccessSettings


class AdminServer:
    """`start` once, `stop` once; `use` swaps the keys while it runs."""

    def __init__(
        self,
        settings: AdminSettings,
        state: str,
        access: AccessSettings | None,
        desk: AdminDesk,
        emit: Emit,
        clock: Clock,
    ) -> None:
        """Reads the secrets of the keys, so not on the event loop. Raises ConfigError for what must not be served."""
        _refuse(check_admin(settings, access))
        self._settings, self._path, self._emit, self._clock = settings, settings.socket_path(state), emit, clock
        self._access = Access(access)
        host = settings.host or "127.0.0.1"
        rules = HostRules(True, not is_loopback(host), frozenset({*settings.hosts, host.lower()}))
        self._api = AdminApi(desk, clock, lambda: self._access, rules)
        self._socket: AdminSocket | None = None
        self._local: Edge | None = None
        self._remote: Edge | None = None

    @property
    def urls(self) -> tuple[str, ...]:
        """Where it listens."""
        return tuple(url for edge in (self._local, self._remote) if edge is not None for url in edge.urls)

    async def start(self) -> tuple[str, ...]:
        """Listens. Raises ConfigError, and then listens nowhere."""
        if not self._settings.enabled:
            return ()
        try:
            await self._open()
        except BaseException:  # an interrupted start as well leaves no listener
            await self.stop()
            raise
        return self.urls

    async def _open(self) -> None:
        server = self._settings.server()
        self._socket = AdminSocket.bind(self._path)
        # The socket's permissions are its key, and nobody listens in on it.
        plain = server.model_copy(update={"tls": None})
        self._local = Edge(plain, Access(None), self._api.local, self._told, self._clock, public_paths=())
        await self._local.start(self._socket.listening)
        if self._settings.host is not None:
            self._remote = Edge(server, self._access, self._api.remote, self._told, self._clock, public_paths=())
            await self._remote.start()

    def use(self, access: AccessSettings | None) -> None:
        """Other keys. Raises ConfigError, and then the old ones hold."""
        _refuse(check_admin(self._settings, access))
        self._access = Access(access)
        if self._remote is not None:
            self._remote.use(self._settings.server(), self._access)

    async def stop(self) -> None:
        for edge in (self._remote, self._local):
            if edge is not None:
                await edge.stop()
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _told(self, event: Event) -> None:
        """That the server stops is said by the public door."""
        if not isinstance(event, ServerStopping):
            self._emit(event)


def _refuse(reason: str) -> None:
    if reason:
        raise ConfigError([Place("admin", 1, 1, reason)])
