"""`callbacks:` of the configuration: who may be told that a call has ended, by the names that clients use for them."""

from __future__ import annotations

from typing import Literal, Self
from urllib.parse import urlsplit

from pydantic import Field, model_validator

from bridge.settings import DurationS, Secret
from bridge.transport.settings_webhook import Private, ReceiverSettings

Include = Literal["answer", "link"]


class CallbackSettings(ReceiverSettings):
    """An address that is told of calls that have ended, where their callers say so: a POST of JSON, signed as Standard
    Webhooks says."""

    secret: Secret = Field(examples=["env:EVENTS_SECRET"])
    """The key of the signature: 24 to 64 bytes in base64, after `whsec_`."""
    old_secret: Secret | None = Field(default=None, examples=["env:EVENTS_SECRET_BEFORE"])
    """The key of before, while a receiver takes the new one: both sign."""
    include: Include = Field(default="answer", examples=["link"])
    """What is sent beside what the call came to: the answer itself, unless it has more than 1 MB, or only
    where it can be fetched."""
    give_up: DurationS = Field(default=3 * 86400.0, gt=0, le=30 * 86400.0, examples=["72h"])
    """How long one is tried. Then it is a dead letter: a person sees it, and may have it sent again."""
    concurrency: int = Field(default=4, ge=1, le=100, examples=[4])
    """How many are sent there at a time, by each worker."""
    allow_private: Private = Field(default=False, examples=[True, ["10.0.0.0/8"]])
    """Whether the address may be one of this machine or of a private network, or of which networks; those of links and
    of a cloud's metadata only where they stand here. With a `proxy` it is the proxy that has to see to that."""

    @model_validator(mode="after")
    def _kept_secret(self) -> Self:
        if isinstance(self.url, str) and urlsplit(self.url).scheme == "http" and self.allow_private is False:
            raise ValueError("answers cross the Internet over https only; http needs allow_private")
        return self
