"""Files that come with a request: a form with the JSON in one field and each file in another, or one bare file.

They lie in spools while the call is made and never in one piece in memory; whatever happens, `Received.close` gives
everything back. What a file means is nobody's business here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from urllib.parse import unquote

from aiohttp import hdrs, web

from bridge.call import JsonValue, Upload
from bridge.errors import (
    BadRequest,
    DoesNotFit,
    Overloaded,
    PayloadTooLarge,
    UnsupportedMediaType,
    Violation,
)
from bridge.formats.multipart import Begin, Data, End, Malformed, Multipart, disposition
from bridge.shapes.json import loads
from bridge.transport.spool import Spool, SpooledFile
from bridge.web import negotiate
from bridge.web.edge_connection import Connection
from bridge.web.expect import invite
from bridge.web.file_fields import FileFields, Path, pointer, with_room
from bridge.web.file_names import bare_name
from bridge.web.routes import Route
from bridge.web.settings import LimitSettings

FORM = "multipart/form-data"
BARE = "application/octet-stream"
_JSON_FIELD = "json"
_FORM_URLENCODED = "application/x-www-form-urlencoded"
_MEDIA = re.compile(r"[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}/[!#$%&'*+.^_`|~0-9A-Za-z-]{1,100}([ \t]*;[ -~]{0,200})?")
_RETRY_S = 5.0


class Room:
    """How much all uploads of a process may take together."""

    def __init__(self, bytes_max: int) -> None:
        self._left = bytes_max

    def take(self, size: int) -> None:
        if size > self._left:
            raise Overloaded("There is no room for another upload right now.", retry_after_s=_RETRY_S)
        self._left -= size

    def give_back(self, size: int) -> None:
        self._left += size


@dataclass(slots=True)
class Received:
    """What came: the JSON, `b""` for none, and the files by their place. Whoever has it closes it."""

    room: Room
    json: bytes = b""
    files: dict[Path, SpooledFile] = field(default_factory=dict)
    _spools: list[Spool] = field(default_factory=list)
    _taken: int = 0

    def close(self) -> None:
        for spool in self._spools:
            spool.close()
        self.room.give_back(self._taken)
        self._spools, self._taken = [], 0

    def keep(self) -> Callable[[], None]:
        """`close` does nothing any more; what is returned does it."""
        kept = replace(self)
        self._spools, self._taken = [], 0
        return kept.close

    def new_spool(self) -> Spool:
        self._spools.append(Spool())
        return self._spools[-1]

    async def write(self, spool: Spool, data: bytes) -> None:
        self.room.take(len(data))
        self._taken += len(data)
        try:
            await spool.write(data)
        except OSError as error:
            raise Overloaded(
                "There is no room for another upload.", cause=str(error), retry_after_s=_RETRY_S
            ) from error

    def merged(self, args: bytes | JsonValue) -> bytes | JsonValue:
        """The input of the call with room for its files. Raises DoesNotFit or MalformedJson."""
        if not self.files:
            return args
        value: JsonValue = (loads(args) if args.strip() else {}) if isinstance(args, bytes) else args
        filled = with_room(value, self.files)
        if filled.violations:
            raise DoesNotFit(errors=filled.violations)
        return filled.value

    def uploads(self) -> Mapping[str, Upload]:
        """The files as a Call names them."""
        return {pointer(path): file for path, file in self.files.items()}


@dataclass(frozen=True, slots=True)
class Receiver:
    """Takes the bodies of requests with files, within bounds. One for all requests of a process."""

    limits: LimitSettings
    room: Room

    def takes(self, request: web.BaseRequest, route: Route) -> bool:
        """Whether a body is one with files, or one file. Raises UnsupportedMediaType for what is neither, nor JSON."""
        if not request.body_exists or request.content_length == 0:
            return False
        media = _media(request)
        if negotiate.is_json(media) or not route.file_fields:
            return False
        bare = route.file_fields.only is not None
        if media == FORM or (bare and _is_bare(media)):
            return True
        ways = [negotiate.JSON, FORM, *([BARE] if bare else [])]
        raise UnsupportedMediaType(f"Send {' or '.join(ways)}.", headers=[("Accept", ", ".join(ways))])

    async def receive(self, request: web.BaseRequest, fields: FileFields) -> Received:
        """The whole body. Raises members of CallError, and then nothing is left behind."""
        negotiate.require_identity(request.headers.get(hdrs.CONTENT_ENCODING, ""))
        received = Received(self.room)
        try:
            is_form = _media(request) == FORM
            taking = _Form(request, received, fields, self.limits) if is_form else _Bare(request, received, fields)
            await self._read(request, taking)
            if received.files and not received.json:
                received.json = b"null" if () in received.files else b"{}"
        except Malformed as error:
            received.close()
            raise BadRequest(f"The form is not well formed: {error}.") from error
        except BaseException:  # a client that is gone as well leaves no files behind
            received.close()
            raise
        return received

    async def _read(self, request: web.BaseRequest, taking: _Form | _Bare) -> None:
        bytes_max, size = self.limits.upload, request.content_length or 0
        if size <= bytes_max:
            if isinstance(request.protocol, Connection):
                request.protocol.take_long(self.limits.upload_pace)
            await invite(request)
            size = 0
            while (chunk := await request.content.readany()) and (size := size + len(chunk)) <= bytes_max:
                await taking.take(chunk)
        if size > bytes_max:
            raise PayloadTooLarge(f"A body with files may have {bytes_max} bytes.")
        taking.end()


class _Bare:
    """The body is the file."""

    def __init__(self, request: web.BaseRequest, received: Received, fields: FileFields) -> None:
        assert fields.only is not None
        self._received, self._spool = received, received.new_spool()
        name = ""
        if given := request.headers.get(hdrs.CONTENT_DISPOSITION):
            name = _file_name(disposition(given)[1]) or ""
        received.files[fields.only] = SpooledFile(self._spool, _file_type(request.headers[hdrs.CONTENT_TYPE]), name)

    async def take(self, chunk: bytes) -> None:
        await self._received.write(self._spool, chunk)

    def end(self) -> None:
        """Any length is a file."""


class _Form:
    """The body is a form; takes it apart as it arrives."""

    def __init__(self, request: web.BaseRequest, received: Received, fields: FileFields, limits: LimitSettings) -> None:
        _, parameters = disposition(request.headers[hdrs.CONTENT_TYPE])
        self._parts = Multipart(parameters.get("boundary", ""), parts_max=limits.upload_parts)
        self._received, self._fields, self._json_max = received, fields, limits.body
        self._json: bytearray | None = None
        self._path: Path | None = None
        self._file: SpooledFile | None = None
        self._is_json = False
        self._may_lack = False

    async def take(self, chunk: bytes) -> None:
        for event in self._parts.feed(chunk):
            match event:
                case Begin(fields):
                    self._begin(fields)
                case Data(piece):
                    await self._data(piece)
                case End():
                    self._end_part()

    def end(self) -> None:
        self._parts.finish()
        self._received.json = bytes(self._json or b"")

    def _begin(self, head: Mapping[str, str]) -> None:
        kind, parameters = disposition(head.get("content-disposition", ""))
        name = parameters.get("name", "")
        if kind != "form-data" or not name:
            raise Malformed("a part has no name")
        if head.get("content-transfer-encoding", "binary").lower() not in {"binary", "8bit", "7bit"}:
            raise UnsupportedMediaType("Send each part as it is, without a Content-Transfer-Encoding.")
        negotiate.require_identity(head.get("content-encoding", ""))
        self._is_json = name == _JSON_FIELD and self._fields.find(name) is None
        if self._is_json:
            self._begin_json(head)
        else:
            self._begin_file(name, parameters, head)

    def _begin_json(self, head: Mapping[str, str]) -> None:
        if self._json is not None:
            raise DoesNotFit(errors=[Violation("", "the field json is given twice")])
        content_type = head.get("content-type", negotiate.JSON)
        if content_type.partition(";")[0].strip().lower() != "text/plain":
            negotiate.require_json(content_type)
        self._json = bytearray()

    def _begin_file(self, name: str, parameters: Mapping[str, str], head: Mapping[str, str]) -> None:
        path = self._fields.find(name)
        if path is None:
            raise DoesNotFit(errors=[self._unknown(name)])
        if path in self._received.files:
            raise DoesNotFit(errors=[Violation(pointer(path), "is given twice, as two files")])
        file_name = _file_name(parameters)
        self._may_lack = file_name == ""  # what a browser sends for a file that nobody chose
        media = _file_type(head.get("content-type", BARE))
        self._path, self._file = path, SpooledFile(self._received.new_spool(), media, file_name or "")
        self._received.files[path] = self._file

    def _unknown(self, name: str) -> Violation:
        known = (*self._fields.names, _JSON_FIELD)
        near = get_close_matches(name[:100], known, n=1)
        hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(known[:10])}."
        path: Path = tuple(int(step) if step.isdecimal() else step for step in name[:100].split("."))
        return Violation(pointer(path), f"is no field for a file; {hint}")

    async def _data(self, piece: bytes) -> None:
        if self._is_json and self._json is not None:
            self._json += piece
            if len(self._json) > self._json_max:
                raise PayloadTooLarge(f"The field json may have {self._json_max} bytes.")
        elif self._file is not None:
            await self._received.write(self._file.spool, piece)

    def _end_part(self) -> None:
        if self._file is not None and self._path is not None and self._may_lack and not self._file.length:
            del self._received.files[self._path]
        self._path = self._file = None


def _media(request: web.BaseRequest) -> str:
    return request.headers.get(hdrs.CONTENT_TYPE, "").partition(";")[0].strip().lower()


def _is_bare(media: str) -> bool:
    # What curl says of any body when nobody told it better; it would be kept as the type of the file.
    return bool(_MEDIA.fullmatch(media)) and media != _FORM_URLENCODED and not media.startswith("multipart/")


def _file_type(text: str) -> str:
    if not _MEDIA.fullmatch(text):
        raise Malformed("a Content-Type that is none")
    return text


def _file_name(parameters: Mapping[str, str]) -> str | None:
    """The name of a file, None when none was given."""
    extended = parameters.get("filename*", "")
    if extended.lower().startswith("utf-8''"):
        return bare_name(unquote(extended[7:], errors="replace"))
    name = parameters.get("filename")
    return None if name is None else bare_name(name)
