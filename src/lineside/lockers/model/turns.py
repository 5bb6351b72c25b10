"""Where a message stands among those of its board: by boot and SEND, not by arrival.

::

    SEND above the last one                    next
    the same                                   again   (the same message over the other channel)
    up to 16 below, within 120 s               late    (answered; the board drops the answer, we drop its content)
    below otherwise                            a reboot that nobody told of
    RESET=1 after RESET=0, or not above        a reboot

Source: wire/acon.md §5, with two additions decided here. A message of a rebooted board that comes once more over its
other channel is no second reboot. And a packet of the boot before, late on its way, is no jump forward.
"""

from __future__ import annotations

from enum import StrEnum

import msgspec

from lineside.lockers.model.settings import BoardSettings


class Turn(StrEnum):
    """What a message is to those before it."""

    FIRST = "first"
    NEXT = "next"
    REBOOTED = "rebooted"
    IMPLIED = "implied"  # a reboot that the board did not tell of
    AGAIN = "again"
    LATE = "late"

    @property
    def is_fresh(self) -> bool:
        """Whether its content is newer than what is known."""
        return self not in (Turn.AGAIN, Turn.LATE)


class Before(msgspec.Struct, frozen=True):
    """What is known of the messages before.

    Attributes:
        number: SEND of the last one; None when there is none.
        was_reset: its RESET.
        channel: its channel; 0 when none was reported.
        age_s: seconds since it came.
        previous: the last SEND of the boot before; None when unknown.
        boot_age_s: seconds since the first message of this boot.
    """

    number: int | None
    was_reset: bool = False
    channel: int = 0
    age_s: float = 0.0
    previous: int | None = None
    boot_age_s: float = 0.0


def turn_of(number: int, *, is_reset: bool, channel: int, before: Before, settings: BoardSettings) -> Turn:
    """Judge one message.

    Args:
        number: its SEND.
        is_reset: it says RESET=1.
        channel: 0 when it reports none.
    """
    last = before.number
    if last is None:
        return Turn.FIRST
    is_near = last - number <= settings.late_distance and before.age_s <= settings.late_s
    if is_reset:
        return _turn_of_reset(number, last, channel, before, is_near=is_near)
    if number == last:
        return Turn.AGAIN
    if number > last:
        return Turn.LATE if _is_of_boot_before(number, last, before, settings) else Turn.NEXT
    return Turn.LATE if is_near else Turn.IMPLIED


def _turn_of_reset(number: int, last: int, channel: int, before: Before, *, is_near: bool) -> Turn:
    if not before.was_reset:
        return Turn.REBOOTED
    if number > last:
        return Turn.NEXT
    is_other_channel = 0 not in (channel, before.channel) and channel != before.channel
    if is_near and is_other_channel:
        return Turn.AGAIN if number == last else Turn.LATE
    return Turn.REBOOTED


def _is_of_boot_before(number: int, last: int, before: Before, settings: BoardSettings) -> bool:
    if before.previous is None or before.boot_age_s > settings.late_s:
        return False
    return number - last > settings.late_distance and abs(number - before.previous) <= settings.late_distance
