"""Writes `config/schema.json` (for editors) and `config/reference.md` (for people) from the settings models.

    python -m bridge.config.reference

The models are the documentation; these two are only other forms of it, and a test keeps them fresh.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from pydantic import BaseModel

from bridge.config.model import Config

Schema = dict[str, Any]
_DURATIONS = (("d", 86400.0), ("h", 3600.0), ("m", 60.0), ("s", 1.0))
_SIZES = (("GB", 1000**3), ("MB", 1000**2), ("kB", 1000))
_DURATION_SIGN, _SIZE_SIGN, _SHARE_SIGN = "|h|d)", "kB|MB", "%$"  # how the patterns of kinds of text are told apart
_INTRODUCTION = """# Configuration reference

Generated from the settings models by `python -m bridge.config.reference`; do not edit.

A configuration is one YAML file, or several that name each other with `include:` (file names or patterns, relative
to the file that has them; mappings are merged, nothing overrides anything). Unknown keys are errors. A secret is
always a reference, `env:NAME` or `file:/path`. Durations are written `250ms`, `20s`, `5m`, `2h`, `7d`; sizes `64kB`,
`2MB`, `1GB`. A text with braces inside `{…}` needs quotes: `{route: "GET /orders/{orderId}"}`.
`legacy-bridge check FILE` tells everything that is wrong with a file, with line and column.
"""


def schema() -> Schema:
    """The JSON Schema of a configuration file, as it is written (durations are texts, not seconds)."""
    whole = Config.model_json_schema()
    include = {
        "description": "Further files, merged by key; names and patterns are relative to this file.",
        "type": "array",
        "items": {"type": "string"},
        "default": [],
        "examples": [["upstreams/*.yaml"]],
    }
    whole["properties"] = {"include": include, **whole["properties"]}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "Legacy Bridge configuration",
        **{key: value for key, value in _as_written(whole).items() if key != "title"},
    }


def _as_written(node: Any, *, names: bool = False) -> Any:
    """`names`: the keys of this mapping are names that a person chose, not words of JSON Schema."""
    if isinstance(node, list):
        return [_as_written(item) for item in node]
    if not isinstance(node, dict):
        return node
    result = {
        key: value if key in {"examples", "default"} else _as_written(value, names=key in {"properties", "$defs"})
        for key, value in node.items()
        if names or key != "title"
    }
    if not names and "patternProperties" in result:
        result.setdefault("additionalProperties", False)  # pydantic leaves it out, and then any name would do
    if not names and "default" in result:
        default = _written(result["default"], _pattern(result))
        if isinstance(default, dict) and default:
            del result["default"]  # a block shows the defaults of its own keys
        else:
            result["default"] = default
    return result


def _pattern(node: Schema) -> str:
    return node.get("pattern") or next((one["pattern"] for one in node.get("anyOf", ()) if "pattern" in one), "")


def _written(value: Any, pattern: str) -> Any:
    """A default as one would write it: `20s` and not `20.0`."""
    if isinstance(value, bool) or not isinstance(value, int | float):
        return value
    if _DURATION_SIGN in pattern:
        for unit, seconds in _DURATIONS:
            if value >= seconds and value % seconds == 0:
                return f"{value / seconds:g}{unit}"
        return f"{value * 1000:g}ms" if value else "0s"
    if pattern.endswith(_SHARE_SIGN):
        return f"{value * 100:g}%"
    if _SIZE_SIGN in pattern:
        return next((f"{value // size}{unit}" for unit, size in _SIZES if value % size == 0), f"{value}B")
    return value


# ── the page ─────────────────────────────────────────────────────────────────────────────────────────────────────


def page() -> str:
    whole = schema()
    parts = [_INTRODUCTION, _section("the whole file", whole, whole)]
    parts += [_section(f"`{way}`", block, whole) for way, block in _blocks(whole, whole, "")]
    return "\n".join(parts)


def _blocks(block: Schema, whole: Schema, way: str) -> Iterator[tuple[str, Schema]]:
    """Every block of keys with the way to it, in the order of the models."""
    for key, field in block["properties"].items():
        for step, inner in _inside(field, whole):
            below = f"{way}.{key}{step}".lstrip(".")
            yield below, inner
            yield from _blocks(inner, whole, below)


def _inside(node: Schema, whole: Schema) -> Iterator[tuple[str, Schema]]:
    """The blocks of keys that a value can hold, and what stands in the way for a chosen name or a place in a list."""
    if "$ref" in node:
        yield from _inside(whole["$defs"][node["$ref"].rpartition("/")[2]], whole)
    if "properties" in node:
        yield "", node
    for alternative in node.get("anyOf", ()):
        yield from _inside(alternative, whole)
    for step, held in ((".NAME", _by_name(node)), ("[]", node.get("items"))):
        if held:
            yield from ((step + deeper, block) for deeper, block in _inside(held, whole))


def _by_name(node: Schema) -> Schema:
    """What stands behind the names of a mapping whose names a person chooses."""
    either = (*node.get("patternProperties", {}).values(), node.get("additionalProperties"))
    return next((one for one in either if isinstance(one, dict)), {})


def _section(title: str, block: Schema, whole: Schema) -> str:
    lines = [f"## {title}", "", _plain(block.get("description", "")), ""]
    lines += ["| key | what it is | written | default | example |", "|---|---|---|---|---|"]
    required = block.get("required", ())
    for key, field in block["properties"].items():
        default = (
            "**needed**" if key in required else _code(field["default"]) if field.get("default") is not None else ""
        )
        example = _code(field["examples"][0]) if field.get("examples") else ""
        lines.append(
            f"| `{key}` | {_plain(field.get('description', ''))} | {_kind(field, whole)} | {default} | {example} |"
        )
    return "\n".join([*lines, ""])


def _kind(field: Schema, whole: Schema) -> str:
    if "$ref" in field:
        return _kind(whole["$defs"][field["$ref"].rpartition("/")[2]], whole)
    if "anyOf" in field:
        kinds = [_kind(one, whole) for one in field["anyOf"] if one.get("type") != "null"]
        return " or ".join(dict.fromkeys(kinds))
    if "enum" in field:
        return " · ".join(f"`{word}`" for word in field["enum"])
    if "const" in field:
        return f"`{field['const']}`"
    match field.get("type"):
        case "array":
            return f"list of {_kind(field.get('items', {}), whole)}"
        case "object":
            return "block" if "properties" in field else f"name → {_kind(_by_name(field), whole)}"
        case "string":
            pattern = field.get("pattern", "")
            return "duration" if _DURATION_SIGN in pattern else "size" if _SIZE_SIGN in pattern else "text"
        case "boolean":
            return "`true` · `false`"
        case kind:
            return {"integer": "whole number", "number": "number"}.get(str(kind), str(kind))


def _plain(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "\\|").strip()


def _code(value: Any) -> str:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False)
    return "`" + text.replace("|", "\\|") + "`" if text else '`""`'


def undocumented(model: type[BaseModel] = Config) -> list[str]:
    """Keys without a description, or with neither an example nor a default."""
    whole = schema() if model is Config else model.model_json_schema()
    return [
        f"{way or 'root'}.{key}"
        for way, block in [("", whole), *_blocks(whole, whole, "")]
        for key, field in block["properties"].items()
        if not field.get("description") or not (field.get("examples") or field.get("default") is not None)
    ]


def main() -> None:
    folder = Path("config")
    (folder / "schema.json").write_text(json.dumps(schema(), indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    (folder / "reference.md").write_text(page(), encoding="utf-8")


if __name__ == "__main__":
    main()
