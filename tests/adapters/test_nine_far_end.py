"""A simulated machine's end of a line with a ninth bit."""

from __future__ import annotations

from pathlib import Path

import pytest

from lineside.adapters.burst_link import open_burst_line
from lineside.adapters.nine_far_end import open_burst_far_end
from lineside.adapters.serial_link import open_line
from lineside.errors import ConfigError, LinkClosed
from lineside.runtime.burst import BurstSettings, LineMode
from lineside.runtime.line import LineSettings
from tests.adapters.test_burst_link import NineEar
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

SETTINGS = BurstSettings()


@on_both_loops
async def test_a_far_end_lives_through_hosts_that_come_and_go(tmp_path: Path) -> None:
    for line in ("nine://127.0.0.1:0", f"pty:{tmp_path}/floor"):
        far, far_ear = await open_burst_far_end(line, SETTINGS), NineEar()
        far.start(far_ear)
        for number in range(2):
            link, ear = await open_burst_line(far.where, LineMode.MARK_SPACE, SETTINGS), NineEar()
            link.start(ear)
            link.send_burst(bytes((0x80 + number,)), b"")
            await until(lambda far_ear=far_ear, number=number: far_ear.data.endswith(bytes((0x80 + number,))))
            assert far.is_attached()
            far.unplug()
            await until(lambda ear=ear: ear.ends)
            far.send(b"\x00")
            assert far.dropped_bytes > 0
            far.replug()
        assert far.unsent() == 0
        far.close("done")
        await until(lambda far_ear=far_ear: far_ear.ends == ["done"])
        with pytest.raises(LinkClosed):
            far.send(b"\x00")


@on_both_loops
async def test_a_host_that_speaks_plain_bytes_is_sent_away_and_the_next_one_served(tmp_path: Path) -> None:
    far, far_ear = await open_burst_far_end("nine://127.0.0.1:0", SETTINGS), NineEar()
    far.start(far_ear)
    plain, plain_ear = await open_line("socket://" + far.where.partition("//")[2], LineSettings()), Ear()
    plain.start(plain_ear)
    plain.send(b"\x81\x81\x81")
    await until(lambda: plain_ear.ends)
    assert far_ear.data == b""
    link = await open_burst_line(far.where, LineMode.MARK_SPACE, SETTINGS)
    link.start(NineEar())
    link.send_burst(b"\x81", b"")
    await until(lambda: far_ear.data == b"\x81")
    assert (far_ear.marked, far_ear.ends) == ([0], [])
    link.close("done")
    far.close("done")


async def test_names_that_no_simulator_can_have_are_refused() -> None:
    for line in ("nine://127.0.0.1", "rfc2217://127.0.0.1:1"):
        with pytest.raises(ConfigError):
            await open_burst_far_end(line, SETTINGS)
