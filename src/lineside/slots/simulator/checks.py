"""The checks that a machine makes on its host (§16.1): what it does against the rules is told in the report.

A repeated poll is not a fault by itself, since an answer may be lost on its way. These are:

    wake-up      a ninth bit where none belongs, or none where one does
    period       general polls to one machine faster than 200 ms, or 40 ms where the machine allows
    interrupted  a poll while the machine was answering in time
    crc order    check value high byte first
    crc          a wrong check value
    implied ack  the same command with other data, which acknowledges nothing; a fourth poll after three whole answers
    id reuse     a transaction id of a transfer that is done, for another one
    8A repeat    a bonus again after other polls, when its answer was lost and no meter was read in between
"""

from __future__ import annotations

from lineside.slots.simulator.machine import Asked
from lineside.slots.simulator.memory import MachineState, Transfer
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.wire import crc16

PERIOD_S, FAST_PERIOD_S = 0.2, 0.04
"""§4."""
SENDS_MAX = 3  # §5.6: a poll and two repetitions
ANSWER_S = 0.02
"""A machine that begins to answer later is late itself (§4)."""
BONUS, BONUS_READERS = 0x8A, frozenset({0x90, 0x9A, 0x2F, 0x6F, 0xAF})
TRANSFER = 0x72
TRANSFER_CODES = (0x00, 0x01)
ID_AT = 44
"""Place of the id's length in the data of LP 72: length, code, index, type, amounts 15, flags, asset 4, key 20."""
TYPE_AT, AMOUNTS = 3, slice(4, 19)
"""What makes it the same transfer."""


class HostChecks:
    """The checks of one machine.

    Args:
        name: of the machine, for the report.
        fast: it may be polled every 40 ms.
        tolerance_s: polls may come so much sooner.
        report: takes the blame.
    """

    def __init__(self, name: str, report: SimulatorReport, *, fast: bool, tolerance_s: float) -> None:
        self._name = name
        self._report = report
        self._period_s = FAST_PERIOD_S if fast else PERIOD_S
        self._tolerance_s = tolerance_s
        self._polled_at: float | None = None
        self._last: Asked | None = None
        self._sends = 0
        self._answering_from = 0.0
        self._answering_until = 0.0
        self._was_good = False
        self._bonus: bytes | None = None
        self._bonus_unsure = False
        self._bonus_left = False
        self._ids: dict[str, tuple[int, str]] = {}

    def on_poll(self, asked: Asked, state: MachineState, now: float) -> None:
        """A poll to this machine, before it is answered."""
        self._look_at_interruption(asked, now)
        if asked.command is None:
            self._look_at_period(asked, now)
        self._look_at_acknowledging(asked)
        if asked.command == TRANSFER:
            self._look_at_id(asked, state)
        self._look_at_bonus(asked)
        self._last = asked

    def on_other(self) -> None:
        """A poll to somebody else: whatever comes next is no repetition."""
        self._last = None
        self._sends = 0
        self._bonus_left = True

    def on_answer(self, command: int | None, began_at: float, ends_at: float, *, is_good: bool) -> None:
        """The machine answers from ``began_at`` to ``ends_at``; ``is_good`` unless a fault of ours spoils it."""
        self._answering_from, self._answering_until = began_at, ends_at
        self._was_good = is_good
        if command == BONUS:
            self._bonus_unsure = not is_good

    def on_bad_check_value(self, frame: bytes) -> None:
        """A poll whose check value is wrong."""
        turned = frame[:-2] + frame[:-3:-1]
        if len(frame) > 3 and crc16(turned) == 0:
            self._blame("crc order", f"high byte first in {frame.hex(' ')}")
        else:
            self._blame("crc", frame.hex(" "))

    # --------------------------------------------------------------------------------------------------------------

    def _look_at_interruption(self, asked: Asked, now: float) -> None:
        if self._was_good and self._answering_from <= now < self._answering_until:
            left = (self._answering_until - now) * 1000
            self._blame("interrupted", f"{asked.frame.hex(' ')} with {left:.1f} ms of an answer left")

    def _look_at_period(self, asked: Asked, now: float) -> None:
        before, self._polled_at = self._polled_at, now
        if before is None:
            return
        period = now - before
        # The same poll again may follow as soon as the host has given up waiting (§5.6).
        if self._last is not None and self._last.frame == asked.frame and not self._was_good:
            return
        self._report.period_s_min = min(self._report.period_s_min, period)
        if period < self._period_s - self._tolerance_s:
            self._blame("period", f"{period * 1000:.1f} ms, wanted {self._period_s * 1000:.0f}")

    def _look_at_acknowledging(self, asked: Asked) -> None:
        last = self._last
        if last is None or last.command != asked.command:
            self._sends = 1
        elif last.frame != asked.frame:
            self._sends = 1
            self._blame("implied ack", f"{asked.frame.hex(' ')} right after {last.frame.hex(' ')}: same command")
        else:
            # After an answer that we spoiled it does right: §15 has no `80` after failures on a general poll.
            self._sends += self._was_good
            if self._was_good and self._sends == SENDS_MAX + 1:
                self._blame("implied ack", f"{asked.frame.hex(' ')} sent {self._sends} times in a row")

    def _look_at_id(self, asked: Asked, state: MachineState) -> None:
        data = asked.data
        if len(data) <= ID_AT or data[1] not in TRANSFER_CODES:
            return
        name = data[ID_AT + 1 : ID_AT + 1 + data[ID_AT]].decode("latin-1")
        content = (data[TYPE_AT], data[AMOUNTS].hex())
        known = {done.transaction: _content(done) for done in state.history} | self._ids
        if known.get(name, content) != content:
            self._blame("id reuse", f"{name!r} was another transfer before")
        self._ids[name] = content

    def _look_at_bonus(self, asked: Asked) -> None:
        if asked.command != BONUS:
            self._bonus_left = True
            if asked.command in BONUS_READERS:
                self._bonus_unsure = False
            return
        if self._bonus_unsure and self._bonus_left and asked.data == self._bonus:
            self._blame("8A repeat", f"{asked.frame.hex(' ')} after other polls, and nothing was read")
        self._bonus, self._bonus_left = asked.data, False

    def _blame(self, rule: str, what: str) -> None:
        self._report.blame(rule, f"{self._name}: {what}")


def _content(transfer: Transfer) -> tuple[int, str]:
    return transfer.type, "".join(f"{cents:010d}" for cents in transfer.asked_cents)
