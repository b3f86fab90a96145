"""The signature of webhooks as Standard Webhooks says (https://github.com/standard-webhooks/standard-webhooks), and how
its keys are written. Pure; who is told what is not known here.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
from collections.abc import Mapping, Sequence

from bridge.settings import Secret
from bridge.transport.secrets import reveal, unusable

PREFIX = "whsec_"
KEY_BYTES = range(24, 65)
GONE = 410
"""What a receiver answers that wants nothing more."""


def signature(key: bytes, message_id: str, timestamp: int, body: bytes) -> str:
    """`v1,` and the HMAC-SHA256 of id, timestamp and body in base64."""
    signed = b".".join((message_id.encode(), str(timestamp).encode(), body))
    return "v1," + base64.b64encode(hmac.new(key, signed, hashlib.sha256).digest()).decode()


def signing_key(secret: Secret) -> bytes:
    """Raises ConfigError that names the reference, never the value."""
    try:
        key = base64.b64decode(reveal(secret).removeprefix(PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) not in KEY_BYTES:
        raise unusable(secret.reference, f"a key of webhooks is 24 to 64 bytes in base64, after {PREFIX}")
    return key


def signed_headers(keys: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> Mapping[str, str]:
    """What goes with a message of JSON. Several keys sign while one takes over from another; none signs nothing."""
    headers = {"Content-Type": "application/json", "webhook-id": message_id, "webhook-timestamp": str(timestamp)}
    if keys:
        headers["webhook-signature"] = " ".join(signature(key, message_id, timestamp, body) for key in keys)
    return headers
