"""Signing, checking, encrypting and decrypting octets by the names of algorithms. Pure; knows no XML.

Every function takes names of the tables in names.py. Whoever calls has checked before whether the name is allowed.
"""

from __future__ import annotations

import hmac
import os
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.decrepit.ciphers.algorithms import TripleDES
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec, padding, rsa
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature, encode_dss_signature
from cryptography.hazmat.primitives.ciphers import Cipher, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES

PrivateKey = rsa.RSAPrivateKey | ec.EllipticCurvePrivateKey
PublicKey = rsa.RSAPublicKey | ec.EllipticCurvePublicKey

_HASHES: dict[str, type[hashes.HashAlgorithm]] = {
    "sha1": hashes.SHA1,
    "sha256": hashes.SHA256,
    "sha384": hashes.SHA384,
    "sha512": hashes.SHA512,
}
_KEY_BYTES = {"aes128": 16, "aes192": 24, "aes256": 32, "3des": 24}
_GCM_NONCE, _GCM_TAG = 12, 16


@dataclass(frozen=True, slots=True)
class Transport:
    """How a content key is wrapped. `digest`, `mgf` and `label` are of OAEP."""

    name: str
    digest: str = "sha1"
    mgf: str = "sha1"
    label: bytes = b""


def digest(name: str, data: bytes) -> bytes:
    made = hashes.Hash(_HASHES[name]())
    made.update(data)
    return made.finalize()


def same(one: bytes, other: bytes) -> bool:
    """Whether they are equal, in a time that does not tell where they differ."""
    return hmac.compare_digest(one, other)


# ── signatures ───────────────────────────────────────────────────────────────────────────────────────────────────


def fits(name: str, key: PrivateKey | PublicKey) -> bool:
    """Whether an algorithm works with this kind of key."""
    return name.startswith("rsa-") == isinstance(key, rsa.RSAPrivateKey | rsa.RSAPublicKey)


def sign(name: str, key: PrivateKey, data: bytes) -> bytes:
    made = _hash_of(name)
    if isinstance(key, rsa.RSAPrivateKey):
        return key.sign(data, _padding(name), made)
    # XML Signature 1.1 §6.4.3: both numbers one behind the other, each as long as the order of the curve.
    r, s = decode_dss_signature(key.sign(data, ec.ECDSA(made)))
    size = (key.curve.group_order.bit_length() + 7) // 8
    return r.to_bytes(size, "big") + s.to_bytes(size, "big")


def verified(name: str, key: PublicKey, data: bytes, signature: bytes) -> bool:
    """Whether a signature is one of this key over this data."""
    if not fits(name, key):
        return False
    made = _hash_of(name)
    try:
        if isinstance(key, rsa.RSAPublicKey):
            key.verify(signature, data, _padding(name), made)
        else:
            if len(signature) != 2 * ((key.curve.group_order.bit_length() + 7) // 8):
                return False
            half = len(signature) // 2
            pair = int.from_bytes(signature[:half], "big"), int.from_bytes(signature[half:], "big")
            key.verify(encode_dss_signature(*pair), data, ec.ECDSA(made))
    except (InvalidSignature, ValueError):
        return False
    return True


def _hash_of(name: str) -> hashes.HashAlgorithm:
    return _HASHES[name.rpartition("-")[2]]()


def _padding(name: str) -> padding.AsymmetricPadding:
    if not name.startswith("rsa-pss-"):
        return padding.PKCS1v15()
    # RFC 9231 §2.3.10: the salt is as long as the digest.
    return padding.PSS(padding.MGF1(_hash_of(name)), padding.PSS.DIGEST_LENGTH)


# ── encryption ───────────────────────────────────────────────────────────────────────────────────────────────────


def content_key(cipher: str) -> bytes:
    """A new key for a cipher."""
    return os.urandom(key_bytes(cipher))


def key_bytes(cipher: str) -> int:
    return _KEY_BYTES[cipher.partition("-")[0]]


def encrypt(cipher: str, key: bytes, data: bytes) -> bytes:
    """The initialization vector and what follows it (XML Encryption 1.1 §5.2)."""
    if cipher.endswith("-gcm"):
        nonce = os.urandom(_GCM_NONCE)
        return nonce + AESGCM(key).encrypt(nonce, data, None)
    block = _block(cipher)
    start = os.urandom(block)
    pad = block - len(data) % block
    padded = data + os.urandom(pad - 1) + bytes([pad])
    working = Cipher(_block_cipher(cipher, key), modes.CBC(start)).encryptor()
    return start + working.update(padded) + working.finalize()


def decrypt(cipher: str, key: bytes, data: bytes) -> bytes:
    """Raises an exception of any kind; the caller makes one error of all of them."""
    if cipher.endswith("-gcm"):
        if len(data) < _GCM_NONCE + _GCM_TAG:
            raise ValueError("too short")
        return AESGCM(key).decrypt(data[:_GCM_NONCE], data[_GCM_NONCE:], None)
    block = _block(cipher)
    if len(data) < 2 * block or len(data) % block:
        raise ValueError("no whole blocks")
    working = Cipher(_block_cipher(cipher, key), modes.CBC(data[:block])).decryptor()
    padded = working.update(data[block:]) + working.finalize()
    if not 1 <= padded[-1] <= block:
        raise ValueError("padding")
    return padded[: -padded[-1]]


def _block(cipher: str) -> int:
    return 8 if cipher == "3des" else 16


def _block_cipher(cipher: str, key: bytes) -> AES | TripleDES:
    return TripleDES(key) if cipher == "3des" else AES(key)


def wrap(how: Transport, key: rsa.RSAPublicKey, secret: bytes) -> bytes:
    return key.encrypt(secret, _wrapping(how))


def unwrap(how: Transport, key: rsa.RSAPrivateKey, wrapped: bytes, size: int) -> bytes:
    """The content key; another one when there is none, so that it shows only where the content is decrypted
    (RFC 3218: whoever can tell the two apart can decrypt without the key)."""
    instead = os.urandom(size)
    try:
        found = key.decrypt(wrapped, _wrapping(how))
    except ValueError:
        return instead
    return found if len(found) == size else instead


def _wrapping(how: Transport) -> padding.AsymmetricPadding:
    if how.name == "rsa-1_5":
        return padding.PKCS1v15()
    return padding.OAEP(padding.MGF1(_HASHES[how.mgf]()), _HASHES[how.digest](), how.label or None)
