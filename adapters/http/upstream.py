"""An HTTP system as an Upstream: what it offers, and how one call goes."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from adapters.http.api import Api
from adapters.http.calling import Around, Calling
from adapters.http.checking import Checker
from adapters.http.config import HttpSettings
from adapters.http.offered import Flags, description_of, operation_of
from adapters.http.passthrough import Relay, passed_on, target_behind
from adapters.http.plan import Plan
from adapters.http.translate import Reading
from bridge.call import Service
from bridge.clock import Clock
from bridge.contracts import Description, Emit, Envelopes, Example, Operation
from bridge.rules.failing import Judging, concerned, verdict
from bridge.rules.settings import FailRule
from bridge.shapes.json import dumps
from bridge.shapes.samples import sample
from bridge.transport.lockout import Lockout, passwords
from bridge.transport.secrets import reveal
from bridge.transport.session import HttpSession
from bridge.transport.wording import public_text


class HttpUpstream:
    """An opened HTTP system."""

    def __init__(
        self,
        name: str,
        settings: HttpSettings,
        session: HttpSession,
        plans: Mapping[str, Plan],
        *,
        flags: Mapping[str, Flags],
        clock: Clock,
        emit: Emit,
        api: Api | None = None,
        fail_when: tuple[FailRule, ...] = (),
    ) -> None:
        self._name, self._settings, self._session = name, settings, session
        self._plans, self._flags, self._api, self._general = plans, flags, api, fail_when
        self._clock, self._emit = clock, emit
        lockout = Lockout(name, passwords(settings), settings.lockout, clock, emit) if passwords(settings) else None
        key = (settings.query_key.name, reveal(settings.query_key.key)) if settings.query_key else None
        self._around = Around(name, settings.base, session, clock, emit, lockout, key)
        self.operations: Mapping[str, Operation] = {
            each: operation_of(name, each, plan, flags.get(each, Flags())) for each, plan in plans.items()
        }
        self._checker = lru_cache(maxsize=None)(lambda each: Checker(plans[each]))
        self._described = lru_cache(maxsize=None)(
            lambda each: description_of(plans[each], self._faults(each), flags.get(each, Flags()).rows)
        )

    @property
    def name(self) -> str:
        return self._name

    @property
    def title(self) -> str:
        return (self._api.title if self._api else "") or self._name

    @property
    def doc(self) -> str:
        return self._api.doc if self._api else ""

    @property
    def warnings(self) -> tuple[str, ...]:
        if self._api is None:
            return ()
        left_out = (f"{name} is left out: {reason}" for name, reason in self._api.left_out.items())
        return (*left_out, *self._api.problems)

    @property
    def left_out(self) -> Mapping[str, str]:
        """Operations of the document that are not offered, with the reason."""
        return self._api.left_out if self._api else {}

    @property
    def refused(self) -> bool:
        """Whether the system refuses our password at the moment."""
        return self._around.lockout is not None and self._around.lockout.refused

    @property
    def passing(self) -> Mapping[str, Operation]:
        """What is passed on, by its HTTP method."""
        return passed_on(self._name) if self._settings.passthrough is not None else {}

    def describe(self, operation: str) -> Description:
        return self._described(operation)

    def example(self, operation: str) -> Example:
        described = self.describe(operation)
        answer = dumps(sample(described.output)).encode() if described.output.shape is not None else None
        return Example(dumps(sample(described.input)).encode(), answer)

    def relay(self, operation: Operation) -> Service:
        """The bare way through of one of `passing`."""
        return Relay(operation, self._settings.base, self._session, self._clock, self._emit)

    @property
    def leads_back(self) -> bool:
        """See contracts.Passing."""
        passthrough = self._settings.passthrough
        return passthrough is not None and passthrough.locations == "rewrite"

    def target_of(self, asked: str, address: str) -> str | None:
        """See contracts.Passing."""
        return target_behind(self._settings.base, asked, address)

    def service(self, operation: str) -> Service:
        """The bare call. Raises members of CallError only."""
        return self._calling(operation)

    async def dry_run(self, operation: str, args: bytes) -> Envelopes:
        """What would be sent. Needs no network; credentials are masked."""
        return await self._calling(operation).dry_run(args)

    async def close(self) -> None:
        await self._session.close()

    def _calling(self, operation: str) -> Calling:
        plan = self._plans[operation]
        return Calling(
            self._around,
            self.operations[operation],
            plan,
            lambda: self._checker(operation),
            lru_cache(maxsize=1)(lambda: self._reading(operation)),
            lambda: self.describe(operation).rows,
            self._settings.answer_max,
        )

    def _faults(self, operation: str) -> Mapping[str, int]:
        return self._flags.get(operation, Flags()).faults

    def _reading(self, operation: str) -> Reading:
        plan, own = self._plans[operation], self._flags.get(operation, Flags())
        output = self.describe(operation).output
        rules = [*own.fail_when, *concerned(self._general, output)]
        judging = Judging(lambda: [verdict(rule, public_text) for rule in rules]) if rules else None
        return Reading(own.faults, plan.answers, self._settings.errors_pass, plan.text, judging)
