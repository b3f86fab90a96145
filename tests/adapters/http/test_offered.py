"""What a document and a configuration offer together."""

from __future__ import annotations

import pytest

from adapters.http.api import Api, api_of
from adapters.http.config import HttpRequestSettings
from adapters.http.document import read
from adapters.http.offered import Flags, description_of, operation_of, plans_of, unknown
from bridge.errors import ContractError
from bridge.shapes.model import AnyJson, Kind, ListOf, Ref, Scalar


def document() -> Api:
    text = b"""
openapi: 3.0.3
paths:
  /orders/{id}:
    get:
      operationId: getOrder
      responses:
        '200': {description: ok, content: {application/json: {schema: {$ref: '#/components/schemas/O'}}}}
        '404': {description: none, content: {application/json: {schema: {$ref: '#/components/schemas/O'}}}}
        '429': {description: wait, content: {application/json: {schema: {}}}}
    put: {operationId: putOrder, responses: {'204': {description: done}}}
    post: {operationId: cancel, requestBody: {required: true, content: {image/png: {}}}}
  /note: {get: {operationId: note, responses: {'200': {description: ok, content: {text/plain: {}}}}}}
components: {schemas: {O: {type: array, items: {type: string}}}}
"""
    return api_of(read(text, "x"), "x")


def request(text: object) -> HttpRequestSettings:
    return HttpRequestSettings.model_validate(text)


def test_all_of_a_document_and_what_is_declared_beside_it() -> None:
    plans = plans_of(document(), {"Ping": Flags(request("GET /ping"))})
    assert [*plans] == ["getOrder", "putOrder", "note", "Ping"]
    assert not plans["Ping"].known


def test_an_operation_may_have_another_name() -> None:
    plans = plans_of(document(), {"GetOrder": Flags(request("GET /orders/{orderId}")), "GET /note": Flags()})
    assert [*plans] == ["putOrder", "GetOrder", "GET /note"]
    assert (plans["GetOrder"].known, plans["GetOrder"].path) == (True, "/orders/{id}")


def test_what_is_told_in_full_is_taken_as_it_is() -> None:
    plans = plans_of(
        document(), {"getOrder": Flags(request({"method": "GET", "path": "/orders/{id}", "query": ["x"]}))}
    )
    assert not plans["getOrder"].known


@pytest.mark.parametrize(
    ("name", "text"),
    [("getOder", "did you mean 'getOrder'"), ("cancel", "left out: its body is image/png"), ("x", "no operation 'x'")],
)
def test_what_the_document_does_not_have_is_told(name: str, text: str) -> None:
    with pytest.raises(ContractError, match=text):
        plans_of(document(), {name: Flags()})
    assert [one.name for one in unknown(document(), {name: Flags(), "getOrder": Flags()})] == [name]


def test_the_method_tells_what_is_safe_unless_a_person_does() -> None:
    plans = plans_of(document(), {})
    flags = {name: operation_of("shop", name, plan, Flags()) for name, plan in plans.items()}
    assert {name: (one.safe, one.idempotent) for name, one in flags.items()} == {
        "getOrder": (True, True),
        "putOrder": (False, True),
        "note": (True, True),
    }
    own = operation_of("shop", "getOrder", plans["getOrder"], Flags(safe=False, idempotent=False))
    assert (own.safe, own.idempotent, own.address) == (False, False, "GET /orders/{id}")


def test_what_is_told_of_answers_and_refusals() -> None:
    plans = plans_of(document(), {"Ping": Flags(request("GET /ping"))})
    told = description_of(plans["getOrder"], {"404": 410})
    assert (told.output.shape, told.output.table["O"]) == (Ref("O"), ListOf(AnyJson('{"type":"string"}', (), '"text"')))
    assert [(one.name, one.status) for one in told.faults] == [("NotFound", 410)]
    assert description_of(plans["putOrder"], {}).output.shape is None
    assert description_of(plans["note"], {}).output.shape == Scalar(Kind.STRING)
    assert description_of(plans["Ping"], {}).output.shape == AnyJson()
