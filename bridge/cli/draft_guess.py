"""Proposals of resource routes, from the names of operations and what their inputs need. Pure.

A guess may be silly, as names are; it must never be impossible. So each is tried against its operation's input, and
no two of them, nor any default route, may want the same address.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from bridge.app.guess import reads
from bridge.contracts import Upstream
from bridge.errors import BridgeError
from bridge.shapes.model import Described, Record
from bridge.shapes.naming import kebab, words
from bridge.web.inputs import Sources, resolved, spread
from bridge.web.routes import path_names

_METHODS: dict[str, tuple[str, ...]] = {
    **dict.fromkeys(("create", "add", "insert", "new", "register", "submit", "place"), ("POST",)),
    **dict.fromkeys(("update", "set", "change", "modify", "edit", "replace", "save"), ("PUT", "POST")),
    **dict.fromkeys(("delete", "remove", "cancel"), ("DELETE",)),
}
_MANY = frozenset({"list", "find", "search", "query", "count"})
_IDENTIFIES = frozenset({"id", "key", "no", "number", "code", "sku", "guid", "uuid", "name", "reference", "isbn"})
_UNCOUNTED = frozenset({"stock", "data", "info", "information", "status", "history", "weather", "news", "balance"})
_REQUIRED_MAX = 20
_WORDS_MAX = 8


@dataclass(frozen=True, slots=True)
class Guess:
    """What a person may agree to. `route` "" leaves the default one."""

    route: str = ""
    safe: bool = False

    def __bool__(self) -> bool:
        return bool(self.route) or self.safe


class Addresses:
    """The addresses that are spoken for."""

    def __init__(self, operations: Iterable[str]) -> None:
        self._paths: dict[str, str] = {}
        self._taken: set[tuple[str, str]] = set()
        for name in operations:
            # A default address depends on which others are configured, so both of its forms are kept free.
            for path in (f"/{kebab(name)}", f"/{name}"):
                for method in ("GET", "POST"):
                    self._take(method, path)

    def claim(self, method: str, path: str) -> bool:
        """Whether the address could be had; then it is taken. Parameters at one place must have one name."""
        if self._paths.get(_shape(path), path) != path or (method, path) in self._taken:
            return False
        self._take(method, path)
        return True

    def _take(self, method: str, path: str) -> None:
        self._paths.setdefault(_shape(path), path)
        self._taken.add((method, path))


def _shape(path: str) -> str:
    for name in path_names(path):
        path = path.replace(f"{{{name}}}", "{}")
    return path


def guesses(upstream: Upstream) -> Mapping[str, Guess]:
    """A guess for each operation, often none, in an order that lets the plainest names choose first."""
    addresses = Addresses(upstream.operations)
    names = sorted(upstream.operations, key=lambda name: (len(words(name)), list(upstream.operations).index(name)))
    made = {name: _guess(upstream, name, addresses) for name in names}
    return {name: made[name] for name in upstream.operations}


def _guess(upstream: Upstream, name: str, addresses: Addresses) -> Guess:
    verb, *noun = words(name)[:_WORDS_MAX] or [""]
    safe = reads(name) and not upstream.operations[name].one_way
    try:
        described = upstream.describe(name).input
    except BridgeError:
        return Guess()
    methods = ("GET",) if safe else _METHODS.get(verb, ())
    if noun:
        for method in methods:
            for path in _paths(verb, method, noun, described):
                if _fits(described, method, path) and addresses.claim(method, path):
                    return Guess(f"{method} {path}", safe)
    return Guess(safe=safe)


def _paths(verb: str, method: str, noun: list[str], described: Described) -> list[str]:
    """The addresses to try, the best first."""
    singular, things = _noun(noun)
    if method == "POST" and verb in {"create", "add", "insert", "new", "register", "submit", "place"}:
        return [things]
    key = _identifier(singular, described)
    one = [f"{things}/{{{key}}}"] if key else []
    if method == "GET":
        return [things, *one] if verb in _MANY or not _required(described) else [*one, things]
    return one if method != "POST" else [f"{each}/{verb}" for each in one]


def _noun(noun: list[str]) -> tuple[list[str], str]:
    """`order by id` → `order` and `/orders`."""
    cut = noun.index("by") if "by" in noun[1:] else len(noun)
    kept = noun[:cut]
    return kept, "/" + "-".join([*kept[:-1], _plural(kept[-1])])


def _plural(word: str) -> str:
    if word.endswith("s") or word in _UNCOUNTED or not word.isalpha():
        return word
    if word.endswith("y") and word[-2:-1] not in tuple("aeiou"):
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("x", "ch", "sh", "z")) else "s")


def _required(described: Described) -> list[str]:
    """Names of the fields that a request cannot do without and that fit a path."""
    if described.shape is None:
        return []
    record = resolved(described.shape, described.table)
    if not isinstance(record, Record):
        return []
    needed = [entry.key for entry in record.fields if entry.required][:_REQUIRED_MAX]
    return [key for key in needed if "/" not in key and "{" not in key and _fits(described, "POST", f"/{{{key}}}")]


def _identifier(singular: list[str], described: Described) -> str:
    """The field that names one thing: `orderId` or `id` for an order, or the only one there is; "" for none."""
    needed = _required(described)
    named = [key for key in needed if words(key) and words(key)[-1] in _IDENTIFIES]
    own = [key for key in named if words(key)[:-1] in ([], singular, singular[-1:])]
    if own:
        return own[0]
    return (named or needed)[0] if len(named or needed) == 1 else ""


def _fits(described: Described, method: str, path: str) -> bool:
    try:
        spread(described, method, path_names(path), Sources())
    except (BridgeError, RecursionError):
        return False
    return True
