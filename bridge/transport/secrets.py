"""Reads secrets once, and tells about what cannot be used on this machine without showing any of it."""

from __future__ import annotations

from bridge.errors import ConfigError, Place
from bridge.settings import Secret


def reveal(secret: Secret) -> str:
    """The value of a secret. Raises ConfigError that names the reference, never the value."""
    try:
        value = secret.reveal()
    except ValueError as error:
        raise unusable(secret.reference, str(error), error) from error
    if any(ord(char) < 32 or ord(char) == 127 for char in value):  # a line break would start a header of its own
        raise unusable(secret.reference, "the secret holds a control character, such as a second line")
    return value


def unusable(where: str, message: str, error: Exception | None = None) -> ConfigError:
    """A setting that is well written but cannot be used on this machine."""
    reason = getattr(error, "strerror", None) or getattr(error, "reason", None) or ""
    return ConfigError([Place(where, 1, 1, message, str(reason))])
