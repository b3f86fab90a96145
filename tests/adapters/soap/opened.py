"""Opened upstreams for tests: calls with a deadline, what was told, and everything closed at the end."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from adapters.soap.config import SoapSettings
from adapters.soap.contract import Version
from adapters.soap.upstream import Flags, SoapUpstream
from bridge.call import Call, Trace
from bridge.clock import SystemClock
from bridge.events import Event
from bridge.transport.session import HttpSession
from tests.adapters.soap.shop import contract
from tests.cpu import HANG_S

CLOCK = SystemClock()
TRACE = Trace("0af7651916cd43dd8448eb211c80319c", "b7ad6b7169203331", state="a=b")
ARGS = b'{"orderId": 1001}'


class Room:
    """Upstreams that are closed at the end, and what they told."""

    def __init__(self) -> None:
        self.events: list[Event] = []
        self.opened: list[SoapUpstream] = []

    def upstream(
        self, url: str, version: Version = "1.1", flags: Mapping[str, Flags] | None = None, **values: object
    ) -> SoapUpstream:
        settings = SoapSettings.model_validate({"wsdl": url + "?wsdl", **values})
        session = HttpSession(settings, trusted=settings.configured)
        made = SoapUpstream(
            "shop",
            contract(url, version),
            settings,
            session,
            flags=flags or {},
            clock=CLOCK,
            emit=self.events.append,
        )
        self.opened.append(made)
        return made

    def told(self, kind: type[Event]) -> list[Event]:
        return [event for event in self.events if isinstance(event, kind)]


def call(args: Any = ARGS, operation: str = "GetOrder", left_s: float = HANG_S, **values: object) -> Call:
    return Call(f"shop.{operation}", args, CLOCK.monotonic() + left_s, TRACE).with_(**values)
