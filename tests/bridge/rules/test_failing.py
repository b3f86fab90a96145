"""A good answer that says it failed becomes the error that its rule describes."""

from __future__ import annotations

import pytest

from bridge.errors import AnswerFailed, CallError, UpstreamFailed, UpstreamInvalid, UpstreamThrottled
from bridge.rules.failing import Judging, concerned, failures, verdict
from bridge.rules.settings import FailRule
from bridge.shapes.model import Described, Field, Kind, Record, Scalar

INFO = Record((Field("n", Scalar(Kind.DECIMAL)),))
OUTPUT = Described(
    Record((Field("ok", Scalar(Kind.BOOLEAN)), Field("code", Scalar(Kind.INTEGER)), Field("info", INFO)))
)


def rule(when: str = "@.ok == false", **values: object) -> FailRule:
    return FailRule.model_validate({"when": when, **values})


def judged(text: str | None, *rules: FailRule) -> CallError | None:
    try:
        Judging(lambda: [verdict(one, str.upper) for one in rules]).check(text)
    except CallError as error:
        return error
    return None


def failed(text: str, *rules: FailRule) -> CallError:
    error = judged(text, *rules)
    assert error is not None
    return error


def test_without_more_words_it_is_422_and_the_answer_comes_along() -> None:
    error = failed('{"ok":false,"n":1.50}', rule())
    assert isinstance(error, AnswerFailed)
    assert (error.status, error.code, error.retryable, error.outcome) == (422, "failed", False, None)
    assert error.fault == b'{"ok":false,"n":1.50}'
    assert error.detail == error.title


def test_all_that_can_be_said() -> None:
    own = rule(status=404, code="not_there", message="$.text", detail="$.info", retry_after="5s")
    error = failed('{"ok":false,"text":"no order","info":{"n":1e2}}', own)
    assert (error.status, error.code, error.detail, error.retry_after_s) == (404, "not_there", "NO ORDER", 5.0)
    assert error.fault == b'{"n":1e2}'


def test_a_message_may_be_words_of_our_own() -> None:
    assert failed('{"ok":false}', rule(message="Not possible")).detail == "Not possible"
    assert failed('{"ok":false,"text":null}', rule(message="$.text", detail="$.none")).fault == b"null"


@pytest.mark.parametrize(
    ("values", "kind", "retryable", "outcome"),
    [
        ({"status": 409}, AnswerFailed, False, None),
        ({"status": 429, "retry_after": "1s"}, AnswerFailed, False, None),
        ({"status": 500}, UpstreamFailed, True, "unknown"),
        ({"status": 501}, UpstreamFailed, False, "unknown"),
        ({"status": 501, "retry_after": "1s"}, UpstreamFailed, True, "unknown"),
        ({"status": 502}, UpstreamFailed, True, "unknown"),
        ({"status": 503}, UpstreamThrottled, True, "not_sent"),
        ({"status": 503, "retry_after": "9s"}, UpstreamThrottled, True, "not_sent"),
    ],
)
def test_who_is_blamed_decides_whether_it_may_be_tried_again(
    values: dict[str, object], kind: type[CallError], retryable: bool, outcome: str | None
) -> None:
    error = failed('{"ok":false}', rule(**values))
    assert type(error) is kind
    assert (error.status, error.code, error.retryable, error.outcome) == (
        values["status"],
        "failed",
        retryable,
        outcome,
    )


def test_the_first_rule_that_holds_decides() -> None:
    rules = (rule("@.code == 17", status=404), rule("@.code > 9", status=409), rule())
    assert failed('{"ok":false,"code":17}', *rules).status == 404
    assert failed('{"ok":false,"code":18}', *rules).status == 409
    assert failed('{"ok":false,"code":1}', *rules).status == 422
    assert judged('{"ok":true,"code":1}', *rules) is None
    assert judged("", *rules) is judged(None, *rules) is None


def test_nobody_judges_where_no_rule_concerns_the_answer() -> None:
    assert Judging(lambda: [verdict(rule(), str.upper)])
    assert not Judging(list)


def test_an_answer_on_which_that_cannot_be_told_is_unusable() -> None:
    deep = '{"a":' * 500 + "1" + "}" * 500
    assert isinstance(judged(deep, rule("@..z")), UpstreamInvalid)
    assert isinstance(judged('{"a":' * 2000 + "1" + "}" * 2000, rule()), UpstreamInvalid)


def test_rules_of_a_service_concern_those_that_have_the_fields() -> None:
    both = [rule("@.ok != true"), rule("@.elsewhere != true")]
    assert concerned(both, OUTPUT) == both[:1]
    assert concerned(both, Described(None)) == []


def test_what_documents_tell() -> None:
    whole, part = failures([rule(code="a"), rule(code="b", status=404, detail="$.info")], OUTPUT)
    assert (whole.status, whole.code, whole.detail) == (422, "a", OUTPUT)
    assert part.detail is not None
    assert part.detail.shape == INFO
    assert part.doc == "b: when `@.ok == false`"
