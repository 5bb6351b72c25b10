"""When pulses come: at once after quiet, then at most every ``pulse_ms``, stretched when writing takes too much.

Readers beyond a hundred or so are served in several beats, each a part of a pulse after the other. The last reader of
a thousand then waits for the writes of its own beat only, and the loop is never held up by all of them together.
"""

from __future__ import annotations

import math

from lineside.runtime.hub.settings import HubSettings

# How often the share of writing is looked at; long enough to hold ten pulses.
_LOOK_S = 0.25


class Pace:
    """The time between pulses of one hub.

    Attributes:
        pulse_s: at present.
    """

    def __init__(self, settings: HubSettings) -> None:
        self._pulse_s_min = settings.pulse_ms / 1000
        self._pulse_s_max = max(settings.pulse_ms, settings.pulse_ms_max) / 1000
        self._share_max = settings.pulse_share_max
        self.pulse_s = self._pulse_s_min
        self._writing_s = 0.0
        self._since = float("-inf")

    def wrote(self, now: float, seconds: float) -> None:
        """A pulse of some beat was written in so many seconds."""
        self._writing_s += seconds
        elapsed_s = now - self._since
        if elapsed_s < _LOOK_S:
            return
        # All beats once cost so much; at this distance they take just their share.
        round_s = self._writing_s / elapsed_s * self.pulse_s
        self.pulse_s = min(max(round_s / self._share_max, self._pulse_s_min), self._pulse_s_max)
        self._writing_s = 0.0
        self._since = now

    def due(self, now: float, pulsed_at: float, phase: float | None) -> float:
        """When a beat with something to tell pulses next.

        Args:
            now, pulsed_at: monotonic seconds; the second is when it last did.
            phase: its place in the common pulse, 0 to 1; None when it is the only beat.
        """
        pulse_s = self.pulse_s
        if now - pulsed_at >= pulse_s:
            return now
        if phase is None:
            return pulsed_at + pulse_s
        shift = phase * pulse_s
        due = (math.floor((now - shift) / pulse_s) + 1) * pulse_s + shift
        return due if due - pulsed_at >= pulse_s / 2 else due + pulse_s


def phase_of(index: int) -> float:
    """Places for beats as they are added, each in the middle of the widest gap: 0, 1/2, 1/4, 3/4, 1/8 and so on."""
    phase, part = 0.0, 0.5
    while index:
        phase += part * (index & 1)
        index >>= 1
        part /= 2
    return phase
