"""Whether two boards use one ID: numbers of two addresses that one counter cannot have given.

A board has one counter and may have two addresses (Wi-Fi and mobile), so that numbers of two addresses interleave all
the time. What one counter does not do:

* give one number twice over the same channel, from two addresses, or with different content;
* go on at one address where it stood there, after it was somewhere else altogether at the other;
* rise at two addresses side by side over one channel.

Not lasting: after a start the first sign is seen again. Source: wire/acon.md §9, "possible clone".
"""

from __future__ import annotations

from collections import deque

import msgspec

from lineside.lockers.model.settings import BoardSettings
from lineside.lockers.model.turns import Turn

ADDRESSES_MAX = 8
"""Addresses that are remembered; a board behind a carrier's NAT has another with every connection."""
NUMBERS_MAX = 16
"""Numbers that are remembered: as far back as a packet may be late (§5)."""


# A Struct and not a named tuple: one is made per message.
class Seen(msgspec.Struct, frozen=True, gc=False):
    """A message, as far as it is remembered."""

    number: int
    address: str
    channel: int
    mono: float


class CloneWatch:
    """Remembers the last messages of one board, by address."""

    __slots__ = ("_by_address", "_last", "_recent", "_settings")

    def __init__(self, settings: BoardSettings) -> None:
        self._settings = settings
        self._last: Seen | None = None
        self._by_address: dict[str, Seen] = {}
        self._recent: deque[Seen] = deque(maxlen=NUMBERS_MAX)

    def note(self, number: int, address: str, channel: int, mono: float) -> None:
        """Remember a message; call it after `suspicion`."""
        seen = Seen(number, address, channel, mono)
        if address not in self._by_address and len(self._by_address) >= ADDRESSES_MAX:
            del self._by_address[next(iter(self._by_address))]
        self._by_address[address] = self._last = seen
        self._recent.append(seen)

    def forget(self) -> None:
        """The board has rebooted and said so: its numbers begin anew."""
        self._last = None
        self._by_address.clear()
        self._recent.clear()

    def suspicion(
        self, turn: Turn, number: int, address: str, channel: int, mono: float, *, is_same: bool
    ) -> tuple[str, str]:
        """The other address and what speaks for a second board; ("", "") when nothing does.

        Args:
            is_same: the content is that of the last message, or cannot be compared with it.
        """
        last = self._last
        if last is None or (last.address == address and turn.is_fresh):
            return "", ""
        if turn.is_fresh:
            return self._of_fresh(last, number, address, mono)
        return self._of_old(last, turn, number, address, channel, is_same=is_same)

    def _of_fresh(self, last: Seen, number: int, address: str, mono: float) -> tuple[str, str]:
        own, far = self._by_address.get(address), self._settings.late_distance
        if own is None or mono - own.mono > self._settings.late_s:
            return "", ""
        goes_on = own.number < number <= own.number + far
        is_between = own.number - far <= last.number <= number + far
        if goes_on and not is_between:
            return last.address, f"SEND went on from {own.number} to {number}, with {last.number} from there between"
        return "", ""

    def _of_old(
        self, last: Seen, turn: Turn, number: int, address: str, channel: int, *, is_same: bool
    ) -> tuple[str, str]:
        for seen in self._recent:
            if seen.number == number and seen.address != address:
                if seen.channel == channel:
                    return seen.address, f"SEND {number} came from both over one channel"
                if not is_same:
                    return seen.address, f"SEND {number} came from both and says something else"
        own = self._by_address.get(address)
        is_beside = own is not None and own.number < number and last.address != address
        if turn is Turn.LATE and is_beside and channel and channel == last.channel:
            return last.address, f"SEND rises at both over one channel: {number} here, {last.number} there"
        return "", ""
