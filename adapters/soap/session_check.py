"""Whether a service has what its configured session speaks of: operations, arguments, paths. For `check` and the start.

Nothing here tells the value of a secret: of an argument that is one only its place.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from typing import Any

from adapters.soap.codec import OperationCodec
from adapters.soap.config_session import SessionSettings
from adapters.soap.judging import Unfit, nearest
from adapters.soap.login import revealed
from bridge.contracts import Description
from bridge.errors import BridgeError, ConfigError, DoesNotFit
from bridge.rules.faults import SEEN, is_expression
from bridge.settings import Secret
from bridge.shapes.hidden import put, without
from bridge.shapes.jsonpath import Condition, Path
from bridge.shapes.jsonpath_fit import Misfit, misfits

Codecs = Mapping[str, Callable[[], OperationCodec]]
"""The operations that can be used."""
_WAY = ("soap", "session")


def session_unfit(settings: SessionSettings, codecs: Codecs) -> Iterator[Unfit]:
    """What is configured and cannot be."""
    for key, name in (("login", settings.login), ("logout", settings.logout)):
        if name is not None and name not in codecs:
            yield Unfit((*_WAY, key), Misfit(f"there is no operation {name!r}", name, tuple(codecs)))
    if settings.login in codecs:
        yield from _of_login(settings, codecs[settings.login])
    if settings.logout is not None and settings.logout in codecs:
        yield from _of_logout(settings, settings.logout, codecs[settings.logout])
    yield from _of_calls(settings, codecs)


def _of_login(settings: SessionSettings, codec: Callable[[], OperationCodec]) -> Iterator[Unfit]:
    try:
        login = codec()
    except BridgeError as error:
        yield Unfit((*_WAY, "login"), Misfit(f"{settings.login} cannot be called: {error.detail}"))
        return
    yield from _arguments(settings, login)
    paths = {"token": settings.token, "endpoint": settings.endpoint}
    for key, text in paths.items():
        if text is not None and text.startswith("$"):
            yield from (Unfit((*_WAY, key), one) for one in misfits(Path(text).uses, login.description.output))


def _arguments(settings: SessionSettings, login: OperationCodec) -> Iterator[Unfit]:
    secret = dict(_secrets(settings.with_, ""))
    try:
        login.request(revealed(settings.with_))
    except ConfigError:
        return  # a secret that is not there, which is told elsewhere
    except DoesNotFit as error:
        for one in error.errors:
            told = "the secret does not fit here" if one.pointer in secret else one.detail
            yield Unfit((*_WAY, "with"), Misfit(f"{settings.login} {one.pointer or '/'}: {told}"))


def _of_logout(settings: SessionSettings, name: str, codec: Callable[[], OperationCodec]) -> Iterator[Unfit]:
    """It gets the token and nothing else."""
    keys = Path(settings.send.element).keys if settings.send.element else None
    try:
        logout = codec()
        has_place = keys and without(logout.description.input, keys) is not None
        logout.request(put({}, keys, "token") if keys and has_place else {})
    except DoesNotFit as error:
        for one in error.errors:
            yield Unfit(
                (*_WAY, "logout"), Misfit(f"{name} {one.pointer or '/'}: {one.detail}, and it gets no arguments")
            )
    except BridgeError as error:
        yield Unfit((*_WAY, "logout"), Misfit(f"{name} cannot be called: {error.detail}"))


def _secrets(value: Any, at: str) -> Iterator[tuple[str, Secret]]:
    match value:
        case Secret():
            yield at, value
        case dict():
            for key, inner in value.items():
                yield from _secrets(inner, f"{at}/{key.replace('~', '~0').replace('/', '~1')}")
        case tuple():
            for index, inner in enumerate(value):
                yield from _secrets(inner, f"{at}/{index}")


def _of_calls(settings: SessionSettings, codecs: Codecs) -> Iterator[Unfit]:
    for index, key in enumerate(settings.expired.fault):
        if is_expression(key):
            wrong = misfits(Condition(key).uses, SEEN)
            yield from (Unfit((*_WAY, "expired", "fault", index), one) for one in wrong)
    # One that fits is enough, so few of many operations are worked out.
    others = [codec for name, codec in codecs.items() if name != settings.login]
    if settings.expired.when is not None:
        uses = Condition(settings.expired.when).uses
        if not any(not misfits(uses, one.output) for one in _described(others)):
            found = nearest([misfits(uses, one.output) for one in _described(others)], list)
            yield from (Unfit((*_WAY, "expired", "when"), one) for one in found)
    element = Path(settings.send.element) if settings.send.element else None
    if element and not any(without(one.input, element.keys or ()) is not None for one in _described(others)):
        found = nearest([misfits(element.uses, one.input) for one in _described(others)], list)
        found = found or [Misfit(f"{element.text}: no request has this field")]
        yield from (Unfit((*_WAY, "send", "element"), one) for one in found)


def _described(codecs: Iterable[Callable[[], OperationCodec]]) -> Iterator[Description]:
    for codec in codecs:
        try:
            yield codec().description
        except BridgeError:
            continue  # it cannot be offered, which is told elsewhere
