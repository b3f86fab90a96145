"""Parts of a message that stand beside the envelope, as members of its JSON object."""

from __future__ import annotations

from adapters.soap.attachments.filling import NO_VALUES, Wanted
from adapters.soap.attachments.of_message import MessageAttachments, message_attachments
from adapters.soap.contract import AttachedPart
from bridge.call import JsonValue
from bridge.formats.xml.writing import Out, Prefixes
from tests.adapters.soap.attachments.test_collecting import collected
from tests.adapters.soap.attachments.test_filling import Texts

PARTS = (AttachedPart("ScanPage", "image/png"), AttachedPart("Note"))


def made(*taken: str) -> MessageAttachments:
    return message_attachments(PARTS, taken, "camel")


def test_keys_are_named_like_others_and_never_clash() -> None:
    assert [field.key for field in made().fields(required=True)] == ["scanPage", "note"]
    assert [key for key, _ in made("note").parts] == ["scanPage", "noteAttachment"]
    assert [key for key, _ in message_attachments(PARTS, {"note"}, "snake").parts] == ["scan_page", "note_attachment"]
    assert not message_attachments((), (), "camel")


def test_they_leave_the_object_for_the_package() -> None:
    attach = collected("inline")
    out = Out(Prefixes(), attach=attach)
    value: JsonValue = {"scanPage": "AAAA", "note": "BBBB", "name": "n"}
    assert made().encode(value, None, out) == {"name": "n"}
    assert out.errors == []
    assert [(part.content.partition("=")[0], part.media_type) for part in attach.parts] == [
        ("ScanPage", "image/png"),
        ("Note", "application/octet-stream"),
    ]


def test_what_lacks_or_is_no_base64_is_told() -> None:
    out = Out(Prefixes(), attach=collected("inline"))
    made().encode({"note": "???"}, (None, "inner"), out)
    assert [error.pointer for error in out.errors] == ["/inner/scanPage", "/inner/note"]
    nowhere = Out(Prefixes())
    assert made().encode(None, None, nowhere) is None
    assert nowhere.errors == [], "where nobody takes them nobody misses them"


def test_those_that_came_are_members() -> None:
    assert made().decode(Texts()) == '"scanPage":"ScanPage0","note":"Note1"'
    assert made().decode(NO_VALUES) == ""


def test_one_that_is_empty_is_not_one_that_lacks() -> None:
    class Empty:
        def find(self, wanted: Wanted, /) -> str | None:
            return "" if wanted.index == 0 else None

    assert made().decode(Empty()) == '"scanPage":""'
