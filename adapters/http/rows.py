"""The items of one list of a JSON answer, cut out while it arrives: pieces of bytes in, lines of JSON out. Pure.

Only one item is in memory at a time, and each is read as JSON before it leaves; what stands around the list is passed
over. An answer that ends too early is told of as such.
"""

from __future__ import annotations

import re

from bridge.contracts import RowsInfo
from bridge.errors import ContractError, MalformedJson, UpstreamInvalid
from bridge.shapes.json import DEPTH_MAX, dumps, loads
from bridge.shapes.model import AnyJson, Described, ListOf, Record, Shape

KEY_BYTES_MAX = 10_000
_TOKENS = re.compile(rb'"(?:[^"\\]|\\.)*+"|["{}\[\],]', re.DOTALL)
_OPEN_TAIL = re.compile(rb'"(?:[^"\\]|\\.)*+\\?\Z', re.DOTALL)


def rows_info(output: Described, wanted: str) -> RowsInfo | None:
    """The list that may leave row by row: the one of this name, or the only one. Raises ContractError when there is
    none of this name."""
    lists = dict(_lists(output))
    if not wanted:
        return (
            RowsInfo(Described(next(iter(lists.values())), output.table), next(iter(lists)))
            if len(lists) == 1
            else None
        )
    path = tuple(wanted.split("."))
    item = lists.get(path, AnyJson() if _is_free(output) else None)
    if item is None:
        known = ", ".join(".".join(one) for one in lists) or "none"
        raise ContractError(f"rows: the answer has no list {wanted!r}; it has {known}")
    return RowsInfo(Described(item, output.table), path)


def _lists(output: Described) -> list[tuple[tuple[str, ...], Shape]]:
    shape = _plain(output.shape, output)
    if isinstance(shape, ListOf):
        return [((), shape.item)]
    fields = shape.fields if isinstance(shape, Record) else ()
    found = [((one.key,), _plain(one.shape, output)) for one in fields]
    return [(path, inner.item) for path, inner in found if isinstance(inner, ListOf)]


def _plain(shape: Shape | None, output: Described) -> Shape | None:
    for _ in range(len(output.table) + 1):
        name = getattr(shape, "name", None)
        if not isinstance(name, str) or name not in output.table or shape is None:
            return shape
        shape = output.table[name]
    return None


def _is_free(output: Described) -> bool:
    shape = _plain(output.shape, output)
    return isinstance(shape, AnyJson) or (isinstance(shape, Record) and shape.open)


class RowCutter:
    """One answer. `path`: the keys that lead to the list, none when the answer is the list; `row_max`: the bytes that
    one item may have."""

    def __init__(self, path: tuple[str, ...], row_max: int) -> None:
        self._path, self._row_max = path, row_max
        self._stack: list[str | None] = []  # of what is open: the key that an object is at, None in an array
        self._rest = b""  # a string that has not ended yet, or what of a row has come
        self._row = bytearray()
        self._inside = 0  # how deep the list lies that is being cut, 0 for not in it
        self._found = self._expects_key = self._ended = self._any = False

    def feed(self, piece: bytes) -> bytes:
        """The rows that are whole by now, each with a line feed. Raises UpstreamInvalid."""
        data, done = self._rest + piece, bytearray()
        at = 0
        for token in _TOKENS.finditer(data):
            text = token.group()
            if text == b'"':
                break  # it ends in a later piece
            self._between(data[at : token.start()])
            self._token(text, done)
            at = token.end()
        tail = data[at:]
        cut = _OPEN_TAIL.search(tail)
        kept = cut.start() if cut else len(tail)
        self._between(tail[:kept])
        self._rest = tail[kept:]
        if len(self._rest) > self._row_max:
            raise UpstreamInvalid(cause="rows: a text is too large")
        return bytes(done)

    def finish(self) -> bytes:
        """Raises UpstreamInvalid when there was no such list, or the answer ended within it."""
        if self._stack or self._rest or not self._ended:
            raise UpstreamInvalid(cause="rows: the answer ended too early")
        if not self._found:
            raise UpstreamInvalid(cause=f"rows: the answer has no list {'.'.join(self._path)!r}")
        return b""

    def _between(self, text: bytes) -> None:
        if self._inside:
            self._row += text
            if len(self._row) > self._row_max:
                raise UpstreamInvalid(cause="rows: an item is too large")
        elif not self._stack and text.strip():
            raise UpstreamInvalid(cause="rows: the answer is neither a list nor an object")

    def _token(self, text: bytes, done: bytearray) -> None:
        if self._ended:
            raise UpstreamInvalid(cause="rows: something stands behind the answer")
        if self._inside and (len(self._stack) > self._inside or text not in (b",", b"]")):
            self._row += text
        elif self._inside:
            self._emit(done, last=text == b"]")
        match text:
            case b"{" | b"[":
                self._opens(text)
            case b"}" | b"]":
                self._closes(text)
            case b",":
                self._expects_key = bool(self._stack) and self._stack[-1] is not None
            case _:
                self._string(text)

    def _opens(self, text: bytes) -> None:
        if len(self._stack) >= DEPTH_MAX:
            raise UpstreamInvalid(cause="rows: the answer is nested too deeply")
        here = text == b"[" and not self._found and tuple(self._stack) == self._path
        self._stack.append("" if text == b"{" else None)
        self._expects_key = text == b"{"
        if here:
            self._found, self._inside = True, len(self._stack)

    def _closes(self, text: bytes) -> None:
        if not self._stack or (self._stack.pop() is None) != (text == b"]"):
            raise UpstreamInvalid(cause="rows: brackets that do not match")
        if len(self._stack) < self._inside:
            self._inside = 0
        self._expects_key = False
        self._ended = not self._stack

    def _string(self, text: bytes) -> None:
        if not self._stack:
            raise UpstreamInvalid(cause="rows: the answer is neither a list nor an object")
        if self._expects_key and not self._inside:
            key = loads(text) if len(text) <= KEY_BYTES_MAX else ""
            self._stack[-1] = key if isinstance(key, str) else ""
        self._expects_key = False

    def _emit(self, done: bytearray, *, last: bool) -> None:
        row = bytes(self._row)
        self._row.clear()
        if last and not row.strip() and not self._any:
            return  # an empty list
        self._any = True
        try:
            done += dumps(loads(row)).encode() + b"\n"
        except MalformedJson as error:
            raise UpstreamInvalid(cause=f"rows: no JSON: {error.detail[:150]}") from error
