"""Takes turns on one line: one poll at a time, never the same twice by accident, no acknowledgement before the record.

::

             ┌── nothing, data, ACK ────────────────────────────────────────────┐
    free ──► poll ──► answer                                                    ├──► free
      ▲        ▲        └── exception: told, HELD ──Release──► 80, AckSent ──┐  │
      │        │                                      HELD ◄──────────────────┘  │
      │        │                                        └──Release──────────────┘
      │        └── repeat, the same bytes, nothing in between ◄── silence, torn
      └── 80 ◄── long poll failed 3 times

What a machine makes of polls (`wire/sas.md` §5): it keeps its last answer until it sees another poll, to itself or to
anybody, and gives the same answer again to the same poll. So the rules here are

- between two equal polls to one machine there is another poll (a long poll, a neighbour's, or ``80``), except when the
  answer was lost: then the very same bytes go again, and nothing in between;
- while a release is waited for, the line polls nobody, neighbours neither;
- a general poll that stays unanswered is repeated, alone on its line, until the machine answers or its link is down;
- at a start the last poll is the first one again, without ``80``: what its machine may still hold is not on disk.

Windows remain that a host cannot close: what a machine makes of a held answer when the link was down, or before it was
ever heard (K); an event three times torn in place of a long poll's answer, since ``80`` must follow; an ``80`` lost on
its way, after which the machine tells an exception again.

Pure: time is an argument (monotonic seconds), bytes go in by `receive` and out by `bursts`, events by `take`.
"""

from __future__ import annotations

from collections.abc import Sequence

from lineside.slots.line.hearing import hear
from lineside.slots.line.hint import hint_of
from lineside.slots.line.messages import (
    AckSent,
    Cancel,
    FailReason,
    LineEvent,
    LinkState,
    Order,
    OweAck,
    PollDone,
    Priority,
    Release,
    Tune,
    Want,
)
from lineside.slots.line.queue import Waiting
from lineside.slots.line.settings import LineTiming, MachinePolling
from lineside.slots.line.state import ARE_YOU_THERE, LineState, Out
from lineside.slots.line.turn import GENERAL, Key, Turn
from lineside.slots.line.words import words_for_silence
from lineside.slots.wire import ADDRESS_MAX, NOBODY, GeneralPoll, LongPoll, encode

Burst = tuple[bytes, bytes]
"""The first byte, sent with the wake-up bit, and the rest, sent without."""


AHEAD_S = 0.001
"""The machine that was polled last is due before its neighbours at a start; shorter than any period."""


class LineHost:
    """The turns of one line.

    Usage: `open` when the link is there, `receive` what it brings, `order` what the machines' models want; after each
    of these, and at `deadline`, send what `bursts` gives and tell what `take` gives.

    Args:
        machines: one or more, of different addresses.
        polled_last: the last poll before this start: it is the first one again, and alone on the line until it is
            answered or the machine is down, so that an answer which its machine may hold, and which is not on disk, is
            not acknowledged by another poll. Empty: nobody was polled before; then `80` follows the first silences.

    Attributes:
        polled_last: the newest poll as it is repeated after a restart; who keeps it gives it back as the argument. Of
            polls that do something, or carry a key, only the address is in it (as a general poll).
    """

    def __init__(
        self, machines: Sequence[MachinePolling], settings: LineTiming | None = None, polled_last: bytes = b""
    ) -> None:
        timing = settings or LineTiming()
        turns = {polling.address: Turn(polling, timing) for polling in machines}
        assert len(turns) == len(machines) > 0, "one machine at least, and each address once"
        self._line = LineState(turns, timing)
        self.polled_last = polled_last if polled_last and polled_last[0] & ADDRESS_MAX in turns else b""
        self._first: Burst | None = None
        self._down_s = timing.down_s if len(turns) == 1 else min(timing.down_s, timing.down_shared_s)

    # -- the line --------------------------------------------------------------------------------------------------

    def open(self, now: float) -> None:
        """The link is there: begin to poll."""
        line = self._line
        line.is_open, line.free_at, line.last_key, self._first = True, now, None, None
        first = self.polled_last[0] & ADDRESS_MAX if self.polled_last else 0
        if len(self.polled_last) > 1 and not line.owing:
            self._first = self.polled_last[:1], self.polled_last[1:]
        for turn in line.turns.values():
            turn.holds = first > 0
            turn.tried_at = None
            turn.due_at = now - (AHEAD_S if turn.address == first else 0.0)
            line.move(turn, LinkState.WAITING, "not asked yet")

    def closed(self, reason: str, now: float) -> None:
        """The link has gone; a long poll that was out has an unknown end, those that wait are refused."""
        line = self._line
        line.is_open = line.needs_nobody = False
        out, line.out = line.out, None
        line.listening.reader.expect(NOBODY, now)
        if out is not None and out.waiting is not None:
            line.fail(out.turn, out.waiting, FailReason.LINE_LOST, f"the line closed while it was out: {reason}")
        for turn in line.turns.values():
            line.move(turn, LinkState.CLOSED, reason)
            line.refuse_all(turn, reason)

    def receive(self, data: bytes, wakeups: frozenset[int] | None, now: float) -> None:
        """Bytes came, in any split.

        Args:
            wakeups: places of bytes whose ninth bit was 1; None when the line cannot tell.
        """
        line = self._line
        if not (line.is_open and data):
            return
        self._expire(now)
        line.note_bytes(now)
        turn = line.listening
        for heard in turn.reader.receive(data, now, wakeups):
            hear(line, turn, heard, now)

    def on_time(self, now: float) -> None:
        """See to what is over by time alone; nothing before `deadline`."""
        self._expire(now)
        for turn in self._line.turns.values():
            if (told := turn.measured(now, self._line.timing.measure_s)) is not None:
                self._line.events.append(told)

    def deadline(self) -> float | None:
        """When `bursts` must be called next (monotonic seconds); None: not before an order or bytes come."""
        line = self._line
        if not line.is_open:
            return None
        out = line.out
        if out is not None and out.repeat_at is None:
            planned: float | None = out.limit if out.turn.reader.is_receiving else out.until
        else:
            planned = self._planned_at()
        reading = line.listening.reader.deadline
        return min((at for at in (planned, reading) if at is not None), default=None)

    def take(self) -> list[LineEvent]:
        """What happened since the last call, in order."""
        events, self._line.events = self._line.events, []
        return events

    # -- orders ----------------------------------------------------------------------------------------------------

    def order(self, address: int, order: Order, now: float) -> None:
        """Do what a machine's model asks for; see each `Order`."""
        match order:
            case Want():
                self.want(address, order)
            case Cancel(tag):
                self.cancel(address, tag)
            case Release():
                self.release(address, now)
            case Tune():
                self.tune(address, order)
            case OweAck(number):
                self.owe_ack(address, number)

    def want(self, address: int, want: Want) -> None:
        """Queue a long poll; PollFailed follows at once when it cannot be."""
        turn = self._line.turns[address]
        assert want.poll.address in (address, 0), "a machine polls itself or all"
        if turn.is_down():
            self._line.fail(turn, Waiting((0, 0), want), FailReason.LINK_DOWN, turn.reason)
        elif not turn.queue.add(want):
            text = f"{len(turn.queue)} polls wait for machine {address} already"
            self._line.fail(turn, Waiting((0, 0), want), FailReason.QUEUE_FULL, text)

    def cancel(self, address: int, tag: str) -> None:
        """Forget a poll that has not left; PollFailed(cancelled) follows if there was one."""
        if (waiting := self._line.turns[address].queue.cancel(tag)) is not None:
            self._line.fail(self._line.turns[address], waiting, FailReason.CANCELLED, "cancelled while it waited")

    def release(self, address: int, now: float) -> None:
        """One record of this machine is on disk; the last one that is waited for lets the line go on."""
        self._line.release(self._line.turns[address], now)

    def tune(self, address: int, tune: Tune) -> None:
        """Poll a machine at another pace."""
        turn = self._line.turns[address]
        turn.period_s = turn.period_s if tune.poll_ms is None else tune.poll_ms / 1000
        turn.rte = turn.rte if tune.rte is None else tune.rte

    def owe_ack(self, address: int, number: int) -> None:
        """Before anything else acknowledge this machine's exception, which is on disk."""
        turn = self._line.turns[address]
        turn.number = max(turn.number, number)
        self._line.owing.setdefault(address, number)

    # -- sending ---------------------------------------------------------------------------------------------------

    def bursts(self, now: float) -> list[Burst]:
        """What must be sent now: nothing, or one message. Call it again at `deadline`."""
        self.on_time(now)
        line = self._line
        planned_at = self._planned_at()
        if planned_at is None or planned_at > now:
            return []
        if line.out is not None:
            return [self._send_again(line.out, now)]
        if line.owing or line.needs_nobody:
            return [self._send_nobody(now)]
        if self._first is not None:
            return [self._send_first(self._first, now)]
        turn = self._next_turn()
        waiting = turn.next_want(now, line.timing.urgent_row_max)
        if self._is_same(turn, waiting):
            return [self._send_nobody(now)]
        if turn.due_at > now:  # it was the place for an `80`, and a poll that needs none has come between
            return []
        return [self._send(turn, waiting, now)]

    def _planned_at(self) -> float | None:
        """When the next burst may leave; None while an answer or a release is waited for."""
        line = self._line
        if not line.is_open or line.held:
            return None
        if line.out is not None:
            return None if line.out.repeat_at is None else max(line.out.repeat_at, line.free_at)
        if line.owing or line.needs_nobody or self._first is not None:
            return line.free_at
        turn = self._next_turn()
        early_s = 0.0
        if self._is_same(turn, turn.next_want(turn.due_at, line.timing.urgent_row_max)):
            early_s = line.timing.nobody_s + line.timing.character_s
        return max(turn.due_at - early_s, line.free_at)

    def _next_turn(self) -> Turn:
        return min(self._line.turns.values(), key=lambda turn: turn.due_at)

    def _is_same(self, turn: Turn, waiting: Waiting | None) -> bool:
        """Whether this poll, right after the line's last one, would be taken for its repetition."""
        if waiting is not None and turn.polling.profile.prefix_nobody:
            return False  # its own prefix stands between
        return self._line.last_key == _key(turn, waiting)

    def _send(self, turn: Turn, waiting: Waiting | None, now: float) -> Burst:
        """A poll leaves for the first time."""
        line = self._line
        turn.lateness.note(max(now - max(turn.due_at, line.released_at), 0.0))
        poll = GeneralPoll(turn.address) if waiting is None else waiting.want.poll
        burst = encode(poll)
        if waiting is not None:
            turn.queue.remove(waiting)
            if turn.polling.profile.prefix_nobody:
                burst = bytes((turn.polling.profile.sync,)), burst[0] + burst[1]
        turn.note_sent(now, GENERAL if waiting is None else waiting.want.poll.command)
        line.last_key = _key(turn, waiting)
        line.listening = turn
        self.polled_last = hint_of(turn.address, poll)
        if waiting is not None and poll.address == 0:
            return self._send_to_all(turn, waiting, burst, now)
        line.out = Out(turn, poll, waiting, encode(poll))
        return self._leave(line.out, burst, now, "poll")

    def _send_first(self, burst: Burst, now: float) -> Burst:
        """The last long poll of before this start; in real-time mode its answer may have been an event."""
        self._first = None
        line, poll = self._line, LongPoll(burst[0][0], burst[1][0])
        turn = line.turns[poll.address]
        turn.note_sent(now, poll.command)
        line.last_key, line.listening = (turn.address, poll.command), turn
        line.out = Out(turn, poll, Waiting((0, 0), Want(poll, Priority.NORMAL, ARE_YOU_THERE)), burst)
        return self._leave(line.out, burst, now, "repeat")

    def _send_again(self, out: Out, now: float) -> Burst:
        """The very same poll; without the seed's prefix, which would make it a new command."""
        out.turn.counts["repeats"] += 1
        out.turn.due_at = now + out.turn.period_s
        return self._leave(out, out.again, now, "repeat")

    def _leave(self, out: Out, burst: Burst, now: float, note: str) -> Burst:
        line = self._line
        out.sends += 1
        if out.waiting is not None:
            out.waiting.sends += 1
        sent = burst[0] + burst[1]
        out.sent_end = now + len(sent) * line.timing.character_s
        out.until = out.sent_end + out.turn.response_s
        out.limit = out.sent_end + max(line.timing.answer_s_max, out.turn.response_s)
        out.repeat_at = out.first_at = line.stray_since = None
        out.bad = ""
        out.turn.reader.expect(out.poll, now, sent)
        line.trace(out.turn.address, True, sent, note)
        return burst

    def _send_nobody(self, now: float) -> Burst:
        """`80`: every machine takes it for a poll of another one, and forgets the answer that it held."""
        line = self._line
        sync = line.listening.polling.profile.sync
        line.listening.reader.expect(NOBODY, now)
        line.needs_nobody = False
        line.last_key = (sync & ADDRESS_MAX, GENERAL)
        line.free_at = now + line.timing.character_s + line.timing.nobody_s
        line.stray_since = None
        line.trace(line.listening.address, True, bytes((sync,)), "ack")
        for address, number in line.owing.items():
            line.events.append(AckSent(address, number))
            line.hold(line.turns[address], now)
        line.owing.clear()
        return bytes((sync,)), b""

    def _send_to_all(self, turn: Turn, waiting: Waiting, burst: Burst, now: float) -> Burst:
        """A poll to every machine: nobody answers, and it acknowledges as `80` does."""
        line = self._line
        turn.tried_at = None
        turn.reader.expect(NOBODY, now)
        sent = burst[0] + burst[1]
        line.free_at = now + len(sent) * line.timing.character_s + line.timing.nobody_s
        line.trace(turn.address, True, sent, "poll")
        line.events.append(PollDone(turn.address, waiting.want.tag, waiting.want.poll, None, b"", 1))
        if waiting.want.hold:
            line.hold(turn, now)
        return burst

    # -- what is over by time --------------------------------------------------------------------------------------

    def _expire(self, now: float) -> None:
        line = self._line
        turn = line.listening
        for heard in turn.reader.on_time(now):
            hear(line, turn, heard, now)
        out = line.out
        if out is None or out.repeat_at is not None:
            return
        if now >= (out.limit if out.turn.reader.is_receiving else out.until):
            self._attempt_failed(out, now)

    def _attempt_failed(self, out: Out, now: float) -> None:
        turn = out.turn
        turn.counts["bad" if out.bad else "silences"] += 1
        if turn.polling.strict:
            turn.reader.forget()  # what comes later is too late
        if out.waiting is None:
            self._general_failed(out, now)
        elif out.sends < (1 if out.waiting.want.once else self._line.timing.sends_max):
            out.repeat_at = turn.due_at
        else:
            self._give_up(out)
            self._line.needs_nobody = True
            reason = FailReason.BAD_ANSWER if out.bad else FailReason.SILENCE
            self._line.fail(turn, out.waiting, reason, out.bad or f"no answer to {out.sends} sendings")

    def _general_failed(self, out: Out, now: float) -> None:
        """Ask again, alone on the line, until the machine answers or is down: it may hold what nobody has read."""
        line, turn = self._line, out.turn
        assert turn.tried_at is not None, "a poll is out"
        if turn.rte and turn.polling.profile.silent_when_idle and turn.state is LinkState.UP and not out.bad:
            if now - turn.good_at < self._down_s:
                self._was_idle(out, now)
                return
            turn.tried_at = turn.good_at  # it did not answer what every machine answers either
        words = words_for_silence(turn, out.bad, line.strays, frozenset(line.others), now)
        if now - turn.tried_at >= self._down_s:
            turn.holds = False
            line.move(turn, LinkState.DOWN, words)
            line.refuse_all(turn, words)
        elif turn.state is LinkState.UP and out.sends >= line.timing.sends_max:
            line.move(turn, LinkState.FAILING, words)
        is_alone = len(line.turns) == 1
        if turn.holds or (is_alone and out.sends < line.timing.sends_max):
            out.repeat_at = turn.due_at
            return
        self._give_up(out)
        if not is_alone:
            turn.due_at = now + line.timing.probe_s

    def _was_idle(self, out: Out, now: float) -> None:
        """Silence is this machine's "nothing"; when it lasts, ask something that is always answered."""
        turn = out.turn
        self._give_up(out)
        turn.tried_at = None
        if now - turn.good_at >= self._down_s / 2 and not len(turn.queue):
            self._line.ask_whether_there(turn)

    def _give_up(self, out: Out) -> None:
        self._line.out = None
        out.turn.reader.forget()


def _key(turn: Turn, waiting: Waiting | None) -> Key:
    if waiting is None:
        return turn.address, GENERAL
    return waiting.want.poll.address, waiting.want.poll.command
