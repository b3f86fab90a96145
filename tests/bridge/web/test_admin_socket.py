"""The operators' socket: its permissions, who may have it, what a dead process leaves behind."""

from __future__ import annotations

import os
import socket
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from bridge.errors import ConfigError
from bridge.web.admin_socket import PATH_BYTES_MAX, AdminSocket, peer, user_name


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "state" / "admin.sock"


@pytest.fixture
def bound(path: Path) -> Iterator[AdminSocket]:
    with closing(AdminSocket.bind(path)) as made:
        yield made


def _mode(path: Path) -> int:
    return stat.S_IMODE(path.lstat().st_mode)


def test_nobody_else_may_open_it(path: Path) -> None:
    before = os.umask(0)
    try:
        made = AdminSocket.bind(path)
    finally:
        os.umask(before)
    with closing(made):
        assert (_mode(path.parent), _mode(path)) == (0o700, 0o600)
        assert stat.S_ISSOCK(path.stat().st_mode)
    assert not path.exists()


def test_one_that_is_alive_is_not_pushed_aside(bound: AdminSocket) -> None:
    with pytest.raises(ConfigError, match="another process listens") as refused:
        AdminSocket.bind(bound.path)
    assert "is it running already" in str(refused.value)
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(str(bound.path))


def test_what_a_dead_process_left_is_replaced(path: Path) -> None:
    program = f"""
import os
from pathlib import Path
from bridge.web.admin_socket import AdminSocket
AdminSocket.bind(Path({str(path)!r}))
os._exit(9)
"""
    assert subprocess.run([sys.executable, "-c", program], check=False).returncode == 9
    assert path.exists()
    with closing(AdminSocket.bind(path)), socket.socket(socket.AF_UNIX) as client:
        client.connect(str(path))


def test_what_is_no_socket_is_left_alone(path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    path.write_text("somebody's notes")
    with pytest.raises(ConfigError, match="is no socket"):
        AdminSocket.bind(path)
    assert path.read_text() == "somebody's notes"


def test_a_link_is_not_followed(path: Path, tmp_path: Path) -> None:
    path.parent.mkdir(mode=0o700)
    victim = tmp_path / "victim"
    victim.write_text("")
    Path(f"{path}.lock").symlink_to(victim)
    with pytest.raises(ConfigError, match="cannot listen"):
        AdminSocket.bind(path)


def test_a_folder_that_everyone_may_write_to_is_refused(path: Path) -> None:
    path.parent.mkdir()
    path.parent.chmod(0o777)
    with pytest.raises(ConfigError, match="chmod o-w"):
        AdminSocket.bind(path)


def test_a_path_that_no_socket_can_have_is_told_in_words(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="too long for a socket"):
        AdminSocket.bind(tmp_path / ("x" * PATH_BYTES_MAX))


def test_closing_leaves_the_file_of_another_alone(path: Path) -> None:
    bound = AdminSocket.bind(path)
    other = path.with_name("another")
    other.write_text("another's")
    other.rename(path)
    bound.close()
    assert path.read_text() == "another's"


def test_the_kernel_says_who_is_there() -> None:
    one, other = socket.socketpair(socket.AF_UNIX)
    with one, other:
        assert peer(one) == user_name(os.geteuid())


def test_a_user_without_a_name_has_a_number() -> None:
    assert user_name(0) == "root"
    assert user_name(3_999_999_999) == "user 3999999999"
