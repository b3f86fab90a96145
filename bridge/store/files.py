"""SQLite's file: where it may lie, who may read it, and what it must be before it is opened.

SQLite's locks and its shared memory do not hold over a network file system: two machines would destroy the file.
"""

from __future__ import annotations

import os
from pathlib import Path

from bridge.errors import StoreError

MAGIC = b"SQLite format 3\0"
NETWORK = frozenset(
    {"nfs", "nfs4", "cifs", "smb3", "smbfs", "smb2", "9p", "afs", "ceph", "glusterfs", "lustre", "gpfs", "beegfs"}
    | {"ocfs2", "gfs2", "orangefs", "pvfs2", "davfs", "davfs2", "ncpfs", "coda", "vboxsf", "prl_fs"}
    | {"fuse.sshfs", "fuse.glusterfs", "fuse.ceph", "fuse.ceph-fuse", "fuse.s3fs", "fuse.rclone", "fuse.davfs"}
    | {"fuse.gcsfuse", "fuse.juicefs", "fuse.smbnetfs", "fuse.goofys", "fuse.mount-s3", "fuse.vmhgfs-fuse"}
)
MOUNTS = Path("/proc/self/mountinfo")


def prepare(path: Path, *, mounts: Path = MOUNTS, any_kind: bool = False) -> None:
    """Makes the folder and the file, for their owner alone, or finds fault. Raises StoreError that says what to do.

    `any_kind`: what is in the file does not matter, for it is to be replaced.
    """
    try:
        _folder(path.parent)
        _refuse_network(path, mounts)
        _file(path)
        if not any_kind:
            _refuse_other_kinds(path)
    except OSError as error:
        raise StoreError(f"the store {path} cannot be used: {error.strerror} ({error.filename})") from error


def _folder(folder: Path) -> None:
    for missing in reversed([one for one in (folder, *folder.parents) if not one.exists()]):
        missing.mkdir(mode=0o700, exist_ok=True)
    if not os.access(folder, os.W_OK | os.X_OK):
        raise StoreError(f"the folder {folder} of the store cannot be written to: SQLite needs files beside its own")


def _file(path: Path) -> None:
    if path.exists() and not path.is_file():
        raise StoreError(f"the store {path} is no file: name one, such as {path / 'bridge.db'}")
    # Made by us, so that nobody else can read it even for a moment; SQLite gives its other files the same mode.
    os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
    if path.stat().st_uid == os.geteuid():
        for file in (path, *(path.with_name(path.name + end) for end in ("-wal", "-shm") if _beside(path, end))):
            if file.stat().st_mode & 0o077:
                file.chmod(0o600)


def _refuse_other_kinds(path: Path) -> None:
    with path.open("rb") as opened:
        begin = opened.read(len(MAGIC))
    # An empty one is what a start leaves behind that was killed at its first breath.
    if begin not in {b"", MAGIC}:
        raise StoreError(f"the store {path} is no SQLite database: it is left as it is. Name another file")


def _beside(path: Path, end: str) -> bool:
    return path.with_name(path.name + end).exists()


def _refuse_network(path: Path, mounts: Path) -> None:
    kind = filesystem(path.parent.resolve(), mounts.read_text("utf-8", "replace") if mounts.exists() else "")
    if kind in NETWORK:
        raise StoreError(
            f"the store {path} lies on a network file system ({kind}), where SQLite's locks do not hold and data would"
            " be lost: name a file on a disk of this machine, or use postgresql://user@host/database"
        )


def filesystem(folder: Path, mounts: str) -> str:
    """The type of the file system under `folder`, by the lines of `/proc/self/mountinfo`; the last mount wins."""
    best, kind = -1, ""
    for line in mounts.splitlines():
        left, _, right = line.partition(" - ")
        words = left.split(" ")
        if len(words) < 5 or not right:
            continue
        point = Path(words[4].encode().decode("unicode_escape", "replace"))
        if (folder == point or point in folder.parents) and len(point.parts) >= best:
            best, kind = len(point.parts), right.split(" ")[0]
    return kind
