"""The keys of a store, tried when it is opened: a wrong or missing one is found at start, not at the first value.

The store remembers each key it was opened with. To go over to another key: give the new one as `store.key`, the one
before among `store.old_keys`, restart; then seal everything anew (`reseal`), and the old one can go.
"""

from __future__ import annotations

from collections.abc import Sequence

from sqlalchemy import bindparam, delete, select

from bridge.errors import StoreError
from bridge.settings import Secret
from bridge.store.failpoints import reached
from bridge.store.schema.seals import seals
from bridge.store.sealing import Seal, parse_key
from bridge.store.settings import StoreSettings
from bridge.store.statement import Statement
from bridge.store.store import Store
from bridge.store.tx import Tx

_KNOWN = Statement(select(seals.c.key_id, seals.c.proof))
_ADD = Statement(seals.insert())
_ONLY = Statement(delete(seals).where(seals.c.key_id != bindparam("kept")))
_PROOF = b"legacy-bridge"


async def unlock(store: Store, settings: StoreSettings) -> Seal:
    """What seals and opens the values of this store. Raises StoreError when there are values that it could not open."""
    key, older = _key("store.key", settings.key), _older(settings.old_keys)
    seal = Seal(key, older)
    known = await store.read(lambda tx: check(tx, seal))
    if seal.key_id not in known:
        await store.write(lambda tx: _remember(tx, seal))
    return Seal(key, older, plain="" in known)


def check(tx: Tx, seal: Seal) -> frozenset[str]:
    """The ids of the keys of this store, "" for values that nobody sealed. Raises StoreError, as above."""
    known = {str(key_id): bytes(proof) for key_id, proof in tx.rows(_KNOWN)}
    missing = sorted(set(known) - seal.key_ids - {""})
    if missing and not seal.key_id:
        raise StoreError(f"the values of this store are sealed: give the key {' and '.join(missing)} as store.key")
    if missing:
        raise StoreError(
            f"this store has values that are sealed with the key {' and '.join(missing)}, and store.key is"
            f" {seal.key_id}: give the former among store.old_keys"
        )
    for key_id, proof in known.items():
        if seal.open(proof, place=_place(key_id)) != _PROOF:
            raise StoreError(f"{_place(key_id)} is damaged")
    return frozenset(known)


def only(tx: Tx, seal: Seal) -> None:
    """Every value is sealed with the key of today: the store asks for no other any more."""
    reached("seals.only")
    tx.run(_ONLY, kept=seal.key_id)
    reached("seals.alone")


def _remember(tx: Tx, seal: Seal) -> None:
    if seal.key_id not in check(tx, seal):
        reached("seals.remember")
        tx.run(_ADD, key_id=seal.key_id, proof=seal.shut(_PROOF, place=_place(seal.key_id)), since=tx.now)
        reached("seals.remembered")


def _place(key_id: str) -> str:
    return f"seals.proof:{key_id}"


def _key(name: str, secret: Secret | None) -> bytes | None:
    try:
        return parse_key(secret.reveal()) if secret else None
    except ValueError as error:
        raise StoreError(f"{name}: {error}") from error


def _older(secrets: Sequence[Secret]) -> list[bytes]:
    keys = (_key(f"store.old_keys[{index}]", one) for index, one in enumerate(secrets))
    return [key for key in keys if key is not None]
