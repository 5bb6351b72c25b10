"""What goes wrong on request (§16.1): by chance per answer, or once when somebody asks for it.

Faults of the answer's bytes and time are made here. Faults of what the machine does (`DOING`) are armed in the machine.
"""

from __future__ import annotations

import random
from dataclasses import dataclass

from lineside.slots.simulator.machine import Asked, Instead, Machine
from lineside.slots.simulator.profile import Profile
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.settings import FaultSettings
from lineside.slots.simulator.works import Refused

INSTEAD = {one.value: one for one in Instead}
"""Faults that take an answer's place; long polls alone."""
OF_BYTES = ("drop", "late", "gap", "flip", "crc", "doubled", "echo", "chirp")
DOING = ("aft_pending", "aft_refused", "aft_partial", "aft_lost", "lock_refused")
NAMES = (*OF_BYTES, *INSTEAD, *DOING)
TRANSFER = 0x72


@dataclass(frozen=True, slots=True)
class Piece:
    """Bytes that leave ``after_s`` after the piece before; ``wakeup``: with the ninth bit, as a chirp."""

    data: bytes
    after_s: float = 0.0
    wakeup: bool = False


class Faults:
    """The faults of one machine.

    Args:
        settings: chances.
        chance: decides; a source of its own, so that games do not change with it.
        report: counts what was done.
    """

    def __init__(
        self, settings: FaultSettings, profile: Profile, chance: random.Random, report: SimulatorReport
    ) -> None:
        self._settings = settings
        self._profile = profile
        self._chance = chance
        self._report = report
        self._asked: dict[str, int] = {}

    def ask(self, name: str, machine: Machine, count: int = 1, value: int = 0) -> None:
        """Do a fault with the next ``count`` answers that it fits.

        Args:
            name: one of `NAMES`.
            value: of ``aft_pending`` the interrogations, of ``aft_refused`` the status.

        Raises:
            Refused: no such fault.
        """
        if name not in NAMES:
            raise Refused(f"no fault {name!r}; there are {', '.join(NAMES)}")
        transfers = machine.transfers
        match name:
            case "aft_pending":
                transfers.pending_polls = value or count
            case "aft_refused":
                transfers.refuse_with = value
            case "aft_partial":
                transfers.halves = True
            case "aft_lost":
                transfers.loses_answer = True
            case "lock_refused":
                machine.locks.refuses = True
            case _:
                self._asked[name] = self._asked.get(name, 0) + count
                return
        self._report.count_fault(name)

    def instead(self, asked: Asked, *, rte: bool) -> Instead | None:
        """What takes the place of the answer to a new poll."""
        if asked.command is None:
            return None
        for name, one in INSTEAD.items():
            if (one is not Instead.EVENT or rte) and self._happens(name):
                return one
        return None

    def spoil(self, answer: bytes, asked: Asked, machine: Machine) -> tuple[list[Piece], bool]:
        """The pieces that leave, and whether they are what the machine meant.

        A quirk of the machine's profile (echo, a stray byte before an event) spoils nothing: hosts must bear it.
        """
        if self._loses_transfer(asked, machine) or self._happens("drop"):
            return [], False
        sent = answer
        if self._happens("flip"):
            sent = self._flip(sent)
        if len(sent) > 3 and self._happens("crc"):
            sent = sent[:-2] + sent[:-3:-1]
        pieces = [Piece(sent)]
        if len(sent) > 1 and self._happens("gap"):
            half = len(sent) // 2
            pieces = [Piece(sent[:half]), Piece(sent[half:], self._settings.gap_s)]
        if self._happens("late"):
            pieces[0] = Piece(pieces[0].data, self._settings.late_s)
        if self._happens("doubled"):
            pieces.append(Piece(sent))
        good = pieces == [Piece(answer)]
        return self._before(asked, answer, machine.address) + pieces, good

    def _before(self, asked: Asked, answer: bytes, address: int) -> list[Piece]:
        """What comes before the answer: chirps, echoes, stray bytes."""
        before = []
        if self._happens("chirp"):
            before.append(Piece(bytes((address,)), wakeup=True))
        if self._profile.echoes or self._happens("echo"):
            before.append(Piece(b"\x80" + asked.frame[:1]))
        if self._profile.glued_stray and len(answer) > 1 and answer[1] == 0xFF:
            before.append(Piece(bytes((address,))))
        return before

    def _loses_transfer(self, asked: Asked, machine: Machine) -> bool:
        transfer = machine.state.transfer
        done = transfer is not None and transfer.status <= 0x01
        if not (asked.command == TRANSFER and done and machine.transfers.loses_answer):
            return False
        machine.transfers.loses_answer = False
        return True

    def _flip(self, data: bytes) -> bytes:
        place, bit = self._chance.randrange(len(data)), self._chance.randrange(8)
        return data[:place] + bytes((data[place] ^ 1 << bit,)) + data[place + 1 :]

    def _happens(self, name: str) -> bool:
        if self._asked.get(name, 0):
            self._asked[name] -= 1
        else:
            likelihood: float = getattr(self._settings, name)
            # No draw for a fault that is off, so that switching one on does not change the others' fates.
            if not likelihood or self._chance.random() >= likelihood:
                return False
        self._report.count_fault(name)
        return True
