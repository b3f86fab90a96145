"""`include:` puts several files together as if they were one. Mappings are merged by key; nothing overrides anything.

Knows no settings; a file is what `load` makes of it.
"""

from __future__ import annotations

from pathlib import Path

from bridge.config.load import Data, Document, load
from bridge.config.places import DataPath
from bridge.errors import ConfigError, Place

_FILES_MAX = 200


def load_all(path: Path) -> Document:
    """A file and all it includes. Raises ConfigError with every fault of every file."""
    together = load(path)
    problems = list(together.problems)
    opened = {path.resolve()}
    waiting = _included(path, together, problems)
    while waiting:
        asked, file = waiting.pop(0)
        if file.resolve() in opened:
            problems.append(Place(asked.file, asked.line, asked.column, f"{file} is included twice"))
            continue
        if len(opened) >= _FILES_MAX:
            problems.append(Place(asked.file, asked.line, asked.column, f"more than {_FILES_MAX} files are included"))
            break
        opened.add(file.resolve())
        try:
            part = load(file)
        except ConfigError as error:
            problems += error.places
            continue
        problems += part.problems
        waiting += _included(file, part, problems)
        _merge(together, part, problems)
    if problems:
        raise ConfigError(problems)
    return together


def _included(path: Path, document: Document, problems: list[Place]) -> list[tuple[Place, Path]]:
    """Takes `include:` out of the document: the files it names, each with the place that names it."""
    names = document.data.pop("include", None)
    found: list[tuple[Place, Path]] = []
    listed = names if isinstance(names, list) else [] if names is None else [names]
    for index, name in enumerate(listed):
        place = document.places.value(("include", index)).place("")
        files = _files(path.parent, name) if isinstance(name, str) else []
        if not files:
            what = f"there is no file {name}" if isinstance(name, str) else "include is a list of file names"
            problems.append(Place(place.file, place.line, place.column, what, "names are relative to this file"))
        found += [(place, file) for file in files]
    return found


def _files(folder: Path, name: str) -> list[Path]:
    """The files that a name or a pattern stands for, in the order of their names."""
    if not any(sign in name for sign in "*?["):
        file = folder / name
        return [file] if file.is_file() else []
    base, pattern = (Path("/"), name[1:]) if name.startswith("/") else (folder, name)
    return sorted(file for file in base.glob(pattern) if file.is_file())


def _merge(together: Document, part: Document, problems: list[Place]) -> None:
    def into(data: dict[str, Data], other: dict[str, Data], path: DataPath) -> None:
        for key, value in other.items():
            here = (*path, key)
            mine = data.get(key)
            if key not in data:
                data[key] = value
            elif isinstance(mine, dict) and isinstance(value, dict):
                into(mine, value, here)
            else:
                first = together.places.key(here)
                mark = part.places.key(here)
                name = ".".join(map(str, here))
                problems.append(mark.place(f"{name} is already set at {first}"))

    into(together.data, part.data, ())
    # What was written first keeps its place; a merged mapping is where it began.
    for mine, other in (
        (together.places.keys, part.places.keys),
        (together.places.values, part.places.values),
    ):
        for path, mark in other.items():
            mine.setdefault(path, mark)
