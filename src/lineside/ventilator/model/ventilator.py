"""Decides for one ventilator controller: samples, alarms, orders, and what is shown.

What needs no record, in `on_live` (`DESIGN.md` §2.2 rule 1, the two named exceptions):

* a sample is acknowledged and shown at once; its ACK promises "received" and no more;
* a repetition of a latched alarm is counted and acknowledged at once;
* a frame that cannot be used is refused (NACK) at once, unless it makes ARDUINO_FAIL appear.

A new alarm is shown and broadcast at once and its frame acknowledged after `AlarmLatched` is on disk. If the journal
cannot write, the alarm stays in the list marked ``recorded: false``, the frame stays unacknowledged (the controller
repeats it), and the record is tried again.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any

import msgspec

from lineside.errors import LinesideError, WireError
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
    Unsure,
)
from lineside.ventilator.model.alarms import Alarms, CarriedAlarm
from lineside.ventilator.model.commands import ORDERS_MAX, PARAM_MAX, Pending, PendingOrders
from lineside.ventilator.model.events import (
    AlarmAcknowledged,
    AlarmLatched,
    BreathingStarted,
    BreathingStopped,
    LineLost,
    LineOpened,
)
from lineside.ventilator.model.shown import ModelSettings, Packet, Sensors, Tally, VentilatorStatus
from lineside.ventilator.wire import (
    Acknowledge,
    Alarm,
    Data,
    Delivered,
    Noise,
    Order,
    Payload,
    Profile,
    Refuse,
    Undelivered,
    Unusable,
)

LINE = "line"
"""Name of the unit's one link."""

ARDUINO_FAIL = "ARDUINO_FAIL"
"""The alarm that lineside raises itself: the controller is silent, or what it says cannot be used."""

AlarmFrameKey = tuple[int, int, Alarm]
"""What makes two alarm frames the same one: a controller that discards a frame uses its number for another alarm."""

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
        self._orders = PendingOrders()
        self._breathing = False  # lasting: what the journal knows
        # Not lasting from here on.
        self._open = False
        self._sample: Data | None = None
        self._sample_at = now
        self._heard = False  # a sample came since the line opened
        self._stale_at = now.mono + settings.start_grace_s
        self._broadcast_at = now.mono
        self._status_at = now.mono
        self._due = False  # a sample has brought evidence that only a record can take
        self._settled_frame: AlarmFrameKey | None = None
        self._deciding_frame: AlarmFrameKey | None = None
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
        """The line is open; nothing is live before its first sample."""
        self._open, self._heard = True, False
        self._stale_at = now.mono + self._settings.start_grace_s
        self._set_state(UnitState.WAITING, "the line is open; no sample yet", now)
        return Step(record=(LineOpened(link),))

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """The line has ended, or could not be opened (again)."""
        was_open, self._open = self._open, False
        self._set_state(UnitState.AWAY, reason, now)
        shows = (self._sensors_shown(stale=True),) if self._sample is not None else ()
        return Step(record=(LineLost(reason),), show=shows) if was_open else Step(show=shows)

    # ------------------------------------------------------------------ messages

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """Samples, repetitions and refusals: answered and shown without a record."""
        match message:
            case Payload(content=Data() as data):
                return self._on_sample(message, data, now)
            case Payload(content=Alarm() as alarm):
                return self._on_repeated_alarm(message, alarm, now)
            case Payload():
                self._tally.other += 1
                return Step(send=(_acknowledge(message),))
            case Unusable(version=version):
                self._tally.refused += 1
                if version is not None and not self._alarms.is_latched(ARDUINO_FAIL):
                    return None
                return Step(send=(Send(Refuse(message.address, message.sequence), LINE),))
            case Noise():
                self._tally.noise += 1
                return NOTHING
        return None

    def _on_sample(self, frame: Payload, data: Data, now: Moment) -> Step:
        acknowledge = _acknowledge(frame)
        if frame.repeated:
            self._tally.repeated += 1
            return Step(send=(acknowledge,))
        self._tally.samples += 1
        before, self._sample, self._sample_at = self._sample, data, now
        self._heard = True
        self._stale_at = now.mono + self._settings.stale_s
        if not self._is_live:
            self._set_state(UnitState.LIVE, "samples arrive", now)
        if before is None or before.fsm_state != data.fsm_state or data.fsm_state != self._status.fsm_state:
            self._on_fsm_state(data.fsm_state)
        if self._orders or self._profile.is_breathing(data.fsm_state) is not self._breathing:
            self._due = True
        shows: tuple[Show, ...] = (Show("samples", (now.utc.timestamp() * 1000.0, *data.values), feed=True),)
        if self._settings.period_s == 0:
            shows += (self._packet_shown(),)
        return Step(send=(acknowledge,), show=shows)

    def _on_fsm_state(self, fsm_state: int) -> None:
        self._refresh(
            fsm_state=fsm_state,
            fsm_name=self._profile.fsm_name(fsm_state),
            breathing=self._profile.is_breathing(fsm_state),
        )

    def _on_repeated_alarm(self, frame: Payload, alarm: Alarm, now: Moment) -> Step | None:
        key = (frame.address, frame.sequence, alarm)
        if frame.repeated and key == self._settled_frame:
            self._tally.repeated += 1
            return Step(send=(_acknowledge(frame),))
        name = alarm.name or ARDUINO_FAIL
        if not self._alarms.is_latched(name):
            return None
        self._tally.alarms += 1
        self._settled_frame = key
        self._alarms.count(name, now.utc)
        return Step(send=(_acknowledge(frame),), show=(self._alarms_shown(),))

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """What has to be recorded: a new alarm, a fault of the controller, the end of an order."""
        match message:
            case Payload(content=Alarm() as alarm):
                again = self._on_repeated_alarm(message, alarm, now)  # it may have waited behind its own first record
                return again if again is not None else self._on_new_alarm(message, alarm, now)
            case Unusable(reason=reason):
                refuse = Send(Refuse(message.address, message.sequence), LINE)
                return self._fail(f"a frame cannot be used: {reason}", now) + Step(send=(refuse,))
            case Delivered(order=order):
                return self._on_delivered(order)
            case Undelivered(order=order):
                return self._on_undelivered(message, order, now)
        return NOTHING

    def _on_new_alarm(self, frame: Payload, alarm: Alarm, now: Moment) -> Step:
        self._tally.alarms += 1
        self._deciding_frame = (frame.address, frame.sequence, alarm)
        if alarm.name is None:
            latched = _raised(f"alarm code {alarm.code} is not in the table of version {self._profile.version:#x}")
        else:
            priority = alarm.priority or "medium"
            latched = AlarmLatched(alarm.name, alarm.code, priority, "controller", alarm.param)
        return self._latch(latched, now) + Step(send=(_acknowledge(frame),))

    def _latch(self, alarm: AlarmLatched, now: Moment) -> Step:
        """Show and broadcast at once, then record."""
        self._alarms.see(alarm, now.utc)
        return Step(show_now=(self._alarms_shown(), *self._packet_if_true()), record=(alarm,))

    def _fail(self, text: str, now: Moment) -> Step:
        """Latch ARDUINO_FAIL with the reason, or do nothing when it is in the list."""
        if self._alarms.is_latched(ARDUINO_FAIL):
            return NOTHING
        return self._latch(_raised(text), now)

    # ------------------------------------------------------------------ orders

    def on_command(self, command: Command, now: Moment) -> Step:
        """START, STOP and SEND go to the line; ACK_ALARM ends here."""
        if command.name == "ACK_ALARM":
            return self._on_acknowledge(command, str(command.params["alarm"]))
        if not self._status.connected:
            return _refused(command.id, f"the controller is not connected: {self._status.reason}", "not_connected")
        if len(self._orders) >= ORDERS_MAX:
            return _refused(command.id, f"{ORDERS_MAX} orders have not ended yet", "busy")
        cmdtype = str(command.params.get("cmdtype", "GENERAL"))
        cmd = str(command.params.get("cmd", command.name))
        param = command.params["param"]
        if not self._profile.has_command(cmdtype, cmd):
            return _refused(command.id, f"version {self._profile.version:#x} has no {cmdtype}/{cmd}", "bad_params")
        if not 0 <= param <= PARAM_MAX:
            return _refused(command.id, f"param {param}: accepted are 0 to {PARAM_MAX}", "bad_params")
        try:
            self._profile.encode_command(cmdtype, cmd, param)
        except WireError as error:
            return _refused(command.id, str(error), "bad_params")
        return Step(send=(Send(Order(command.id, cmdtype, cmd, param), LINE),), sent=(command.id,))

    def _on_acknowledge(self, command: Command, name: str) -> Step:
        event = AlarmAcknowledged(name, command.actor)
        done = End(command.id, Outcome(OutcomeKind.DONE, f"{name} is off the list"))
        waiting = self._alarms.unrecorded(name)
        if waiting is None and not self._alarms.is_latched(name):
            listed = ", ".join(self._alarms.names) or "none"
            return _refused(command.id, f"alarm {name!r} is not in the list; in it: {listed}", "bad_params")
        events: tuple[Event, ...] = (event,) if waiting is None else (waiting, event)
        return Step(record=events, end=(done,))

    def _on_delivered(self, order: Any) -> Step:
        pending = self._orders.get(order.id) if isinstance(order, Order) else None
        if pending is None or pending.breathing is not None:
            return NOTHING
        outcome = Outcome(OutcomeKind.DONE, "the controller acknowledged the frame")
        return Step(end=(End(order.id, outcome),))

    def _on_undelivered(self, message: Undelivered, order: Any, now: Moment) -> Step:
        self._tally.undelivered += 1
        pending = self._orders.get(order.id) if isinstance(order, Order) else None
        if message.attempts == 0:
            return _refused(order.id, f"it never left: {message.reason}", "busy") if pending else NOTHING
        text = f"an order was not acknowledged in {message.attempts} attempts: {message.reason}"
        unsure = Step(end=(Unsure(order.id, text),)) if pending and not pending.unknown else NOTHING
        return (self._fail(text, now) if self._open else NOTHING) + unsure

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """Fresh samples that show the other state are a refusal; silence is no evidence."""
        pending = self._orders.get(command.id)
        if pending is None or pending.breathing is None or not self._is_live or self._sample is None:
            return NOTHING
        return Step(end=(self._refusal(pending, self._sample),))

    def _settle(self, now: Moment) -> Step:
        """End the orders that the present sample proves (or, for unknown ones, disproves)."""
        sample = self._sample
        if sample is None or not self._is_live:
            return NOTHING
        breathing = self._profile.is_breathing(sample.fsm_state)
        ends: list[End | Unsure] = []
        for one in self._orders.sent():
            assert one.sent_at is not None
            if self._sample_at.utc <= one.sent_at:
                continue
            if one.breathing is breathing:
                text = f"the controller says {self._profile.fsm_name(sample.fsm_state)}"
                ends.append(End(one.command.id, Outcome(OutcomeKind.DONE, text, evidence=self._evidence(sample))))
            elif one.unknown:
                ends.append(self._refusal(one, sample))
        return Step(end=tuple(ends))

    def _refusal(self, one: Pending, sample: Data) -> End:
        text = f"not in effect: the controller says {self._profile.fsm_name(sample.fsm_state)}"
        return End(one.command.id, Outcome(OutcomeKind.REFUSED, text, "not_in_effect", self._evidence(sample)))

    def _evidence(self, sample: Data) -> dict[str, Any]:
        return {
            "fsm_state": sample.fsm_state,
            "fsm_name": self._profile.fsm_name(sample.fsm_state),
            "sample_at": self._sample_at.utc.isoformat(),
        }

    # ------------------------------------------------------------------ time

    def deadline(self) -> float | None:
        """The earliest of: evidence to record, next broadcast, staleness, fresh counters."""
        if self._due or self._alarms.waiting:
            return 0.0
        at = min(self._stale_at, self._status_at)
        if self._settings.period_s > 0:
            at = min(at, self._broadcast_at)
        return at

    def on_time(self, now: Moment) -> Step:
        """Whatever is due, in the order of its weight."""
        step = self._overdue_records(now)
        if now.mono >= self._stale_at:
            step += self._on_stale(now)
        if now.mono >= self._broadcast_at:
            self._broadcast_at = now.mono + (self._settings.period_s or STATUS_S)
            step += Step(show=self._periodic())
        if now.mono >= self._status_at:
            self._status_at = now.mono + STATUS_S
            if self._status.counters != self._tally.frozen():
                self._refresh()
        return step

    def _overdue_records(self, now: Moment) -> Step:
        """Alarms without a record, orders that a sample has settled, a change between breathing and idle."""
        self._due = False
        step = Step(record=self._alarms.waiting)
        sample = self._sample
        if sample is None:
            return step
        breathing = self._profile.is_breathing(sample.fsm_state)
        if self._is_live and breathing is not self._breathing:
            name = self._profile.fsm_name(sample.fsm_state)
            changed: type[BreathingStarted | BreathingStopped] = BreathingStarted if breathing else BreathingStopped
            step += Step(record=(changed(sample.fsm_state, name),))
        return step + self._settle(now)

    def _on_stale(self, now: Moment) -> Step:
        """Silence: nothing is shown as live, and ARDUINO_FAIL stands in the list as long as it lasts."""
        self._stale_at = now.mono + self._settings.stale_s
        silence_s = now.mono - self._sample_at.mono
        text = f"no sample for {silence_s:.0f} s" if self._sample is not None else "no sample since the start"
        if self._open:
            self._set_state(UnitState.STALE, "no sample for longer than the limit", now)
        shows = (self._sensors_shown(stale=True),) if self._sample is not None else ()
        return self._fail(text, now) + Step(show=shows)

    # ------------------------------------------------------------------ what is shown

    def _periodic(self) -> tuple[Show, ...]:
        shows: tuple[Show, ...] = ()
        if self._is_live:
            shows += (self._sensors_shown(stale=False),)
        if self._settings.period_s > 0 or self._sample is None:
            shows += self._packet_if_true() if self._is_live or (self._sample is None and self._alarms.names) else ()
        return shows

    def _packet_if_true(self) -> tuple[Show, ...]:
        """A broadcast, when it would present nothing old as fresh: live, or with ARDUINO_FAIL in its list."""
        if self._sample is None or self._is_live or ARDUINO_FAIL in self._alarms.names:
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

    def _profile_shown(self) -> Show:
        fields = [{"name": name, "unit": unit} for name, unit in self._profile.sensor_fields]
        return Show("profile", {"version": self._profile.version, "fields": fields})

    # ------------------------------------------------------------------ lasting state

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event."""
        self._orders.apply(event, at)
        match event:
            case AlarmLatched():
                self._alarms.latch(event, at)
                self._settled_frame, self._deciding_frame = self._deciding_frame, None
            case AlarmAcknowledged():
                self._alarms.acknowledge(event)
            case BreathingStarted():
                self._breathing = True
            case BreathingStopped():
                self._breathing = False

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """The list as it now is; a packet when a name went off it; everything after a restart."""
        if not events:
            return self._profile_shown(), self._alarms_shown()
        shows: tuple[Show, ...] = ()
        if any(isinstance(event, AlarmLatched | AlarmAcknowledged) for event in events):
            shows += (self._alarms_shown(),)
        if any(isinstance(event, AlarmAcknowledged) for event in events):
            shows += self._packet_if_true()
        return shows

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """Alarms were shown before; they stay in the list as not recorded and are tried again."""
        self._deciding_frame = None
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
        self._orders.restore(commands)


def _raised(text: str) -> AlarmLatched:
    return AlarmLatched(ARDUINO_FAIL, None, "high", "lineside", 0, text)


def _acknowledge(frame: Payload) -> Send:
    return Send(Acknowledge(frame.address, frame.sequence), LINE)


def _refused(command_id: str, text: str, code: str) -> Step:
    return Step(end=(End(command_id, Outcome(OutcomeKind.REFUSED, text, code)),))
