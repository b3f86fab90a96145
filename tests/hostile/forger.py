"""What a forger of answers has, and one forgery."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from lxml import etree

from tests.adapters.soap.security.keys import Keys
from tests.adapters.soap.security.other_side import NS, answer, sign

GOOD = "<t:GetResponse xmlns:t='urn:old'><t:Text>ok</t:Text></t:GetResponse>"
EVIL = "<t:GetResponse xmlns:t='urn:old'><t:Text>evil</t:Text></t:GetResponse>"
Xml = etree._Element


@dataclass(frozen=True)
class Forger:
    """What an attacker has: a good answer of now, and keys of his own."""

    keys: Keys

    def signed(self, body: str = GOOD, *, minutes: float = 0, **more: Any) -> Xml:
        now = dt.datetime.now(dt.UTC) + dt.timedelta(minutes=minutes)
        times = [f"{one:%Y-%m-%dT%H:%M:%SZ}" for one in (now, now + dt.timedelta(minutes=5))]
        by = more.pop("by", self.keys.theirs)
        return sign(answer(body, created=times[0], expires=times[1]), by, **more)

    def unsigned(self, body: str = EVIL) -> Xml:
        return answer(body)


@dataclass(frozen=True)
class Forgery:
    """One of them. `holds` None: it has to be refused."""

    id: str
    make: Callable[[Forger], Xml | bytes]
    holds: str | None = None

    def data(self, forger: Forger) -> bytes:
        made = self.make(forger)
        return made if isinstance(made, bytes) else etree.tostring(made)


def parts(root: Xml) -> tuple[Xml, Xml]:
    header, body = root.find("s:Header", NS), root.find("s:Body", NS)
    assert header is not None
    assert body is not None
    return header, body


def wrapper(parent: Xml) -> Xml:
    return etree.SubElement(parent, "{urn:evil}Wrapper", {f"{{{NS['s']}}}mustUnderstand": "0"})
