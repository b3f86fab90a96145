"""Nobody serves everybody by accident, with one process or with several."""

from __future__ import annotations

import pytest

from bridge.cli.exposure import check_open
from bridge.cli.sources import Source
from bridge.config.model import Config
from bridge.errors import ConfigError


def test_an_open_address_has_to_be_asked_for() -> None:
    config = Config.model_validate({"server": {"host": "0.0.0.0", "workers": 2}})
    with pytest.raises(ConfigError, match="command line"):
        check_open(Source(config, None, None), open_flag=False)
    check_open(Source(config, None, None), open_flag=True)
