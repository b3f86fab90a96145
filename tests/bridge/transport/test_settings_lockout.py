from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.soap.config import SoapSettings
from bridge.transport.settings_lockout import LockoutSettings


def test_as_for_sessions() -> None:
    settings = SoapSettings.model_validate({"wsdl": "x.wsdl"}).lockout
    assert (settings.attempts, settings.pause) == (3, 900)


@pytest.mark.parametrize("wrong", [{"attempts": 0}, {"attempts": 21}, {"pause": "0s"}, {"off": True}])
def test_it_cannot_be_turned_off(wrong: dict[str, object]) -> None:
    with pytest.raises(ValidationError):
        LockoutSettings.model_validate(wrong)
