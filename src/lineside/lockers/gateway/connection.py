"""One TCP connection of a board: bytes become messages, one message at a time is in work, answers keep their order.

::

    bytes ─► [ raw ] ─► wire.receive ─► [ heard ] ─► unit.submit ─ recorded ─► send ─► the next one
                            └ ERROR: …, console words ─► answered in their turn

Two messages of one connection are answered in the order in which they came, whatever boards they name, because the
next one begins when the one before has been concluded: answered after its record, or refused without an answer. What
comes meanwhile stays as bytes, and reading stops. A connection belongs to nobody until a message says whose it is.
"""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Any

from lineside.errors import LinesideError, LinkClosed, WireError
from lineside.lockers.model import Report
from lineside.lockers.wire import (
    BadMessage,
    BoardWire,
    ConsoleAnswer,
    ConsoleWord,
    ErrorLine,
    Foreign,
    Heard,
    Request,
)
from lineside.runtime.drive import Unit
from lineside.runtime.tcp import TcpLink

if TYPE_CHECKING:
    from lineside.lockers.gateway.door import Door

# Bytes that are taken apart at once: a hundred short messages, some milliseconds of work. The rest waits for its turn.
PIECE_BYTES_MAX = 8192
# Boards that one connection may speak for at a time; a board has a connection of its own. The first one is let go.
BOARDS_MAX = 16


class Connection:
    """A board's connection: the link's receiver, and the peer of the units that its messages name.

    Attributes:
        name: the peer's address and port; the name of this link at its units.
        wire: this side of the protocol.
    """

    __slots__ = (
        "_address",
        "_asked",
        "_door",
        "_has_ended",
        "_heard",
        "_is_busy",
        "_is_held",
        "_is_watched",
        "_is_working",
        "_link",
        "_raw",
        "_units",
        "name",
        "wire",
    )

    def __init__(self, link: TcpLink, door: Door) -> None:
        self.name = link.name
        self.wire = BoardWire(door.wire_settings)
        self._address = link.ticket.address
        self._link = link
        self._door = door
        self._raw = b""  # bytes that wait for their turn
        self._heard: list[Heard] = []  # messages that wait for theirs
        self._units: dict[str, Unit] = {}  # board → the unit that this connection has joined
        self._is_busy = False  # a message is on its way through its unit
        self._asked = ""  # the board that it names
        self._is_working = False  # `_work` runs; an answer that comes at once does not start it again
        self._is_held = False
        self._is_watched = False  # the door looks whether it finishes its message in time
        self._has_ended = False  # the peer has ended its side

    # ------------------------------------------------------------------ what the link tells

    def on_data(self, data: bytes) -> None:
        """Bytes came."""
        if self._is_busy or self._raw or len(data) > PIECE_BYTES_MAX:
            self._raw += data
            self._hold(True)
        else:
            self._heard = self.wire.receive(data, self._door.mono())
        self._work()

    def on_end(self) -> None:
        """The peer has ended its side; what it has asked is answered, then the connection ends."""
        self._has_ended = True
        self._work()

    def on_closed(self, reason: str) -> None:
        """The link has ended."""
        self._raw = b""
        self._heard.clear()
        self._door.left(self)
        units, self._units = self._units, {}
        for unit in units.values():
            unit.leave(self.name, self, reason)

    # ------------------------------------------------------------------ what a unit wants (its peer)

    def send(self, message: Any) -> None:
        """Encode and queue one answer; a connection that has just ended takes none."""
        try:
            self._link.send_or_close(self.wire.send(message))
        except WireError as error:  # no answer is better than a wrong one: the board keeps what it has
            self._door.log.error("answer not sent", link=self.name, error=str(error))

    def close(self, reason: str) -> None:
        """End the connection; answers that were given before leave before."""
        self._link.close(reason)

    def hold(self, held: bool) -> None:
        """Nothing: of one connection never more than one message waits in a mailbox, and reading has stopped then."""

    @property
    def is_waiting(self) -> bool:
        """Whether what has come waits for us; the peer is not to blame for it."""
        return self._is_busy or bool(self._raw)

    @property
    def _is_calm(self) -> bool:
        """Whether `_work` has nothing to do: after nearly every answer, since a board waits for it and asks then."""
        is_idle = not (self._heard or self._raw or self._is_held or self._has_ended)
        return is_idle and not self._is_watched and self.wire.assembling_since is None

    # ------------------------------------------------------------------ one message after the other

    def _work(self) -> None:
        """Take up what waits, until something is on its way or nothing is left."""
        if self._is_working:
            return
        self._is_working = True
        try:
            while self._heard and not self._is_busy and self._link.is_open:
                heard = self._heard.pop(0)
                if heard.__class__ is Request:  # nearly always
                    self._ask(heard)
                else:
                    self._take(heard)
        finally:
            self._is_working = False
        if not self._is_busy and self._link.is_open:
            self._go_on()

    def _go_on(self) -> None:
        """Every message was concluded: the next piece of bytes, the end, or more from the peer."""
        if self._raw:
            self._door.call_soon(self._take_piece)
        elif self._has_ended:
            self._end()
        elif self._is_held:
            self._hold(False)
        since = self.wire.assembling_since
        if since is not None or self._is_watched:
            self._is_watched = since is not None
            self._door.watch(self, unfinished=self._is_watched)

    def _take_piece(self) -> None:
        if self._is_busy or self._heard or not self._link.is_open:
            return
        piece, self._raw = self._raw[:PIECE_BYTES_MAX], self._raw[PIECE_BYTES_MAX:]
        self._heard += self.wire.receive(piece, self._door.mono())
        self._work()

    def _end(self) -> None:
        self._heard += self.wire.end()
        if self._heard:
            self._work()
        else:
            self.close("the peer has ended")

    def _hold(self, held: bool) -> None:
        self._is_held = held
        self._link.hold(held)

    def _take(self, heard: Heard) -> None:
        match heard:
            case Request():
                self._ask(heard)
            case BadMessage():
                self.send(ErrorLine(heard.reason))
                self._door.note_error(self._link.ticket, heard.reason)
                if heard.closes:
                    self.close(heard.reason)
            case ConsoleWord():
                self._answer_word(heard)
            case Foreign():
                self._door.note_error(self._link.ticket, heard.reason)
                self.close(heard.reason)

    def _answer_word(self, word: ConsoleWord) -> None:
        self._link.ticket.heard_message()
        if word.ends:
            self.close(f"the peer said {word.word}")
        else:
            self.send(ConsoleAnswer(*self._link.ends()))

    # ------------------------------------------------------------------ a request and its unit

    def _ask(self, request: Request) -> None:
        self._link.ticket.heard_message()
        unit = self._units.get(request.board)
        if unit is not None:
            self._submit(unit, request)
        elif self._door.admits(self._link.ticket, request.board):
            self._is_busy = True
            self._door.hall.find(request.board, partial(self._on_unit, request))

    def _on_unit(self, request: Request, unit: Unit | None) -> None:
        """The unit was found; None: there is none, or its store cannot be read, so that nobody answers."""
        self._is_busy = False
        if unit is not None and self._link.is_open:
            if len(self._units) >= BOARDS_MAX:
                board = next(iter(self._units))
                self._units.pop(board).leave(self.name, self, "another board speaks on its connection")
            self._units[request.board] = unit
            unit.join(self.name, self)
            self._submit(unit, request)
        self._work()

    def _submit(self, unit: Unit, request: Request) -> None:
        self._is_busy = True
        self._asked = request.board
        decide = partial(unit.model.on_message, self.name, Report(request, self._address))
        unit.submit(decide, asker=self.name, told=self._on_told)

    def _on_told(self, error: LinesideError | None) -> None:
        """The report was recorded and answered, or refused and not answered."""
        self._is_busy = False
        if isinstance(error, LinkClosed):  # the unit has stopped; the next message finds a new one
            self._units.pop(self._asked, None)
            self._door.hall.note_stopped(self._asked)
        if not self._is_calm:
            self._work()
