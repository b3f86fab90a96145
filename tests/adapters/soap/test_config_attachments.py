"""Settings of binary values, those of an operation over those of the service."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from adapters.soap.config import SoapOperationSettings, SoapSettings
from adapters.soap.config_attachments import AttachmentSettings


def test_each_key_of_an_operation_is_in_place_of_that_of_the_service() -> None:
    service = SoapSettings.model_validate(
        {"wsdl": "x.wsdl", "attachments": {"send": "mtom", "threshold": "5kB", "attachments_max": "2GB"}}
    )
    own = SoapOperationSettings.model_validate({"attachments": {"send": "swa", "answer": "/a/*/b"}})
    merged = service.of(own).attachments
    assert (merged.send, merged.threshold, merged.attachments_max) == ("swa", 5000, 2_000_000_000)
    assert (own.file_of_answer, SoapOperationSettings().file_of_answer) == ("/a/*/b", "")
    assert service.of(SoapOperationSettings()).attachments == service.attachments


def test_defaults_and_what_is_refused() -> None:
    assert AttachmentSettings().send is None
    assert AttachmentSettings().threshold == 1000
    for wrong in ({"send": "mime"}, {"threshold": "-1"}, {"answer": "/a"}, {"attachments_max": "0B"}):
        with pytest.raises(ValidationError):
            AttachmentSettings.model_validate(wrong)
    with pytest.raises(ValidationError):
        SoapOperationSettings.model_validate({"attachments": {"answer": "no-pointer"}})
