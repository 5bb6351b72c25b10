"""Lines with a ninth bit: by parity, by even parity, by two bytes per character, and without."""

from __future__ import annotations

import asyncio
import errno
import fcntl
import os
import sys
import termios
import threading
import time
from itertools import pairwise
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lineside.adapters import burst_link
from lineside.adapters.burst_link import MarkSpaceLink, NineCode, mark_space, open_burst_line, port
from lineside.adapters.burst_link.port import CMSPAR, ParityMarks, Port, hasten
from lineside.adapters.far_end import open_far_end
from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.errors import ConfigError, LinkBusy, LinkClosed, LinkError, Malformed
from lineside.runtime.burst import BurstSettings, LineMode
from lineside.runtime.line import ControlLine, LineSettings
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

SETTINGS = BurstSettings()
POLL = (b"\x01", b"\x54")


class NineEar:
    """A receiver that remembers bytes, their ninth bits, and the end."""

    def __init__(self) -> None:
        self.data = bytearray()
        self.marked: list[int] = []
        self.can_tell: set[bool] = set()
        self.ends: list[str] = []

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        assert not self.ends
        self.can_tell.add(wakeups is not None)
        self.marked += sorted(len(self.data) + place for place in wakeups or ())
        self.data += data

    def on_closed(self, reason: str) -> None:
        self.ends.append(reason)


# ------------------------------------------------------------------------------------------------- every kind of line


@on_both_loops
async def test_bursts_and_answers_pass_on_a_terminal_in_every_mode(tmp_path: Path) -> None:
    for mode in LineMode:
        far, far_ear = PseudoTerminal(tmp_path / "floor", LineSettings()), Ear()
        far.start(far_ear)
        link, ear = await open_burst_line(f"pty:{tmp_path}/floor", mode, SETTINGS), NineEar()
        link.start(ear)
        link.send_burst(*POLL)
        link.send_burst(b"\x81", b"")
        await until(lambda far_ear=far_ear: bytes(far_ear.data) == b"\x01\x54\x81")
        far.send(b"\x01\xff\x00\xff\xff")
        await until(lambda ear=ear: bytes(ear.data) == b"\x01\xff\x00\xff\xff")
        assert ear.can_tell == {False}
        assert link.unsent() == 0
        assert link.character_s == 0.0
        assert ("parity" in link.trouble) is (mode is not LineMode.NONE), mode
        link.close("done")
        await until(lambda ear=ear: ear.ends == ["done"])
        with pytest.raises(LinkClosed, match="done"):
            link.send_burst(*POLL)
        far.close("done")


@on_both_loops
async def test_a_raw_device_server_carries_bytes_and_says_what_it_cannot(tmp_path: Path) -> None:
    far, far_ear = await open_far_end("socket://127.0.0.1:0", LineSettings()), Ear()
    far.start(far_ear)
    for mode, words in (
        (LineMode.MARK_SPACE, "cannot change parity"),
        (LineMode.EVEN, "setting of the device server"),
        (LineMode.NONE, ""),
    ):
        link, ear = await open_burst_line(far.where, mode, SETTINGS), NineEar()
        link.start(ear)
        assert words in link.trouble
        link.send_burst(*POLL)
        await until(lambda: bytes(far_ear.data) == b"\x01\x54")
        far_ear.data.clear()
        link.close("done")
        await until(lambda ear=ear: ear.ends)
        await until(lambda: not far.is_attached())
    far.close("done")


async def test_names_that_are_no_line_are_refused(tmp_path: Path) -> None:
    for line in ("nine://", "nine://host", "nine://host:1/path", "nine://[::1", "bluetooth:x", ""):
        with pytest.raises(ConfigError):
            await open_burst_line(line, LineMode.NONE, SETTINGS)
    for line in (f"{tmp_path}/ttyUSB0", f"pty:{tmp_path}/floor"):
        with pytest.raises(LinkError, match="no such"):
            await open_burst_line(line, LineMode.MARK_SPACE, SETTINGS)
    (tmp_path / "file").write_text("")
    with pytest.raises(ConfigError, match="not a serial port"):
        await open_burst_line(f"{tmp_path}/file", LineMode.MARK_SPACE, SETTINGS)
    with pytest.raises(ConfigError, match="no speed"):
        await open_burst_line(f"{tmp_path}/file", LineMode.MARK_SPACE, BurstSettings(baud=12_345))


# ------------------------------------------------------------------------------------------------- nine://


@on_both_loops
async def test_the_ninth_bit_goes_over_tcp_in_both_directions_and_each_mode_sends_its_own(tmp_path: Path) -> None:
    far, far_ear = await open_burst_far_end("nine://127.0.0.1:0", SETTINGS), NineEar()
    far.start(far_ear)
    # 2F has five bits set: in even parity its ninth bit is 1, and 82 has two: 0 (wire/sas.md §2.2)
    for mode, marked in ((LineMode.MARK_SPACE, [0, 3]), (LineMode.EVEN, [0, 1]), (LineMode.NONE, [])):
        far_ear.data.clear()
        far_ear.marked.clear()
        link, ear = await open_burst_line(far.where, mode, SETTINGS), NineEar()
        link.start(ear)
        link.send_burst(b"\x01", b"\x2f\x03")
        link.send_burst(b"\x82", b"")
        await until(lambda: bytes(far_ear.data) == b"\x01\x2f\x03\x82")
        assert far_ear.marked == marked
        far.send(b"\x00")
        far.send(b"\x01", frozenset((0,)))
        await until(lambda ear=ear: bytes(ear.data) == b"\x00\x01")
        assert (ear.marked, ear.can_tell) == ([1], {True})
        link.close("done")
        await until(lambda ear=ear: ear.ends == ["done"])
        await until(lambda: not far.is_attached())
    far.close("done")


@on_both_loops
async def test_a_peer_that_speaks_plain_bytes_ends_the_line_with_the_reason(tmp_path: Path) -> None:
    far = await open_far_end("socket://127.0.0.1:0", LineSettings())
    far.start(Ear())
    link, ear = await open_burst_line("nine://" + far.where.partition("//")[2], LineMode.NONE, SETTINGS), NineEar()
    link.start(ear)
    await until(far.is_attached)
    far.send(b"\x81\x81")
    await until(lambda: ear.ends)
    assert "does not speak nine://" in ear.ends[0]
    far.close("done")


@given(
    data=st.binary(max_size=40), marks=st.frozensets(st.integers(0, 39)), cuts=st.lists(st.integers(0, 80), max_size=6)
)
def test_characters_are_the_same_in_any_split(data: bytes, marks: frozenset[int], cuts: list[int]) -> None:
    wakeups = frozenset(place for place in marks if place < len(data))
    coded, code = NineCode.encode(data, wakeups), NineCode()
    places = [0, *sorted(min(cut, len(coded)) for cut in cuts), len(coded)]
    heard, marked = b"", frozenset[int]()
    for start, end in pairwise(places):
        values, flagged = code.decode(coded[start:end])
        marked |= {len(heard) + place for place in flagged}
        heard += values
    assert (heard, marked) == (data, wakeups)


def test_a_flag_that_is_no_bit_is_named() -> None:
    with pytest.raises(Malformed, match="00 or 01"):
        NineCode().decode(b"\x00\x01\x02\x03")


# ------------------------------------------------------------------------------------------------- mark and space


class Wire:
    """Stands for the driver: what was asked of it, in order."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, keeps: bool = True, error: int | None = None) -> None:
        self.calls: list[str] = []
        self.flags: list[object] = [0] * 6
        self._keeps, self._error = keeps, error
        monkeypatch.setattr(termios, "tcsetattr", self._set)
        monkeypatch.setattr(termios, "tcgetattr", self._get)
        monkeypatch.setattr(termios, "tcdrain", lambda fd: self.calls.append("drain"))
        monkeypatch.setattr(fcntl, "ioctl", self._control)
        monkeypatch.setattr(os, "write", self._write)

    def _set(self, fd: int, when: int, attributes: list[object]) -> None:
        assert when == termios.TCSADRAIN
        if self._error is not None:
            raise termios.error(self._error, os.strerror(self._error))
        control = attributes[2]
        assert isinstance(control, int)
        assert control & CMSPAR
        assert control & termios.PARENB
        self.calls.append("mark" if control & termios.PARODD else "space")
        self.flags = attributes

    def _control(self, fd: int, request: int, argument: bytes) -> bytes:
        assert request in (termios.TCGETS, termios.TCSETSW)  # W: when all earlier bytes have left
        if request == termios.TCSETSW:
            self.calls.append(argument.decode())
        return b"mark" if self.calls[-1:] == ["mark"] else b"space"

    def _get(self, fd: int) -> list[object]:
        kept = list(self.flags)
        kept[2] = kept[2] if self._keeps else 0
        return [*kept[:6], [b"\0"] * 32]

    def _write(self, fd: int, data: bytes) -> int:
        self.calls.append(data.hex(" "))
        return len(data)


def made(
    monkeypatch: pytest.MonkeyPatch, settings: BurstSettings = SETTINGS, keeps: bool = True, error: int | None = None
) -> tuple[Port, Wire]:
    """A port over a pseudo-terminal whose driver is played."""
    master, slave = os.openpty()
    name = os.ttyname(slave)
    wire = Wire(monkeypatch, keeps=keeps, error=error)
    opened = Port(name, settings)
    os.close(slave)
    wire.calls.clear()
    monkeypatch.setattr(port, "_master_of_test", master, raising=False)
    return opened, wire


async def test_the_first_byte_leaves_in_mark_and_has_drained_before_space(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, wire = made(monkeypatch)
    slept: list[float] = []

    def sleep(seconds: float) -> None:
        slept.append(seconds)
        wire.calls.append("guard")

    monkeypatch.setattr(time, "sleep", sleep)
    link, ear = MarkSpaceLink("line", opened, BurstSettings(guard_s=0.003)), NineEar()
    link.start(ear)
    link.send_burst(*POLL)
    link.send_burst(b"\x81", b"")
    link.send_burst(b"\x80", b"")
    await asyncio.to_thread(_wait_for, lambda: len(wire.calls) >= 9)
    assert wire.calls == ["mark", "01", "drain", "guard", "space", "54", "mark", "81", "80"]
    assert slept == [0.003]
    assert link.gap.count == 1
    assert link.trouble == ""
    link.close("done")
    await until(lambda: ear.ends)


async def test_who_hears_wakeups_goes_back_to_space_after_each_poll(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, wire = made(monkeypatch, BurstSettings(hear_wakeups=True))
    received = opened._space[0]
    assert received & termios.INPCK
    assert received & termios.PARMRK
    assert not received & (termios.IGNPAR | termios.ISTRIP)
    link, ear = MarkSpaceLink("line", opened, BurstSettings(hear_wakeups=True)), NineEar()
    link.start(ear)
    link.send_burst(b"\x81", b"")
    await asyncio.to_thread(_wait_for, lambda: wire.calls[-1:] == ["space"])
    assert wire.calls == ["mark", "81", "drain", "space"]
    link.close("done")
    await until(lambda: ear.ends)


@pytest.mark.parametrize(("keeps", "error"), [(False, None), (True, errno.EINVAL)])
async def test_a_driver_that_drops_or_refuses_parity_is_gone_on_with_and_told(
    monkeypatch: pytest.MonkeyPatch, keeps: bool, error: int | None
) -> None:
    opened, wire = made(monkeypatch, keeps=keeps, error=error)
    assert not opened.has_parity
    link, ear = MarkSpaceLink("/dev/ttyX", opened, SETTINGS), NineEar()
    link.start(ear)
    link.send_burst(*POLL)
    await asyncio.to_thread(_wait_for, lambda: wire.calls[-1:] == ["54"])
    assert wire.calls == ["01", "drain", "54"]
    assert link.trouble == "/dev/ttyX carries no mark and space parity: going on without the wake-up bit"
    link.close("done")
    await until(lambda: ear.ends)


async def test_a_device_that_goes_away_under_the_thread_ends_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, _ = made(monkeypatch)
    link, ear = MarkSpaceLink("/dev/ttyX", opened, SETTINGS), NineEar()

    def gone(fd: int) -> None:
        raise termios.error(errno.EIO, "gone")

    monkeypatch.setattr(termios, "tcdrain", gone)
    link.start(ear)
    link.send_burst(*POLL)
    await until(lambda: ear.ends)
    with pytest.raises(LinkClosed):
        link.send_burst(*POLL)
    await until(lambda: opened.fd < 0)


@on_both_loops
async def test_unplugging_ends_the_line_once_and_early_bytes_are_kept(tmp_path: Path) -> None:
    far = PseudoTerminal(tmp_path / "floor", LineSettings())
    link, ear = await open_burst_line(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, SETTINGS), NineEar()
    far.send(b"early")
    link.start(ear)
    await until(lambda: bytes(ear.data) == b"early")
    far.unplug()
    await until(lambda: ear.ends)
    assert len(ear.ends) == 1
    assert "unplugged" in ear.ends[0]
    link.close("too late")
    far.close("done")


@on_both_loops
async def test_a_line_closed_before_it_was_started_tells_its_end(tmp_path: Path) -> None:
    far = PseudoTerminal(tmp_path / "floor", LineSettings())
    link, ear = await open_burst_line(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, SETTINGS), NineEar()
    link.close("early")
    link.start(ear)
    await until(lambda: ear.ends == ["early"])
    far.close("done")


async def test_one_process_holds_a_device(tmp_path: Path) -> None:
    far = PseudoTerminal(tmp_path / "floor", LineSettings())
    settings = BurstSettings(dtr=ControlLine.HIGH, rts=ControlLine.LOW)
    link, ear = await open_burst_line(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, settings), NineEar()
    link.start(ear)
    with pytest.raises(LinkBusy):
        await open_burst_line(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, SETTINGS)
    link.close("done")
    await until(lambda: ear.ends)
    far.close("done")


async def test_a_device_that_takes_nothing_costs_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    opened, _ = made(monkeypatch)
    stuck = threading.Event()
    monkeypatch.setattr(termios, "tcdrain", lambda fd: stuck.wait(30))
    settings = BurstSettings(send_bytes_max=256, close_s=0.05)
    link, ear = MarkSpaceLink("/dev/ttyX", opened, settings), NineEar()
    link.start(ear)

    def send_much() -> None:
        for _ in range(200):
            link.send_burst(*POLL)

    with pytest.raises(LinkClosed, match="does not take bytes"):
        send_much()
    assert link.unsent() <= 256
    await until(lambda: ear.ends == ["the device does not take bytes"])  # told although the thread still hangs
    stuck.set()
    await until(lambda: opened.fd < 0)


async def test_the_interpreter_is_handed_over_fast_while_such_a_line_is_open(tmp_path: Path) -> None:
    usual_s = sys.getswitchinterval()
    far = PseudoTerminal(tmp_path / "floor", LineSettings())
    link, ear = await open_burst_line(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, SETTINGS), NineEar()
    link.start(ear)
    assert sys.getswitchinterval() == pytest.approx(mark_space.SWITCH_S)
    link.close("done")
    await until(lambda: ear.ends)
    assert sys.getswitchinterval() == pytest.approx(usual_s)
    far.close("done")


@given(
    data=st.binary(max_size=30), marks=st.frozensets(st.integers(0, 29)), cuts=st.lists(st.integers(0, 90), max_size=6)
)
def test_parity_marks_are_taken_out_in_any_split(data: bytes, marks: frozenset[int], cuts: list[int]) -> None:
    wakeups = frozenset(place for place in marks if place < len(data))
    coded = b"".join(
        b"\xff\x00" + bytes((byte,)) if place in wakeups else b"\xff\xff" if byte == 0xFF else bytes((byte,))
        for place, byte in enumerate(data)
    )
    decoder = ParityMarks()
    places = [0, *sorted(min(cut, len(coded)) for cut in cuts), len(coded)]
    heard, marked = b"", frozenset[int]()
    for start, end in pairwise(places):
        values, flagged = decoder.decode(coded[start:end])
        marked |= {len(heard) + place for place in flagged}
        heard += values
    assert (heard, marked) == (data, wakeups)


def test_a_slow_adapter_is_made_fast_or_told_about(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(port, "LATENCY", str(tmp_path / "{name}"))
    assert hasten("/dev/ttyUSB7") == ""
    timer = tmp_path / "ttyUSB7"
    timer.write_text("16\n")
    assert hasten("/dev/ttyUSB7") == ""
    assert timer.read_text() == "1"
    timer.write_text("16\n")
    monkeypatch.setattr(Path, "write_text", _refuse)
    assert hasten("/dev/ttyUSB7") == f"the adapter holds bytes for 16 ms: echo 1 | sudo tee {timer}"


def _refuse(self: Path, text: str) -> int:
    raise PermissionError


def _wait_for(condition: object, seconds: float = 10.0) -> None:
    """As `until`, in a thread: the loop must stay free of the patched `time.sleep`."""
    end = time.monotonic() + seconds
    pause = threading.Event()
    while not condition():  # type: ignore[operator]
        assert time.monotonic() < end
        pause.wait(0.005)


def test_the_face_of_the_package() -> None:
    assert set(burst_link.__all__) >= {"open_burst_line", "NineCode"}
