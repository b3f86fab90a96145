"""The rows of an answer while it still arrives: each as JSON by the same decoder that reads whole answers. Pure.

Only rows are taken out of the tree. What is around them stays and is decoded at the end like any answer, so faults,
tolerances and errors are those of a whole answer, and a row that stood where nobody looked for one is still found.
All calls for one answer are made in one thread (see formats/xml/incremental.py).
"""

from __future__ import annotations

from collections import Counter

import msgspec
from lxml.etree import _Element as XmlElement

from adapters.soap.codec import OperationCodec
from adapters.soap.envelope import NoEnvelope, take_apart
from adapters.soap.rows_path import RowList, chosen
from adapters.soap.rows_place import Holder, find_holder, fits
from adapters.soap.translate import Reading, fault_error
from bridge.errors import ContractError, NotAcceptable, UpstreamInvalid
from bridge.formats.xml.decode import Seen, Unreadable
from bridge.formats.xml.incremental import Incremental

_RAW_LIST = msgspec.json.Decoder(list[msgspec.Raw])
_RAW_OBJECT = msgspec.json.Decoder(dict[str, msgspec.Raw])


def rows_of(codec: OperationCodec, how: Reading) -> RowList:
    """The list whose items are the rows. Raises NotAcceptable when there is none."""
    try:
        found = chosen(codec.output, how.rows)
    except ContractError as error:
        raise UpstreamInvalid(cause=error.detail[:200]) from error
    if found is None:
        raise NotAcceptable("The answer of this operation has no list that could be sent row by row.")
    return found


def can_stream(codec: OperationCodec, rows: RowList, how: Reading) -> bool:
    """Whether rows may leave before the whole answer is there.

    Not so of SOAP-encoded answers, whose values may refer to what comes later, of those without an envelope, and where
    `strict_answers`, `fail_when` or WS-Security judge an answer as a whole.
    """
    whole = codec.http or codec.graph or how.strict or how.judging or how.open
    return not whole and codec.output is not None and fits(codec.output, rows)


class RowReader:
    """One answer. Feed it as it comes; what it gives are complete rows, each with a line feed behind it."""

    def __init__(self, codec: OperationCodec, rows: RowList, how: Reading, charset: str | None = None) -> None:
        assert codec.output is not None
        self._codec, self._message, self._rows, self._how = codec, codec.output, rows, how
        decoder = self._message.tools.decoder
        self._read = decoder.late(rows.slot)
        names = {name.rpartition("}")[2] for name in decoder.names(rows.slot)}
        self._document = Incremental(
            names, "Envelope", charset=charset, bytes_max=how.bytes_max, nodes_max=how.nodes_max
        )
        self._seen = Seen()
        self._holder: Holder | None = None
        self._passed: XmlElement | None = None
        self._left: XmlElement | None = None
        self.tolerances: Counter[str] = self._seen.tolerances

    def feed(self, data: bytes) -> bytes:
        """The rows that this piece completes. Raises a BridgeError."""
        rows = self._taken(self._document.feed(data))
        self._document.check_held()
        return rows

    def finish(self) -> bytes:
        """The rows that only the end settles. Raises a BridgeError, a declared fault among them."""
        rows = self._taken(self._document.finish())
        if self._left is not None:
            self._drop(self._left)
        root = self._document.root
        assert root is not None  # finish() raises where there is none
        parts = take_apart(root)
        if self._how.check:
            self._how.check(parts)
        if parts.fault is not None:
            raise fault_error(self._codec.decode_fault(root), self._how.faults, self._how.expired_faults)
        if self._holder is not None and self._found(self._holder.element) is None:
            raise Unreadable("what held the rows turns out not to be the list of the answer")
        whole = self._codec.decode_answer(root)
        self.tolerances.update(whole.tolerances)
        return rows + lines((whole.json or "").encode(), self._rows.path)

    # ── rows ─────────────────────────────────────────────────────────────────────────────────────────────────────

    def _taken(self, ended: list[XmlElement]) -> bytes:
        try:
            texts = [self._text(element) for element in ended if self._is_row(element)]
        except RecursionError as error:
            raise Unreadable("the answer is nested too deeply") from error
        texts.append("")
        return "\n".join(texts).encode()

    def _is_row(self, element: XmlElement) -> bool:
        parent = element.getparent()
        if parent is None or parent is self._passed:
            return False
        if self._holder is None:
            self._holder = self._found(parent)
        if self._holder is None or parent is not self._holder.element:
            self._passed = parent
            return False
        kind = self._holder.kind(str(element.tag))
        if kind == "other-namespace":
            self._seen.tolerate("wrong-namespace", element)
        return kind != ""

    def _found(self, parent: XmlElement) -> Holder | None:
        try:
            holder = find_holder(self._message, self._rows, parent)
        except NoEnvelope:
            return None  # what it is instead is told at the end
        root = self._document.root
        if holder is not None and root is not None:
            # The headers are all there, and no row leaves before they are judged.
            parts = take_apart(root)
            if self._how.check:
                self._how.check(parts)
            self._codec.understand(parts)
        return holder

    def _text(self, row: XmlElement) -> str:
        json = self._read(row, self._seen) or "null"
        if self._left is not None:
            self._drop(self._left)
        # The text behind a row may still grow, and libxml2 holds on to it: the row goes when the next one is there.
        row.clear(keep_tail=True)  # type: ignore[call-arg]  # the stubs do not know it
        self._left = row
        return json

    def _drop(self, row: XmlElement) -> None:
        assert self._holder is not None
        if row.tail and row.tail.strip():
            self._seen.tolerate("unknown-text", self._holder.element)
        self._holder.element.remove(row)
        self._left = None


def items(json: bytes, path: tuple[str, ...]) -> list[bytes]:
    """The items of a list inside a JSON text, each as it was written; none where there is no list."""
    found = json
    for key in path:
        if not found.startswith(b"{"):
            return []
        found = bytes(_RAW_OBJECT.decode(found).get(key, b""))
    return [bytes(item) for item in _RAW_LIST.decode(found)] if found.startswith(b"[") else []


def lines(json: bytes, path: tuple[str, ...]) -> bytes:
    """The same as rows, each with a line feed behind it."""
    return b"".join(item + b"\n" for item in items(json, path))
