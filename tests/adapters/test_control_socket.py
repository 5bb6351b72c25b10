"""Where the control socket is, and who may reach it."""

from __future__ import annotations

import os
import socket
import stat
from pathlib import Path

import pytest

from lineside.adapters.control_socket import PATH_BYTES_MAX, bind_control_socket, control_socket_path
from lineside.errors import ConfigError


@pytest.fixture
def temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    return tmp_path


def test_socket_is_in_the_data_folder_with_mode_0600(tmp_path: Path) -> None:
    path = control_socket_path(tmp_path)
    if len(os.fsencode(tmp_path)) < 80:
        assert path == tmp_path.resolve() / "control.sock"
    bind_control_socket(path).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_socket_of_a_dead_server_is_replaced(temp: Path) -> None:
    path = control_socket_path(temp)
    bind_control_socket(path).close()
    again = bind_control_socket(path)
    again.listen()
    with socket.socket(socket.AF_UNIX) as client:
        client.connect(os.fspath(path))
    again.close()


def test_path_is_short_when_the_data_folder_is_deep(temp: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/tmp")
    deep = temp.joinpath(*["deep" * 5] * 8)
    path = control_socket_path(deep)
    assert len(os.fsencode(path)) <= PATH_BYTES_MAX
    assert path == control_socket_path(deep)
    assert path != control_socket_path(deep / "other")


def test_private_folder_is_refused_when_others_may_enter_it(temp: Path) -> None:
    folder = temp / f"lineside-{os.getuid()}"
    folder.mkdir(mode=0o755)
    folder.chmod(0o755)
    with pytest.raises(ConfigError, match="0700"):
        bind_control_socket(folder / "x.sock")
    folder.chmod(0o700)
    bind_control_socket(folder / "x.sock").close()


def test_private_folder_is_refused_when_it_is_a_link(temp: Path) -> None:
    (temp / "elsewhere").mkdir(mode=0o700)
    (temp / f"lineside-{os.getuid()}").symlink_to(temp / "elsewhere")
    with pytest.raises(ConfigError):
        bind_control_socket(temp / f"lineside-{os.getuid()}" / "x.sock")


def test_socket_that_cannot_be_bound_names_the_path(temp: Path) -> None:
    (temp / "taken").write_text("a file")
    with pytest.raises(ConfigError, match="taken"):
        bind_control_socket(temp / "taken")
