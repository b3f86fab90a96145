"""A password that is refused again and again is not tried with every call: that would lock the account.

Calls are watched, not wrapped. What a service says of the password decides: it took it, it refused it, or it said
nothing (it was not there, it was slow, a gateway answered).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import AnswerFailed, Fault, Refused, UpstreamUnauthorized
from bridge.events import CredentialsRefused
from bridge.transport.refusals import Refusals
from bridge.transport.settings import ClientSettings
from bridge.transport.settings_lockout import LockoutSettings


class Lockout:
    """The credentials of one upstream. `ours`: which of those that a service may refuse come from the configuration.

    Credentials that were taken before, and that only one operation refuses, pause for this operation alone: the account
    may lack a right, or what the operation refuses is something that its caller sent.
    """

    def __init__(
        self, upstream: str, ours: frozenset[Refused], settings: LockoutSettings, clock: Clock, emit: Emit
    ) -> None:
        self._upstream, self._clock, self._emit = upstream, clock, emit
        self._ours, self._settings = ours, settings
        self._row = self._counted()
        self._of = dict[str, Refusals]()
        self._by = set[str]()
        """Which operations the row of refusals comes from."""
        self._proven = False
        self._round = 0

    def _counted(self) -> Refusals:
        return Refusals(self._settings.attempts, self._settings.pause)

    @property
    def refused(self) -> bool:
        """Whether the last that was heard is that they are wrong."""
        return self._row.count > 0 or bool(self._of)

    @contextmanager
    def watched(self, operation: str) -> Iterator[None]:
        """A call with these credentials. Raises UpstreamUnauthorized at once where nobody asks at the moment."""
        began = self._begun(operation)
        try:
            yield
        except UpstreamUnauthorized as error:
            if error.refused in self._ours:
                self._refused(operation, error, began)
            raise
        except (Fault, AnswerFailed):
            self._accepted(operation)  # it was let in, and told no
            raise
        self._accepted(operation)

    def _begun(self, operation: str) -> int:
        pauses, now = self._pauses(operation), self._clock.monotonic()
        count, left_s = _longest(pauses, now)
        if left_s > 0:
            cause = f"our credentials were refused {count} times; not tried again for {left_s:.0f} s"
            raise UpstreamUnauthorized(cause=cause, retry_after_s=left_s)
        for one in pauses:
            one.hold(now)
        return self._round

    def _pauses(self, operation: str) -> list[Refusals]:
        """Those that concern an operation: its own, and that of all."""
        own = self._of.get(operation)
        found = [own] if own is not None and own.enough else []
        # One that was taken before may be refused once or twice by a server that is not quite itself.
        if self._row.count and (not self._proven or (self._row.enough and len(self._by) > 1)):
            found.append(self._row)
        return found

    def _refused(self, operation: str, error: UpstreamUnauthorized, began: int) -> None:
        if began != self._round:
            return  # sent before the last refusal was heard: the same one
        self._round += 1
        self._by.add(operation)
        now = self._clock.monotonic()
        for one in (self._row, self._of.setdefault(operation, self._counted())):
            one.refused(now)
        if pauses := self._pauses(operation):
            self._emit(CredentialsRefused(self._upstream, operation, error.cause, *_longest(pauses, now)))

    def _accepted(self, operation: str) -> None:
        self._proven = True
        self._row.accepted()
        self._by.clear()
        self._of = {name: one for name, one in self._of.items() if one.enough and name != operation}


def _longest(pauses: list[Refusals], now: float) -> tuple[int, float]:
    """The most refusals, and how long nobody asks."""
    return max((one.count for one in pauses), default=0), max((one.left_s(now) for one in pauses), default=0.0)


def passwords(settings: ClientSettings) -> frozenset[Refused]:
    """What of these settings is a password, by who would refuse it."""
    found: set[Refused] = set()
    if settings.auth and (settings.auth.basic or settings.auth.digest or settings.auth.ntlm):
        found.add("http")
    if settings.proxy_auth:
        found.add("proxy")
    return frozenset(found)
