"""`alerts:` of the configuration: who is told when something needs a person, and how often."""

from __future__ import annotations

from pydantic import Field

from bridge.settings import DurationS, Secret, Settings
from bridge.transport.settings_webhook import Private, ReceiverSettings


class WebhookSettings(ReceiverSettings):
    """An address that gets each alert as a POST of JSON, signed as Standard Webhooks says."""

    secret: Secret | None = Field(default=None, examples=["env:ALERT_SECRET"])
    """The key of the signature: 24 to 64 bytes in base64, after `whsec_`. Without it nothing is signed."""
    give_up: DurationS = Field(default=86400.0, gt=0, le=7 * 86400.0, examples=["24h"])
    """How long one is tried. What is older tells nobody anything; that it was lost is in the log."""
    allow_private: Private = Field(default=True, examples=[False, ["10.0.0.0/8"]])
    """Whether it may be at an address of this machine or of a private network, or of which networks. Where alerts go
    mostly is inside, so it may unless this says otherwise; the addresses of links and of a cloud's metadata only where
    they stand here."""


class AlertSettings(Settings):
    """Alerts: what needs a person, told once, not with each time it happens."""

    webhook: WebhookSettings | None = Field(
        default=None, examples=[{"url": "https://hooks.example/ops", "secret": "env:ALERT_SECRET"}]
    )
    """Where they are sent to, besides the log."""
    topic: str | None = Field(default=None, examples=["alerts"])
    """A topic of `streams` that each change of an alert is published to as well, by the name of the alert as its key.
    Not one in memory."""
    late: DurationS | None = Field(default=900.0, gt=0, examples=["15m"])
    """How long a job that is ready may wait in a queue that nobody has paused, before that is an alert; null: for
    ever."""
    repeat: DurationS = Field(default=900.0, ge=1, le=7 * 86400.0, examples=["15m"])
    """The same alert within this time is counted; how often it came is told when the time is over."""
    settle: DurationS = Field(default=30.0, ge=0, le=86400.0, examples=["30s"])
    """How long it has to be over until that is told. What comes back before has never been away."""
    name: str = Field(default="legacy-bridge", min_length=1, max_length=100, examples=["bridge-eu-1"])
    """What this bridge calls itself in an alert."""

    @property
    def told(self) -> bool:
        """Whether anybody is told besides the log."""
        return self.webhook is not None or self.topic is not None
