"""The line: polls as the machine reads them, pieces that leave later, a timer that is never missed."""

from __future__ import annotations

from lineside.runtime.burst import BurstReceiver
from lineside.slots.simulator import Station
from lineside.slots.simulator.station import asked_from
from lineside.slots.wire import BadFrame, BadReason
from tests.slots.simulator.bench import GENERAL, NOBODY, SeatBench, asked, with_sum
from tests.support.wait import until


class Line:
    """A far end in memory."""

    def __init__(self) -> None:
        self.name = self.where = "memory"
        self.dropped_bytes = 0
        self.sent: list[bytes] = []
        self.wakeups: list[frozenset[int]] = []
        self.closed = ""

    def start(self, receiver: BurstReceiver) -> None:
        self.receiver = receiver

    def send(self, data: bytes, wakeups: frozenset[int] = frozenset()) -> None:
        self.sent.append(data)
        self.wakeups.append(wakeups)

    def unsent(self) -> int:
        return 0

    def is_attached(self) -> bool:
        return True

    def unplug(self) -> None:
        raise AssertionError("nobody unplugs")

    def replug(self) -> None:
        raise AssertionError("nobody unplugs")

    def close(self, reason: str) -> None:
        self.closed = reason


def station(bench: SeatBench, line: Line) -> Station:
    made = Station(line, {1: bench.seat}, bench.report, moment=lambda: bench.now, gap_s=0.02)
    made.start()
    return made


def test_polls_are_read_by_the_machine_itself() -> None:
    assert asked(GENERAL).command is None
    assert asked(b"\x01\x54").data == b""
    assert asked(with_sum("01 2F 03 00 00 05")).data.hex() == "03000005"
    malformed = with_sum("01 7F 99 99 20 25 19 21 16")
    poll = asked_from(BadFrame(1, malformed, BadReason.MALFORMED, "no day"))
    assert poll is not None
    assert poll.command == 0x7F
    assert asked_from(BadFrame(1, malformed, BadReason.BAD_CRC, "")) is None


async def test_line_answers_and_lets_an_address_byte_end_a_late_answer() -> None:
    bench, line = SeatBench(), Line()
    made = station(bench, line)
    made.on_bytes(NOBODY + GENERAL, frozenset({0, 1}))
    assert line.sent == [b"\x17"]
    bench.seat.do("fault", name="late")
    made.on_bytes(NOBODY + b"\x01\x54", frozenset({0, 1}))
    made.on_bytes(b"\x80\x81", frozenset({0, 1}))
    assert line.sent == [b"\x17", b"\x00"]
    await until(lambda: made._leaving is None)
    assert line.sent == [b"\x17", b"\x00"]
    made.close("over")
    assert (line.closed, made.closed) == ("over", "over")


async def test_chirp_goes_out_with_the_ninth_bit() -> None:
    bench, line = SeatBench(), Line()
    made = station(bench, line)
    bench.mono += 6
    made._on_timer()
    assert (line.sent, line.wakeups) == ([b"\x01"], [frozenset({0})])
    made.close("over")


async def test_noise_is_counted_and_blamed_where_the_line_tells_wake_up_bits() -> None:
    bench, line = SeatBench(), Line()
    made = station(bench, line)
    made.on_bytes(b"\x01\x2f", None)
    bench.mono += 1
    made.on_bytes(NOBODY, None)
    assert (bench.report.noise, bench.report.host_faults) == (1, {})
    made.on_bytes(b"\x01\x2f", frozenset({0}))
    made.on_bytes(NOBODY, frozenset({0}))
    assert bench.report.host_faults == {"wake-up": 1}
    made.close("over")
