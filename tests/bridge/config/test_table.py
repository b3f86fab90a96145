"""The table of adapters and the model of an upstream say the same."""

from __future__ import annotations

from bridge.config.model import UpstreamSettings
from bridge.config.nearest import models_in
from bridge.config.table import ADAPTERS


def test_every_key_of_the_table_is_a_key_of_an_upstream() -> None:
    fields = UpstreamSettings.model_fields
    assert {key: models_in(fields[key].annotation) for key in ADAPTERS} == {
        key: [settings] for key, settings in ADAPTERS.items()
    }
