from __future__ import annotations

import errno
import fcntl
import os
from pathlib import Path

import pytest
import serialx

from lineside.adapters import serial_trouble
from lineside.adapters.serial_link import open_line
from lineside.errors import ConfigError, LinkError
from lineside.runtime.line import LineSettings

SETTINGS = LineSettings()


async def test_a_missing_device_names_those_that_exist(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(serial_trouble, "DEVICES", tmp_path)
    with pytest.raises(LinkError, match=r"no such device /dev/ttyUSB99, and no ttyUSB .* is the cable plugged in"):
        await open_line("/dev/ttyUSB99", SETTINGS)
    for name in ("ttyUSB1", "ttyACM0", "ttyS0", "null"):
        (tmp_path / name).touch()
    with pytest.raises(LinkError, match=f"present now: {tmp_path}/ttyACM0, {tmp_path}/ttyUSB1$"):
        await open_line("/dev/ttyUSB99", SETTINGS)
    with pytest.raises(LinkError, match="start its simulator"):
        await open_line(f"pty:{tmp_path}/vent", SETTINGS)
    with pytest.raises(LinkError, match="no such device"):
        await open_line(f"{tmp_path}/null/below", SETTINGS)
    monkeypatch.setattr(serial_trouble, "DEVICES", tmp_path / "nowhere")
    assert serial_trouble.present_ports() == []


def test_each_fault_of_the_system_has_its_words(tmp_path: Path) -> None:
    """What root cannot provoke here is fed as the error that the system would raise."""
    device = tmp_path / "ttyUSB0"
    device.touch(mode=0o660)
    line = str(device)

    def words(number: int) -> str:
        return str(serial_trouble.explain(line, OSError(number, os.strerror(number))))

    assert "sudo usermod -aG" in words(errno.EACCES)
    assert "group dialout" in str(serial_trouble.explain(f"{line}9", PermissionError(errno.EACCES, "no")))
    assert "another program" in words(errno.EBUSY)
    assert "unplug it and plug it in again" in words(errno.EIO)
    assert words(errno.EMFILE) == f"cannot open {line}: too many open files"
    assert isinstance(serial_trouble.explain(line, serialx.UnsupportedSetting("baud 7")), ConfigError)
    assert (
        serial_trouble.explain_end(line, OSError(errno.EIO, "x"))
        == f"the other side of {line} hung up (input/output error)"
    )
    assert serial_trouble.explain_end(line, ValueError("odd")) == f"{line} failed: odd"
    assert serial_trouble.explain_end(line, None) == f"{line} was closed"
    assert "lost: connection reset" in serial_trouble.explain_end("socket://h:1", OSError(errno.ECONNRESET, "x"))
    assert "cannot connect to h:1: refused option" in str(
        serial_trouble.explain("rfc2217://h:1", serialx.SerialException("refused option"))
    )


def test_the_holder_of_a_lock_is_named_where_the_system_tells(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    held = os.open(tmp_path / "held", os.O_CREAT | os.O_RDWR)
    fcntl.flock(held, fcntl.LOCK_EX)
    busy = OSError(errno.EBUSY, "busy")
    assert f"process {os.getpid()} (" in str(serial_trouble.explain(str(tmp_path / "held"), busy))
    monkeypatch.setattr(serial_trouble, "LOCKS", tmp_path / "nowhere")
    assert "another program" in str(serial_trouble.explain(str(tmp_path / "held"), busy))
    os.close(held)
