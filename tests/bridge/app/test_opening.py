"""Every kind of upstream that may be configured can be opened, and says what a refused password means to it."""

from __future__ import annotations

from bridge.app.opening import OPENINGS, opening_of
from bridge.config.model import UpstreamSettings
from bridge.config.table import ADAPTERS


def of(**client: object) -> UpstreamSettings:
    return UpstreamSettings.model_validate({"soap": {"wsdl": "http://127.0.0.1/?wsdl", **client}})


def test_each_key_of_an_upstream_has_its_opening() -> None:
    assert set(OPENINGS) == set(ADAPTERS)


def test_the_kind_is_the_key_that_was_written() -> None:
    assert of().kind == "soap"


def test_without_a_password_nothing_can_be_refused() -> None:
    assert opening_of(of()).tries == 0


def test_a_password_may_be_refused_as_often_as_configured() -> None:
    given = of(auth={"basic": {"username": "u", "password": "env:P"}}, lockout={"attempts": 2, "pause": "7m"})
    opening = opening_of(given)
    assert (opening.tries, opening.pause_s) == (2, 420.0)
