"""Several attribute wildcards on one type: what all of them let in, and what any of them does (XML Schema 1.0, part 1,
§3.10.6). Pure; what 1.0 cannot express is widened, as a message must not fail for it.
"""

from __future__ import annotations

import msgspec

from bridge.formats.xml.layout import Wildcard

ANY, OTHER = "##any", "##other"
NOT_ABSENT = ""  # the target of an ##other that lets in whatever has a namespace


def either(first: Wildcard | None, second: Wildcard | None) -> Wildcard | None:
    """What one of two lets in, as when a type extends another; the second says how it is processed."""
    if first is None or second is None:
        return first or second
    namespaces, target = _union(first, second)
    return msgspec.structs.replace(second, namespaces=namespaces, target=target)


def both(first: Wildcard | None, second: Wildcard | None) -> Wildcard | None:
    """What two let in together, as with several attribute groups; the first says how it is processed. A wildcard
    with no namespaces lets in nothing."""
    if first is None or second is None:
        return first or second
    namespaces, target = _intersection(first, second)
    return msgspec.structs.replace(first, namespaces=namespaces, target=target)


def _union(first: Wildcard, second: Wildcard) -> tuple[tuple[str, ...], str]:
    if _same(first, second):
        return first.namespaces, first.target
    if ANY in first.namespaces or ANY in second.namespaces:
        return (ANY,), ""
    negative = [one for one in (first, second) if OTHER in one.namespaces]
    if not negative:
        return tuple(dict.fromkeys(first.namespaces + second.namespaces)), ""
    if len(negative) == 2:
        return (OTHER,), NOT_ABSENT
    listed = second if negative[0] is first else first
    without = negative[0].target
    if "" in listed.namespaces:
        return (ANY,), ""
    return (OTHER,), NOT_ABSENT if without in listed.namespaces else without


def _intersection(first: Wildcard, second: Wildcard) -> tuple[tuple[str, ...], str]:
    if _same(first, second) or ANY in second.namespaces:
        return first.namespaces, first.target
    if ANY in first.namespaces:
        return second.namespaces, second.target
    if OTHER in first.namespaces and OTHER in second.namespaces:
        return (OTHER,), first.target or second.target
    if OTHER in second.namespaces:
        first, second = second, first
    if OTHER in first.namespaces:
        return tuple(one for one in second.namespaces if one not in {first.target, ""}), ""
    return tuple(one for one in first.namespaces if one in second.namespaces), ""


def _same(first: Wildcard, second: Wildcard) -> bool:
    return set(first.namespaces) == set(second.namespaces) and first.target == second.target
