"""The wsu:Timestamp of an answer: whether it is good now. Pure."""

from __future__ import annotations

import datetime as dt

from lxml.etree import _Element as XmlElement

from adapters.soap.config_security import VerifySettings
from adapters.soap.security.failing import refused
from adapters.soap.security.names import WSU

_CREATED, _EXPIRES = f"{{{WSU}}}Created", f"{{{WSU}}}Expires"


def check_time(stamp: XmlElement, settings: VerifySettings, now_s: float) -> None:
    """Raises InsecureAnswer for one that is over, lies in the future, or says no time at all."""
    if len(stamp.findall(_CREATED)) > 1 or len(stamp.findall(_EXPIRES)) > 1:
        raise refused("the timestamp says two times")
    created, expires = _read(stamp.findtext(_CREATED)), _read(stamp.findtext(_EXPIRES))
    if created is None and expires is None:
        raise refused("the timestamp says no time")
    if created is not None and created > now_s + settings.skew:
        raise refused("the timestamp lies in the future")
    if expires is None and created is not None:
        expires = created + settings.max_age
    if expires is not None and expires + settings.skew < now_s:
        raise refused("the timestamp is over: an old answer, or a clock that is off")


def _read(written: str | None) -> float | None:
    if written is None:
        return None
    try:
        found = dt.datetime.fromisoformat(written.strip())
        return (found if found.tzinfo else found.replace(tzinfo=dt.UTC)).timestamp()
    except (ValueError, OverflowError) as error:
        raise refused("the timestamp says no time that can be read") from error
