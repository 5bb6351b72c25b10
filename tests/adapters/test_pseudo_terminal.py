from __future__ import annotations

import os
import termios
from pathlib import Path

import pytest

from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.errors import ConfigError, LinkBusy, LinkClosed, LinkError
from lineside.runtime.line import LineSettings
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

DELICATE = bytes(range(256)) + b"\x7e\x7d\x03\x04\x11\x13\x0a\x0d\x0d\x0a\x1a\x1c\x00\xff" * 20
OPEN = os.O_RDWR | os.O_NOCTTY | os.O_NONBLOCK


def make(path: Path, **settings: int) -> tuple[PseudoTerminal, Ear]:
    terminal, ear = PseudoTerminal(path, LineSettings(**settings)), Ear()
    terminal.start(ear)
    return terminal, ear


def read_all(slave: int, into: bytearray) -> bytearray:
    try:
        while piece := os.read(slave, 65536):
            into += piece
    except BlockingIOError:
        pass
    return into


@on_both_loops
async def test_every_byte_passes_untouched_in_both_directions_without_the_other_side_setting_anything(
    tmp_path: Path,
) -> None:
    terminal, ear = make(tmp_path / "deep" / "vent")
    slave = os.open(tmp_path / "deep" / "vent", OPEN)
    heard = bytearray()
    terminal.send(DELICATE)
    os.write(slave, DELICATE)
    await until(lambda: len(read_all(slave, heard)) >= len(DELICATE))
    await until(lambda: len(ear.data) >= len(DELICATE))
    assert bytes(heard) == DELICATE
    assert bytes(ear.data) == DELICATE
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_a_cooked_terminal_is_caught_by_the_same_bytes(tmp_path: Path) -> None:
    """The broken build of the test above: a terminal that is not raw changes or eats bytes."""
    terminal, _ = make(tmp_path / "vent")
    slave = os.open(tmp_path / "vent", OPEN)
    modes = termios.tcgetattr(slave)
    modes[0] |= termios.ICRNL | termios.IXON
    termios.tcsetattr(slave, termios.TCSANOW, modes)
    terminal.send(DELICATE)
    heard = bytearray()
    await until(lambda: len(read_all(slave, heard)) >= len(DELICATE) - 42)
    assert bytes(heard) != DELICATE
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_it_lives_through_many_openings_and_closings(tmp_path: Path) -> None:
    terminal, ear = make(tmp_path / "vent")
    for turn in range(20):
        slave = os.open(tmp_path / "vent", OPEN)
        heard = bytearray()
        terminal.send(b"turn %d" % turn)
        await until(lambda slave=slave, heard=heard: read_all(slave, heard))
        assert bytes(heard) == b"turn %d" % turn
        os.write(slave, b"%d," % turn)
        os.close(slave)
        await until(lambda: not terminal.is_attached())
    assert bytes(ear.data) == b"".join(b"%d," % turn for turn in range(20))
    assert ear.ends == []
    terminal.close("done")
    await until(lambda: ear.ends == ["done"])


@on_both_loops
async def test_bytes_sent_to_nobody_are_dropped_and_counted_and_never_come_late(tmp_path: Path) -> None:
    terminal, _ = make(tmp_path / "vent")
    for _ in range(100):
        terminal.send(b"old" * 100)
    assert terminal.dropped_bytes == 30_000
    assert terminal.unsent() == 0
    slave = os.open(tmp_path / "vent", OPEN)
    terminal.send(b"new")
    heard = bytearray()
    await until(lambda: read_all(slave, heard))
    assert bytes(heard) == b"new"
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_what_a_reader_left_is_not_given_to_the_next(tmp_path: Path) -> None:
    terminal, _ = make(tmp_path / "vent")
    slave = os.open(tmp_path / "vent", OPEN)
    terminal.send(b"old" * 10_000)
    os.close(slave)
    await until(lambda: not terminal.is_attached())
    slave = os.open(tmp_path / "vent", OPEN)
    terminal.send(b"new")
    heard = bytearray()
    await until(lambda: read_all(slave, heard))
    assert bytes(heard) == b"new"
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_a_reader_that_stands_still_costs_the_oldest_bytes_and_no_memory(tmp_path: Path) -> None:
    terminal, _ = make(tmp_path / "vent", send_bytes_max=4096)
    slave = os.open(tmp_path / "vent", OPEN)
    for number in range(20_000):
        terminal.send(b"%08d" % number)
        assert terminal.unsent() <= 4096
    assert terminal.dropped_bytes > 0
    heard = bytearray()
    await until(lambda: len(read_all(slave, heard)) + terminal.dropped_bytes == 160_000)
    assert bytes(heard[-8:]) == b"00019999"
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_a_big_burst_reaches_a_reader_whole(tmp_path: Path) -> None:
    terminal, _ = make(tmp_path / "vent", send_bytes_max=1_000_000)
    slave = os.open(tmp_path / "vent", OPEN)
    burst = os.urandom(500_000)
    terminal.send(burst)
    heard = bytearray()
    await until(lambda: len(read_all(slave, heard)) == len(burst))
    assert bytes(heard) == burst
    assert terminal.dropped_bytes == 0
    os.close(slave)
    terminal.close("done")


@on_both_loops
async def test_unplug_hangs_up_and_removes_the_link_and_replug_makes_it_again(tmp_path: Path) -> None:
    terminal, ear = make(tmp_path / "vent")
    for turn in range(3):
        slave = os.open(tmp_path / "vent", OPEN)
        assert terminal.is_attached()
        terminal.unplug()
        terminal.unplug()
        assert not (tmp_path / "vent").is_symlink()
        assert os.read(slave, 10) == b""
        os.close(slave)
        assert not terminal.is_attached()
        terminal.send(b"into the air")
        terminal.replug()
        terminal.replug()
        slave = os.open(tmp_path / "vent", OPEN)
        os.write(slave, b"%d" % turn)
        await until(lambda turn=turn: ear.data.endswith(b"%d" % turn))
        os.close(slave)
    assert terminal.dropped_bytes == 36
    assert ear.ends == []
    terminal.close("done")


@on_both_loops
async def test_held_bytes_wait_and_a_hang_up_is_noticed_all_the_same(tmp_path: Path) -> None:
    terminal, ear = make(tmp_path / "vent")
    slave = os.open(tmp_path / "vent", OPEN)
    os.write(slave, b"one")
    await until(lambda: bytes(ear.data) == b"one")
    terminal.hold(True)
    os.write(slave, b"two")
    assert bytes(ear.data) == b"one"
    terminal.hold(False)
    await until(lambda: bytes(ear.data) == b"onetwo")
    terminal.hold(True)
    os.close(slave)
    await until(lambda: not terminal.is_attached())
    terminal.close("done")


@on_both_loops
async def test_close_tells_once_removes_link_and_lock_and_refuses_to_send(tmp_path: Path) -> None:
    terminal, ear = make(tmp_path / "vent")
    terminal.close("first")
    terminal.close("second")
    await until(lambda: ear.ends)
    assert ear.ends == ["first"]
    assert os.listdir(tmp_path) == []
    with pytest.raises(LinkClosed):
        terminal.send(b"x")


@on_both_loops
async def test_a_stale_link_is_replaced_and_anything_else_of_that_name_refused(tmp_path: Path) -> None:
    (tmp_path / "stale").symlink_to("/dev/pts/99999")
    terminal, _ = make(tmp_path / "stale")
    assert os.readlink(tmp_path / "stale") != "/dev/pts/99999"
    terminal.close("done")
    (tmp_path / "file").write_text("dear")
    (tmp_path / "folder").mkdir()
    (tmp_path / "foreign").symlink_to(tmp_path / "file")
    for name, word in (("file", "a file"), ("folder", "a folder"), ("foreign", "a link to")):
        with pytest.raises(ConfigError, match=word):
            make(tmp_path / name)
    assert (tmp_path / "file").read_text() == "dear"
    assert sorted(os.listdir(tmp_path)) == ["file", "folder", "foreign"]
    with pytest.raises(LinkError, match="cannot make"):
        make(tmp_path / "file" / "below")


@on_both_loops
async def test_a_second_simulator_of_the_same_name_is_refused_and_harms_nothing(tmp_path: Path) -> None:
    terminal, ear = make(tmp_path / "vent")
    with pytest.raises(LinkBusy, match="another simulator"):
        make(tmp_path / "vent")
    slave = os.open(tmp_path / "vent", OPEN)
    os.write(slave, b"still here")
    await until(lambda: ear.data)
    os.close(slave)
    terminal.close("done")
    again, _ = make(tmp_path / "vent")
    again.close("done")
