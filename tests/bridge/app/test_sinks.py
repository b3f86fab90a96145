"""What happens is both logged and counted, and a secret of the configuration stays out of the log."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from bridge.app.sinks import Sinks
from bridge.clock import SystemClock
from bridge.events import UpstreamReady, UpstreamUnavailable
from tests.bridge.app.world import config


def test_log_and_metrics(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    (tmp_path / "secret").write_text("canary-in-the-mine")
    auth = {"basic": {"username": "shop", "password": f"file:{tmp_path / 'secret'}"}}
    settings = config(tmp_path, {"shop": {"soap": {"wsdl": "http://erp.example/?wsdl", "auth": auth}}})
    sinks = Sinks(settings, SystemClock())
    sinks.emit(UpstreamUnavailable("shop", "it said canary-in-the-mine", 1.0))
    sinks.emit(UpstreamReady("shop", 7, from_disk=True, duration_s=0.1))
    sinks.close()
    lines = [json.loads(line) for line in capsys.readouterr().err.splitlines()]
    assert len(lines) == 2
    assert "canary" not in json.dumps(lines)
    assert b'upstream="shop"' in sinks.metrics.render()


def test_each_line_names_the_worker_where_there_are_several(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sinks = Sinks(config(tmp_path, {}), SystemClock(), worker=3)
    sinks.emit(UpstreamReady("shop", 7, from_disk=True, duration_s=0.1))
    sinks.close()
    [line] = capsys.readouterr().err.splitlines()
    assert list(json.loads(line).items())[-1] == ("worker", 3)


def test_the_level_is_kept(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    sinks = Sinks(config(tmp_path, {}, log={"level": "error"}), SystemClock())
    sinks.emit(UpstreamReady("shop", 7, from_disk=True, duration_s=0.1))
    sinks.close()
    assert capsys.readouterr().err == ""
