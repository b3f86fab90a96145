"""`alerts:` of the configuration: who is told when something needs a person, and how often."""

from __future__ import annotations

from typing import Annotated

from pydantic import AfterValidator, Field

from bridge.settings import Bytes, DurationS, Secret, Settings
from bridge.transport.origins import has_userinfo, origin
from bridge.transport.settings import ClientSettings

_OURS = frozenset(
    [
        *("host", "connection", "transfer-encoding", "content-length", "content-type", "content-encoding"),
        *("webhook-id", "webhook-timestamp", "webhook-signature"),
    ]
)


def address(text: str) -> str:
    """Raises ValueError when nothing could be sent there."""
    if not origin(text):
        raise ValueError("an address is absolute, such as https://hooks.example/ops, or a reference such as env:NAME")
    if has_userinfo(text):
        raise ValueError("credentials do not belong in an address; use auth or headers")
    return text


def _free(name: str) -> str:
    if name.lower() in _OURS:
        raise ValueError(f"{name} is set by the bridge")
    return name


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"), AfterValidator(_free)]


class WebhookSettings(ClientSettings):
    """An address that gets each alert as a POST of JSON, signed as Standard Webhooks says."""

    url: Secret | Annotated[str, AfterValidator(address)] = Field(examples=["https://hooks.example/ops"])
    """Where to. An address that is itself a secret is a reference (`env:ALERT_URL`)."""
    secret: Secret | None = Field(default=None, examples=["env:ALERT_SECRET"])
    """The key of the signature: 24 to 64 bytes in base64, after `whsec_`. Without it nothing is signed."""
    headers: dict[HeaderName, Secret] = Field(default={}, examples=[{"X-Team": "env:ALERT_TEAM"}])
    """Further headers."""
    timeout: DurationS = Field(default=10.0, gt=0, le=60, examples=["10s"])
    """How long the receiver may take over one of them."""
    give_up: DurationS = Field(default=86400.0, gt=0, le=7 * 86400.0, examples=["24h"])
    """How long one is tried. What is older tells nobody anything; that it was lost is in the log."""
    answer_max: Bytes = Field(default=64_000, gt=0, le=1_000_000, examples=["64kB"])
    """The largest answer taken. What stands in it is not looked at."""


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
