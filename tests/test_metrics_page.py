"""docs/metrics.md names every metric there is, and no page names one that there is not."""

from __future__ import annotations

import re
from pathlib import Path
from types import SimpleNamespace

from bridge.app.worker_metrics import supervised
from bridge.cli.serve import _watch
from bridge.config.model import Config
from bridge.sinks.metrics import Metrics

ROOT = Path(__file__).parents[1]
_NAME = re.compile(r"\bbridge_[a-z_]+[a-z]\b")
_PARTS = re.compile(r"_(bucket|sum|count)$")


def _told(folder: Path) -> dict[str, tuple[str, str]]:
    """Name → kind and meaning, as the pages of all processes of a bridge have them."""
    metrics, config = Metrics(), Config.model_validate({"queues": {"calls": {}}})
    figures = dict.fromkeys(("queue_depths", "queue_ages", "alerts_firing", "breaker_states", "retry_budgets"), dict)
    _watch(
        metrics,
        SimpleNamespace(config=config, in_flight=0, store_figure=lambda _: 0.0, limit_figure=lambda _: {}, **figures),
    )  # type: ignore[arg-type]  # all that is read of it
    supervised(folder, 1, 1, 0)
    page = metrics.render().decode() + (folder / "worker.0").read_text()
    about = dict(re.findall(r"^# HELP (\S+) (.*)$", page, re.MULTILINE))
    kinds = dict(re.findall(r"^# TYPE (\S+) (\S+)$", page, re.MULTILINE))
    return {name: (kinds[name], text) for name, text in about.items()}


def test_the_page_of_metrics_is_what_there_is(tmp_path: Path) -> None:
    page = (ROOT / "docs" / "metrics.md").read_text()
    shown = {
        name: (kind, text) for name, kind, text in re.findall(r"^\| `(\w+)` \| (\w+) \| (.*) \|$", page, re.MULTILINE)
    }
    assert shown == _told(tmp_path)


def test_no_page_names_a_metric_that_is_not_there(tmp_path: Path) -> None:
    known, wrong = _told(tmp_path), list[str]()
    for path in [ROOT / "README.md", *(ROOT / "docs").glob("*.md")]:
        named = {_PARTS.sub("", one) for one in _NAME.findall(path.read_text())}
        wrong += [f"{path.name}: {one}" for one in sorted(named - set(known)) if f"`{one}" in path.read_text()]
    assert wrong == []
