"""Files in the document: forms, bare bodies and binary answers, all of it valid OpenAPI 3.1."""

from __future__ import annotations

from typing import Any

import jsonschema_rs
import pytest

from bridge.call import JsonValue
from bridge.contracts import Description
from bridge.shapes.model import Branch, Choice, Described, Facets, Field, Kind, ListOf, Record, Ref, Scalar, Shape
from bridge.web.openapi import Part, part
from bridge.web.openapi_files import answer_content
from bridge.web.routes import AnswerSetting, build_routes
from tests.bridge.web.fake import TEXT, fields, must
from tests.bridge.web.files import ANSWERS, BINARY, ROUTES, Files
from tests.bridge.web.test_openapi import Fake, faults_of, made, whole

OCTETS = "application/octet-stream"
FORM = "multipart/form-data"


@pytest.fixture(scope="module")
def document() -> dict[str, Any]:
    upstream = Files()
    written: Part = part(upstream, build_routes(upstream, ROUTES, "/v1/shop", ANSWERS), security=False)
    return whole(written)


def body_of(document: dict[str, Any], path: str, method: str = "post") -> dict[str, Any]:
    found: dict[str, Any] = document["paths"][f"/v1/shop{path}"][method]["requestBody"]["content"]
    return found


def of_input(shape: Shape, table: dict[str, Shape] | None = None) -> dict[str, Any]:
    description = Description(Described(shape, table or {}), Described(TEXT))
    found = whole(made(Fake(described={"Store": description})))
    assert faults_of(found) == []
    return body_of(found, "/store")


def test_the_document_is_valid_and_its_examples_fit(document: dict[str, Any]) -> None:
    assert faults_of(document) == []


def test_a_form_has_its_json_without_files_and_each_file_beside_it(document: dict[str, Any]) -> None:
    content = body_of(document, "/store-all")
    assert list(content) == ["application/json", FORM]
    form = content[FORM]
    schema = form["schema"]
    assert list(schema["properties"]) == ["json", "items.0.content", "pages.0", "cover"]
    assert (schema["required"], schema["additionalProperties"]) == (["json"], False)
    json = schema["properties"]["json"]
    assert list(json["properties"]) == ["name", "items", "@unknown"]
    assert list(json["properties"]["items"]["items"]["properties"]) == ["note", "@unknown"]
    assert schema["properties"]["cover"] == {"type": "string", "contentMediaType": OCTETS}
    assert "items.1.content" in schema["properties"]["items.0.content"]["description"]
    assert form["encoding"]["json"] == {"contentType": "application/json"}
    assert form["encoding"]["cover"] == {"contentType": OCTETS}
    assert list(form["example"]) == ["json", "items.0.content", "pages.0"][: len(form["example"])]


def test_one_file_may_be_the_body(document: dict[str, Any]) -> None:
    content = body_of(document, "/store-photo")
    assert list(content) == ["application/json", FORM, "image/png", OCTETS]
    assert content["image/png"] == {"schema": {"type": "string", "contentMediaType": "image/png"}}
    assert content[FORM]["schema"]["required"] == ["photo"]
    assert list(body_of(document, "/documents/{id}", "put")) == ["application/json", FORM, OCTETS]
    assert list(body_of(document, "/raw")) == ["application/json", FORM, OCTETS]
    assert list(body_of(document, "/plain")) == ["application/json"]


def test_a_whole_body_that_is_a_file_leaves_no_json(document: dict[str, Any]) -> None:
    schema = body_of(document, "/raw")[FORM]["schema"]
    assert (list(schema["properties"]), schema["required"]) == (["file"], ["file"])


def test_an_answer_with_one_file_has_its_forms_in_order(document: dict[str, Any]) -> None:
    def forms(path: str, method: str = "get") -> list[str]:
        return list(document["paths"][f"/v1/shop{path}"][method]["responses"]["200"]["content"])

    assert forms("/files/{id}") == ["application/json", "image/png", OCTETS]
    assert forms("/raw/{id}") == [OCTETS, "application/json"]
    assert "image/png" not in forms("/store-photo", "post")


def test_of_several_files_the_chosen_one_is_told() -> None:
    places = {"/scan": BINARY, "/icon": Scalar(Kind.BASE64, media="image/png")}
    json: dict[str, JsonValue] = {"application/json": {}}
    assert list(answer_content(places, AnswerSetting(), json)) == ["application/json"]
    chosen = AnswerSetting("binary", place="/icon")
    assert list(answer_content(places, chosen, json)) == ["image/png", OCTETS, "application/json"]


def test_a_file_that_is_a_choice_takes_the_choice_out_of_the_json() -> None:
    either = Record(
        (Field("url", TEXT), Field("content", BINARY), must("id", TEXT)),
        choices=(Choice((Branch(("url",)), Branch(("content",)))),),
    )
    schema = of_input(either)[FORM]["schema"]
    assert schema["required"] == ["json"]
    assert schema["properties"]["json"]["required"] == ["id"]
    assert "content" not in schema["properties"]["json"]["properties"]


def test_who_gives_a_part_that_needs_a_file_has_to_give_the_file() -> None:
    photo = fields(must("value", BINARY), kind=TEXT)
    album = Described(fields(must("id", TEXT), album=fields(photo=photo), spare=BINARY))
    found = whole(made(Fake(described={"Store": Description(album, Described(TEXT))})))
    assert faults_of(found) == []
    schema = body_of(found, "/store")[FORM]["schema"]
    form = jsonschema_rs.Draft202012Validator({**schema, "components": found["components"]})
    picture = {"json": {"id": "1", "album": {"photo": {"kind": "x"}}}}
    assert form.is_valid({"json": {"id": "1"}})
    assert form.is_valid({"json": {"id": "1", "album": {}}})
    assert not form.is_valid(picture)
    assert form.is_valid({**picture, "album.photo.value": "bytes"})
    assert schema["required"] == ["json"]


def test_lengths_are_told_in_bytes() -> None:
    small = Scalar(Kind.BASE64, Facets(min_length=2, max_length=9))
    content = of_input(fields(must("stamp", small)))
    assert content[OCTETS]["schema"] == {"type": "string", "contentMediaType": OCTETS, "minLength": 2, "maxLength": 9}
    assert "example" not in content[FORM]


def test_what_is_recursive_ends() -> None:
    node = fields(content=BINARY, child=Ref("Node"), name=TEXT)
    schema = of_input(Ref("Node"), {"Node": node})[FORM]["schema"]
    assert list(schema["properties"]) == ["json", "content"]
    assert list(schema["properties"]["json"]["properties"]) == ["child", "name", "@unknown"]


def test_a_record_that_is_nothing_but_files_is_not_asked_for() -> None:
    schema = of_input(fields(must("document", fields(must("content", BINARY))), pages=ListOf(BINARY)))[FORM]["schema"]
    assert list(schema["properties"]) == ["document.content", "pages.0"]
    assert schema["required"] == ["document.content"]
