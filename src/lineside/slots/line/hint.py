"""The last poll of a line, as it is worth keeping over a restart of the process.

A machine holds its last answer until another poll acknowledges it. When the process ends between an answer and its
record, only the very same poll gets that answer again. So who runs a line writes the hint to a file (no more than the
page cache: it must outlive a kill, not a power cut), and gives it to the next `LineHost`.
"""

from __future__ import annotations

from lineside.slots.wire import LONG_POLLS, GeneralPoll, LongPoll, Poll, PollType, encode

DOING = frozenset((0x09, 0x8C))
"""Polls of type M that do something: they switch games and tournaments. All others of types R and M read."""


def hint_of(address: int, poll: Poll) -> bytes:
    """What is sent first after a restart, if nothing follows this poll.

    Args:
        address: of the machine that asked for the poll.

    Returns:
        The poll itself when it reads; else, because it would do its work again or shows a key, a general poll.
    """
    if isinstance(poll, LongPoll) and poll.address and _reads(poll.command):
        return b"".join(encode(poll))
    return b"".join(encode(GeneralPoll(address)))


def _reads(command: int) -> bool:
    spec = LONG_POLLS.get(command)
    return spec is not None and spec.type in (PollType.READ, PollType.GAME) and command not in DOING
