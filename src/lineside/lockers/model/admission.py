"""Whether a board may have a reply.

A reply is a whole list of codes: one from a server that does not know the board's takes them all. So there is no reply
before somebody has approved it, when (the first that holds is told)

* the journal was repaired or restored since the board was approved: the list may be an old one;
* it is new here, and another gateway's stream knows it (a gateway was renamed, or the board moved);
* it is new here, and the settings say ``unknown = "pending"``;
* it is new here, and reports codes that were not set here.

A new board is let in by ``unknown = "accept"``, written in so many words. Source: wire/acon.md §7 and §9.
"""

from __future__ import annotations

from lineside.lockers.model.memory import Memory
from lineside.lockers.model.settings import BoardSettings, UnknownPolicy
from lineside.lockers.wire import Request


class Admission:
    """Judges one board.

    Attributes:
        era: of the journal.

    Args:
        known_elsewhere: another gateway that knows the board, or "".
    """

    __slots__ = ("_known_elsewhere", "_memory", "_settings", "era")

    def __init__(self, memory: Memory, settings: BoardSettings, era: int, known_elsewhere: str) -> None:
        self.era = era
        self._memory = memory
        self._settings = settings
        self._known_elsewhere = known_elsewhere

    @property
    def is_rejected(self) -> bool:
        """Whether a message is not even recorded: nobody knows the board, and those are rejected."""
        known, settings = self._memory.lasting, self._settings
        is_known = known.is_registered or known.is_approved or bool(known.assignments)
        return settings.unknown is UnknownPolicy.REJECT and not settings.expected and not is_known

    def why_pending(self, request: Request | None = None) -> str:
        """Why the board gets no reply now; "" when it does.

        Args:
            request: its message, if it is the first one.
        """
        known = self._memory.lasting
        if known.is_approved:
            is_old = known.era < self.era
            return f"the journal was repaired or restored (era {self.era}); its codes may be old" if is_old else ""
        return known.pending if known.is_registered else self._why_new_is_pending(request)

    def _why_new_is_pending(self, request: Request | None) -> str:
        if self._settings.unknown is UnknownPolicy.ACCEPT:
            return ""
        if self._known_elsewhere:
            return f"gateway {self._known_elsewhere} knows this board; a reply from here would replace its codes"
        if self._settings.unknown is UnknownPolicy.PENDING:
            return "new boards wait for approval"
        engaged = () if request is None else request.engaged or ()
        strange = sum(cell not in self._memory.lasting.assignments for cell in engaged)
        return f"it reports {strange} codes that were not set here; a reply would revoke them" if strange else ""
