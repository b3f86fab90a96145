"""XML instances of a layout that together show every branch, derived type, substitute, nil, default and free part, in
every style XML can be written in. Inputs for decoding, and for judges.

Made from the layout alone: it shares no logic with the codec, which it is to test. Every instance is valid.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from math import inf

from bridge.formats.xml.instance_layout import XmlCoverage
from bridge.formats.xml.instance_text import STYLES, write
from bridge.formats.xml.instance_walk import XmlWalk
from bridge.formats.xml.layout import Element, Layout
from bridge.shapes.coverage import FREE, PLAIN, Node, Stopped
from bridge.shapes.instance_goals import Goals
from bridge.shapes.sample_scalars import NoSample

__all__ = ["NoSample", "XmlCoverage", "XmlInstance", "xml_instances"]

VAIN_MAX = 4
_STEPS = ((PLAIN, False, 0.75), (PLAIN, True, 0.85), (FREE, False, 1.0), (FREE, True, 1.0))
"""Class of goals, whether walks are narrow, and how much of `instances_max` may be used up by then."""


@dataclass(frozen=True, slots=True)
class XmlInstance:
    """An element as bytes, and the goals it is the first to show, such as `Order/note[0]` or `Order/pay is card`.

    `free`: it holds what the schema says nothing about.
    """

    xml: bytes
    goals: tuple[str, ...] = ()
    free: bool = False


def xml_instances(
    layout: Layout,
    element: Element | tuple[str, str],
    coverage: XmlCoverage,
    *,
    instances_max: int = 200,
    nodes_max: int = 400,
    seed: int = 0,
) -> Iterator[XmlInstance]:
    """Of a global element, or of a name and the key of its type. At least one, unless `coverage.should_stop`. Raises
    NoSample where none is finite."""
    with suppress(Stopped):
        yield from _instances(layout, element, coverage, instances_max, nodes_max, seed)


def _instances(
    layout: Layout,
    element: Element | tuple[str, str],
    coverage: XmlCoverage,
    instances_max: int,
    nodes_max: int,
    seed: int,
) -> Iterator[XmlInstance]:
    whole = element if isinstance(element, Element) else Element(*element)
    root = coverage.root(layout, whole)
    if root.cost == inf:
        raise NoSample(f"{root.site} cannot be made")
    made = 0
    for group, narrow, share in _STEPS:
        futile: dict[Node, int] = {}
        vain = 0
        while made < max(instances_max * share, 1) and vain <= VAIN_MAX:
            goals = Goals(coverage, group, nodes_max, futile, narrow=narrow)
            if made and not goals.wants(root):
                break
            style = next((one for one in STYLES if f" with {one}" in root.goals), STYLES[(made + seed) % len(STYLES)])
            goals.meet(root, f" with {style}")
            walk = XmlWalk(layout, goals, seed)
            try:
                tree = walk.element(root)
            except Stopped:
                goals.forget()
                raise
            vain = 0 if goals.met else vain + 1
            if goals.met or not made:
                made += 1
                met = tuple(one.node.site + one.label for one in goals.met)
                yield XmlInstance(write(tree, style), met, walk.free)
