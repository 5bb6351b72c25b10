"""doctor --slots: who is on a line, and why somebody does not answer."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest

from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.cli.doctor import Findings
from lineside.cli.doctor_slots import examine_slots
from lineside.runtime.burst import BurstFarEnd, BurstSettings, LineMode
from lineside.slots.wire import with_crc
from tests.cli.conftest import Cli

VERSION = with_crc(b"\x05\x54\x09602000001")


class Cabinet:
    """Answers polls to one address when the ninth bit is right; notes every poll."""

    def __init__(self, far: BurstFarEnd, address: int, says: bytes = b"\x00") -> None:
        self.far, self.address, self.says = far, address, says
        self.heard: list[bytes] = []
        self._message = b""

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        for place, byte in enumerate(data):
            if wakeups is None or place in wakeups:
                self._message = b""
            self._message += bytes((byte,))
            self.heard.append(self._message)
            if wakeups is not None and not wakeups:
                continue
            if self._message == bytes((0x80 | self.address,)):
                self.far.send(self.says)
            elif self._message == bytes((self.address, 0x54)):
                self.far.send(VERSION)

    def on_closed(self, reason: str) -> None:
        """The test is over."""


async def examined(
    address: int, says: bytes = b"\x00", mode: LineMode = LineMode.MARK_SPACE, chirp: int = 0
) -> tuple[Findings, Cabinet]:
    far = await open_burst_far_end("nine://127.0.0.1:0", BurstSettings())
    cabinet = Cabinet(far, address, says)
    far.start(cabinet)

    async def chirps() -> None:
        while chirp:
            far.send(bytes((chirp,)), frozenset((0,)))
            await asyncio.sleep(0.05)

    chirping = asyncio.create_task(chirps())
    try:
        return await examine_slots(far.where, mode, 19_200, 0.2, (4, 5, 6)), cabinet
    finally:
        chirping.cancel()
        far.close("done")


async def test_a_machine_is_found_and_introduced() -> None:
    findings, _ = await examined(5)
    assert findings.is_well, findings
    assert "machines = [5]" in findings.verdict
    found = next(step.found for step in findings.steps if step.what == "address 5")
    assert found.startswith("idle, SAS 602, serial 000001")


async def test_an_exception_is_left_with_the_machine_and_the_search_ends() -> None:
    findings, cabinet = await examined(5, b"\x51")
    assert "left there" in findings.verdict
    assert cabinet.heard[-1] == b"\x85"  # nothing after it: neither 86, nor 80


async def test_a_machine_that_chirps_and_does_not_answer_hears_nothing() -> None:
    findings, _ = await examined(9, chirp=5)
    assert "machine 5 is heard and does not hear us" in findings.verdict
    assert not findings.is_well


async def test_a_missing_wake_up_bit_is_silence() -> None:
    findings, cabinet = await examined(5, mode=LineMode.NONE)
    assert cabinet.heard
    assert "silence: is the machine on" in findings.verdict


async def test_a_terminal_without_parity_is_told(tmp_path: Path) -> None:
    far = await open_burst_far_end(f"pty:{tmp_path}/floor", BurstSettings())
    cabinet = Cabinet(far, 77)
    far.start(cabinet)
    findings = await examine_slots(f"pty:{tmp_path}/floor", LineMode.MARK_SPACE, 19_200, 0.1, (5,))
    far.close("done")
    assert "without the wake-up bit" in next(step.found for step in findings.steps if step.what == "wake-up bit")
    assert "no wake-up bit" in findings.verdict


@pytest.mark.parametrize("line", ["nine://127.0.0.1:1", "nine://x"])
async def test_a_line_that_cannot_be_opened_is_told(line: str) -> None:
    findings = await examine_slots(line, LineMode.MARK_SPACE, 19_200, 0.1)
    assert "cannot be opened" in findings.verdict


def test_the_command_takes_the_words_of_the_settings(cli: Cli, tmp_path: Path) -> None:
    done = cli("doctor", f"{tmp_path}/ttyUSB0", "--slots", "--line-mode", "even", "--seconds", "0.5")
    assert done.code == 1
    assert "NO  opens: no such device" in done.out
