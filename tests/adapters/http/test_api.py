"""An OpenAPI document becomes plans; what cannot be done leaves one operation out and no other."""

from __future__ import annotations

import pytest

from adapters.http.api import Api, api_of, named_by
from adapters.http.document import read
from bridge.errors import ContractError


def api(paths: str, version: str = "3.0.3", more: str = "") -> Api:
    text = f"openapi: {version}\ninfo: {{title: T, description: D}}\nservers: [{{url: /v2}}]\npaths: {paths}\n{more}"
    return api_of(read(text.encode(), "x"), "x")


def test_what_an_operation_is() -> None:
    found = api(
        """
  /orders/{id}:
    parameters: [{name: id, in: path, required: true, schema: {type: integer}}, {name: v, in: query, schema: {}}]
    get:
      operationId: getOrder
      summary: One order
      parameters:
        - {name: v, in: query, style: pipeDelimited, schema: {type: array, items: {type: string}}}
        - {name: X-Tenant, in: header, required: true, schema: {type: string}}
        - {name: Accept, in: header, schema: {type: string}}
      responses:
        '200': {description: ok, content: {application/hal+json: {schema: {type: object}}}}
        4XX: {description: no}
"""
    )
    plan = found.plans["getOrder"]
    assert (found.title, found.doc, found.address) == ("T", "D", "/v2")
    assert (plan.method, plan.path, plan.doc, plan.body) == ("GET", "/orders/{id}", "One order", None)
    assert [(one.name, one.place, one.style, one.explode, one.required) for one in plan.parts] == [
        ("id", "path", "simple", False, True),
        ("v", "query", "pipeDelimited", False, False),
        ("X-Tenant", "header", "simple", False, True),
    ]
    assert [(one.status, one.schema) for one in plan.answers] == [("200", {"type": "object"}), ("4XX", None)]


@pytest.mark.parametrize(
    ("content", "form", "field", "media"),
    [
        ("application/json: {schema: {type: object, properties: {a: {}}}}", "json", "", "application/json"),
        ("application/json: {schema: {type: object, properties: {id: {}}}}", "json", "body", "application/json"),
        ("application/json: {schema: {type: array}}", "json", "body", "application/json"),
        ("application/vnd.x+json: {schema: {}}", "json", "body", "application/vnd.x+json"),
        ("'*/*': {}", "json", "body", "application/json"),
        ("text/plain: {schema: {type: string}}", "text", "body", "text/plain; charset=utf-8"),
        (
            "application/x-www-form-urlencoded: {schema: {type: object, properties: {a: {}}}}",
            "form",
            "",
            "application/x-www-form-urlencoded",
        ),
        ("text/plain: {}, application/json: {schema: {type: array}}", "json", "body", "application/json"),
    ],
)
def test_where_the_body_lies(content: str, form: str, field: str, media: str) -> None:
    found = api(
        f"{{'/x/{{id}}': {{post: {{operationId: a, requestBody: {{content: {{{content}}}}}, responses: {{}}}}}}}}"
    )
    body = found.plans["a"].body
    assert body is not None
    assert (body.form, body.field, body.media) == (form, field, media)


@pytest.mark.parametrize(
    ("operation", "reason"),
    [
        ("requestBody: {required: true, content: {multipart/form-data: {}}}", "multipart/form-data"),
        ("parameters: [{name: a, in: query, style: strange}]", "strange"),
        ("parameters: [{name: Host, in: header, required: true}]", "Host"),
        ("parameters: [{name: a, in: formData}]", "formData"),
        ("parameters: [{$ref: '#/components/parameters/None'}]", "not in the document"),
        ("parameters: [{$ref: '#/components/parameters/A'}]", "circle"),
        ("requestBody: {$ref: 'https://evil.example/x.yaml'}", "not in the document"),
    ],
)
def test_what_cannot_be_done_is_left_out_with_the_reason(operation: str, reason: str) -> None:
    more = "components: {parameters: {A: {$ref: '#/components/parameters/B'}, B: {$ref: '#/components/parameters/A'}}}"
    found = api(f"{{/x: {{post: {{operationId: a, {operation}}}, get: {{operationId: b}}}}}}", more=more)
    assert [*found.plans] == ["b"]
    assert reason in found.left_out["a"]


def test_names() -> None:
    found = api("{/x: {get: {operationId: a}, post: {operationId: a}, put: {operationId: 'a b'}, delete: {}}}")
    assert [*found.plans] == ["a_get_x", "putX", "a_post_x", "deleteX"]
    assert named_by("get", "/orders/{order-id}/lines") == "getOrdersByOrderIdLines"


def test_parameters_of_one_name_are_told_apart() -> None:
    parameters = "[{name: id, in: path, required: true}, {name: id, in: query}]"
    found = api(f"{{'/x/{{id}}': {{get: {{operationId: a, parameters: {parameters}}}}}}}")
    assert [part.field for part in found.plans["a"].parts] == ["id", "id_query"]


def test_a_parameter_of_the_path_that_nobody_declared_is_there() -> None:
    assert [part.name for part in api("{'/x/{id}': {get: {operationId: a}}}").plans["a"].parts] == ["id"]


def test_an_operation_is_found_by_its_address() -> None:
    found = api("{'/x/{id}': {get: {operationId: a}}}")
    assert (found.find("GET", "/x/{other}"), found.find("PUT", "/x/{id}"), found.find("GET", "/x")) == ("a", None, None)


@pytest.mark.parametrize("text", ["swagger: '2.0'", "openapi: 4.0.0", "openapi: 3", "title: x"])
def test_what_is_no_such_document_is_refused(text: str) -> None:
    with pytest.raises(ContractError, match=r"3\.0 or 3\.1 can be read"):
        api_of(read(text.encode(), "x"), "x")


@pytest.mark.parametrize(
    "paths", ["[]", "{/x: []}", "{/x: {get: 7}}", "{/x: {get: {parameters: 7, responses: 8}}}", "7"]
)
def test_a_document_of_nonsense_does_no_harm(paths: str) -> None:
    assert api(paths).left_out == {}


def test_a_path_item_that_leads_nowhere_is_told() -> None:
    found = api("{/x: {$ref: '#/components/pathItems/None'}, /y: {get: {operationId: b}}}", "3.1.0")
    assert ([*found.plans], len(found.problems)) == (["b"], 1)
