"""The tries and the wire form of a call, as they are kept: masked, or not at all."""

from __future__ import annotations

import pytest

from bridge.call import Attempt, Hide, Side, Trail
from bridge.layers.kept_trail import LEARNED_MAX, Hidden, kept_trail
from bridge.shapes.json import loads

TRIES = [Attempt(1, 1700.0, 0.25, "upstream_timeout"), Attempt(2, 1701.0, 0.5, "")]
TOLD = [
    {"number": "1", "at": "1700.0", "durationS": "0.25", "code": "upstream_timeout"},
    {"number": "2", "at": "1701.0", "durationS": "0.5", "code": ""},
]


def hidden() -> Hidden:
    return Hidden(("*password*",), lambda text: text.replace("s3cret", "***"))


def side(hide: Hide) -> Side:
    return Side("POST /", (("a", "b"),), hide.text("it is s3cret, and hunter2"), 9)


def teaching(hide: Hide) -> Side:
    hide.learn("hunter2")
    return Side("POST /", (), None, 9)


def test_the_tries_are_kept_with_and_without_the_wire() -> None:
    assert loads(kept_trail(Trail(attempts=TRIES), hidden(), wire=True)) == {"attempts": TOLD}
    assert loads(kept_trail(Trail(attempts=TRIES, request=side), hidden(), wire=False)) == {"attempts": TOLD}


def test_what_the_request_teaches_is_hidden_in_the_answer() -> None:
    told = loads(kept_trail(Trail(request=teaching, answer=side), hidden(), wire=True))
    assert isinstance(told, dict)
    assert told["answer"] == {"line": "POST /", "headers": [["a", "b"]], "message": "it is ***, and ***", "bytes": "9"}
    assert isinstance(told["request"], dict)
    assert "not kept" in str(told["request"]["note"])


def test_of_what_cannot_be_masked_nothing_is_kept_and_no_call_suffers() -> None:
    def fails(hide: Hide) -> Side:
        raise RuntimeError("with s3cret in it")

    told = kept_trail(Trail(request=side, answer=fails), hidden(), wire=True)
    assert loads(told) == {"attempts": [], "note": "the wire form could not be masked: RuntimeError"}


@pytest.mark.parametrize(("secret", "text", "masked"), [
    ("hunter2", "xhunter2y", "x***y"),
    ("a/b&c", "a%2Fb%26c", "***"),
    ("12", "12 of 123, (12)", "*** of 123, (***)"),
    ("", "nothing", "nothing"),
])  # fmt: skip
def test_what_was_learned_is_hidden(secret: str, text: str, masked: str) -> None:
    hide = hidden()
    hide.learn(secret)
    assert hide.text(text) == masked


def test_the_values_of_hidden_fields_are_known_from_the_start() -> None:
    values = {"login": {"userPassword": {"old": "first-one", "new": ["next-one"]}}, "name": "ada"}
    hide = Hidden(("*password*",), str, values)  # type: ignore[arg-type]  # a JSON value, spelt as one
    assert hide.text("first-one next-one ada") == "*** *** ada"


def test_more_secrets_than_can_be_looked_for_keep_nothing() -> None:
    def flood(hide: Hide) -> Side:
        for number in range(LEARNED_MAX + 1):
            hide.learn(f"secret-{number}")
        return side(hide)

    told = loads(kept_trail(Trail(request=flood), hidden(), wire=True))
    assert isinstance(told, dict)
    assert "request" not in told
