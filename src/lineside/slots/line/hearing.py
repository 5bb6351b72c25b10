"""What each thing that a line hears means for the poll that is out, and for the machine that said it."""

from __future__ import annotations

from lineside.slots.line.messages import FailReason, LinkState, PollDone
from lineside.slots.line.queue import Waiting
from lineside.slots.line.state import ARE_YOU_THERE, LineState, Out
from lineside.slots.line.turn import Turn
from lineside.slots.wire import ADDRESS_MAX, NOTHING, LongPoll, crc16
from lineside.slots.wire.heard import (
    Ack,
    BadAnswer,
    Busy,
    Chirp,
    DataAnswer,
    Exception_,
    Heard,
    Nack,
    Noise,
    NoiseReason,
    RealTimeEvent,
    WrongAddress,
)

SIGNATURE_TAG = "rom_signature"
"""The tag of the PollDone that brings a ROM signature: it answers a general poll, some time after its LP 21."""

FRAME_BYTES_MIN = 5
"""Address, command, one byte and CRC: shorter ones have a good CRC by chance too often."""


def hear(line: LineState, turn: Turn, heard: Heard, now: float) -> None:
    """Take one thing that was heard while ``turn`` was listened to."""
    _trace(line, turn, heard)
    match heard:
        case Exception_():
            _on_exception(line, turn, heard, now)
        case RealTimeEvent():
            _on_event(line, turn, heard, now)
        case DataAnswer():
            _on_data(line, turn, heard, now)
        case Ack():
            _on_ack(line, turn, heard, now)
        case BadAnswer() | Nack() | Busy():
            _on_refusal(line, turn, heard, now)
        case Chirp(address):
            _on_chirp(line, address)
        case WrongAddress():
            line.others.add(heard.address)
            _spoil(line, f"address {heard.address} answered", now)
        case Noise():
            _on_noise(line, turn, heard, now)


def _on_exception(line: LineState, turn: Turn, heard: Exception_, now: float) -> None:
    if heard.may_be_chirp and turn.state is not LinkState.UP:
        _on_chirp(line, turn.address)
        return
    out = _finish(line, turn, now)
    if out is not None and heard.code != NOTHING:
        line.raise_exception(turn, heard.code, None, now)


def _on_event(line: LineState, turn: Turn, heard: RealTimeEvent, now: float) -> None:
    turn.counts["events"] += 1
    out = None if heard.is_late else _finish(line, turn, now)
    is_idle = heard.code in turn.polling.profile.idle_codes
    if not is_idle and not _is_repeated(turn, heard, out):
        line.raise_exception(turn, heard.code, heard.fields, now)
    if out is not None and out.waiting is not None:
        _ask_again(line, turn, out.waiting)


def _is_repeated(turn: Turn, heard: RealTimeEvent, out: Out | None) -> bool:
    """Whether this is the answer to a second sending of a poll whose first one was answered after all.

    Two events glued into one answer are told both, equal ones too: then there was one sending.
    """
    if out is not None:
        turn.event_frame, turn.event_sends = heard.frame, out.sends
        return False
    if heard.frame != turn.event_frame or turn.event_sends <= 1:
        return False
    turn.event_sends -= 1
    return True


def _ask_again(line: LineState, turn: Turn, waiting: Waiting) -> None:
    """The poll was not executed: it keeps its place (`wire/sas.md` §9.8)."""
    waiting.events += 1
    if waiting.events > line.timing.events_max:
        text = f"{waiting.events} real-time events came in its place"
        line.fail(turn, waiting, FailReason.EVENTS_ONLY, text)
    else:
        turn.queue.put_back(waiting)


def _on_data(line: LineState, turn: Turn, heard: DataAnswer, now: float) -> None:
    out = _finish(line, turn, now)
    if out is None:
        return
    if out.waiting is None:
        poll = LongPoll(turn.address, heard.command)
        line.events.append(PollDone(turn.address, SIGNATURE_TAG, poll, heard.decoded, heard.frame, 0))
    else:
        _done(line, turn, out.waiting, heard.decoded, heard.frame, now)


def _on_ack(line: LineState, turn: Turn, heard: Ack, now: float) -> None:
    out = _finish(line, turn, now)
    if out is not None and out.waiting is not None:
        _done(line, turn, out.waiting, heard, bytes((heard.address,)), now)


def _done(line: LineState, turn: Turn, waiting: Waiting, answer: object, frame: bytes, now: float) -> None:
    want = waiting.want
    if want.tag == ARE_YOU_THERE:
        return
    line.events.append(PollDone(turn.address, want.tag, want.poll, answer, frame, waiting.sends))
    if want.hold:
        line.hold(turn, now)


def _on_refusal(line: LineState, turn: Turn, heard: BadAnswer | Nack | Busy, now: float) -> None:
    out = _finish(line, turn, now)
    if out is None or out.waiting is None:
        return
    waiting, timing = out.waiting, line.timing
    match heard:
        case Busy():
            turn.counts["busy"] += 1
            waiting.busy += 1
            waiting.not_before = now + timing.busy_s
            is_over = waiting.busy > timing.busy_max
            reason, text = FailReason.BUSY, f"busy {waiting.busy} times"
        case Nack():
            turn.counts["nacks"] += 1
            waiting.nacks += 1
            is_over = waiting.want.once or waiting.nacks >= timing.nack_sends_max
            reason, text = FailReason.NACK, "refused by the machine: data that it does not allow, or a disturbed CRC"
        case BadAnswer():
            is_over, reason, text = True, FailReason.BAD_ANSWER, heard.reason
    if is_over:
        line.fail(turn, waiting, reason, text)
    else:
        turn.queue.put_back(waiting)


def _on_chirp(line: LineState, address: int) -> None:
    if address in line.turns:
        line.turns[address].chirped = True
    else:
        line.others.add(address)


def _on_noise(line: LineState, turn: Turn, heard: Noise, now: float) -> None:
    match heard.reason:
        case NoiseReason.ECHO:
            return
        case NoiseReason.UNASKED | NoiseReason.STALE:
            turn.counts["strays"] += 1
            line.strays += 1
        case _ if _is_frame_of_another(turn, heard.data):
            line.others.add(heard.data[0])
            _spoil(line, f"address {heard.data[0]} answered", now)
        case _:
            _spoil(line, heard.reason.value, now)


def _is_frame_of_another(turn: Turn, data: bytes) -> bool:
    return len(data) >= FRAME_BYTES_MIN and data[0] != turn.address and data[0] <= ADDRESS_MAX and not crc16(data)


def _spoil(line: LineState, why: str, now: float) -> None:
    """What came is no answer; the machine says nothing more, so that the wait is short."""
    out = line.out
    if out is not None:
        out.bad = why
        out.until = min(out.until, now + line.timing.quiet_s)


def _finish(line: LineState, turn: Turn, now: float) -> Out | None:
    """The machine answered: take the poll that is out off the line, if it is this machine's."""
    out = line.out
    if out is None or out.turn is not turn:
        return None
    line.out = None
    if out.first_at is not None:
        turn.turn_around.note(out.first_at - out.sent_end)
    turn.good_at = now
    turn.tried_at = None
    turn.holds = True  # from now on a general poll of it may fetch what is told once
    turn.chirped = False
    line.strays = 0
    line.others.clear()
    line.move(turn, LinkState.UP, "it answers")
    return out


def _trace(line: LineState, turn: Turn, heard: Heard) -> None:
    if not line.timing.trace:
        return
    match heard:
        case Exception_(_, code):
            data, note = bytes((code,)), "exception" if code else "nothing"
        case RealTimeEvent() | DataAnswer() | BadAnswer() | WrongAddress():
            data, note = heard.frame, _NOTES[type(heard)]
        case Noise(data, reason):
            note = reason.value
        case Nack(address):
            data, note = bytes((0x80 | address,)), "NACK"
        case Busy(address):
            data, note = bytes((address, 0)), "busy"
        case Ack(address):
            data, note = bytes((address,)), "ACK"
        case Chirp(address):
            data, note = bytes((address,)), "chirp"
    line.trace(turn.address, False, data, note)


_NOTES = {
    RealTimeEvent: "event",
    DataAnswer: "answer",
    BadAnswer: "unreadable answer",
    WrongAddress: "another address",
}
