"""A copy of SQLite's file while it is in use, and the way back. PostgreSQL has tools of its own for both.

A backup is one moment of the store, in one file, checked before it gets its name: a name that is there can be trusted.
"""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from bridge.errors import StoreError
from bridge.store.engines import BUSY_S, Database
from bridge.store.failpoints import reached
from bridge.store.failures import words
from bridge.store.files import MAGIC, prepare
from bridge.store.migrate import checked

BEFORE = ".before-restore"
# What was read after the backup is not in it: whoever read that is told by the epoch that this is another log.
_EPOCHS = "UPDATE topics SET epoch = lower(hex(randomblob(8)))"
_ENDS = ("", "-wal", "-shm", "-journal")


def backup(database: Database, to: Path) -> str:
    """Writes the file `to`, readable for its owner alone, while others write to the store; gives its revision.

    Raises StoreError, and then a file that was there is as it was.
    """
    source = _file_of(database, "pg_dump --format=custom --file={} --dbname={}", to)
    if to.exists() and (to.is_dir() or to.samefile(source) or not _is_ours(to)):
        raise StoreError(f"{to} is there already and is no backup: name another file")
    with _told(to), _beside(to) as part:
        with closing(sqlite3.connect(source, timeout=BUSY_S)) as here, closing(sqlite3.connect(part)) as there:
            here.execute("PRAGMA query_only=ON")
            reached("backup.copy")
            # In one step, so in one moment: in several it would begin anew with each commit of another process.
            here.backup(there, pages=-1)
            # One file is the whole of it.
            there.execute("PRAGMA journal_mode=DELETE")
        reached("backup.copied")
        revision = checked(part)
        _synced(part)
        reached("backup.rename")
        part.replace(to)
        _synced(to.parent)
        reached("backup.renamed")
    return revision


def restore(database: Database, backup_file: Path) -> str:
    """Puts a backup in the place of the store, of which nobody may make use meanwhile; gives its revision.

    What was there is kept beside it. Raises StoreError, and then the store is as it was.
    """
    path = _file_of(database, "pg_restore --clean --if-exists --dbname={1} {0}", backup_file)
    revision = checked(backup_file)
    if path.exists() and path.samefile(backup_file):
        raise StoreError(f"{backup_file} is the store itself")
    prepare(path, any_kind=True)
    with _told(path), closing(sqlite3.connect(backup_file)) as source:
        _alone(path)
        _aside(path)
        # A transaction of SQLite: killed in the middle of it, the next start finds what was there before.
        reached("restore.copy")
        with closing(sqlite3.connect(path, timeout=0)) as there:
            there.execute("PRAGMA synchronous=FULL")
            source.backup(there, pages=-1)
            there.execute(_EPOCHS)
            there.commit()
        reached("restore.copied")
    return checked(path) and revision


def _file_of(database: Database, instead: str, file: Path) -> Path:
    if database.path is None:
        how = instead.format(file, f"'{database.writer.url.set(drivername='postgresql').render_as_string()}'")
        raise StoreError(f"PostgreSQL is saved and restored by its own tools: {how}")
    return database.path


def _is_ours(file: Path) -> bool:
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) in {b"", MAGIC}


@contextmanager
def _told(file: Path) -> Iterator[None]:
    try:
        yield
    except sqlite3.Error as error:
        raise StoreError(f"{file}: {words(error)}") from error
    except OSError as error:
        raise StoreError(f"{error.filename or file}: {error.strerror}") from error


@contextmanager
def _beside(to: Path) -> Iterator[Path]:
    """A file of another name in the same folder, for us alone, gone at the end."""
    handle, name = tempfile.mkstemp(prefix=f".{to.name}.", suffix=".part", dir=to.parent)
    os.close(handle)
    try:
        yield Path(name)
    finally:
        for end in _ENDS:
            Path(name + end).unlink(missing_ok=True)


def _synced(place: Path) -> None:
    handle = os.open(place, os.O_RDONLY)
    try:
        reached("backup.sync")
        os.fsync(handle)
        reached("backup.synced")
    finally:
        os.close(handle)


def _alone(path: Path) -> None:
    """Only who has the file to himself may leave its log behind; that file then is the whole of it."""
    with closing(sqlite3.connect(path, timeout=0)) as connection:
        try:
            connection.execute("PRAGMA journal_mode=DELETE")
        except sqlite3.OperationalError as error:
            raise StoreError(f"the store {path} is in use: stop every bridge on it first ({words(error)})") from error
        except sqlite3.DatabaseError:
            return  # damaged, which may be the very reason for all this


def _aside(path: Path) -> None:
    """A copy of what is there; of what is damaged the files themselves, which nothing could be written into."""
    kept = path.with_name(path.name + BEFORE)
    for end in _ENDS:
        kept.with_name(kept.name + end).unlink(missing_ok=True)
    if path.stat().st_size == 0:
        return
    reached("restore.keep")
    with suppress(sqlite3.DatabaseError):
        with closing(sqlite3.connect(path, timeout=0)) as here, closing(sqlite3.connect(kept)) as there:
            here.backup(there, pages=-1)
        kept.chmod(0o600)
        reached("restore.kept")
        return
    kept.unlink(missing_ok=True)
    for end in _ENDS:
        with suppress(FileNotFoundError):
            path.with_name(path.name + end).replace(kept.with_name(kept.name + end))
    reached("restore.moved")
    prepare(path)
