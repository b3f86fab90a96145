"""The session of a service as its upstream has it: which operations run within it, and which fields are ours to fill.

Everything about one operation is worked out when somebody asks for it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from adapters.soap.calling import Calling, Extra
from adapters.soap.codec import OperationCodec
from adapters.soap.config_session import SessionSettings
from adapters.soap.login import Held, Login, Origins
from adapters.soap.sessioned import Keys, Sending, Sessioned
from adapters.soap.translate import Reading
from bridge.call import Call, JsonValue, Reply
from bridge.clock import Clock
from bridge.contracts import Description, Emit, Example
from bridge.errors import ContractError, SessionExpired
from bridge.rules.failing import Verdict
from bridge.shapes.hidden import taken_out, without
from bridge.shapes.json import dumps, loads
from bridge.shapes.jsonpath import Condition

Make = Callable[[str, str], Calling]
"""The bare call of an operation, to an address ("" for its own)."""


class Sessions:
    """`trusted`: whether an operation's address may see a secret."""

    def __init__(
        self,
        upstream: str,
        settings: SessionSettings,
        origins: Origins,
        *,
        make: Make,
        codec: Callable[[str], OperationCodec],
        trusted: Callable[[str], bool],
        clock: Clock,
        emit: Emit,
    ) -> None:
        self._settings, self._make, self._codec, self._trusted = settings, make, codec, trusted
        self._sending, self._hidden = Sending(settings.send), dict[str, tuple[Keys, ...]]()
        leave = self._leave if settings.logout else None
        self._login = Login(upstream, settings, origins, send=self._log_in, leave=leave, clock=clock, emit=emit)

    async def _log_in(self, call: Call, extra: Extra) -> Reply:
        return await self._make(self._settings.login, "")(call, extra)

    async def _leave(self, call: Call, held: Held) -> Reply:
        assert self._settings.logout is not None
        return await self.service(self._settings.logout).left(call, held)

    def service(self, operation: str) -> Sessioned:
        return Sessioned(
            self._login,
            self._sending,
            lambda url: self._make(operation, url),
            lambda: self.hidden(operation),
            trusted=self._trusted(operation),
        )

    def covers(self, operation: str) -> bool:
        """All but the login itself."""
        return operation != self._settings.login

    def reading(self, how: Reading) -> Reading:
        """The same, with an eye on the end of the session."""
        expired = self._settings.expired
        return replace(how, expired_status=expired.statuses, expired_faults=expired.fault)

    def verdicts(self) -> Sequence[Verdict]:
        """A good answer that says the session is over."""
        if self._settings.expired.when is None:
            return ()
        return [Verdict(Condition(self._settings.expired.when), _expired)]

    def hidden(self, operation: str) -> tuple[Keys, ...]:
        """The ways to the fields of a request that are ours."""
        if operation not in self._hidden:
            self._hidden[operation] = self._found(operation) if self.covers(operation) else ()
        return self._hidden[operation]

    def _found(self, operation: str) -> tuple[Keys, ...]:
        try:
            codec = self._codec(operation)
            seen = codec.description.input
        except ContractError:
            return ()
        places = (self._sending.element, codec.header_place(self._sending.header) if self._sending.header else ())
        return tuple(keys for keys in places if keys and without(seen, keys) is not None)

    def described(self, operation: str, description: Description) -> Description:
        """What clients are told: without what is ours."""
        for keys in self.hidden(operation):
            seen = without(description.input, keys)
            description = replace(description, input=seen) if seen is not None else description
        return description

    def example(self, operation: str, example: Example) -> Example:
        hidden = self.hidden(operation)
        request = loads(example.request) if hidden else None
        for keys in hidden:
            request = taken_out(request, keys)
        return replace(example, request=dumps(request).encode()) if hidden else example

    @property
    def refused(self) -> bool:
        """Whether the service refuses the login at the moment."""
        return self._login.refused

    async def close(self) -> None:
        await self._login.close()


def own_operations(settings: SessionSettings | None, configured: Mapping[str, object]) -> frozenset[str]:
    """Those that are not offered to clients: the ones of the session that nobody configured."""
    if settings is None:
        return frozenset()
    own = {settings.login, *([settings.logout] if settings.logout else [])}
    return frozenset(own - set(configured))


def _expired(_: JsonValue) -> SessionExpired:
    return SessionExpired(cause="expired.when")
