"""Where SQLite's file may lie, and what it must be."""

from __future__ import annotations

from pathlib import Path

import pytest

from bridge.clock import SystemClock
from bridge.errors import StoreError
from bridge.store.files import NETWORK, filesystem, prepare
from bridge.store.settings import StoreSettings
from bridge.store.store import Store

MOUNTS = """\
22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
40 22 0:37 / /srv rw - nfs4 server:/export rw
41 40 0:38 / /srv/local rw shared:7 master:1 - xfs /dev/sdb rw
42 22 0:39 / /mnt/with\\040space rw - cifs //server/share rw
43 22 0:40 / /over rw - ext4 /dev/sdc rw
44 43 0:41 / /over rw - fuse.sshfs server:/ rw
"""


@pytest.mark.parametrize(
    ("folder", "kind"),
    [
        ("/var/lib", "ext4"),
        ("/srv/data", "nfs4"),
        ("/srv/local/data", "xfs"),
        ("/srvother", "ext4"),
        ("/mnt/with space/a", "cifs"),
        ("/over/there", "fuse.sshfs"),
    ],
)
def test_the_file_system_is_that_of_the_nearest_mount(folder: str, kind: str) -> None:
    assert filesystem(Path(folder), MOUNTS) == kind


def test_network_file_systems_are_known() -> None:
    assert {"nfs", "nfs4", "cifs", "smb3", "9p", "fuse.sshfs", "ceph", "glusterfs"} <= NETWORK
    assert not {"ext4", "xfs", "btrfs", "zfs", "tmpfs", "overlay"} & NETWORK


def test_a_network_file_system_is_refused_by_name(tmp_path: Path, network_mounts: Path) -> None:
    with pytest.raises(StoreError, match=r"network file system \(nfs4\).*postgresql://"):
        prepare(tmp_path / "bridge.db", mounts=network_mounts)
    assert not (tmp_path / "bridge.db").exists()


@pytest.fixture
def network_mounts(tmp_path: Path) -> Path:
    file = tmp_path / "mountinfo"
    file.write_text(f"1 0 0:1 / / rw - ext4 /dev/sda rw\n2 1 0:2 / {tmp_path.resolve()} rw - nfs4 server:/ rw\n")
    return file


async def test_its_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    path = tmp_path / "new" / "folder" / "bridge.db"
    store = await Store.open(StoreSettings(url=f"sqlite:///{path}"), SystemClock())
    await store.write(lambda tx: tx.now)
    modes = {file.name: oct(file.stat().st_mode & 0o777) for file in path.parent.iterdir()}
    await store.close()
    assert modes == {"bridge.db": "0o600", "bridge.db-wal": "0o600", "bridge.db-shm": "0o600"}
    assert [oct(folder.stat().st_mode & 0o777) for folder in (path.parent, path.parent.parent)] == ["0o700"] * 2


def test_a_file_that_others_could_read_is_closed_to_them(tmp_path: Path) -> None:
    path = tmp_path / "bridge.db"
    path.touch(0o644)
    prepare(path)
    assert path.stat().st_mode & 0o777 == 0o600


@pytest.mark.parametrize("content", [b"id;name\n1;a\n", b"S", b"SQLite format 2\0" * 100])
def test_another_kind_of_file_is_left_as_it_is(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "bridge.db"
    path.write_bytes(content)
    with pytest.raises(StoreError, match="no SQLite database"):
        prepare(path)
    assert path.read_bytes() == content


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match=r"is no file: name one, such as .*/bridge\.db"):
        prepare(tmp_path)


def test_a_folder_that_cannot_be_made_is_said(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match="cannot be written to"):
        prepare(tmp_path / "file" / "bridge.db")
