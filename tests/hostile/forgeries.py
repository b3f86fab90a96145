"""All forged answers of a system behind whose answers must be signed. T9, time and replays, stands here."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable

from lxml import etree

from tests.adapters.soap.security.other_side import NS, security_of
from tests.hostile.forger import Forger, Forgery, Xml
from tests.hostile.forgeries_abuse import ABUSE
from tests.hostile.forgeries_wrapping import WRAPPING


def _without(path: str) -> Callable[[Forger], Xml]:
    def make(forger: Forger) -> Xml:
        root = forger.signed()
        for found in root.findall(path, NS):
            parent = found.getparent()
            assert parent is not None
            parent.remove(found)
        return root

    return make


def _two_stamps(forger: Forger) -> Xml:
    root = forger.signed(minutes=-600)
    security_of(root).insert(0, etree.fromstring(f"<u:Timestamp xmlns:u='{NS['u']}'/>"))
    return root


def _aged(minutes: float) -> Callable[[Forger], Xml]:
    return lambda forger: forger.signed(minutes=minutes)


def _parts_signed(*ids: str) -> Callable[[Forger], Xml]:
    return lambda forger: forger.signed(ids=ids)


TIMES = [
    *(Forgery(f"T9/from {minutes} minutes ago", _aged(-minutes)) for minutes in (11, 60, 1440, 525_600)),
    *(Forgery(f"T9/from {minutes} minutes ahead", _aged(minutes)) for minutes in (6, 60, 525_600)),
    *(
        Forgery(f"T9/{minutes} minutes off, allowed", _aged(minutes), '{"text":"ok","@any":[]}')
        for minutes in (-9, -4, 4)
    ),
    Forgery("T9/without timestamp", _without(".//u:Timestamp")),
    Forgery("T9/timestamp not signed", _parts_signed("BODY")),
    Forgery("T9/body not signed", _parts_signed("TS")),
    Forgery("T9/two timestamps", _two_stamps),
    Forgery("T9/without signature", _without(".//ds:Signature")),
    Forgery("T9/without security header", _without(".//e:Security")),
    Forgery("T9/without header", _without("s:Header")),
    Forgery("T9/never signed", lambda forger: forger.unsigned()),
    Forgery(
        "T9/a newer time in an old signature",
        lambda forger: etree.tostring(forger.signed(minutes=-600)).replace(
            f"{dt.datetime.now(dt.UTC) - dt.timedelta(minutes=600):%Y-%m-%dT%H}".encode(),
            f"{dt.datetime.now(dt.UTC):%Y-%m-%dT%H}".encode(),
        ),
    ),
]
FORGERIES = [*WRAPPING, *ABUSE, *TIMES]
