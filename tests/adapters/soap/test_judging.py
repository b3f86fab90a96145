"""Which rules concern which operation, which of them can never be, and what documents tell."""

from __future__ import annotations

import pytest

from adapters.soap.judging import Rules, nearest, unfit
from bridge.contracts import Description, FaultInfo
from bridge.errors import CallError, ContractError, SessionExpired
from bridge.rules.failing import Verdict
from bridge.rules.settings import FailRule
from bridge.shapes.jsonpath import Condition
from bridge.shapes.jsonpath_fit import Misfit
from bridge.shapes.model import Described, Field, Kind, Record, Scalar

SHAPES = {
    "Get": Described(Record((Field("ok", Scalar(Kind.BOOLEAN)), Field("code", Scalar(Kind.INTEGER))))),
    "Ping": Described(Record((Field("time", Scalar(Kind.DATETIME)),))),
    "Fire": Described(None),
}


def output(operation: str) -> Described:
    if operation not in SHAPES:
        raise ContractError("it cannot be offered")
    return SHAPES[operation]


def rule(when: str, **values: object) -> FailRule:
    return FailRule.model_validate({"when": when, **values})


OWN, GENERAL = rule("@.code == 17", status=404), rule("@.ok != true")


def test_own_rules_come_first_and_general_ones_only_where_they_can_hold() -> None:
    rules = Rules({"Get": [OWN]}, [GENERAL])
    assert rules.of("Get", output) == [OWN, GENERAL]
    assert rules.of("Ping", output) == rules.of("Fire", output) == []


def test_nobody_judges_without_rules() -> None:
    assert Rules({"Get": [OWN]}).judging("Ping", output) is None
    judging = Rules({}, [GENERAL]).judging("Ping", output)
    assert judging is not None
    assert not judging


def test_verdicts_of_the_session_come_before_all() -> None:
    expired = Verdict(Condition("@.code == 17"), lambda _: SessionExpired(cause="over"))
    judging = Rules({"Get": [OWN]}).judging("Get", output, [expired])
    assert judging is not None
    with pytest.raises(CallError) as caught:
        judging.check('{"ok":true,"code":17}')
    assert isinstance(caught.value, SessionExpired)
    elsewhere = Rules().judging("Ping", output, [expired])
    assert elsewhere is not None
    assert not elsewhere


def test_messages_are_what_may_be_shown() -> None:
    judging = Rules({"Get": [rule("@.ok == false", message="$.text")]}).judging("Get", output)
    assert judging is not None
    with pytest.raises(CallError) as caught:
        judging.check('{"ok":false,"text":"lost at http://erp01:8080/x\\n  at com.erp.Orders.find(Orders.java:42)"}')
    assert caught.value.detail == "lost at …"


def test_documents_tell_of_rules_and_of_faults_that_nobody_declared() -> None:
    description = Description(Described(None), SHAPES["Get"], (FaultInfo("Known", Described(None), 409),))
    told = Rules({"Get": [OWN]}).failures("Get", description, {"Known": 409, "Server.Busy": 503})
    assert [(one.status, one.code, one.doc) for one in told] == [
        (404, "failed", "failed: when `@.code == 17`"),
        (503, "fault", "Server.Busy"),
    ]


def test_rules_that_can_never_be_are_told_with_their_place() -> None:
    own = {"Get": [OWN, rule("@.ok == false", message="$.txt", detail="$.inf")], "Gone": [OWN], "Other": [OWN]}
    wrong = list(unfit(Rules(own, [GENERAL, rule("@.okk == false")]), ["Get", "Ping", "Fire", "Other"], output))
    assert [(one.way, one.misfit.name) for one in wrong] == [
        (("operations", "Get", "fail_when", 1, "message"), "txt"),
        (("operations", "Get", "fail_when", 1, "detail"), "inf"),
        (("fail_when", 1, "when"), "okk"),
    ]
    assert str(wrong[2]) == "fail_when.1.when: @.okk: there is no 'okk' in the answer"


def test_the_operation_that_was_probably_meant() -> None:
    far, near = [Misfit("a", "okk", ("time",))], [Misfit("b", "okk", ("ok", "code"))]
    assert nearest([far, near, []], list) == near
    assert nearest([], list) == []
