"""Good answers that say they failed: the first rule that holds makes a problem document of one. Pure.

What a rule blames on the caller (4xx) is told to him; what it blames on the system (5xx) counts as a failure of that,
so it may be tried again where that does no harm. The answer itself goes along as the typed `fault`.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property

from bridge.call import JsonValue
from bridge.contracts import FailureInfo
from bridge.errors import (
    AnswerFailed,
    BridgeError,
    CallError,
    MalformedJson,
    UpstreamFailed,
    UpstreamInvalid,
    UpstreamThrottled,
)
from bridge.rules.faults import PASSING
from bridge.rules.settings import FailRule
from bridge.shapes.json import dumps, loads
from bridge.shapes.jsonpath import Condition, Path
from bridge.shapes.jsonpath_fit import found_at, misfits
from bridge.shapes.model import Described

_ANY_DEPTH = 1 << 30  # the text was made here, and to count its brackets takes longer than to parse it
Words = Callable[[str], str]
"""What of a text that the other side wrote may be shown."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """A condition, and the error that an answer becomes on which it holds."""

    condition: Condition
    error: Callable[[JsonValue], CallError]


class Judging:
    """The verdicts on the answers of one operation, in their order; worked out at the first answer."""

    def __init__(self, verdicts: Callable[[], Sequence[Verdict]]) -> None:
        self._work_out = verdicts

    @cached_property
    def _verdicts(self) -> Sequence[Verdict]:
        return self._work_out()

    def __bool__(self) -> bool:
        """Whether there is any: of the rules of a service, none may concern the operation."""
        return bool(self._verdicts)

    def check(self, text: str | None) -> None:
        """Raises the error of the first that holds; UpstreamInvalid when that cannot be told. `text` None: there was
        no answer, so nothing in it can say anything."""
        if not text or not self._verdicts:
            return
        try:
            value = loads(text.encode(), depth_max=_ANY_DEPTH)
            failed = next((one for one in self._verdicts if one.condition.holds(value)), None)
            error = failed.error(value) if failed else None
        except (RecursionError, MalformedJson) as too_deep:
            raise UpstreamInvalid(cause="fail_when: the answer is nested too deeply to be judged") from too_deep
        except BridgeError as incomputable:
            raise UpstreamInvalid(cause=f"fail_when: {incomputable.detail[:150]}") from incomputable
        if error is not None:
            raise error


def verdict(rule: FailRule, words: Words) -> Verdict:
    """A rule of the configuration, compiled."""
    condition = Condition(rule.when)
    message = Path(rule.message) if rule.message and rule.message.startswith("$") else None
    part = Path(rule.detail) if rule.detail else None

    def error(value: JsonValue) -> CallError:
        text = words(message.text_in(value)) if message else rule.message or ""
        fault = dumps(part.first(value) if part else value).encode("utf-8", "replace")
        return _error(rule, text, fault)

    return Verdict(condition, error)


def _error(rule: FailRule, text: str, fault: bytes) -> CallError:
    kind: type[CallError] = AnswerFailed
    if rule.status >= 500:
        kind = UpstreamThrottled if rule.status == 503 else UpstreamFailed
    error = kind(text, fault=fault, retry_after_s=rule.retry_after, cause=f"fail_when: {rule.when[:150]}")
    error.status, error.code = rule.status, rule.code
    if rule.status >= 500:
        error.retryable = rule.status in PASSING or rule.retry_after is not None
    return error


def concerned(rules: Iterable[FailRule], output: Described) -> list[FailRule]:
    """Those that can hold for answers of this shape: of the rules of a whole service only they concern an operation."""
    return [rule for rule in rules if not misfits(Condition(rule.when).uses, output)]


def failures(rules: Iterable[FailRule], output: Described) -> tuple[FailureInfo, ...]:
    """What documents tell about them."""
    return tuple(
        FailureInfo(
            rule.status,
            rule.code,
            found_at(Path(rule.detail).uses, output) if rule.detail else output,
            f"{rule.code}: when `{rule.when}`",
        )
        for rule in rules
    )
