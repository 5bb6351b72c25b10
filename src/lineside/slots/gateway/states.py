"""What a gateway with many lines says about itself: which of them are not open, and why."""

from __future__ import annotations

from lineside.runtime.gateway import GatewayState, Reporter

TOLD_MAX = 3
"""Lines that are named; the others are counted."""


class LineStates:
    """Reports for all lines together.

    Args:
        lines: their names; "" is the only one.
    """

    def __init__(self, lines: tuple[str, ...], report: Reporter) -> None:
        self._report = report
        self._reasons = dict.fromkeys(lines, "not opened yet")
        self._troubles = dict.fromkeys(lines, "")

    def open(self, line: str, trouble: str) -> None:
        """A line is open; ``trouble`` says what is not as it was asked for."""
        self._reasons[line], self._troubles[line] = "", trouble
        self._tell(None)

    def away(self, line: str, reason: str, next_attempt_s: float) -> None:
        """A line is not open."""
        self._reasons[line] = reason
        self._tell(next_attempt_s)

    def _tell(self, next_attempt_s: float | None) -> None:
        away = [_named(line, reason) for line, reason in self._reasons.items() if reason]
        if away:
            self._report(GatewayState.WAITING, _listed(away), next_attempt_s)
            return
        troubles = [trouble for trouble in self._troubles.values() if trouble]
        count = len(self._reasons)
        text = "the line is open" if count == 1 else f"{count} lines are open"
        self._report(GatewayState.RUNNING, "; ".join([text, *([_listed(troubles)] if troubles else [])]))


def _named(line: str, reason: str) -> str:
    return f"{line}: {reason}" if line else reason


def _listed(texts: list[str]) -> str:
    more = len(texts) - TOLD_MAX
    return "; ".join(texts[:TOLD_MAX]) + (f"; and {more} more" if more > 0 else "")
