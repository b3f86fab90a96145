"""JSON or a file: what the route gives by itself, and what a client asks for."""

from __future__ import annotations

import pytest

from bridge.errors import NotAcceptable
from bridge.shapes.model import Described
from bridge.web.inputs import Sources
from bridge.web.routes import AnswerSetting, Route
from bridge.web.wants import want_of
from tests.bridge.web.files import Files


def route(operation: str, form: str = "json") -> Route:
    described = Files().describe(operation)
    setting = AnswerSetting("binary" if form == "binary" else "json")
    return Route(
        "GET", "/x", "shop", operation, False, lambda: described.input, Sources(), lambda: described.output, setting
    )


@pytest.mark.parametrize(
    ("accept", "want"),
    [
        ("", "json"),
        ("*/*", "json"),
        ("application/json", "json"),
        ("application/json, */*;q=0.1", "json"),
        ("application/octet-stream", "raw"),
        ("application/octet-stream, */*;q=0.1", "raw"),
        ("application/octet-stream;q=0.5, application/json", "json"),
        ("application/json;q=0.5, application/octet-stream", "raw"),
        ("image/png", "raw"),
        ("image/*", "raw"),
        ("text/html, */*;q=0.8", "json"),
    ],
)
def test_json_by_itself_and_the_file_when_it_is_asked_for(accept: str, want: str) -> None:
    assert want_of(accept, route("Fetch")) == want


@pytest.mark.parametrize(
    ("accept", "want"),
    [
        ("", "raw"),
        ("*/*", "raw"),
        ("application/json", "json"),
        ("application/json, text/plain, */*", "raw"),
        ("application/*;q=0.5, application/json;q=0.4", "raw"),
        ("image/jpeg;q=0.2, application/json", "json"),
        ("video/mp4", "raw"),
    ],
)
def test_the_file_by_itself_and_json_when_it_is_asked_for(accept: str, want: str) -> None:
    assert want_of(accept, route("Fetch", "binary")) == want


@pytest.mark.parametrize("operation", ["StorePhoto", "Plain"])
@pytest.mark.parametrize("accept", ["application/octet-stream", "image/png", "text/html"])
def test_an_answer_without_one_file_is_json(operation: str, accept: str) -> None:
    assert want_of("application/octet-stream, application/json;q=0.1", route(operation)) == "json"
    with pytest.raises(NotAcceptable):
        want_of(accept, route(operation))


def test_what_nobody_can_make_is_refused() -> None:
    with pytest.raises(NotAcceptable, match="application/octet-stream"):
        want_of("text/html", route("Fetch"))
    with pytest.raises(NotAcceptable, match="a file, or"):
        want_of("text/html;q=0, application/json;q=0", route("Fetch", "binary"))


@pytest.mark.parametrize("accept", ["application/json", "application/json, image/png;q=0.9", "*/*;q=0.5"])
def test_a_contract_is_not_looked_at_for_who_likes_json_best(accept: str) -> None:
    def describe() -> Described:
        raise AssertionError("nobody has to know")

    looking = Route("GET", "/x", "shop", "Get", False, describe, describe_answer=describe)
    assert want_of(accept, looking) == "json"
