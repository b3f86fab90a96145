"""Arrays of single-key objects: which orders of their members the schema allows."""

from __future__ import annotations

from bridge.formats.xml.content import ContentModel, TooLarge
from bridge.formats.xml.plan import ANY_KEY, Slot

ROUNDS_MAX = 1000


def model_of(slot: Slot) -> ContentModel | None:
    """None where nothing can be said: there is no content, or it is too large."""
    if slot.order is None:
        return None
    try:
        return ContentModel(slot.order)
    except TooLarge:
        return None


def orders_of(slot: Slot) -> tuple[tuple[str, ...], ...]:
    """Some right orders of keys, the plainest first; none where any is right. Texts stand anywhere and are left out."""
    model = model_of(slot)
    if model is None or model.any_order:
        return ()
    names = {member.key: member.name or ANY_KEY for member in slot.members if member.kind != "text"}
    keys = {name: key for key, name in names.items()}
    once = [key for key, name in names.items() if any(member.key == key and member.min for member in slot.members)]
    plain = once * min(max(1, -(-slot.least // len(once))), ROUNDS_MAX) if once else []
    if len(names) < len(slot.members) and model.wrong(names[key] for key in plain) is None:
        return ()  # samples of mixed content show texts as well
    found = [tuple(keys[name] for name in way) for way in model.ways()]
    if plain and model.wrong(names[key] for key in plain) is None:
        found.insert(0, tuple(plain))
    return tuple(dict.fromkeys(way for way in found if len(way) >= slot.least))
