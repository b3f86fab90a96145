"""The small pieces of the encoder, which know no view: one text, one attribute, what is unknown, what is fixed."""

from __future__ import annotations

from collections.abc import Callable
from difflib import get_close_matches
from typing import TypeGuard

from bridge.call import JsonValue
from bridge.formats.xml import wild
from bridge.formats.xml.attached import Attached
from bridge.formats.xml.encode_order import Body, Write
from bridge.formats.xml.facets import digits
from bridge.formats.xml.layout import Wildcard
from bridge.formats.xml.leniency import COUNTS, NULLS, UNKNOWN, VALUES
from bridge.formats.xml.plan import TYPE_KEY, UNKNOWN_KEY
from bridge.formats.xml.scalar_numbers import Unfit
from bridge.formats.xml.scalars import ScalarCodec
from bridge.formats.xml.wildcards import allows, told
from bridge.formats.xml.writing import ERRORS_MAX, Out, Path, escape, is_name

NEAR_MAX = 64
WriteAttribute = Callable[[dict[str, JsonValue], Path, Out], str]


def scalar_body(scalar: ScalarCodec) -> Body:
    def write(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        out.parts.append(f"<{tag}{extra}>{text_of(scalar, value, path, out, escape)}</{tag}>")

    def write_binary(value: JsonValue, path: Path, out: Out, tag: str, extra: str) -> None:
        text = text_of(scalar, value, path, out, escape)
        if out.attach is not None and scalar.binary is not None:
            said, text = out.attach.element(scalar.binary, text, value, reference=scalar.reference)
            extra += said
        out.parts.append(f"<{tag}{extra}>{text}</{tag}>")

    return write if scalar.binary is None else write_binary


def write_content(scalar: ScalarCodec, value: JsonValue, path: Path, out: Out, media: JsonValue) -> None:
    """The text of an element that has attributes; of binary values they may say the `media` type."""
    text = text_of(scalar, value, path, out, escape)
    if out.attach is not None and scalar.binary is not None:
        text = out.attach.content(scalar.binary, text, value, media if type(media) is str else "")
    out.parts.append(text)


def with_media_type(write: WriteAttribute, key: str, file_key: str) -> WriteAttribute:
    """The attribute that says of what type some binary content is; where the client does not say it, the file does."""

    def written(value: dict[str, JsonValue], path: Path, out: Out) -> str:
        file = value.get(file_key)
        if key not in value and isinstance(file, Attached) and file.media:
            value = {**value, key: file.media}
        return write(value, path, out)

    return written


def expecting(media: str, inner: Write) -> Write:
    """A writer that tells beforehand which media types the schema wants."""

    def write(value: JsonValue, path: Path, out: Out) -> None:
        if out.attach is not None:
            out.attach.expect(media)
        inner(value, path, out)

    return write


def text_of(scalar: ScalarCodec, value: JsonValue, path: Path, out: Out, protect: Callable[[str], str]) -> str:
    try:
        text = scalar.to_text(value)
    except Unfit as unfit:
        loose = None if scalar.loose is None else _loosely(scalar.loose, value)
        if loose is None:
            out.error(path, str(unfit))
            return ""
        out.bend(VALUES, allowed=True)
        text = loose
    if scalar.names:
        return " ".join(out.qname(word) if is_name(word) else protect(word) for word in text.split(" "))
    return text if scalar.plain else protect(text)


def _loosely(loose: ScalarCodec, value: JsonValue) -> str | None:
    try:
        return loose.to_text(value)
    except Unfit:
        return None


def write_nil(tag: str, path: Path, out: Out, *, nillable: bool) -> None:
    if not nillable:
        rule = out.lenient.nulls
        if not out.bend(NULLS, allowed=rule != "refuse"):
            out.error(path, "cannot be null; leave it out if there is no value")
        elif rule == "omit":
            return
    out.mask |= 1
    out.parts.append(f'<{tag} xsi:nil="true"/>')


def check_bounds(count: int, least: int, most: int | None, path: Path, out: Out) -> None:
    wrong = count < least or (most is not None and count > most)
    if not wrong or out.bend(COUNTS, allowed=out.lenient.counts == "send"):
        return
    out.error(path, f"must have at least {least} items" if count < least else f"must have at most {most} items")


def check_known(value: dict[str, JsonValue], keys: frozenset[str], path: Path, out: Out, tag: str) -> None:
    for key, one in value.items():
        if key in keys:
            continue
        if len(out.errors) >= ERRORS_MAX:
            return  # looking for the nearest name is dear
        if key == UNKNOWN_KEY and out.lenient.unknown == "send":
            continue
        if key == TYPE_KEY and tag:
            if one != tag:
                out.error((path, key), f"must be {tag}")
            continue
        near = get_close_matches(key, keys, 1) if len(key) <= NEAR_MAX else []
        hint = f"; did you mean {near[0]}?" if near else ""
        reason = "is only found in answers" if key == UNKNOWN_KEY else f"is not known here{hint}"
        out.error((path, key), reason)


def sends_unknown(value: dict[str, JsonValue], out: Out) -> bool:
    """Whether a record brings what its schema does not have, and may."""
    return out.lenient.unknown == "send" and UNKNOWN_KEY in value


def unknown_attributes(value: dict[str, JsonValue], path: Path, out: Out, taken: frozenset[str]) -> str:
    """The attributes under `@unknown`, in the form in which answers have them."""
    text = ""
    for index, one in enumerate(_unknown(value, path, out)):
        if isinstance(one, dict) and one.keys() == {"@attributes"}:
            out.bend(UNKNOWN, allowed=True)
            text += wild.write_attributes(one["@attributes"], (((path, UNKNOWN_KEY), index), "@attributes"), out, taken)
    return text


def unknown_children(value: dict[str, JsonValue], path: Path, out: Out) -> None:
    """The elements and texts under `@unknown`, behind what the schema knows."""
    for index, one in enumerate(_unknown(value, path, out)):
        if isinstance(one, dict) and one.keys() == {"@attributes"}:
            continue
        out.bend(UNKNOWN, allowed=True)
        if isinstance(one, dict) and one.keys() == {"@content"}:
            wild.write_content(one["@content"], (((path, UNKNOWN_KEY), index), "@content"), out)
        else:
            wild.write(one, ((path, UNKNOWN_KEY), index), out)


def _unknown(value: dict[str, JsonValue], path: Path, out: Out) -> list[JsonValue]:
    found = value[UNKNOWN_KEY]
    if isinstance(found, list):
        return found
    out.error((path, UNKNOWN_KEY), "must be an array")
    return []


def free_attributes(key: str, named: frozenset[str], wildcard: Wildcard) -> WriteAttribute:
    def write(value: dict[str, JsonValue], path: Path, out: Out) -> str:
        given = value.get(key, {})
        for name in given if isinstance(given, dict) else ():
            if is_name(name) and not allows(wildcard, name):
                out.error(((path, key), name), f"must be a name in {told(wildcard)}")
        return wild.write_attributes(given, (path, key), out, named)

    return write


def fits_fixed(scalar: ScalarCodec, fixed: str | None) -> Callable[[JsonValue], bool]:
    """Whether a value equals the fixed one. What is no value at all is told elsewhere."""
    try:
        expected = None if fixed is None or scalar.names else scalar.to_json(fixed)
    except Unfit:
        expected = None  # a fixed value that is none of its own type binds nobody

    def fits(value: JsonValue) -> bool:
        if expected is None:
            return True
        try:
            found = scalar.to_json(scalar.to_text(value))
        except Unfit:
            return True
        return found == expected or (scalar.number and digits(found) == digits(expected))

    return fits


def write_item(item: JsonValue, path: Path, out: Out, writers: dict[str, Write]) -> None:
    if type(item) is not dict or len(item) != 1:
        out.error(path, "must be an object with exactly one key")
        return
    [(key, value)] = item.items()
    if key in writers:
        writers[key](value, (path, key), out)
    else:
        out.error((path, key), f"must be one of: {', '.join(writers)}")


def tag_of(value: JsonValue, default: str | None) -> str | None:
    tag = value.get(TYPE_KEY, default) if type(value) is dict else default
    return tag if type(tag) is str else None


def is_wrapped(value: JsonValue, path: Path, out: Out) -> TypeGuard[dict[str, JsonValue]]:
    if type(value) is dict and "value" in value and not value.keys() - {TYPE_KEY, "value"}:
        return True
    out.error(path, 'must be an object with "@type" and "value"')
    return False
