"""What each network address has asked for lately: enumeration of boards, and floods of errors.

A board cannot show who it is, so that anybody who reaches the port may try IDs one after the other and read the codes
of those that exist. An address may therefore ask as so many different boards within a window and no more; boards that
it asked for before within the window are answered further on. Errors are counted over all connections of an address,
because a new connection costs an attacker nothing.
"""

from __future__ import annotations

import msgspec

BOARDS_WINDOW_S = 3600.0
"""Window of distinct boards. A hall behind one carrier address asks as the same boards every hour of the day."""
ERRORS_WINDOW_S = 60.0
"""Window of errors. A program that was pointed at the wrong port is forgotten a minute after it stopped."""
# Addresses remembered, some 200 bytes each and their boards; the one that was new first is forgotten first.
ADDRESSES_MAX = 10_000


class _Seen(msgspec.Struct):
    """One address in its present windows."""

    boards: set[str]
    boards_since: float
    errors: int
    errors_since: float


class AddressBook:
    """Counts what each address does.

    Args:
        boards_max: distinct boards of one address within `BOARDS_WINDOW_S`.
        errors_max: errors of one address within `ERRORS_WINDOW_S`, before each further one ends its connection.
    """

    def __init__(self, boards_max: int, errors_max: int) -> None:
        self._boards_max = boards_max
        self._errors_max = errors_max
        self._seen: dict[str, _Seen] = {}

    def may_ask(self, key: str, board: str, now: float) -> bool:
        """Whether an address may ask as this board; it is noted when it may.

        Args:
            key: of the address (an IPv4 address, the /64 of an IPv6 one).
            now: monotonic seconds.
        """
        seen = self._of(key, now)
        if now - seen.boards_since > BOARDS_WINDOW_S:
            seen.boards, seen.boards_since = set(), now
        if board in seen.boards:
            return True
        if len(seen.boards) >= self._boards_max:
            return False
        seen.boards.add(board)
        return True

    def note_error(self, key: str, now: float) -> tuple[int, bool]:
        """An address made an error; how many within the window, and whether that is too many."""
        seen = self._of(key, now)
        if now - seen.errors_since > ERRORS_WINDOW_S:
            seen.errors, seen.errors_since = 0, now
        seen.errors += 1
        return seen.errors, seen.errors > self._errors_max

    def __len__(self) -> int:
        return len(self._seen)

    def _of(self, key: str, now: float) -> _Seen:
        seen = self._seen.get(key)
        if seen is None:
            if len(self._seen) >= ADDRESSES_MAX:
                del self._seen[next(iter(self._seen))]
            seen = self._seen[key] = _Seen(set(), now, 0, now)
        return seen
