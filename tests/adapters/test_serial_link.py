from __future__ import annotations

import asyncio
import os
import termios
from pathlib import Path

import pytest
import serialx

from lineside.adapters import serial_link
from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.adapters.serial_link import find_controller, is_controller, open_line
from lineside.errors import ConfigError, LinkBusy, LinkClosed, LinkError, LinkTimeout
from lineside.runtime.line import ControlLine, LineSettings, Parity
from tests.support.both_loops import Ear, on_both_loops
from tests.support.wait import until

SETTINGS = LineSettings()
DELICATE = bytes(range(256)) + b"\x7e\x7d\x03\x04\x11\x13\x0a\x0d\x0d\x0a\x1a\x1c\x00\xff" * 20


def make_far_end(path: Path) -> tuple[PseudoTerminal, Ear]:
    terminal, ear = PseudoTerminal(path, LineSettings(send_bytes_max=1_000_000)), Ear()
    terminal.start(ear)
    return terminal, ear


async def listen(ear: Ear, tmp_path: Path) -> tuple[asyncio.Server, str, list[asyncio.StreamWriter]]:
    """A raw TCP device server that greets at once; (server, line, its connections)."""
    writers: list[asyncio.StreamWriter] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writers.append(writer)
        writer.write(b"early")
        while data := await reader.read(65536):
            ear.on_data(data)
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    return server, f"socket://127.0.0.1:{server.sockets[0].getsockname()[1]}", writers


@on_both_loops
async def test_delicate_bytes_and_bursts_pass_both_ways_through_a_terminal(tmp_path: Path) -> None:
    far, far_ear = make_far_end(tmp_path / "vent")
    for line in (str(tmp_path / "vent"), f"pty:{tmp_path}/vent"):
        link, ear = await open_line(line, LineSettings(send_bytes_max=1_000_000)), Ear()
        assert link.name == line
        link.start(ear)
        burst = os.urandom(200_000)
        far.send(DELICATE + burst)
        link.send(DELICATE + burst)
        await until(lambda ear=ear, burst=burst: len(ear.data) >= len(DELICATE) + len(burst))
        await until(lambda burst=burst: len(far_ear.data) >= len(DELICATE) + len(burst))
        assert bytes(ear.data) == DELICATE + burst
        assert bytes(far_ear.data) == DELICATE + burst
        far_ear.data.clear()
        link.close("done")
        await until(lambda ear=ear: ear.ends == ["done"])
        await until(lambda: not far.is_attached())
    far.close("done")


@on_both_loops
async def test_unplugging_ends_the_link_once_with_a_reason_and_replugging_opens_again(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    for _ in range(3):
        link, ear = await open_line(f"pty:{tmp_path}/vent", SETTINGS), Ear()
        link.start(ear)
        far.unplug()
        await until(lambda ear=ear: ear.ends)
        assert ear.ends == [f"unplugged: {tmp_path}/vent is gone"]
        with pytest.raises(LinkClosed, match="unplugged"):
            link.send(b"x")
        assert link.unsent() == 0
        link.close("too late")
        with pytest.raises(LinkError, match=r"leads nowhere|no such pseudo-terminal"):
            await open_line(f"pty:{tmp_path}/vent", SETTINGS)
        far.replug()
    assert ear.ends == [f"unplugged: {tmp_path}/vent is gone"]
    far.close("done")


@on_both_loops
async def test_a_link_that_ended_before_it_was_started_tells_so(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    link, ear = await open_line(f"pty:{tmp_path}/vent", SETTINGS), Ear()
    far.send(b"last words")
    await asyncio.sleep(0.05)
    far.unplug()
    await until(lambda: link._ended)
    link.start(ear)
    await until(lambda: ear.ends)
    assert len(ear.ends) == 1
    far.close("done")


@on_both_loops
async def test_early_bytes_come_first_and_held_bytes_wait(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    link, ear = await open_line(str(tmp_path / "vent"), LineSettings(early_bytes_max=256)), Ear()
    far.send(b"1" * 5000)
    await asyncio.sleep(0.05)
    assert link._early_bytes <= 5000
    link.start(ear)
    await until(lambda: len(ear.data) == 5000)
    link.hold(True)
    far.send(b"2")
    await asyncio.sleep(0.05)
    assert len(ear.data) == 5000
    link.hold(False)
    await until(lambda: ear.data.endswith(b"2"))
    link.close("done")
    far.close("done")


@on_both_loops
async def test_a_peer_that_does_not_read_ends_the_link_and_costs_no_memory(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    far.hold(True)
    link, ear = await open_line(str(tmp_path / "vent"), LineSettings(send_bytes_max=10_000)), Ear()
    link.start(ear)

    def send_much() -> None:
        for _ in range(1000):
            link.send(b"x" * 1000)
            assert link.unsent() <= 10_000

    with pytest.raises(LinkClosed, match="does not read"):
        send_much()
    await until(lambda: ear.ends == ["peer does not read"])
    with pytest.raises(LinkClosed, match="does not read"):
        link.send(b"x")
    far.close("done")


@on_both_loops
async def test_close_gives_up_on_unsent_bytes_after_its_limit(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    far.hold(True)
    link, ear = await open_line(str(tmp_path / "vent"), LineSettings(close_s=0.05)), Ear()
    link.start(ear)
    link.send(b"x" * 60_000)
    assert link.unsent() > 0
    link.close("done")
    with pytest.raises(LinkClosed, match="done"):
        link.send(b"x")
    await until(lambda: ear.ends == ["done"])
    far.close("done")


@on_both_loops
async def test_a_second_server_on_one_line_is_told_who_holds_it(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    link, ear = await open_line(str(tmp_path / "vent"), SETTINGS), Ear()
    link.start(ear)
    with pytest.raises(LinkBusy, match=f"in use by process {os.getpid()}"):
        await open_line(str(tmp_path / "vent"), SETTINGS)
    shared = await open_line(str(tmp_path / "vent"), LineSettings(exclusive=False))
    shared.close("done")
    link.close("done")
    await until(lambda: ear.ends)
    far.close("done")


@on_both_loops
async def test_the_terminal_is_set_raw_at_the_asked_speed(tmp_path: Path) -> None:
    far, _ = make_far_end(tmp_path / "vent")
    settings = LineSettings(baud=19_200, parity=Parity.EVEN, stop_bits=2, dtr=ControlLine.HIGH, rts=ControlLine.LOW)
    link, ear = await open_line(str(tmp_path / "vent"), settings), Ear()
    link.start(ear)
    slave = os.open(tmp_path / "vent", os.O_RDWR | os.O_NOCTTY)
    _, oflag, cflag, lflag, ispeed, ospeed, _ = termios.tcgetattr(slave)
    assert (oflag, lflag) == (0, 0)
    assert cflag & termios.CSTOPB
    assert not cflag & termios.HUPCL  # closing must not pull DTR down: it resets an Arduino
    assert (ispeed, ospeed) == (termios.B19200, termios.B19200)
    os.close(slave)
    link.close("done")
    await until(lambda: ear.ends)
    far.close("done")


@on_both_loops
async def test_socket_lines_carry_bytes_both_ways_and_tell_when_the_server_leaves(tmp_path: Path) -> None:
    heard = Ear()
    server, line, writers = await listen(heard, tmp_path)
    link, ear = await open_line(line, SETTINGS), Ear()
    link.start(ear)
    link.send(DELICATE)
    await until(lambda: bytes(heard.data) == DELICATE)
    await until(lambda: bytes(ear.data) == b"early")
    writers[0].write(DELICATE)
    await until(lambda: bytes(ear.data) == b"early" + DELICATE)
    writers[0].close()
    await until(lambda: ear.ends)
    assert ear.ends == [f"{line.removeprefix('socket://')} closed the connection"]
    server.close()


@on_both_loops
async def test_socket_lines_that_cannot_be_had_say_why(tmp_path: Path) -> None:
    server, line, _ = await listen(Ear(), tmp_path)
    server.close()
    await server.wait_closed()
    with pytest.raises(LinkError, match="nothing listens on this port"):
        await open_line(line, SETTINGS)
    with pytest.raises(LinkError, match=r"is not known|cannot connect"):
        await open_line("socket://no-such-host.invalid:7000", SETTINGS)


IAC, SE, SB, WILL, DO = 255, 240, 250, 251, 253


class Rfc2217Server(asyncio.Protocol):
    """Agrees to every option, acknowledges every setting with its own value, and echoes the serial bytes."""

    asked: list[bytes]

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = transport
        self.asked = []
        self.rest = b""

    def data_received(self, data: bytes) -> None:
        data, self.rest = self.rest + data, b""
        while data:
            size = self.size_of(data)
            if size > len(data):
                self.rest = data
                return
            self.answer(data[:size])
            data = data[size:]

    def size_of(self, data: bytes) -> int:
        if data[0] != IAC:
            return 1
        if data[1:2] == bytes((IAC,)):
            return 2
        end = data.find(bytes((IAC, SE)))
        return 3 if data[1:2] != bytes((SB,)) else end + 2 if end > 0 else len(data) + 1

    def answer(self, piece: bytes) -> None:
        write = self.transport.write  # type: ignore[attr-defined]
        if piece[0] != IAC or piece[1] == IAC:
            write(piece)
        elif piece[1] == SB:
            self.asked.append(piece[3:-2])
            write(piece[:3] + bytes((piece[3] + 100,)) + piece[4:])
        else:
            write(bytes((IAC, DO if piece[1] == WILL else WILL, piece[2])))


@on_both_loops
async def test_rfc2217_lines_set_the_far_port_and_carry_every_byte(tmp_path: Path) -> None:
    peer = Rfc2217Server()
    server = await asyncio.get_running_loop().create_server(lambda: peer, "127.0.0.1", 0)
    line = f"rfc2217://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    link, ear = await open_line(line, LineSettings(baud=19_200, parity=Parity.EVEN)), Ear()
    link.start(ear)
    assert b"\x01" + (19_200).to_bytes(4, "big") in peer.asked
    assert b"\x03\x03" in peer.asked  # even parity
    assert not {b"\x05\x08", b"\x05\x09"} & set(peer.asked)  # DTR is left as it is
    link.send(DELICATE)
    await until(lambda: bytes(ear.data) == DELICATE)
    peer.transport.abort()  # type: ignore[attr-defined]
    await until(lambda: ear.ends)
    assert "closed the connection" in ear.ends[0] or "lost" in ear.ends[0]
    server.close()


@on_both_loops
async def test_rfc2217_gives_up_on_a_server_that_does_not_speak_it(tmp_path: Path) -> None:
    server, line, _ = await listen(Ear(), tmp_path)
    with pytest.raises(LinkTimeout, match="does not answer"):
        await open_line(line.replace("socket", "rfc2217"), LineSettings(connect_s=0.1))
    server.close()


@pytest.mark.parametrize(
    "line",
    [
        "",
        "pty:",
        "nine://h:1",
        "socket://",
        "socket://host",
        "socket://:70",
        "rfc2217://h:0",
        "socket://h:1/x",
        "socket://h:99999",
    ],
)
async def test_what_is_no_line_is_refused_with_what_is_accepted(line: str) -> None:
    with pytest.raises(ConfigError, match=r"is no line|needs a host and a port"):
        await open_line(line, SETTINGS)


async def test_a_file_or_folder_is_not_a_serial_port(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    for path in (tmp_path / "file", tmp_path, Path("/dev/null")):
        with pytest.raises(ConfigError, match="is not a serial port"):
            await open_line(str(path), SETTINGS)


def port(device: str, **fields: object) -> serialx.SerialPortInfo:
    known: dict[str, object] = dict.fromkeys(
        ("vid", "pid", "serial_number", "manufacturer", "product", "bcd_device", "interface_description")
    )
    return serialx.SerialPortInfo(device=device, resolved_device=device, interface_num=None, **(known | fields))  # type: ignore[arg-type]


async def test_auto_finds_the_one_controller_and_refuses_to_guess(monkeypatch: pytest.MonkeyPatch) -> None:
    ports: list[serialx.SerialPortInfo] = []

    async def listed() -> list[serialx.SerialPortInfo]:
        return ports

    monkeypatch.setattr(serial_link.serialx, "async_list_serial_ports", listed)
    with pytest.raises(LinkError, match="present: none"):
        await open_line("auto:", SETTINGS)
    ports.append(port("/dev/ttyUSB7", manufacturer="FTDI", product="FT232R"))
    with pytest.raises(LinkError, match=r"present: /dev/ttyUSB7 \(FTDI FT232R\)"):
        await find_controller()
    ports.append(port("/dev/ttyACM0", manufacturer="Arduino LLC"))
    assert await find_controller() == "/dev/ttyACM0"
    ports.append(port("/dev/ttyUSB0", vid=0x10C4, pid=0xEA60))
    with pytest.raises(LinkError, match="2 controllers are present"):
        await find_controller()
    assert not is_controller(port("/dev/ttyS0"))
    ports[:] = [port("/dev/ttyUSB98", vid=0x10C4, pid=0xEA60)]
    with pytest.raises(LinkError, match="no such device /dev/ttyUSB98"):
        await open_line("auto:", SETTINGS)
