"""The last poll, kept in a file."""

from __future__ import annotations

from pathlib import Path

from lineside.slots.gateway.polled_last import SIZE, PolledLast


def test_poll_is_there_after_the_process_is_gone(tmp_path: Path) -> None:
    path = tmp_path / "floor" / "a12.polled"
    kept = PolledLast(path)
    assert kept.poll == b""
    kept.note(b"\x01\x1b")
    kept.note(b"\x81")
    assert PolledLast(path).poll == b"\x81"  # not closed: the process was killed
    kept.close()


def test_what_is_too_long_or_damaged_is_not_known(tmp_path: Path) -> None:
    path = tmp_path / "line.polled"
    kept = PolledLast(path)
    kept.note(bytes(SIZE))
    assert kept.poll == b""
    path.write_bytes(b"\xff" * SIZE)
    assert PolledLast(path).poll == b""
    path.write_bytes(b"\x01")
    assert PolledLast(path).poll == b""
