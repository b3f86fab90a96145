"""Kill −9 at every step of a backup and of a restore: what was there before is still to be had, whole, and the same
again comes to its end.
"""

from __future__ import annotations

import shutil
import signal
import sqlite3
import tempfile
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from bridge.store import failpoints
from bridge.store.backup import BEFORE, backup, restore
from bridge.store.engines import open_database
from bridge.store.url import StoreUrl
from tests.proofs.crash.databases import in_memory, migrate
from tests.proofs.crash.forks import forked
from tests.proofs.crash.points import WHOLE, Part, Swept, arm, counting

OLD, NEW = 1.0, 2.0


def _put(path: Path, number: float) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("DELETE FROM processed")
        connection.execute("INSERT INTO processed (scope, event_id, kept_until) VALUES ('copies', '1', ?)", (number,))


def _what(path: Path) -> float | None:
    """None: nothing that is whole."""
    if not path.exists():
        return None
    try:
        with closing(sqlite3.connect(path)) as connection:
            whole = connection.execute("PRAGMA quick_check").fetchall() == [("ok",)]
            rows = connection.execute("SELECT kept_until FROM processed").fetchall()
    except sqlite3.DatabaseError:
        return None
    return float(rows[0][0]) if whole and len(rows) == 1 else None


def _saved(folder: Path) -> None:
    backup(open_database(StoreUrl("sqlite", path=str(folder / "new.db"))), folder / "old.db")


def _restored(folder: Path) -> None:
    restore(open_database(StoreUrl("sqlite", path=str(folder / "old.db"))), folder / "new.db")


def _restored_over_damage(folder: Path) -> None:
    _restored(folder)


def _saved_rashly(folder: Path) -> None:
    """The bug that is planted."""
    (folder / "old.db").unlink(missing_ok=True)
    _saved(folder)


WAYS: tuple[Callable[[Path], None], ...] = (_saved, _restored, _restored_over_damage)
DAMAGE = b"SQLite format 3\0" + bytes(5000)


def _laid_out(template: Path, folder: Path, way: Callable[[Path], None]) -> None:
    """`old.db` is there and `new.db` is to be in its place."""
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name, number in (("old.db", OLD), ("new.db", NEW)):
        shutil.copy(template, folder / name)
        _put(folder / name, number)
    if way is _restored_over_damage:
        (folder / "old.db").write_bytes(DAMAGE)


def _kept(folder: Path, way: Callable[[Path], None]) -> bool:
    """What was there, or all of what was to be there; or it stands aside."""
    now, aside = folder / "old.db", folder / f"old.db{BEFORE}"
    if way is _restored_over_damage:
        return _what(now) == NEW or DAMAGE in {one.read_bytes() for one in (now, aside) if one.exists()}
    return _what(now) in {OLD, NEW} and (way in {_saved, _saved_rashly} or OLD in {_what(now), _what(aside)})


def _strike(template: Path, folder: Path, way: Callable[[Path], None], name: str, number: int, swept: Swept) -> None:
    def work() -> None:
        arm(failpoints._Armed(f"{name}:{number}"))
        way(folder)

    label = f"{name}#{number} {way.__name__.strip('_')}"
    _laid_out(template, folder, way)
    swept.planned += 1
    code, _ = forked(work)
    if code != -signal.SIGKILL:
        swept.missed += 1
        return
    swept.hit.add(label)
    if not _kept(folder, way):
        swept.wrong.append(f"{label}: neither what was there nor what was to be there")
    code, said = forked(lambda: way(folder))
    if code or _what(folder / "old.db") != NEW:
        swept.wrong.append(f"{label}: the same again does not come to its end: {said[-300:].decode()}")


def sweep(part: Part = WHOLE, planted: str = "") -> Swept:
    swept = Swept()
    with tempfile.TemporaryDirectory(dir=in_memory()) as name:
        template, folder = Path(name) / "template.db", Path(name) / "place"
        migrate(f"sqlite:///{template}")
        points = []
        for way in (_saved_rashly,) if planted else WAYS:
            _laid_out(template, folder, way)
            passed = counting(lambda way=way: way(folder))  # type: ignore[misc]  # mypy knows no default here
            points += [(way, step, 1 + time) for step, count in sorted(passed.items()) for time in range(count)]
        for way, step, number in points[part[0] :: part[1]]:
            _strike(template, folder, way, step, number, swept)
    return swept
