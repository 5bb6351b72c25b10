"""One line of machines: bytes of the host in, answers out, at the times that they leave.

Every machine follows every poll on its line, since a poll to a neighbour acknowledges. An address byte that comes while
an answer is leaving, or about to, ends it at once (§4: collision).
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Mapping

from lineside.errors import LinkClosed
from lineside.runtime.burst import BurstFarEnd, BurstSettings
from lineside.runtime.step import Moment
from lineside.slots.simulator.faults import Piece
from lineside.slots.simulator.machine import GENERAL_POLL_BIT, Asked
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.seat import Seat
from lineside.slots.wire import BadFrame, BadReason, GeneralPoll, MachineSide, PollSeen, crc16
from lineside.slots.wire import MachineSettings as ListeningSettings

OpenBurstFarEnd = Callable[[str, BurstSettings], Awaitable[BurstFarEnd]]
"""Makes a simulator's end of a line; `lineside.adapters.nine_far_end.open_burst_far_end`."""

CHECKED_BYTES = 4
"""Frames from this size on have a check value: address, command, and two bytes."""


def asked_from(seen: PollSeen | BadFrame) -> Asked | None:
    """A poll as this machine reads it; None for what is no poll.

    Data that the host's tables find malformed are left to the machine, which judges by itself.
    """
    if isinstance(seen, BadFrame):
        if seen.reason is not BadReason.MALFORMED or crc16(seen.data):
            return None
        return Asked(seen.data[0], seen.data[1], seen.data, seen.data[2:-2])
    frame = seen.frame
    if isinstance(seen.poll, GeneralPoll):
        return Asked(frame[0] & ~GENERAL_POLL_BIT, None, frame)
    data = frame[2:-2] if len(frame) >= CHECKED_BYTES else b""
    return Asked(frame[0], frame[1], frame, data)


class Station:
    """The machines of one line; a `lineside.runtime.burst.BurstReceiver`. Make it inside a running loop.

    Args:
        far_end: the line; `start` begins to listen.
        seats: its machines by address.
        report: shared books.
        moment: the clock.
        gap_s: a partial frame is dropped after so long.
        character_s: of `SimulatorSettings.paced`: each byte takes so long to leave; 0 sends at once.

    Attributes:
        closed: why the line has ended; empty while it lives.
    """

    def __init__(
        self,
        far_end: BurstFarEnd,
        seats: Mapping[int, Seat],
        report: SimulatorReport,
        *,
        moment: Callable[[], Moment],
        gap_s: float,
        character_s: float = 0.0,
    ) -> None:
        self.far_end = far_end
        self.closed = ""
        self._seats = seats
        self._report = report
        self._moment = moment
        self._character_s = character_s
        self._side = MachineSide(ListeningSettings(gap_s=gap_s))
        self._loop = asyncio.get_running_loop()
        self._timer: asyncio.TimerHandle | None = None
        self._timer_at = 0.0
        self._leaving: asyncio.TimerHandle | None = None
        for seat in seats.values():
            seat.on_act = self._arm

    def start(self) -> None:
        """Listen."""
        self.far_end.start(self)
        self._arm()

    # -- BurstReceiver ---------------------------------------------------------------------------------------------

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        """Bytes of the host."""
        now = self._moment()
        for seen in self._side.receive(data, wakeups, now.mono):
            self._take(seen, now, tells_wakeups=wakeups is not None)
        self._arm()

    def on_closed(self, reason: str) -> None:
        """The far end was closed."""
        self.closed = reason
        for handle in (self._timer, self._leaving):
            if handle is not None:
                handle.cancel()

    # --------------------------------------------------------------------------------------------------------------

    def _take(self, seen: PollSeen | BadFrame, now: Moment, *, tells_wakeups: bool) -> None:
        asked = asked_from(seen)
        if asked is None:
            assert isinstance(seen, BadFrame)
            self._take_bad(seen, now, tells_wakeups=tells_wakeups)
            return
        self._stop_leaving()
        pieces = [piece for seat in self._seats.values() for piece in seat.on_poll(asked, now)]
        self._send(pieces)

    def _take_bad(self, bad: BadFrame, now: Moment, *, tells_wakeups: bool) -> None:
        if bad.reason is BadReason.BAD_CRC:
            self._stop_leaving()
            for address, seat in self._seats.items():
                self._send(seat.on_bad_poll(bad.data, now, is_ours=address == bad.address))
            return
        self._report.noise += 1
        if tells_wakeups:
            self._report.blame("wake-up", f"{self.far_end.where}: {bad.text}: {bad.data[:16].hex(' ')}")

    def _send(self, pieces: list[Piece]) -> None:
        """Send what leaves at once, and the rest later."""
        ready, wakeups = bytearray(), set()
        for index, piece in enumerate(pieces):
            wait = piece.after_s + self._character_s * len(piece.data)
            if wait:
                rest = [Piece(piece.data, 0.0, piece.wakeup), *pieces[index + 1 :]]
                self._leaving = self._loop.call_later(wait, self._send_waited, rest)
                break
            if piece.wakeup:
                wakeups.add(len(ready))
            ready += piece.data
        self._put(bytes(ready), frozenset(wakeups))

    def _send_waited(self, pieces: list[Piece]) -> None:
        self._leaving = None
        first = pieces[0]
        self._put(first.data, frozenset({0}) if first.wakeup else frozenset())
        self._send(pieces[1:])

    def _put(self, data: bytes, wakeups: frozenset[int]) -> None:
        if not data:
            return
        try:
            self.far_end.send(data, wakeups)
        except LinkClosed:  # `on_closed` tells
            return

    def _stop_leaving(self) -> None:
        if self._leaving is not None:
            self._leaving.cancel()
            self._leaving = None

    # -- time ------------------------------------------------------------------------------------------------------

    def _arm(self) -> None:
        """Ask for the next wake-up; a later one than is set already is asked for when that one comes."""
        if self.closed:
            return
        now = self._moment().mono
        deadlines = [seat.deadline(now) for seat in self._seats.values()]
        if self._side.deadline is not None:
            deadlines.append(self._side.deadline)
        at = min(deadlines)
        if self._timer is not None:
            if self._timer_at <= at:
                return
            self._timer.cancel()
        self._timer_at = at
        self._timer = self._loop.call_later(max(0.0, at - now), self._on_timer)

    def _on_timer(self) -> None:
        self._timer = None
        now = self._moment()
        for seen in self._side.on_time(now.mono):
            self._take(seen, now, tells_wakeups=False)
        for address, seat in self._seats.items():
            if seat.on_time(now):
                self._put(bytes((address,)), frozenset({0}))
        self._arm()

    def close(self, reason: str) -> None:
        """End the line, and let go of the machines' files."""
        self.far_end.close(reason)
        self.on_closed(reason)
        for seat in self._seats.values():
            seat.close()
