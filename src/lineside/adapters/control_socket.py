"""Where the control socket of a data folder is, and how it is bound so that only its owner reaches it."""

from __future__ import annotations

import hashlib
import os
import socket
import stat
import tempfile
from pathlib import Path

from lineside.errors import ConfigError

# sun_path holds 108 bytes on Linux and 104 on macOS, with a closing zero.
PATH_BYTES_MAX = 100


def control_socket_path(data_dir: Path) -> Path:
    """``data_dir/control.sock``; where that is too long for a socket, a short path made of its hash.

    Server and command line call this with the same folder and come to the same path.
    """
    path = data_dir.resolve() / "control.sock"
    if len(os.fsencode(path)) <= PATH_BYTES_MAX:
        return path
    name = hashlib.sha256(os.fsencode(path)).hexdigest()[:16]
    return Path(tempfile.gettempdir()) / f"lineside-{os.getuid()}" / f"{name}.sock"


def bind_control_socket(path: Path) -> socket.socket:
    """A listening socket at ``path`` with mode 0600. One that a dead server left is replaced.

    The data folder is locked to one process, so a file at this path belongs to nobody who lives.

    Raises:
        ConfigError: the folder is not ours alone, or the socket cannot be bound.
    """
    _make_private_folder(path.parent)
    if path.is_socket():
        path.unlink()
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    mask = os.umask(0o177)  # the mode must be right from the first moment on
    try:
        bound.bind(os.fspath(path))
    except OSError as error:
        bound.close()
        raise ConfigError(f"control socket {path} cannot be bound: {error.strerror}", "data_dir") from error
    finally:
        os.umask(mask)
    bound.setblocking(False)
    return bound


def _make_private_folder(folder: Path) -> None:
    """In the shared temp folder somebody else may have made a folder of our name first."""
    folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    if folder.name != f"lineside-{os.getuid()}":
        return
    found = folder.lstat()
    if not stat.S_ISDIR(found.st_mode) or found.st_uid != os.getuid() or found.st_mode & 0o077:
        raise ConfigError(f"{folder} is not a folder of ours with mode 0700; remove it", "data_dir")
