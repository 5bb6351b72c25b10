"""Which alarm frames may be acknowledged, and until when. Not lasting: a controller repeats what was not acknowledged.

A frame goes through three places: *begun* when its alarm has no record yet, *deciding* when its turn has come,
*settled* when the alarm is on disk.
"""

from __future__ import annotations

from collections.abc import Iterable

from lineside.ventilator.model.alarms import name_of
from lineside.ventilator.wire import Alarm, Payload

# An ACK names a frame by its number alone, and the controller counts its numbers round: 128 frames at the line's 349 a
# second (`wire/hev.md` §1) take 0.37 s. Later than this an ACK might confirm another alarm, which nobody has recorded;
# the controller has repeated the frame by then, and that is acknowledged at once.
ACK_S_MAX = 0.3

Key = tuple[int, int, Alarm]
"""What makes two alarm frames the same one: a controller that discards a frame uses its number for another alarm."""


class AlarmFrames:
    """The alarm frames of one controller."""

    def __init__(self) -> None:
        self._begun: dict[str, float] = {}
        self._deciding: Key | None = None
        self._settled: Key | None = None

    def is_settled(self, frame: Payload, alarm: Alarm) -> bool:
        """Whether this is the settled frame over again: its alarm was recorded, also if it is off the list by now."""
        return frame.repeated and _key(frame, alarm) == self._settled

    def begin(self, name: str, now: float) -> bool:
        """A frame of an alarm without a record came; False when another one of that alarm waits for its record already.

        That other one's ACK will follow the record, so this one needs no answer: it will be repeated.
        """
        is_first = name not in self._begun
        self._begun.setdefault(name, now)
        return is_first

    def decide(self, frame: Payload, alarm: Alarm, now: float) -> float:
        """The frame's turn has come; its alarm is being recorded. Until when its ACK may leave, monotonic seconds."""
        self._deciding = _key(frame, alarm)
        return self._begun.get(name_of(alarm), now) + ACK_S_MAX

    def settle(self, frame: Payload, alarm: Alarm) -> None:
        """The frame is being acknowledged, for its alarm is on disk."""
        self._settled = _key(frame, alarm)

    def recorded(self, name: str) -> None:
        """An alarm came to be on disk, and with it the frame that was decided for it."""
        self._begun.pop(name, None)
        if self._deciding is not None and name_of(self._deciding[2]) == name:
            self._settled, self._deciding = self._deciding, None

    def refused(self, names: Iterable[str]) -> None:
        """These alarms were not recorded: their next frames are tried again."""
        for name in names:
            self._begun.pop(name, None)
        self._deciding = None


def _key(frame: Payload, alarm: Alarm) -> Key:
    return frame.address, frame.sequence, alarm
