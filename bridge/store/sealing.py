"""How a value lies at rest: compressed when that helps, and sealed when there is a key.

Sealed is XAES-256-GCM (https://c2sp.org/XAES-256-GCM): AES-256-GCM with a key of its own for each value, so that chance
alone keeps nonces apart for as many values as anybody writes. The form, the key's id and the place are authenticated: a
value that was changed, or laid into another row, is refused. Pure; a place is such as `jobs.payload:01j…`.

    form (1) · payload                                        form 0: as it is, 1: zlib; a CRC-32 before it
    form (1) · key id (4) · nonce (24) · payload · tag (16)   form 2: as it is, 3: zlib
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac
import secrets
import zlib
from collections.abc import Sequence

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers import Cipher
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.ciphers.algorithms import AES
from cryptography.hazmat.primitives.ciphers.modes import ECB

from bridge.errors import StoreError

KEY_BYTES = 32
OPENED_BYTES_MAX = 64_000_000
"""Nothing larger is shut, so whatever opens to more was not made by us."""
PLAIN, PACKED, SEALED, SEALED_PACKED = 0, 1, 2, 3
_KEY_ID_BYTES, _NONCE_BYTES, _TAG_BYTES, _CRC_BYTES = 4, 24, 16, 4
HEAD_BYTES = 1 + _KEY_ID_BYTES
"""So much of a value tells how it was shut."""
_PACK_BYTES_MIN = 128
_LEVEL = 1  # a tenth of the time of the default for a tenth more bytes


class KeyMissing(StoreError):
    """Whole as far as one can see, but sealed with the key `key_id`, which is not here: another may have it."""

    def __init__(self, place: str, key_id: str) -> None:
        super().__init__(
            f"{place} is sealed with the key {key_id}, which is not here: give it as store.key, or among store.old_keys"
        )
        self.key_id = key_id


def parse_key(text: str) -> bytes:
    """32 bytes in base64. Raises ValueError."""
    try:
        key = base64.b64decode(text.strip(), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if len(key) != KEY_BYTES:
        raise ValueError("a key of the store is 32 bytes in base64, such as `openssl rand -base64 32` makes")
    return key


class Seal:
    """Shuts with `key` and opens what `key` or one of `older` has shut. Without a key nothing is sealed. With one,
    `plain` says whether a value that nobody sealed is still to be opened (it is older than the key)."""

    def __init__(self, key: bytes | None, older: Sequence[bytes] = (), *, plain: bool = True) -> None:
        self._plain = plain or key is None
        self._keys = {one.id: one for one in map(_Key, (*reversed(older), *((key,) if key else ())))}
        self._key = _Key(key) if key else None

    @property
    def key_id(self) -> str:
        """Of the key that shuts; "" without one."""
        return self._key.id.hex() if self._key else ""

    @property
    def key_ids(self) -> frozenset[str]:
        """Of every key that opens."""
        return frozenset(one.hex() for one in self._keys)

    def shut(self, data: bytes, *, place: str) -> bytes:
        """Raises StoreError when there is too much of it."""
        if len(data) > OPENED_BYTES_MAX:
            raise StoreError(f"{place}: {len(data)} bytes are more than can be kept ({OPENED_BYTES_MAX})")
        packed = zlib.compress(data, _LEVEL) if len(data) >= _PACK_BYTES_MIN else data
        helps = len(packed) < len(data)
        payload = packed if helps else data
        if self._key is None:
            return bytes([PACKED if helps else PLAIN]) + zlib.crc32(payload).to_bytes(_CRC_BYTES) + payload
        head = bytes([SEALED_PACKED if helps else SEALED]) + self._key.id
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return head + nonce + self._key.of(nonce).encrypt(nonce[12:], payload, head + place.encode())

    def open(self, data: bytes, *, place: str) -> bytes:
        """Raises StoreError: this was not shut here or not like this; or KeyMissing."""
        data = bytes(data)
        form = data[0] if data else -1
        if form in {SEALED, SEALED_PACKED}:
            payload = self._opened(data, place)
        elif form in {PLAIN, PACKED}:
            payload = self._checked(data, place)
        else:
            raise StoreError(f"{place} is damaged: it is none of our forms")
        return _unpacked(payload, place) if form in {PACKED, SEALED_PACKED} else payload

    def current(self, data: bytes) -> bool:
        """Whether this was shut with the key of today, or with none when there is none; its head is enough."""
        sealed = data[:1] in {bytes([SEALED]), bytes([SEALED_PACKED])}
        return sealed and data[1:HEAD_BYTES] == self._key.id if self._key else not sealed

    def _opened(self, data: bytes, place: str) -> bytes:
        head, nonce_end = data[:HEAD_BYTES], HEAD_BYTES + _NONCE_BYTES
        key = self._keys.get(head[1:])
        if len(data) < nonce_end + _TAG_BYTES:
            raise StoreError(f"{place} is damaged: something of it is missing")
        if key is None:
            raise KeyMissing(place, head[1:].hex())
        nonce = data[HEAD_BYTES:nonce_end]
        try:
            return key.of(nonce).decrypt(nonce[12:], data[nonce_end:], head + place.encode())
        except (InvalidTag, ValueError) as error:
            raise StoreError(f"{place} is damaged, or was changed or moved: its seal does not hold") from error

    def _checked(self, data: bytes, place: str) -> bytes:
        if not self._plain:
            raise StoreError(f"{place} is not sealed, and all of this store is: it did not come from this bridge")
        payload = data[1 + _CRC_BYTES :]
        if len(data) < 1 + _CRC_BYTES or zlib.crc32(payload).to_bytes(_CRC_BYTES) != data[1 : 1 + _CRC_BYTES]:
            raise StoreError(f"{place} is damaged: its checksum does not hold")
        return payload


class _Key:
    """One key, and the keys of its values."""

    def __init__(self, key: bytes) -> None:
        if len(key) != KEY_BYTES:
            raise ValueError(f"a key has {KEY_BYTES} bytes")
        self.id = hmac.digest(key, b"legacy-bridge key id", hashlib.sha256)[:_KEY_ID_BYTES]
        self._cipher = Cipher(AES(key), ECB())  # noqa: S305  # for CMAC over single blocks, never for data
        block = int.from_bytes(self._blocks(bytes(16))) << 1
        self._k1 = (block ^ (0x87 if block >> 128 else 0)) & (1 << 128) - 1

    def of(self, nonce: bytes) -> AESGCM:
        """The key of the value with this nonce."""
        messages = (b"\x00" + bytes([n]) + b"X\x00" + nonce[:12] for n in (1, 2))
        blocks = b"".join((int.from_bytes(one) ^ self._k1).to_bytes(16) for one in messages)
        return AESGCM(self._blocks(blocks))

    def _blocks(self, data: bytes) -> bytes:
        encryptor = self._cipher.encryptor()
        return encryptor.update(data) + encryptor.finalize()


def _unpacked(payload: bytes, place: str) -> bytes:
    unpacker = zlib.decompressobj()
    try:
        data = unpacker.decompress(payload, OPENED_BYTES_MAX)
    except zlib.error as error:
        raise StoreError(f"{place} is damaged: it cannot be unpacked") from error
    if not unpacker.eof or unpacker.unused_data:
        raise StoreError(f"{place} is damaged, or opens to more than {OPENED_BYTES_MAX} bytes")
    return data
