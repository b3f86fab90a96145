"""What `serve` says and checks in the same way for one process and for several."""

from __future__ import annotations

from bridge.cli.sources import Source
from bridge.config.check import exposure_place
from bridge.errors import ConfigError, Place
from bridge.web.access import Access, check_exposure

STARTED = "listening on"


def check_open(found: Source, *, open_flag: bool) -> None:
    """Raises ConfigError when everybody could reach what nobody said is open."""
    if reason := check_exposure(found.config.server, Access(found.config.access), open_flag):
        if found.document is not None:
            raise ConfigError([exposure_place(found.document, reason)])
        raise ConfigError([Place("command line", 1, 1, reason)])
