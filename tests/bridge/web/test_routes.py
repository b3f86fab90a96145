"""Routes as they are configured; those of an upstream, and which one a request meets: test_route_table.py."""

from __future__ import annotations

import pytest

from bridge.errors import RouteError
from bridge.shapes.model import Described, Field, Kind, Record, Scalar
from bridge.web.routes import AnswerSetting, Route, parse_route, template


@pytest.mark.parametrize(
    "text",
    ["orders", "GET orders", "get /orders", "HEAD /x", "GET", "GET /a//b", "GET /{a}x", "GET /{a}/{a}", "GET /.."],
)
def test_a_route_that_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(RouteError):
        parse_route(text)


def test_a_template_is_split_into_its_segments() -> None:
    assert template("/v1/shop/orders/{orderId}") == ("v1", "shop", "orders", "{orderId}")


def test_of_several_files_in_an_answer_one_can_be_chosen() -> None:
    two = Described(Record((Field("scan", Scalar(Kind.BASE64)), Field("icon", Scalar(Kind.BASE64, media="image/png")))))

    def route(place: str) -> Route:
        return Route(
            "POST", "/x", "shop", "Get", default=True, describe=lambda: two, describe_answer=lambda: two,
            answers=AnswerSetting("binary", place=place),
        )  # fmt: skip

    assert route("").binary is None
    assert route("/icon").binary == Scalar(Kind.BASE64, media="image/png")
    assert route("/nowhere").binary is None
