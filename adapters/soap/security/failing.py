"""What is wrong with the security of an answer: the reason is for the log, clients only hear of an unusable answer."""

from __future__ import annotations

from bridge.errors import UpstreamInvalid


class InsecureAnswer(UpstreamInvalid):
    """An answer that does not prove what the configuration demands."""


def refused(reason: str) -> InsecureAnswer:
    """An error whose cause names the reason, for the log."""
    return InsecureAnswer(cause=f"security: {reason}"[:200])


def undecipherable() -> InsecureAnswer:
    """One error for all that can go wrong while decrypting: a difference would tell an attacker about the plaintext."""
    return refused("the answer cannot be decrypted")
