"""What surrounds the Body of one operation's requests, as configured: header blocks, addressing, how the action is
said. Pure.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from adapters.soap.addressing import EXAMPLE_ID, Addressing, addressing
from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.contract import Contract, OperationContract
from adapters.soap.endpoint import Endpoint
from adapters.soap.envelope import Parts
from adapters.soap.header_blocks import ADDRESSING, NO_BLOCKS, StaticBlocks, static_blocks
from adapters.soap.security.names import SECURITY
from adapters.soap.soap_action import AS_USUAL, Said
from bridge.errors import ConfigError, Place


@dataclass(frozen=True, slots=True)
class AroundBody:
    """Static blocks may hold secrets, so they go where credentials would and nowhere else."""

    static: StaticBlocks = NO_BLOCKS
    addressing: Addressing | None = None
    said: Said = AS_USUAL

    @property
    def answers_elsewhere(self) -> bool:
        """Whether an operation that has an answer gets it on another way, so that here it is one-way."""
        return self.addressing is not None and self.addressing.answers_elsewhere

    def blocks(self, message_id: str, to: Endpoint) -> str:
        """The header blocks of one request."""
        return (self.static.text if to.trusted else "") + self._addressed(message_id, to)

    def shown(self, to: Endpoint) -> str:
        """The same to be shown: no secret, no identity of a message that was never sent."""
        return (self.static.masked if to.trusted else "") + self._addressed(EXAMPLE_ID, to)

    def hidden(self, message: bytes) -> bytes:
        """A message without the secrets of its static blocks, however short they are."""
        own, masked = self.static.text.encode(), self.static.masked.encode()
        return message.replace(own, masked) if own else message

    def _addressed(self, message_id: str, to: Endpoint) -> str:
        return self.addressing.blocks(message_id, to.url) if self.addressing else ""

    def check(self, message_id: str) -> Callable[[Parts], None] | None:
        """What refuses an answer to another message; None where nothing says which it answers."""
        own = self.addressing
        return None if own is None else lambda parts: own.check(parts, message_id)


NOTHING_AROUND = AroundBody()


def around_bodies(
    settings: SoapSettings, own: Mapping[str, SoapOperationSettings], contract: Contract
) -> dict[str, AroundBody]:
    """By operation; `own`: what some of them have of their own. Raises ConfigError for a secret that cannot be had."""
    version = contract.port.version
    shared = static_blocks(settings.headers, version)
    bodies = {}
    for name, operation in contract.operations.items():
        mine = own.get(name)
        theirs = settings.of(mine) if mine else settings
        static = static_blocks(theirs.headers, version) if mine and mine.headers else shared
        bodies[name] = NOTHING_AROUND if operation.http else _around(theirs, operation, static)
    return bodies


def _around(settings: SoapSettings, operation: OperationContract, static: StaticBlocks) -> AroundBody:
    if settings.security and SECURITY in static.tags:
        raise ConfigError([Place("headers.send", 1, 1, f"{SECURITY} is already written by security")])
    addressed = addressing(settings.addressing, operation)
    written = next((tag for tag in static.tags if tag[1:].partition("}")[0] in ADDRESSING), None)
    if addressed and written:
        if settings.addressing:
            raise ConfigError([Place("headers.send", 1, 1, f"{written} is already written by addressing")])
        addressed = None  # the WSDL demands it, and whoever wrote the block does it himself
    action = settings.soap_action
    if addressed and action == "quoted" and operation.action:
        # WS-Addressing 1.0, SOAP Binding §2: a SOAPAction that is not empty must be the same.
        action = f'"{addressed.action}"'
    return AroundBody(static, addressed, Said(action, settings.content_type or ""))
