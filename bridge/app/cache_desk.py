"""The operators' desk for kept answers: which there are in this process, and purges that reach all workers and nodes.

A purge is written into the audit log before it happens, so there is none without an entry.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from bridge.call import JsonValue
from bridge.errors import BadRequest, DoesNotFit, NotFound, Violation
from bridge.layers.kept_answers import KeptAnswers, KeptRow
from bridge.layers.keys import arguments, digest_of
from bridge.layers.tags import Tag, check_template, name
from bridge.queue.deeds import Deed, Office
from bridge.store.page import LIMIT

_KEY = re.compile(r"[0-9a-f]{6,40}")


@dataclass(frozen=True, slots=True)
class UpstreamRow:
    """What is kept of one upstream."""

    upstream: str
    answers: int
    bytes: int
    items: tuple[KeptRow, ...]


@dataclass(frozen=True, slots=True)
class CacheView:
    """The store of this process, and what is in it; of each upstream only the answers asked for most, if there are
    many."""

    used_bytes: int
    bytes_max: int
    upstreams: tuple[UpstreamRow, ...]


@dataclass(frozen=True, slots=True)
class Purged:
    """What a purge came to. `dropped`: answers of this process; `everywhere`: all other workers and nodes have said
    that they heard it; `again`: this very request was made before, and nothing was done now."""

    verb: str
    done: tuple[str, ...]
    dropped: int
    everywhere: bool
    audit: str
    again: bool


@dataclass(frozen=True, slots=True)
class CacheDesk:
    """`kept`: by upstream, as it is at that moment."""

    office: Office
    kept: Callable[[], Mapping[str, KeptAnswers]]

    async def show(self, *, upstream: str = "", operation: str = "", tag: str = "", limit: int = LIMIT) -> CacheView:
        """Raises NotFound."""
        upstream, operation = _which(upstream, operation)
        wanted = _tag(tag) if tag else None
        told, used, most = list[UpstreamRow](), 0, 0
        for each, kept in self._some(upstream).items():
            used, most = kept.store.used_bytes, kept.store.bytes_max
            rows = [
                row
                for row in kept.rows()
                if operation in {"", row.operation} and (wanted is None or any(_meets(wanted, one) for one in row.tags))
            ]
            rows.sort(key=lambda row: -row.asked)
            told.append(UpstreamRow(each, len(rows), sum(row.bytes for row in rows), tuple(rows[:limit])))
        return CacheView(used, most, tuple(told))

    async def purge(
        self,
        who: str,
        *,
        upstream: str = "",
        operation: str = "",
        tag: str = "",
        key: str = "",
        args: JsonValue = None,
        everything: bool = False,
        reason: str = "",
        once: str = "",
    ) -> Purged:
        """Raises BadRequest when nothing is named, or things that do not go together, and NotFound."""
        upstream, operation = _which(upstream, operation)
        given = {"upstream": upstream, "operation": operation, "tag": tag, "key": key}
        if not any(given.values()) and not everything:
            raise BadRequest("Say which: a tag, an upstream, an operation with or without a key, or all.")
        purged = _purged(upstream, operation, tag, key, args)
        concerned = self._some(upstream)
        scope: dict[str, JsonValue] = {name: one for name, one in given.items() if one}
        scope |= {"args": args} if args is not None else {}
        deed = Deed(who, "cache.purge", reason, once, scope)
        noted = await self.office.perform(deed, [*concerned], lambda _tx, _one: ("", ""))
        dropped, everywhere = 0, True
        for kept in concerned.values() if not noted.again else ():
            count, heard = await kept.purge(purged)
            dropped, everywhere = dropped + count, everywhere and heard
        return Purged(noted.verb, noted.done, dropped, everywhere, noted.audit, noted.again)

    async def purge_of(self, who: str, asked: Mapping[str, JsonValue], *, once: str = "") -> Purged:
        """`purge`, as the body of a request says it. Raises DoesNotFit."""
        texts = {}
        for one in ("upstream", "operation", "tag", "key", "reason"):
            value = asked.get(one, "")
            if type(value) is not str or len(value) > 500:
                raise DoesNotFit(errors=[Violation(f"/{one}", "must be a text of at most 500 characters")])
            texts[one] = value
        everything = asked.get("all", False)
        if not isinstance(everything, bool):
            raise DoesNotFit(errors=[Violation("/all", "must be true or false")])
        return await self.purge(who, **texts, args=asked.get("args"), everything=everything, once=once)

    def _some(self, upstream: str) -> Mapping[str, KeptAnswers]:
        kept = self.kept()
        if upstream and upstream not in kept:
            raise NotFound(f"There is no upstream {upstream[:80]!r}, or it is not connected yet.")
        return {upstream: kept[upstream]} if upstream else kept


def _which(upstream: str, operation: str) -> tuple[str, str]:
    """`shop.GetOrder` names both."""
    before, dot, after = operation.partition(".")
    if not dot:
        if operation and not upstream:
            raise BadRequest("Name the operation with its upstream, such as shop.GetOrder.")
        return upstream, operation
    if upstream not in {"", before}:
        raise BadRequest(f"{operation[:80]!r} is no operation of {upstream[:80]!r}.")
    return before, after


def _purged(upstream: str, operation: str, tag: str, key: str, args: JsonValue) -> Sequence[Tag]:
    """What is written into the log of purges."""
    if tag:
        if operation or key or args is not None:
            raise BadRequest("A tag is about answers of any operation: name it alone, or with an upstream.")
        return (_tag(tag),)
    if args is not None:
        key = key or digest_of(arguments(args)).hex()
    if not operation:
        if key:
            raise BadRequest("A key is one of an operation: name it too.")
        return (name(),)
    if key and not _KEY.fullmatch(key):
        raise BadRequest("A key is what `cache show` tells, or the first 6 and more of its characters.")
    return (name(f"{upstream}.{operation}", key),)


def _tag(text: str) -> Tag:
    try:
        check_template(text)
    except ValueError as error:
        raise BadRequest(str(error)) from error
    if "{" in text:
        raise BadRequest("A tag is given with its values, such as order:17, or order:* for all that begin so.")
    return Tag(text.removesuffix("*"), open=text.endswith("*"))


def _meets(wanted: Tag, text: str) -> bool:
    return wanted.concerns(Tag(text.removesuffix("*"), open=text.endswith("*")))
