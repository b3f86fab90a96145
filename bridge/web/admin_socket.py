"""The Unix socket of the operators: nobody but this user opens it, and one process has it.

Who connects is told by the kernel (SO_PEERCRED), so no key is needed.
"""

from __future__ import annotations

import fcntl
import os
import pwd
import socket
import stat
import struct
from contextlib import suppress
from pathlib import Path
from typing import Self

from bridge.errors import ConfigError, Forbidden, Place

PATH_BYTES_MAX = 100
"""The kernel takes 107 on Linux and 103 elsewhere."""
_BACKLOG = 64
_CREDENTIALS = struct.Struct("3i")


class AdminSocket:
    """A bound and listening socket; `close` takes its file away. The lock beside it outlives no process, so a socket
    file without a lock was left behind by one that died."""

    def __init__(self, path: Path, listening: socket.socket, lock: int) -> None:
        self.path, self.listening, self._lock = path, listening, lock
        self._file = path.stat().st_ino

    @classmethod
    def bind(cls, path: Path) -> Self:
        """Raises ConfigError that says what to do."""
        if len(os.fsencode(path.absolute())) > PATH_BYTES_MAX:
            raise _wrong(f"the path {path} is too long for a socket", "give a shorter one as `admin: {socket: /run/…}`")
        try:
            _prepare(path.parent)
            lock = _locked(path)
            try:
                return cls(path, _listening(path), lock)
            except BaseException:  # an interrupted start as well lets go of the lock
                os.close(lock)
                raise
        except OSError as error:
            raise _wrong(f"cannot listen on {path}", error.strerror or "") from error

    def close(self) -> None:
        """Only its own file: another process may have put its own there."""
        self.listening.close()
        with suppress(OSError):
            if self.path.stat().st_ino == self._file:
                self.path.unlink()
        os.close(self._lock)


def peer(connection: socket.socket) -> str:
    """The user at the other end. Raises Forbidden for any but root and whoever runs the bridge."""
    _, user, _ = _CREDENTIALS.unpack(connection.getsockopt(socket.SOL_SOCKET, socket.SO_PEERCRED, _CREDENTIALS.size))
    if user not in {0, os.geteuid()}:
        raise Forbidden("This user may not administer the bridge.")
    return user_name(user)


def user_name(user: int) -> str:
    try:
        return pwd.getpwuid(user).pw_name
    except KeyError:
        return f"user {user}"


def _prepare(folder: Path) -> None:
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    mode = folder.stat().st_mode
    if mode & stat.S_IWOTH and not mode & stat.S_ISVTX:
        # Whoever may write there could put a socket of his own in the place of ours.
        raise _wrong(f"everyone may write into the folder {folder}", f"chmod o-w {folder}")


def _locked(path: Path) -> int:
    lock = os.open(f"{path}.lock", os.O_RDWR | os.O_CREAT | os.O_CLOEXEC | os.O_NOFOLLOW, 0o600)
    try:
        fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(lock)
        hint = "is it running already? Give this one another `state:` or `admin: {socket: …}`"
        raise _wrong(f"another process listens on {path}", hint) from None
    return lock


def _listening(path: Path) -> socket.socket:
    with suppress(FileNotFoundError):
        if not stat.S_ISSOCK(path.lstat().st_mode):
            raise _wrong(f"{path} is there and is no socket", "move it away, or give another path as `admin.socket`")
        path.unlink()
    sock = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    before = os.umask(0o177)  # from its first moment on, not after a chmod
    try:
        sock.bind(str(path))
        sock.listen(_BACKLOG)
        sock.setblocking(False)
    except OSError:
        sock.close()
        raise
    finally:
        os.umask(before)
    return sock


def _wrong(message: str, hint: str) -> ConfigError:
    return ConfigError([Place("admin", 1, 1, message, hint)])
