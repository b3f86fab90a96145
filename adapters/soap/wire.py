"""A request as HTTP sees it: method, what is put behind the address, body and headers. Pure.

The address comes from the contract or the configuration and decides the host; nothing that is put behind it can.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import urlsplit

from adapters.soap.contract import Verb
from bridge.transport.body import Body


@dataclass(frozen=True, slots=True)
class Outgoing:
    """`path` and `query` are encoded already. `body` None: none is sent. `bent`: what was let through although the
    WSDL forbids it, by kind. `signature`: the value of its XML signature, "" without one. `package`: the body with
    what stands beside it, which is sent in its place."""

    verb: Verb = "POST"
    path: str = ""
    query: str = ""
    body: bytes | None = None
    headers: dict[str, str] = field(default_factory=dict)
    bent: Mapping[str, int] = field(default_factory=dict)
    signature: str = ""
    package: Body | None = None

    @property
    def sent(self) -> Body | None:
        """What leaves."""
        return self.body if self.package is None else self.package

    @property
    def length(self) -> int:
        """Of what leaves, in bytes."""
        sent = self.sent
        return 0 if sent is None else len(sent) if isinstance(sent, bytes) else sent.length

    def url(self, address: str) -> str:
        """The address of a port with the rest behind it; exactly the address when there is none."""
        if not address or not (self.path or self.query):
            return address
        there = urlsplit(address)
        path = f"{there.path.rstrip('/')}/{self.path.removeprefix('/')}" if self.path else there.path
        query = "&".join(part for part in (there.query, self.query) if part)
        return there._replace(path=path, query=query, fragment="").geturl()


def plain(value: str) -> str:
    """A WSDL may hold a line break in an action; in a header it would begin another one."""
    return "".join(char for char in value if char.isprintable())
