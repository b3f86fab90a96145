"""The sinks of a running bridge: a log on stderr that knows what to mask, and metrics."""

from __future__ import annotations

import sys

from bridge.clock import Clock
from bridge.config.model import Config
from bridge.contracts import Emit
from bridge.sinks.fan import fan_out
from bridge.sinks.log import log_sink
from bridge.sinks.masks import Masks
from bridge.sinks.metrics import metrics_sink


class Sinks:
    """`emit` goes everywhere; `close` writes what is still queued. `worker`: which one of several we are, from 1."""

    def __init__(self, config: Config, clock: Clock, *, worker: int = 0) -> None:
        self.masks = Masks()
        self.masks.learn(config)
        about = {"worker": worker} if worker else {}
        self._log = log_sink(sys.stderr, config.log.level, masks=self.masks, clock=clock, about=about)
        self.metrics = metrics_sink()
        self.emit: Emit = fan_out(self._log, self.metrics)

    def close(self) -> None:
        self._log.close()
