from __future__ import annotations

import asyncio
import os
from pathlib import Path

import pytest

from lineside.adapters import far_end
from lineside.adapters.far_end import Cable, DeviceServer, open_far_end
from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.adapters.serial_link import open_line
from lineside.errors import ConfigError, LinkClosed, LinkError
from lineside.runtime.line import FarEnd, LineSettings
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

SETTINGS = LineSettings()


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(far_end, "RETRY_S", 0.01)


async def make(line: str, settings: LineSettings = SETTINGS) -> tuple[FarEnd, Ear]:
    far, ear = await open_far_end(line, settings), Ear()
    far.start(ear)
    return far, ear


@pytest.mark.parametrize("line", ["", "pty:", "vent", "nine://h:1", "rfc2217://h:1", "socket://h", "socket://h:x"])
async def test_what_a_simulator_cannot_make_is_refused(line: str) -> None:
    with pytest.raises(ConfigError, match="accepted: "):
        await open_far_end(line, SETTINGS)


@on_both_loops
async def test_a_name_makes_the_kind_of_end_that_the_server_opens(tmp_path: Path) -> None:
    terminal, _ = await make(f"pty:{tmp_path}/vent")
    server, _ = await make("socket://127.0.0.1:0")
    cable, _ = await make(f"{tmp_path}/vent")
    assert [type(end) for end in (terminal, server, cable)] == [PseudoTerminal, DeviceServer, Cable]
    assert terminal.where == f"pty:{tmp_path}/vent"
    assert not server.where.endswith(":0")
    with pytest.raises(LinkError, match=r"cannot listen at 127\.0\.0\.1"):
        await open_far_end(server.where, SETTINGS)
    with pytest.raises(LinkError, match="no such device"):
        await open_far_end(f"{tmp_path}/nothing", SETTINGS)
    for end in (cable, server, terminal):
        end.close("done")


@on_both_loops
async def test_a_device_server_serves_one_peer_at_a_time_and_again_and_again(tmp_path: Path) -> None:
    far, far_ear = await make("socket://127.0.0.1:0")
    far.send(b"into the air")
    assert far.dropped_bytes == 12
    for turn in range(3):
        link, ear = await open_line(far.where, SETTINGS), Ear()
        link.start(ear)
        await until(far.is_attached)
        second, second_ear = await open_line(far.where, SETTINGS), Ear()
        second.start(second_ear)
        await until(lambda second_ear=second_ear: second_ear.ends)
        far.send(b"to you")
        link.send(b"%d" % turn)
        await until(lambda ear=ear: bytes(ear.data) == b"to you")
        await until(lambda turn=turn: far_ear.data.endswith(b"%d" % turn))
        link.close("done")
        await until(lambda: not far.is_attached())
    assert bytes(far_ear.data) == b"012"
    far.close("over")
    far.close("again")
    await until(lambda: far_ear.ends == ["over"])
    with pytest.raises(LinkClosed):
        far.send(b"x")


@on_both_loops
async def test_an_unplugged_device_server_drops_its_peer_and_turns_others_away(tmp_path: Path) -> None:
    far, far_ear = await make("socket://127.0.0.1:0")
    link, ear = await open_line(far.where, SETTINGS), Ear()
    link.start(ear)
    await until(far.is_attached)
    far.unplug()
    await until(lambda: ear.ends)
    away, away_ear = await open_line(far.where, SETTINGS), Ear()
    away.start(away_ear)
    await until(lambda: away_ear.ends)
    assert not far.is_attached()
    far.replug()
    back, back_ear = await open_line(far.where, SETTINGS), Ear()
    back.start(back_ear)
    await until(far.is_attached)
    back.send(b"hello")
    await until(lambda: bytes(far_ear.data) == b"hello")
    far.close("over")
    await until(lambda: back_ear.ends)


@on_both_loops
async def test_a_device_server_holds_early_bytes_and_drops_what_its_peer_does_not_take(tmp_path: Path) -> None:
    far = await open_far_end("socket://127.0.0.1:0", LineSettings(send_bytes_max=50_000))
    link, ear = await open_line(far.where, SETTINGS), Ear()
    link.start(ear)
    link.send(b"early")
    await until(far.is_attached)
    await asyncio.sleep(0.02)
    far_ear = Ear()
    far.start(far_ear)
    await until(lambda: bytes(far_ear.data) == b"early")
    far.hold(True)
    link.send(b"held")
    await asyncio.sleep(0.02)
    assert bytes(far_ear.data) == b"early"
    far.hold(False)
    await until(lambda: bytes(far_ear.data) == b"earlyheld")
    link.hold(True)
    for _ in range(2000):
        far.send(b"x" * 10_000)
        assert far.unsent() <= 50_000
    assert far.dropped_bytes > 0
    far.close("over")
    link.hold(False)
    await until(lambda: ear.ends)


@on_both_loops
async def test_a_cable_comes_back_by_itself_after_its_port_went_away(tmp_path: Path) -> None:
    other = PseudoTerminal(tmp_path / "port", SETTINGS)  # plays the port of a null-modem cable
    other_ear = Ear()
    other.start(other_ear)
    far, far_ear = await make(f"{tmp_path}/port")
    far.send(b"one")
    await until(lambda: bytes(other_ear.data) == b"one")
    other.unplug()
    await until(lambda: not far.is_attached())
    far.send(b"into the air")
    assert far.unsent() == 0
    assert far.dropped_bytes == 12
    other.replug()
    await until(far.is_attached)
    far.hold(True)
    far.hold(False)
    far.send(b"two")
    await until(lambda: bytes(other_ear.data) == b"onetwo")
    other.send(b"answer")
    await until(lambda: bytes(far_ear.data) == b"answer")
    assert far_ear.ends == []
    far.close("over")
    far.close("again")
    await until(lambda: far_ear.ends == ["over"])
    with pytest.raises(LinkClosed):
        far.send(b"x")
    await until(lambda: not other.is_attached())
    other.close("over")


@on_both_loops
async def test_an_unplugged_cable_leaves_its_port_until_it_is_plugged_in_again(tmp_path: Path) -> None:
    other = PseudoTerminal(tmp_path / "port", SETTINGS)
    other_ear = Ear()
    other.start(other_ear)
    far, far_ear = await make(f"{tmp_path}/port")
    far.unplug()
    far.replug()  # at once: the old port ends after the new one was asked for
    await until(far.is_attached)
    far.send(b"back")
    await until(lambda: bytes(other_ear.data) == b"back")
    far.unplug()
    await until(lambda: not other.is_attached())
    assert not far.is_attached()
    far.replug()
    far.unplug()  # while the attempt is under way
    await asyncio.sleep(0.05)
    assert not far.is_attached()
    assert far_ear.ends == []
    far.close("over")
    other.close("over")
    await until(lambda: far_ear.ends == ["over"])
    assert os.listdir(tmp_path) == []
