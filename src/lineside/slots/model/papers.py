"""Handpays (1B) and validation records (4D): what a machine forgets once its answer is acknowledged.

Both are polled with ``hold``: the line stands still until the record is on disk. A validation record is looked at first
(4D FF, which marks nothing) and recorded, and then marked as read (4D 00), so that a crash at any point loses none.

Polls are ordered by the clock alone and never with a record, so that any message can be decided once more.
"""

from __future__ import annotations

from lineside.slots.line.messages import FailReason, PollDone, PollFailed, Priority
from lineside.slots.model.draft import Draft
from lineside.slots.model.events import HandpayRecorded, HandpaysRead, RecordsRead, ValidationRead
from lineside.slots.model.memory import Memory, identity
from lineside.slots.model.settings import MachineSettings
from lineside.slots.wire import Handpay, RecordQuestion, ValidationRecord

HANDPAY = "handpay"
LOOK = "look"
MARK = "mark"
AGAIN = "again"
"""Tag of a poll of before a start that the line repeats first: its answer may not be on disk (with a hold)."""

_LOOK_AHEAD, _READ_AND_MARK = 0xFF, 0x00

# A machine holds 31 records; one that never comes to an end must not be asked for ever.
MARKS_MAX = 64


class Papers:
    """Reads handpays and validation records of one machine."""

    def __init__(self, memory: Memory, settings: MachineSettings) -> None:
        self._memory = memory
        self._settings = settings
        self._turn = 0
        self._out: dict[str, int] = {}  # what is asked → turn of its tag
        self._wanted: set[str] = set()
        self._can_look = True
        self._marks = 0
        self._was_read = False  # a handpay, since 51 was told

    def begin_session(self) -> None:
        """The machine can be reached again: what was not read to its end is read now."""
        self.stop()
        self._can_look = True
        lasting = self._memory.lasting
        if lasting.handpays_due or lasting.is_handpay_open:
            self.want_handpay()
        features = lasting.config.get("features", {})
        if lasting.records_due or features.get("has_validation_extensions", False):
            self.want_records()

    def stop(self) -> None:
        """The machine cannot be reached."""
        self._out.clear()
        self._wanted.clear()

    def want_handpay(self) -> None:
        """51 was told."""
        self._wanted.add(HANDPAY)
        self._was_read = False

    def want_records(self) -> None:
        """3D or 3E was told."""
        self._wanted.add(LOOK if self._can_look else MARK)
        self._marks = 0

    @property
    def is_due(self) -> bool:
        """Something is to be asked."""
        return bool(self._wanted - self._out.keys())

    def on_time(self, draft: Draft) -> None:
        """Ask what is due."""
        for what in sorted(self._wanted - self._out.keys()):
            self._turn += 1
            self._out[what] = self._turn
            self._wanted.discard(what)
            tag = f"{what}.{self._turn}"
            if what == HANDPAY:
                draft.want(0x1B, tag=tag, priority=Priority.NORMAL, hold=True)
            else:
                function = RecordQuestion(_LOOK_AHEAD if what == LOOK else _READ_AND_MARK)
                draft.want(0x4D, function, tag=tag, priority=Priority.NORMAL, hold=what == MARK)

    def on_failed(self, what: str, failed: PollFailed) -> None:
        """A machine that does not look ahead is read as it is; other failures wait for the next exception."""
        self._out.pop(what, None)
        if what == LOOK and failed.reason in (FailReason.SILENCE, FailReason.NACK):
            self._can_look = False
            self._wanted.add(MARK)

    # ------------------------------------------------------------------ handpays

    def on_handpay(self, draft: Draft, done: PollDone, *, away: bool) -> None:
        """Record a handpay; ask for the next until there is none."""
        self._out.pop(HANDPAY, None)
        answer, lasting = done.answer, self._memory.lasting
        assert isinstance(answer, Handpay)
        if answer.is_none:
            if lasting.handpays_due:
                draft.record(HandpaysRead(missed=not self._was_read))
            return
        event = HandpayRecorded(
            amount_cents=answer.amount_cents,
            level=answer.level,
            progressive_group=answer.progressive_group,
            partial_pay=answer.partial_pay,
            reset_id=answer.reset_id,
            away=away,
        )
        if self._is_known(event):
            return
        draft.record(event)
        self._was_read = True
        if not self._settings.handpay_repeats:
            self._wanted.add(HANDPAY)

    def on_again(self, draft: Draft, done: PollDone, *, away: bool) -> None:
        """The machine's answer to what was asked last before this start: a handpay in it is told no second time."""
        if isinstance(done.answer, Handpay) and not done.answer.is_none:
            self.on_handpay(draft, done, away=away)

    def _is_known(self, event: HandpayRecorded) -> bool:
        """Whether it was told before: by a machine that is known to repeat, or that told no new one by 51."""
        lasting = self._memory.lasting
        known = lasting.handpay
        if known is None or (lasting.handpays_due and not self._settings.handpay_repeats):
            return False
        return (known.amount_cents, known.level, known.progressive_group) == (
            event.amount_cents,
            event.level,
            event.progressive_group,
        )

    # ------------------------------------------------------------------ validation records

    def on_record(self, draft: Draft, what: str, done: PollDone) -> None:
        """Record a validation record that is new; mark the one that was looked at, then look for the next."""
        self._out.pop(what, None)
        answer, lasting = done.answer, self._memory.lasting
        assert isinstance(answer, ValidationRecord)
        if answer.is_none:
            if lasting.records_due:
                draft.record(RecordsRead())
            return
        event = _record_of(answer)
        if identity(event) not in lasting.records:
            draft.record(event)
        if what == LOOK:
            self._wanted.add(MARK)
        elif self._marks < MARKS_MAX:
            self._marks += 1
            self._wanted.add(LOOK if self._can_look else MARK)


def _record_of(answer: ValidationRecord) -> ValidationRead:
    return ValidationRead(
        type=answer.type,
        index=answer.index,
        day="" if answer.day is None else answer.day.isoformat(),
        time=answer.time.isoformat(),
        number=answer.number,
        amount_cents=answer.amount_cents,
        ticket_number=answer.ticket_number,
        system_id=answer.system_id,
        expiration=answer.expiration,
        pool_id=answer.pool_id,
    )
