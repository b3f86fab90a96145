"""A password that is refused again and again is not tried with every call: that would lock the account.

Calls are watched, not wrapped. What a service says of the password decides: it took it, it refused it, or it said
nothing (it was not there, it was slow, a gateway answered).
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from adapters.soap.config import SoapSettings
from bridge.clock import Clock
from bridge.contracts import Emit
from bridge.errors import AnswerFailed, Fault, Refused, UpstreamUnauthorized
from bridge.events import CredentialsRefused
from bridge.transport.refusals import Refusals


class Lockout:
    """The credentials of one upstream. `ours`: which of those that a service may refuse come from the configuration."""

    def __init__(self, upstream: str, settings: SoapSettings, clock: Clock, emit: Emit) -> None:
        self._upstream, self._clock, self._emit = upstream, clock, emit
        self._ours = passwords(settings)
        self._refusals = Refusals(settings.lockout.attempts, settings.lockout.pause)
        self._proven = False
        self._round = 0

    @property
    def refused(self) -> bool:
        """Whether the last that was heard is that they are wrong."""
        return self._refusals.count > 0

    @contextmanager
    def watched(self, operation: str) -> Iterator[None]:
        """A call with these credentials. Raises UpstreamUnauthorized at once where nobody asks at the moment."""
        began = self._begun()
        try:
            yield
        except UpstreamUnauthorized as error:
            if error.refused in self._ours:
                self._refused(operation, error, began)
            raise
        except (Fault, AnswerFailed):
            self._accepted()  # it was let in, and told no
            raise
        self._accepted()

    def _begun(self) -> int:
        refusals, now = self._refusals, self._clock.monotonic()
        if not self._pauses:
            return self._round
        if (left_s := refusals.left_s(now)) > 0:
            cause = f"our credentials were refused {refusals.count} times; not tried again for {left_s:.0f} s"
            raise UpstreamUnauthorized(cause=cause, retry_after_s=left_s)
        refusals.hold(now)
        return self._round

    @property
    def _pauses(self) -> bool:
        """One that was taken before may be refused once or twice by a server that is not quite itself."""
        return self.refused and (self._refusals.enough or not self._proven)

    def _refused(self, operation: str, error: UpstreamUnauthorized, began: int) -> None:
        if began != self._round:
            return  # sent before the last refusal was heard: the same one
        self._round += 1
        pause_s = self._refusals.refused(self._clock.monotonic())
        if self._pauses:
            told = CredentialsRefused(self._upstream, operation, error.cause, self._refusals.count, pause_s)
            self._emit(told)

    def _accepted(self) -> None:
        self._proven = True
        self._refusals.accepted()


def passwords(settings: SoapSettings) -> frozenset[Refused]:
    """What of these settings is a password, by who would refuse it."""
    found: set[Refused] = set()
    if settings.auth and (settings.auth.basic or settings.auth.digest or settings.auth.ntlm):
        found.add("http")
    if settings.proxy_auth:
        found.add("proxy")
    if settings.security and settings.security.username_token:
        found.add("message")
    return frozenset(found)
