"""The server's side of one connection with a board: requests in, answers out. See `framing` for the grammar."""

from __future__ import annotations

from lineside.lockers.wire.again import LastMessage
from lineside.lockers.wire.fields import request_of
from lineside.lockers.wire.framing import Framed, MessageReader, whole_bytes_max
from lineside.lockers.wire.message import Answer, Heard
from lineside.lockers.wire.reply import encode_answer
from lineside.lockers.wire.settings import ReplyEol, WireSettings

_EOLS = {ReplyEol.LF: "\n", ReplyEol.CRLF: "\r\n", ReplyEol.MIRROR: "\n"}
_DEFAULTS = WireSettings()


class BoardWire:
    """Reads what a board sends and makes what it is answered. One per connection.

    After a `BadMessage` that closes, or a `Foreign`, it gives nothing more: the caller ends the connection.
    """

    __slots__ = ("_cells_max", "_eol", "_last", "_messages", "_mirrors")

    def __init__(self, settings: WireSettings = _DEFAULTS) -> None:
        self._messages = MessageReader(settings)
        self._last = LastMessage(whole_bytes_max(settings))
        self._cells_max = settings.cells_max
        self._mirrors = settings.reply_eol is ReplyEol.MIRROR
        self._eol = _EOLS[settings.reply_eol]

    @property
    def assembling_since(self) -> float | None:
        """``now`` of the first byte of a message that is not whole yet; None between messages.

        The caller ends the connection, silently, when this is too long ago.
        """
        return self._messages.assembling_since

    @property
    def junk_bytes(self) -> int:
        """Bytes that belonged to no message, on this connection so far."""
        return self._messages.junk_bytes

    def receive(self, data: bytes, now: float) -> list[Heard]:
        """Take any piece of the stream.

        Args:
            data: any split or merge of the peer's bytes.
            now: monotonic seconds, for `assembling_since`.

        Returns:
            What is now whole, in order. Each `Request` gets one reply and each `BadMessage` one `ErrorLine`.
        """
        messages = self._messages
        if messages.is_between and (again := self._last.again(data)) is not None:
            messages.pass_whole()
            return [again]
        heard = [self._read(piece) for piece in messages.receive(data, now)]
        if messages.was_whole:
            self._last.keep(data, heard[0])
        elif heard:  # another message, maybe with other line ends
            self._last.forget()
        return heard

    def end(self) -> list[Heard]:
        """The peer has ended its side; a word of the console may be whole by that. Half a message is nothing."""
        return [self._read(piece) for piece in self._messages.end()]

    def send(self, answer: Answer) -> bytes:
        """The bytes of one answer, for a single write.

        Raises:
            Malformed: the protocol cannot express it; never holds a code.
        """
        return encode_answer(answer, self._eol)

    def _read(self, piece: Framed | Heard) -> Heard:
        if not isinstance(piece, Framed):
            return piece
        if self._mirrors:
            self._eol = "\r\n" if piece.crlf else "\n"
        return request_of(piece.lines, self._cells_max)
