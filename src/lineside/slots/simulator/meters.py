"""The machine's meters: 64-bit numbers that wrap at 18 digits, and never backwards.

What a poll shows of one depends on its field: 2F and the single polls wrap at the size that `METERS` names, 6F and AF
at the size that the machine sends with it (§9.2, §9.3, §11). Sums that §11 names as identities are kept by `FEEDS`.
"""

from __future__ import annotations

from collections.abc import Mapping

from lineside.slots.simulator.memory import MachineState
from lineside.slots.simulator.pack import bcd
from lineside.slots.wire import METERS

WRAP = 10**18
"""Meters have 18 digits (§16.1)."""

CURRENT_CREDITS = 0x0C
CURRENT_RESTRICTED = 0x1B

FEEDS: Mapping[int, tuple[int, ...]] = {
    0x01: (0x22,),
    0x02: (0x22, 0x23),
    0x03: (0x23, 0x04),
    0x0B: (0x24, 0x58),
    0x15: (0x24,),
    0x16: (0x04,),
    0x17: (0x24,),
    0x80: (0x0D,),
    0x84: (0x0D,),
    0x82: (0x0F,),
    0x86: (0x0E,),
    0x8A: (0x0E,),
    0x88: (0x10,),
    0x81: (0x11, 0x35),
    0x85: (0x11, 0x37),
    0x83: (0x13, 0x36),
    0x87: (0x12, 0x38),
    0x8B: (0x12,),
    0x89: (0x14, 0x39),
    0x29: (0x28, 0x15),
    0x2B: (0x28, 0x15),
    0x2A: (0x15,),
    0x2C: (0x16,),
    0x2D: (0x16,),
    0x2E: (0x17,),
    0x2F: (0x17,),
    0x30: (0x17,),
    0x31: (0x17,),
    0x32: (0x18,),
    0x33: (0x18,),
    0x34: (0x18,),
}
"""What is counted in one meter is counted in these too: the identities of §11; and tickets and electronic transfers
belong to the drop, tickets out to the cancelled credits, as features2 bit 2 of this machine says."""

OF_GAMES = frozenset({0x00, 0x01, 0x02, 0x05, 0x06, 0x07, 0x1C, 0x1D, 0x1F, 0x20, 0x22})
"""Meters that exist for each game too."""


class Meters:
    """The meters within a machine's memory.

    Args:
        state: the memory; `add` changes it.
        ignored: codes that this machine does not have.
    """

    def __init__(self, state: MachineState, ignored: tuple[int, ...] = ()) -> None:
        self._state = state
        self._ignored = frozenset(ignored)

    def add(self, code: int, amount: int, game: int = 0) -> None:
        """Count; the sums follow. ``game`` counts it for that game too."""
        assert amount >= 0, (code, amount)
        for fed in _fed_by(code):
            _add(self._state.meters, fed, amount)
            if game and fed in OF_GAMES:
                _add(self._state.game_meters.setdefault(game, {}), fed, amount)

    def value(self, code: int, game: int = 0) -> int:
        """The whole number, 0 to 10^18 - 1."""
        if game:
            return self._state.game_meters.get(game, {}).get(code, 0)
        if code == CURRENT_CREDITS:
            return self._state.credits
        if code == CURRENT_RESTRICTED:
            return self._state.restricted
        return self._state.meters.get(code, 0)

    def set(self, code: int, value: int) -> None:
        """Put a meter somewhere, to see it roll over, or clear it."""
        self._state.meters[code] = value % WRAP

    def has(self, code: int, game: int = 0) -> bool:
        """Whether this machine has such a meter."""
        return code in METERS and code not in self._ignored and (not game or code in OF_GAMES)

    def field(self, code: int, game: int = 0) -> bytes:
        """The meter as 2F and the single polls show it, wrapped at its field."""
        return bcd(self.value(code, game), METERS[code].bytes)

    def sized_field(self, code: int, game: int = 0, size: int = 0) -> bytes:
        """Size byte and meter, as 6F shows it; ``size`` 0 takes the smallest from the table's on that holds it."""
        value = self.value(code, game)
        size = size or max(METERS[code].bytes, (len(str(value)) + 1) // 2)
        return bytes((size,)) + bcd(value, size)

    def clear(self) -> None:
        """A RAM clear: every meter is 0. Credits are not meters."""
        self._state.meters.clear()
        self._state.game_meters.clear()


def _fed_by(code: int) -> list[int]:
    """The meter itself, and all sums above it."""
    return [code, *(above for fed in FEEDS.get(code, ()) for above in _fed_by(fed))]


def _add(bank: dict[int, int], code: int, amount: int) -> None:
    bank[code] = (bank.get(code, 0) + amount) % WRAP
