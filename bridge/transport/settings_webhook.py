"""What can be set about a receiver of messages of ours: where it is, what it is sent beside the message, and how they
are signed.
"""

from __future__ import annotations

from ipaddress import ip_network
from typing import Annotated

from pydantic import AfterValidator, Field

from bridge.settings import Bytes, DurationS, Secret
from bridge.transport.guard import Guard
from bridge.transport.origins import has_userinfo, origin
from bridge.transport.secrets import reveal, unusable
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


def revealed_address(url: Secret | str) -> str:
    """Raises ConfigError that names the reference, never the value."""
    if isinstance(url, str):
        return url
    try:
        return address(reveal(url))
    except ValueError as error:
        raise unusable(url.reference, str(error)) from error


def _free(name: str) -> str:
    if name.lower() in _OURS:
        raise ValueError(f"{name} is set by the bridge")
    return name


def _network(text: str) -> str:
    ip_network(text)  # its ValueError says what is wrong
    return text


HeaderName = Annotated[str, Field(pattern=r"^[A-Za-z0-9!#$%&'*+.^_`|~-]{1,100}$"), AfterValidator(_free)]
Url = Secret | Annotated[str, AfterValidator(address)]
Private = bool | tuple[Annotated[str, AfterValidator(_network)], ...]


def guard_of(allowed: Private) -> Guard:
    """What `allow_private` says."""
    if isinstance(allowed, bool):
        return Guard(private=allowed)
    return Guard(networks=tuple(map(ip_network, allowed)))


class ReceiverSettings(ClientSettings):
    """An address that gets messages of ours as POSTs of JSON."""

    url: Url = Field(examples=["https://hooks.example/ops"])
    """Where to. An address that is itself a secret is a reference (`env:HOOK_URL`)."""
    headers: dict[HeaderName, Secret] = Field(default={}, examples=[{"X-Team": "env:HOOK_TEAM"}])
    """Further headers."""
    timeout: DurationS = Field(default=10.0, gt=0, le=60, examples=["10s"])
    """How long the receiver may take over one of them."""
    answer_max: Bytes = Field(default=64_000, gt=0, le=1_000_000, examples=["64kB"])
    """The largest answer taken. What stands in it is not looked at."""
