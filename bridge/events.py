"""One list of events: whatever an operator may hear of is a type here (STYLE 12).

Log, metrics and the status page read them; nobody else writes a log line. Fields are plain values; texts from
outside are bounded and escaped by the sinks, secrets never get in.
"""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Event:
    """The root. The name of the class in kebab-case is the name of the event."""


@dataclass(frozen=True, slots=True)
class ServerStarted(Event):
    """The bridge listens."""

    url: str
    version: str


@dataclass(frozen=True, slots=True)
class ServerStopping(Event):
    """No new requests from now on."""

    in_flight: int


@dataclass(frozen=True, slots=True)
class ConfigReloaded(Event):
    """A new configuration is in force; `changed` names its parts."""

    file: str
    changed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class ConfigRefused(Event):
    """A reload that changed nothing because the new file is bad or asks for what cannot change at run time."""

    file: str
    errors: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class UpstreamReady(Event):
    """The contract is known and its routes are served."""

    upstream: str
    operations: int
    from_disk: bool
    duration_s: float


@dataclass(frozen=True, slots=True)
class UpstreamUnavailable(Event):
    """The contract could not be had; tried again after `retry_in_s`."""

    upstream: str
    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class ContractWarning(Event):
    """Something in the WSDL was left out or mended."""

    upstream: str
    warning: str


@dataclass(frozen=True, slots=True)
class ConnectionWarning(Event):
    """Something about the way to an upstream that a person should know: an old algorithm, a certificate that ends."""

    upstream: str
    warning: str


@dataclass(frozen=True, slots=True)
class RequestDone(Event):
    """One line of the access log. `route` is the template, never the raw path, so that its values are few."""

    request_id: str
    trace_id: str
    method: str
    route: str
    path: str
    status: int
    duration_s: float
    bytes_in: int
    bytes_out: int
    client: str
    principal: str
    upstream: str = ""
    operation: str = ""
    cache: str = ""
    attempts: int = 0
    code: str = ""
    cause: str = ""


@dataclass(frozen=True, slots=True)
class RequestRefused(Event):
    """Cut before there was a request: a bad head, too slow, too many connections."""

    client: str
    reason: str


@dataclass(frozen=True, slots=True)
class UpstreamCalled(Event):
    """One attempt over the wire. `outcome` is `ok` or an error code."""

    upstream: str
    operation: str
    attempt: int
    status: int
    outcome: str
    duration_s: float
    bytes_out: int
    bytes_in: int


@dataclass(frozen=True, slots=True)
class CallRetried(Event):
    """A further try: its number (2 is the first retry), the delay before it, and the error of the one before."""

    upstream: str
    operation: str
    attempt: int
    delay_s: float
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class CallNotRetried(Event):
    """A failed call that is not repeated because nobody declared its operation idempotent."""

    upstream: str
    operation: str
    code: str
    outcome: str


@dataclass(frozen=True, slots=True)
class CacheUsed(Event):
    """`result`: hit, miss, stale, negative (a kept fault), coalesced, bypass, refresh (asked behind the back)."""

    upstream: str
    operation: str
    result: str


@dataclass(frozen=True, slots=True)
class AnswerTolerated(Event):
    """Drift: an answer strays from its contract; counted by kind (`unknown-element`, `missing-required` …)."""

    upstream: str
    operation: str
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class RequestTolerated(Event):
    """Drift: a request strays from the contract because the configuration lets it; counted by kind (`null`, `missing`,
    `value`, `count`, `choice`, `unknown`)."""

    upstream: str
    operation: str
    kinds: dict[str, int] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class LoggedIn(Event):
    """A session with an upstream began. `why`: first, expired, lifetime."""

    upstream: str
    operation: str
    why: str
    duration_s: float


@dataclass(frozen=True, slots=True)
class LoginFailed(Event):
    """No session could be had. After `refusals` of them in a row nobody is asked for `pause_s`; 0 pauses nothing."""

    upstream: str
    operation: str
    code: str
    cause: str
    refusals: int
    pause_s: float


@dataclass(frozen=True, slots=True)
class CredentialsRefused(Event):
    """The password of an upstream was refused. After `refusals` of them in a row nobody tries it for `pause_s`."""

    upstream: str
    operation: str
    cause: str
    refusals: int
    pause_s: float


@dataclass(frozen=True, slots=True)
class TopicTrimFailed(Event):
    """Retention could not take what a topic need not keep; tried again."""

    reason: str


@dataclass(frozen=True, slots=True)
class JobDone(Event):
    """A job is through. `waited_s`: from its acceptance to its end."""

    queue: str
    kind: str
    job_id: str
    attempt: int
    duration_s: float
    waited_s: float


@dataclass(frozen=True, slots=True)
class JobRetried(Event):
    """An attempt failed, and the job is tried again after `delay_s`."""

    queue: str
    kind: str
    job_id: str
    attempt: int
    delay_s: float
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class JobDead(Event):
    """A job was given up after `attempt` attempts: it waits among the dead letters for a person."""

    queue: str
    kind: str
    job_id: str
    attempt: int
    code: str
    cause: str


@dataclass(frozen=True, slots=True)
class DeadLetters(Event):
    """How many dead letters wait for a person, told when that has changed; 0: none any more. `oldest_s`: how long the
    oldest of them has been dead."""

    depth: int
    oldest_s: float


@dataclass(frozen=True, slots=True)
class JobCancelled(Event):
    """A job was stopped while it ran, because a person took it back."""

    queue: str
    kind: str
    job_id: str


@dataclass(frozen=True, slots=True)
class LeaseLost(Event):
    """A job outlived its lease: another worker may have it, so it was stopped here, and what it came to was dropped."""

    queue: str
    kind: str
    job_id: str
    worker: str


@dataclass(frozen=True, slots=True)
class JobTakenOver(Event):
    """The worker of a job was not heard of. `code`: why the job is dead now; "" when it is ready again."""

    queue: str
    job_id: str
    worker: str
    attempt: int
    code: str


@dataclass(frozen=True, slots=True)
class JobsGivenBack(Event):
    """A worker stops, and gives back what it has not finished."""

    queue: str
    count: int


@dataclass(frozen=True, slots=True)
class QueuePaused(Event):
    """The store cannot be used, so nothing of this queue is worked on; tried again after `retry_in_s`."""

    queue: str
    cause: str
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class JournalLost(Event):
    """So many entries of the journal, or what became of them, could not be written down; the calls went on."""

    entries: int
    cause: str


@dataclass(frozen=True, slots=True)
class JournalOrphans(Event):
    """Calls that a process which is gone had under way: whether they were done is not known."""

    entries: int


@dataclass(frozen=True, slots=True)
class JournalPruned(Event):
    """Entries that were too old or too many are deleted."""

    entries: int


@dataclass(frozen=True, slots=True)
class WorkerDied(Event):
    """One of several worker processes ended by itself; `how`: a signal or an exit code. It is started anew."""

    worker: int
    pid: int
    how: str
    restart_in_s: float


@dataclass(frozen=True, slots=True)
class ClockSkewed(Event):
    """The clock of this machine is ahead of that of the store's server by so much, behind when negative; 0: not any
    more. The store goes by its server's."""

    ahead_s: float


@dataclass(frozen=True, slots=True)
class ScheduleFired(Event):
    """A slot became a job. `late`: it had been missed, and is made up for."""

    schedule: str
    slot: str
    job_id: str
    late: bool


@dataclass(frozen=True, slots=True)
class ScheduleSkipped(Event):
    """A slot was left out because the run before has not ended, or too many wait."""

    schedule: str
    slot: str


@dataclass(frozen=True, slots=True)
class ScheduleMissed(Event):
    """Nobody was there for `missed` slots up to `upto`, and they are given up; with `more` there were others before."""

    schedule: str
    missed: int
    more: bool
    upto: str


@dataclass(frozen=True, slots=True)
class ScheduleRewound(Event):
    """The clock had been far ahead when the schedule ran last: it counts from now on again."""

    schedule: str
    ahead_s: float


@dataclass(frozen=True, slots=True)
class SchedulesDelayed(Event):
    """The store cannot be used, so nothing is fired; tried again after `retry_in_s`."""

    reason: str
    retry_in_s: float


@dataclass(frozen=True, slots=True)
class InternalError(Event):
    """A fault of ours. `traceback` goes to the log only."""

    where: str
    traceback: str
