"""Decides for one ventilator controller: samples, alarms, orders, and what is shown.

What needs no record, in `on_live` and `on_live_time` (`DESIGN.md` §2.2 rule 1, the two named exceptions):

* a sample is acknowledged and shown at once; its ACK promises "received" and no more;
* a repetition of a latched alarm is counted and acknowledged at once;
* a frame that cannot be used is refused (NACK) at once;
* packets go out each period and silence is noticed, whatever the journal does.

A new alarm is shown and broadcast at once and its frame acknowledged after `AlarmLatched` is on disk. While its record
is on the way, further frames of it are not answered: the controller repeats them, and the ACK follows the record. If
the journal cannot write, the alarm stays in the list marked ``recorded: false``, the frame stays unacknowledged, and
the record is tried again. An alarm that lineside raises itself is shown at once too; the next `on_time` records it.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.errors import LinesideError
from lineside.runtime.command import Command
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import (
    NOTHING,
    End,
    Event,
    Moment,
    Outcome,
    OutcomeKind,
    Send,
    Show,
    Step,
    UnitState,
    UnitStatus,
)
from lineside.ventilator.model.alarm_frames import AlarmFrames
from lineside.ventilator.model.alarms import ARDUINO_FAIL, Alarms, CarriedAlarm, latched_from, name_of, raised
from lineside.ventilator.model.events import (
    AlarmAcknowledged,
    AlarmLatched,
    BreathingStarted,
    BreathingStopped,
    LineLost,
    LineOpened,
)
from lineside.ventilator.model.orders import LINE, Orders, refused
from lineside.ventilator.model.shown import ModelSettings, Packet, Sensors, Tally, VentilatorStatus, profile_value
from lineside.ventilator.wire import (
    Acknowledge,
    Alarm,
    Data,
    Delivered,
    Noise,
    Payload,
    Profile,
    Refuse,
    Undelivered,
    Unusable,
)

STATUS_S = 1.0
"""How often the counters in the status are shown anew; a person cannot read them faster."""


class CarriedState(msgspec.Struct, frozen=True):
    """The lasting state of one ventilator."""

    alarms: list[CarriedAlarm]
    breathing: bool


class Ventilator:
    """The model of one controller. Lasting: the alarm list, whether it breathes, open orders."""

    def __init__(self, profile: Profile, settings: ModelSettings, now: Moment) -> None:
        self._profile = profile
        self._settings = settings
        self._alarms = Alarms()
        self._orders = Orders(profile)
        self._breathing = False  # lasting: what the journal knows
        # Not lasting from here on.
        self._open = False
        self._sample: Data | None = None
        self._sample_at = now
        self._stale_at = now.mono + settings.start_grace_s
        self._broadcast_at = now.mono
        self._status_at = now.mono
        self._due = False  # a sample has brought evidence that only a record can take
        self._frames = AlarmFrames()
        self._tally = Tally()
        self._status = VentilatorStatus(
            UnitState.WAITING,
            "the line has not been opened yet",
            False,
            now.utc,
            version=profile.version,
            simulated=settings.simulated,
        )

    # ------------------------------------------------------------------ status

    @property
    def status(self) -> UnitStatus:
        """The present status; a new object when something in it changed."""
        return self._status

    def _set_state(self, state: UnitState, reason: str, now: Moment) -> None:
        if (state, reason) != (self._status.state, self._status.reason):
            since = self._status.since if state is self._status.state else now.utc
            self._refresh(state=state, reason=reason, since=since)

    def _refresh(self, **changes: Any) -> None:
        state = changes.get("state", self._status.state)
        self._status = msgspec.structs.replace(
            self._status,
            connected=self._open and state is UnitState.LIVE,
            counters=self._tally.frozen(),
            **changes,
        )

    @property
    def _is_live(self) -> bool:
        return self._status.state is UnitState.LIVE

    # ------------------------------------------------------------------ the link

    def on_open(self, link: str, now: Moment) -> Step:
        """The line is open; nothing is live before its first sample, and the silence goes on until then."""
        self._open = True
        self._set_state(UnitState.WAITING, "the line is open; no sample yet", now)
        return Step(record=(LineOpened(self._settings.line),))

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """The line has ended, or could not be opened (again)."""
        was_open, self._open = self._open, False
        self._set_state(UnitState.AWAY, reason, now)
        shows = (self._sensors_shown(stale=True),) if self._sample is not None else ()
        return Step(show_now=shows, record=(LineLost(reason),) if was_open else ())

    # ------------------------------------------------------------------ what needs no record

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """Samples, repetitions and refusals: answered and shown without a record."""
        match message:
            case Payload(content=Data() as data):
                return self._on_sample(message, data, now)
            case Payload(content=Alarm() as alarm):
                return self._on_alarm_again(message, alarm, now)
            case Payload():
                self._tally.other += 1
                return Step(send=(_acknowledge(message),))
            case Unusable():
                return self._on_unusable(message, now)
            case Noise():
                self._tally.noise += 1
                return NOTHING
        return None

    def _on_sample(self, frame: Payload, data: Data, now: Moment) -> Step:
        if frame.repeated:
            self._tally.repeated += 1
            return Step(send=(_acknowledge(frame),))
        self._tally.samples += 1
        self._sample, self._sample_at = data, now
        self._stale_at = now.mono + self._settings.stale_s
        if self._status.state is not UnitState.LIVE:
            self._set_state(UnitState.LIVE, "samples arrive", now)
        if data.fsm_state != self._status.fsm_state:
            self._on_fsm_state(data.fsm_state)
        if self._orders.pending.provable or self._status.breathing is not self._breathing:
            self._due = True
        shows: tuple[Show, ...] = (Show("samples", (now.utc.timestamp() * 1000.0, *data.values), feed=True),)
        if self._settings.period_s == 0:
            shows += (self._packet_shown(),)
        return Step(send=(_acknowledge(frame),), show=shows)

    def _on_fsm_state(self, fsm_state: int) -> None:
        self._refresh(
            fsm_state=fsm_state,
            fsm_name=self._profile.fsm_name(fsm_state),
            breathing=self._profile.is_breathing(fsm_state),
        )

    def _on_alarm_again(self, frame: Payload, alarm: Alarm, now: Moment) -> Step | None:
        """An alarm whose record is on disk or on its way; None for a new one, which `on_message` decides."""
        name = name_of(alarm)
        if self._frames.is_settled(frame, alarm) or self._alarms.is_latched(name):
            self._frames.settle(frame, alarm)
            self._count_alarm(frame, name, now)
            shows = () if frame.repeated else (self._alarms_shown(),)
            return Step(send=(_acknowledge(frame),), show=shows)
        if self._frames.begin(name, now.mono):
            return None
        self._count_alarm(frame, name, now)
        return NOTHING

    def _count_alarm(self, frame: Payload, name: str, now: Moment) -> None:
        if frame.repeated:  # the same frame over again is not the alarm over again
            self._tally.repeated += 1
        else:
            self._tally.alarms += 1
            self._alarms.count(name, now.utc)

    def _on_unusable(self, frame: Unusable, now: Moment) -> Step:
        self._tally.refused += 1
        shows: tuple[Show, ...] = ()
        if frame.version is not None:
            shows = self._raise(f"it sends version {frame.version:02X}, {self._profile.name} is expected", now)
        return Step(show_now=shows, send=(Send(Refuse(frame.address, frame.sequence), LINE),))

    def _raise(self, text: str, now: Moment) -> tuple[Show, ...]:
        """Put ARDUINO_FAIL into the list, shown and broadcast at once; nothing when it is there. `on_time` records."""
        if self._alarms.is_listed(ARDUINO_FAIL):
            return ()
        self._alarms.see(raised(text), now.utc)
        return (self._alarms_shown(), *self._packet_if_true())

    # ------------------------------------------------------------------ what is recorded

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """A new alarm, the end of an order."""
        match message:
            case Payload(content=Alarm() as alarm):
                return self._on_alarm(message, alarm, now)
            case Delivered(order=order):
                return self._orders.on_delivered(order)
            case Undelivered():
                self._tally.undelivered += 1
                text = f"an order was not acknowledged in {message.attempts} attempts: {message.reason}"
                shows = self._raise(text, now) if message.attempts > 0 else ()
                return Step(show_now=shows) + self._orders.on_undelivered(message, text)
        return NOTHING

    def _on_alarm(self, frame: Payload, alarm: Alarm, now: Moment) -> Step:
        name = name_of(alarm)
        if self._alarms.is_latched(name):
            return NOTHING  # recorded while this frame waited: its repetition is acknowledged, this is too late
        not_after = self._frames.decide(frame, alarm, now.mono)
        if self._alarms.is_listed(name):
            self._count_alarm(frame, name, now)
        else:
            self._tally.alarms += 1
            self._alarms.see(latched_from(alarm, self._profile.version), now.utc)
        # Everything that waits is recorded with it, so that the list stays in the order in which it was shown.
        shows = (self._alarms_shown(), *self._packet_if_true())
        return Step(show_now=shows, record=self._alarms.waiting, send=(_acknowledge(frame, not_after),))

    def on_command(self, command: Command, now: Moment) -> Step:
        """START, STOP and SEND go to the line; ACK_ALARM ends here."""
        if command.name == "ACK_ALARM":
            return self._on_acknowledge(command, command.params["alarm"])
        if not self._status.connected:
            return refused(command.id, f"the controller is not connected: {self._status.reason}", "not_connected")
        return self._orders.ask(command)

    def _on_acknowledge(self, command: Command, name: str) -> Step:
        event = AlarmAcknowledged(name, command.actor)
        done = End(command.id, Outcome(OutcomeKind.DONE, f"{name} is off the list"))
        waiting = self._alarms.unrecorded(name)
        if not self._alarms.is_listed(name):
            listed = ", ".join(self._alarms.names) or "none"
            return refused(command.id, f"alarm {name!r} is not in the list; in it: {listed}", "bad_params")
        events: tuple[Event, ...] = (event,) if waiting is None else (waiting, event)
        return Step(record=events, end=(done,))

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """Fresh samples that came after the order say how it ended; silence is no evidence."""
        if self._sample is None or not self._is_live:
            return NOTHING
        return self._orders.on_expiry(command, self._sample, self._sample_at.mono, self._sample_at.utc)

    # ------------------------------------------------------------------ time

    def deadline(self) -> float | None:
        """At once when there is something to record."""
        return 0.0 if self._due or self._alarms.has_waiting else None

    def on_time(self, now: Moment) -> Step:
        """Record alarms without a record, a change between breathing and idle, and what a sample has settled."""
        self._due = False
        step = Step(record=self._alarms.waiting)
        sample = self._sample
        if sample is None or not self._is_live:
            return step
        if self._status.breathing is not self._breathing:
            changed = BreathingStarted if self._status.breathing else BreathingStopped
            step += Step(record=(changed(sample.fsm_state, self._profile.fsm_name(sample.fsm_state)),))
        return step + self._orders.settle(sample, self._sample_at.mono, self._sample_at.utc)

    def live_deadline(self) -> float:
        """The earliest of: staleness, next broadcast, fresh counters."""
        at = self._status_at if self._status_at < self._stale_at else self._stale_at
        return self._broadcast_at if self._settings.period_s > 0 and self._broadcast_at < at else at

    def on_live_time(self, now: Moment) -> Step:
        """Silence, the periodic values, the counters; also while an append hangs."""
        shows: tuple[Show, ...] = ()
        if now.mono >= self._stale_at:
            shows += self._on_stale(now)
        if now.mono >= self._broadcast_at:
            period_s = self._settings.period_s or STATUS_S
            after = self._broadcast_at + period_s
            self._broadcast_at = after if after > now.mono else now.mono + period_s
            shows += self._periodic()
        if now.mono >= self._status_at:
            self._status_at = now.mono + STATUS_S
            if self._status.counters != self._tally.frozen():
                self._refresh()
        return Step(show=shows)

    def _on_stale(self, now: Moment) -> tuple[Show, ...]:
        """Silence: nothing is shown as live, and ARDUINO_FAIL stands in the list as long as it lasts."""
        self._stale_at = now.mono + self._settings.stale_s
        silence_s = now.mono - self._sample_at.mono
        text = f"no sample for {silence_s:.0f} s" if self._sample is not None else "no sample since the start"
        if self._open:
            self._set_state(UnitState.STALE, "no sample for longer than the limit", now)
        shows = (self._sensors_shown(stale=True),) if self._sample is not None else ()
        return shows + self._raise(text, now)

    # ------------------------------------------------------------------ what is shown

    def _periodic(self) -> tuple[Show, ...]:
        if self._sample is None:
            return (self._packet_shown(),) if self._alarms.names else ()
        if not self._is_live:
            return ()
        packets = (self._packet_shown(),) if self._settings.period_s > 0 else ()
        return (self._sensors_shown(stale=False), *packets)

    def _packet_if_true(self) -> tuple[Show, ...]:
        """A broadcast, when it would present nothing old as fresh: live, or with ARDUINO_FAIL in its list."""
        if self._sample is None or self._is_live or self._alarms.is_listed(ARDUINO_FAIL):
            return (self._packet_shown(),)
        return ()

    def _packet_shown(self) -> Show:
        sensors = self._sample.sensors() if self._sample is not None else None
        return Show("packet", Packet(sensors, self._alarms.names))

    def _alarms_shown(self) -> Show:
        return Show("alarms", self._alarms.view())

    def _sensors_shown(self, *, stale: bool) -> Show:
        assert self._sample is not None
        return Show("sensors", Sensors(self._sample.sensors(), self._sample_at.utc, stale))

    # ------------------------------------------------------------------ lasting state

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event."""
        self._orders.pending.apply(event)
        match event:
            case AlarmLatched():
                self._alarms.latch(event, at)
                self._frames.recorded(event.name)
            case AlarmAcknowledged():
                self._alarms.acknowledge(event)
            case BreathingStarted():
                self._breathing = True
            case BreathingStopped():
                self._breathing = False

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """The list as it now is; a packet when a name went off it; everything after a restart."""
        if not events:
            return Show("profile", profile_value(self._profile)), self._alarms_shown()
        self._orders.pending.note_sent(events, now.mono)
        is_shorter = any(isinstance(event, AlarmAcknowledged) for event in events)
        is_changed = is_shorter or any(isinstance(event, AlarmLatched) for event in events)
        shows = (self._alarms_shown(),) if is_changed else ()
        return (*shows, *self._packet_if_true()) if is_shorter else shows

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """Alarms were shown before; they stay in the list as not recorded and are tried again."""
        self._frames.refused(event.name for event in step.record if isinstance(event, AlarmLatched))
        return NOTHING

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        """This model asks nothing."""
        return NOTHING

    def carry(self) -> CarriedState:
        """The lasting state, whole; open orders travel with the unit's commands."""
        return CarriedState(self._alarms.carry(), self._breathing)

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take what `carry` gave."""
        carried = msgspec.convert(state, CarriedState)
        self._alarms.restore(carried.alarms)
        self._breathing = carried.breathing
        self._orders.pending.restore(commands)


def _acknowledge(frame: Payload, not_after: float | None = None) -> Send:
    return Send(Acknowledge(frame.address, frame.sequence), LINE, not_after)
