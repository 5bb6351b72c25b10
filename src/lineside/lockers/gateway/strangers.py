"""Whether a board that is unknown here is known to another gateway, now or in the past.

A gateway that was renamed in the settings finds no streams of its own name. Its boards would look new, and an empty
reply would take every code from them. So a board that is new here is looked for in the streams of all other gateways.
"""

from __future__ import annotations

from lineside.lockers.model import EVENTS
from lineside.runtime import command, journal
from lineside.runtime.gateway import Runtime
from lineside.runtime.journal import StreamHead

# The list of all streams is read again after so long: a flood of new IDs may not read it at every message.
FRESH_S = 60.0
# Events of a stream that are looked at to see whose it is; the first ones of a board are its own.
LOOK_EVENTS_MAX = 50

_KINDS = frozenset(event.__name__ for event in EVENTS)
_FOUNDATION = frozenset(event.__name__ for event in (*command.EVENTS, *journal.EVENTS))  # in streams of every house


class Strangers:
    """Looks for boards in the streams of other gateways.

    Args:
        kind: of the units that count; a ventilator called 1 is no board 1.
    """

    def __init__(self, runtime: Runtime, kind: str) -> None:
        self._runtime = runtime
        self._kind = kind
        self._streams: dict[str, list[str]] = {}  # board → streams of other gateways
        self._read_at: float | None = None

    async def find(self, board: str) -> str:
        """The other gateway that knows this board; "" when there is none.

        Raises:
            JournalError: it cannot be read now, so nobody knows.
        """
        now = self._runtime.clock.now().mono
        if self._read_at is None or now - self._read_at > FRESH_S:
            self._streams = self._others(await self._runtime.journal.streams())
            self._read_at = now
        for stream in self._streams.get(board, ()):
            if await self._is_board(stream):
                return stream.partition("/")[0]
        return ""

    def _others(self, heads: list[StreamHead]) -> dict[str, list[str]]:
        found: dict[str, list[str]] = {}
        for head in heads:
            gateway, slash, board = head.stream.partition("/")
            if slash and gateway != self._runtime.name:
                found.setdefault(board, []).append(head.stream)
        return found

    async def _is_board(self, stream: str) -> bool:
        """Whether a stream is that of a board; when its gateway does not run and its events do not tell, it is."""
        gateway = stream.partition("/")[0]
        kinds = {view.kind for view in self._runtime.units.all(gateway)}
        if kinds:
            return self._kind in kinds
        recorded = await self._runtime.journal.read(stream, limit=LOOK_EVENTS_MAX)
        house = {one.kind for one in recorded} - _FOUNDATION
        return not house or bool(house & _KINDS)
