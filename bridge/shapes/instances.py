"""Values for a Shape that together show every choice branch, variant, nil, absence, list size and edge of a scalar.

A walk takes, at each decision, the first option that nothing has shown yet, else the one below which something is
left to show, else the cheapest. What was shown is shared over the operations of a contract (`Coverage`). Pure: knows
neither XML nor a codec, and everything it makes fits the schema that `schema.py` publishes.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from itertools import product
from math import inf

from bridge.call import JsonValue
from bridge.shapes.coverage import CLASSES, Node, Stopped
from bridge.shapes.instance_goals import Goals, Met
from bridge.shapes.instance_plan import Coverage
from bridge.shapes.instance_walk import Walk
from bridge.shapes.model import Described
from bridge.shapes.samples import NoSample, sample

VAIN_MAX = 4
"""So many walks may find nothing, each marking where not to look again, before the search is given up."""
_SHARE = (0.7, 0.85, 1.0)
"""How much of `instances_max` may be used up when each class of goals is done."""

__all__ = ["Coverage", "Instance", "NoSample", "instances", "refuse"]


@dataclass(frozen=True, slots=True)
class Instance:
    """A value and the goals it is the first to show, such as `Order.note absent` or `Payment is Card`.

    `unsure`: arrangements of `Items` in it whose order the contract may not allow; when an encoder refuses the value
    for that, `refuse` it. `free`: it holds free XML, of which the contract says nothing, so nor will its schema.
    """

    value: JsonValue
    goals: tuple[str, ...] = ()
    unsure: tuple[str, ...] = ()
    free: bool = False
    met: tuple[Met, ...] = field(default=(), repr=False, compare=False)
    ways: tuple[tuple[Node, str], ...] = field(default=(), repr=False, compare=False)


def instances(
    described: Described,
    coverage: Coverage,
    *,
    name: str = "value",
    instances_max: int = 200,
    values_max: int = 400,
    seed: int = 0,
) -> Iterator[Instance]:
    """At least one value, and more until nothing is left to show here or `coverage.should_stop`. Raises NoSample where
    none can be made.

    `name`: what the whole value is called in goals. No content at all (`described.shape` None) gives nothing.
    """
    if described.shape is None:
        return
    with suppress(Stopped):
        yield from _instances(described, coverage, name, instances_max, values_max, seed)


def _instances(
    described: Described, coverage: Coverage, name: str, instances_max: int, values_max: int, seed: int
) -> Iterator[Instance]:
    root = coverage.root(described, name)
    if root.cost == inf:
        # Where only what never ends is valid, samples end with free XML all the same, and codecs take it.
        yield Instance(sample(described), free=True)
        return
    made = 0
    for group, narrow in product(CLASSES, (False, True)):
        futile: dict[Node, int] = {}
        vain = 0
        while made < max(instances_max * _SHARE[group], 1) and vain <= VAIN_MAX:
            goals = Goals(coverage, group, values_max, futile, narrow=narrow)
            walk = Walk(goals, seed)
            if made and not goals.wants(root):
                break
            try:
                value = walk.field(root)
            except Stopped:
                goals.forget()
                raise
            vain = 0 if goals.met else vain + 1
            if goals.met or not made:
                made += 1
                yield _instance(walk, goals.met, value)


def _instance(walk: Walk, met: list[Met], value: JsonValue) -> Instance:
    goals = tuple(one.node.site + one.label for one in met)
    unsure = tuple(node.site + label for node, label in walk.unsure)
    return Instance(value, goals, unsure, walk.free, tuple(met), tuple(walk.unsure))


def refuse(instance: Instance, coverage: Coverage) -> None:
    """The order of an instance was refused: its arrangements are not tried again, its other goals are open again."""
    coverage.refused.update(instance.ways)
    for met in instance.met:
        if (met.node, met.label) in coverage.refused:
            coverage.planned -= 1
            coverage.reached -= 1
        else:
            coverage.reopen(met.node, met.label, met.group)
