"""Decides for one table: updates, who reports, maintenance, alarms, error signals, and what is shown.

Every message of a reporter gets one answer, in order. An update is confirmed after its event is on disk, also when it
changes nothing, because it counts. What needs no record is answered in its turn: a snapshot (a read), a ping, a
refusal. Who reports is recorded right after the snapshot, so that a full disk keeps nobody from reading.

What follows from the state by the clock (a reporter's grace, an alarm's grace and repetition, the end of maintenance)
are timers that are wanted anew after everything that was recorded; a decision of `on_time` that the disk refused is
made again.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from lineside.errors import LinesideError
from lineside.runtime.command import Command
from lineside.runtime.open_commands import OpenCommandState
from lineside.runtime.step import NOTHING, Close, Event, Moment, Send, Show, Step, UnitState
from lineside.studio.model.asked import decide_asked
from lineside.studio.model.conditions import conditions, wanted
from lineside.studio.model.connections import Connection, Connections, Joined, RoundTrip
from lineside.studio.model.due import decide_due, left_event
from lineside.studio.model.events import (
    CustomCleared,
    ReporterJoined,
    ReporterLeft,
    ReporterLost,
    StatusRepeated,
    StatusUpdated,
    TableMade,
)
from lineside.studio.model.heard import (
    decide_liveness,
    decide_signal,
    decide_update,
)
from lineside.studio.model.settings import TableSettings, UptimeMode
from lineside.studio.model.shown import (
    AlarmsView,
    FieldView,
    PresenceView,
    TableStatus,
    TableView,
    alarms_view,
    color_of,
    field_views,
    fields_after,
    is_calm,
    maintenance_view,
    presence_view,
)
from lineside.studio.model.state import TableState
from lineside.studio.model.timers import Timers
from lineside.studio.model.watched import watched_of
from lineside.studio.wire import (
    TOO_MANY_ERRORS,
    Ack,
    ActivateBackup,
    Confirmed,
    Dialect,
    ErrorReply,
    Liveness,
    Malformed,
    Ping,
    SignalReport,
    Snapshot,
    Update,
    timestamp_text,
)

BEAT_S = 1.0
"""How often values are shown that change with every message; a person cannot read them faster."""


_ABOUT_PRESENCE: set[type[Event]] = {ReporterJoined, ReporterLeft, ReporterLost}
_NOT_ABOUT_ALARMS: set[type[Event]] = {TableMade, StatusUpdated, StatusRepeated, CustomCleared, *_ABOUT_PRESENCE}


class Table:
    """The model of one table. Lasting: `TableState`.

    Args:
        name: the table's, as the wire says it.
    """

    def __init__(self, name: str, settings: TableSettings, now: Moment) -> None:
        self.name = name
        self.state = TableState()
        self._settings = settings
        self._made_at = now.utc  # until the journal knows better
        # Not lasting from here on.
        self._connections = Connections()
        self._timers = Timers()
        self._wrong: Mapping[str, str] = {}
        self._beat_at: float | None = None
        self._applied_at = now.utc
        self._fields: tuple[FieldView, ...] = field_views(self.state, settings)
        self._confirm = (Send(Confirmed(name)),)
        self._status = TableStatus(
            UnitState.WAITING, "nobody has reported yet", False, now.utc, simulated=settings.simulated
        )

    # ------------------------------------------------------------------ read

    @property
    def status(self) -> TableStatus:
        """The present status; a new object when something in it changed."""
        return self._status

    @property
    def made_at(self) -> datetime:
        """When the table came into being, UTC."""
        return self.state.made_at or self._made_at

    def snapshot(self, now: Moment) -> Snapshot:
        """The twelve keys as they are on disk."""
        state, settings = self.state, self._settings
        seconds = settings.uptime_mode is UptimeMode.SECONDS
        return Snapshot(
            self.name,
            self._age_s(now) if seconds else state.updates,
            timestamp_text(state.updated_at or self.made_at, settings.timestamps, settings.zone),
            state.maintenance.on,
            state.values,
            state.custom if settings.expose_custom else None,
        )

    def table_view(self, now: Moment) -> TableView:
        """The topic ``table``."""
        state = self.state
        return TableView(
            self.name,
            state.updates,
            self._age_s(now),
            state.updated_at or self.made_at,
            self.made_at,
            maintenance_view(state),
            self._fields,
            state.custom,
        )

    def presence_view(self) -> PresenceView:
        """The topic ``presence``."""
        return presence_view(self.state, self._connections)

    def alarms_view(self) -> AlarmsView:
        """The topic ``alarms``."""
        return alarms_view(self.state, self._settings)

    def _age_s(self, now: Moment) -> int:
        return max(int((now.utc - self.made_at).total_seconds()), 0)

    # ------------------------------------------------------------------ connections

    def on_open(self, link: str, now: Moment) -> Step:
        """A connection; who it is comes with `Joined`."""
        self._connections.open(link, now)
        return NOTHING

    def on_close(self, link: str, reason: str, now: Moment) -> Step:
        """A connection has ended; the device has left with its last one."""
        last = self._connections.close(link, reason, now, self._settings.final_update_s)
        record: tuple[Event, ...] = ()
        if last is not None and self.state.reporters.is_present(last.device):
            record = (left_event(self.state, self._settings, last.device, self._connections.leaving, now),)
        elif last is not None:
            self._connections.leaving.pop(last.device, None)  # the journal never heard of it
        self._want(now)
        self._refresh(now)
        return Step(record=record, show=(Show("presence", self.presence_view()),))

    def _on_joined(self, link: str, joined: Joined, now: Moment) -> Step:
        self._connections.join(link, joined, now)
        self._want(now)
        self._refresh(now)
        send = (Send(self.snapshot(now)),) if joined.wants_snapshot else ()
        return Step(send=send, show=(Show("presence", self.presence_view()),))

    def first_events(self, one: Connection | None) -> tuple[Event, ...]:
        """What has to be in the journal before the first fact about the table, or of this reporter."""
        made = () if self.state.made_at is not None else (TableMade(),)
        if one is None or not one.is_joined or self.state.reporters.is_present(one.device):
            return made
        return (*made, one.joined_event())

    # ------------------------------------------------------------------ messages

    def on_live(self, link: str, message: Any, now: Moment) -> Step | None:
        """Answers keep the order of the messages, so that nothing is answered before its turn; a ping is no message."""
        if type(message) is not RoundTrip:
            return None
        one = self._connections.get(link)
        if one is not None:
            one.rtt_ms = message.rtt_ms
            self._beat(now)
        return NOTHING

    def on_message(self, link: str, message: Any, now: Moment) -> Step:
        """A message of a reporter, in order."""
        if type(message) is Joined:
            return self._on_joined(link, message, now)
        one = self._connections.get(link)
        if one is None:
            return NOTHING  # it ended before this message had its turn
        one.last = now.utc
        if self._beat_at is None:
            self._beat_at = now.mono + BEAT_S
        if type(message) is Update:
            return self._on_update(one, message, now)
        return self._on_other(link, one, message, now)

    def _on_update(self, one: Connection, update: Update, now: Moment) -> Step:
        if update.table and update.table != self.name:
            return self._refuse(one, f"Invalid tableId: {update.table}")
        decided = decide_update(self.state, one, update)
        if isinstance(decided, str):
            return self._refuse(one, decided)
        one.updated_mono = now.mono
        return Step(record=(*self.first_events(one), *decided), send=self._confirm)

    def _on_other(self, link: str, one: Connection, message: Any, now: Moment) -> Step:
        match message:
            case Malformed(text=text):
                return self._refuse(one, text)
            case Ping():
                return Step(send=(Send(Ack(now.utc)),) if one.dialect is Dialect.D else self._confirm)
            case Liveness(up=up):
                decided = decide_liveness(self.state, one, up)
                backup = () if up or not decided else self._to_stand_by(one)
                record = (*self.first_events(one), *decided) if decided else ()
                return Step(record=record, send=(*self._confirm, *backup))
            case SignalReport():
                event, answer = decide_signal(self.state, self.name, one, message, now.utc)
                send = (Send(answer),) if one.dialect is Dialect.D else self._confirm
                return Step(record=(*self.first_events(one), event), send=send)
        raise AssertionError(f"no message of a reporter: {message!r}")

    def _to_stand_by(self, down: Connection) -> tuple[Send, ...]:
        """The order to take over, for another device of the table that understands it and does not say it is down."""
        for link, one in self._connections:
            known = self.state.reporters.get(one.device)
            is_well = known is None or not known.says_down
            if one.dialect is Dialect.D and one.device != down.device and is_well:
                return (Send(ActivateBackup(), link),)
        return ()

    def _refuse(self, one: Connection, text: str) -> Step:
        one.errors += 1
        close = (Close(TOO_MANY_ERRORS),) if one.is_over else ()
        return Step(send=(Send(ErrorReply(text)),), close=close)

    # ------------------------------------------------------------------ commands

    def on_command(self, command: Command, now: Moment) -> Step:
        """All commands end here, in the append of their acceptance."""
        step = decide_asked(self.state, self._settings, command, now.utc)
        first = self.first_events(None) if step.record else ()
        return Step(record=first) + step if first else step

    def on_expiry(self, command: Command, now: Moment) -> Step:
        """No command waits for anything."""
        return NOTHING

    def on_answer(self, ask_id: str, answer: Any, now: Moment) -> Step:
        """This model asks nothing."""
        return NOTHING

    # ------------------------------------------------------------------ time

    def deadline(self) -> float | None:
        """The earliest of the timers that follow from the state."""
        return self._timers.deadline

    def on_time(self, now: Moment) -> Step:
        """Record what is due."""
        return decide_due(self.state, self._settings, self._timers, self._connections, now)

    def live_deadline(self) -> float | None:
        """The next beat, when something has to be shown with it."""
        return self._beat_at

    def on_live_time(self, now: Moment) -> Step:
        """Show what changes with every message."""
        self._beat_at = None
        return Step(show=(Show("table", self.table_view(now)), Show("presence", self.presence_view())))

    def _beat(self, now: Moment) -> None:
        if self._beat_at is None:
            self._beat_at = now.mono + BEAT_S

    def _want(self, now: Moment) -> None:
        self._wrong = conditions(self.state, self._settings)
        delays = wanted(self.state, self._settings, self._wrong, self._connections.devices, now.utc)
        self._timers.want(delays, now.mono)

    # ------------------------------------------------------------------ lasting state

    def apply(self, event: Event, at: datetime) -> None:
        """Change the lasting state by one recorded event."""
        self.state.apply(event, at)
        self._applied_at = at

    def on_applied(self, events: tuple[Event, ...], now: Moment) -> tuple[Show, ...]:
        """Show what the events changed; everything after a restart. What changed nothing waits for the beat."""
        if len(events) == 1 and _changes_nothing(events[0]):
            return ()
        self._connections.forget_recorded(events)
        before, self._fields = self._fields, fields_after(self._fields, self.state, self._settings, events)
        if not (len(events) == 1 and is_calm(events[0], before, self._fields)):
            self._want(now)
            self._refresh(now)
        watched = watched_of(self.name, events, self._applied_at, self.state.updates, self.state.maintenance.on)
        return (
            Show("table", self.table_view(now)),
            *self._others_shown({type(event) for event in events}),
            *[Show("watch", one, feed=True) for one in watched],
        )

    def _others_shown(self, kinds: set[type[Event]]) -> tuple[Show, ...]:
        """Presence and alarms, when events of these kinds changed them; both when there are none."""
        shows: tuple[Show, ...] = ()
        if not kinds or kinds & _ABOUT_PRESENCE:
            shows += (Show("presence", self.presence_view()),)
        if not kinds or kinds - _NOT_ABOUT_ALARMS:
            shows += (Show("alarms", self.alarms_view()),)
        return shows

    def on_refused(self, step: Step, error: LinesideError, now: Moment) -> Step:
        """Nothing of it happened; what the clock wanted is wanted again."""
        self._want(now)
        return NOTHING

    def carry(self) -> Any:
        """The lasting state, whole."""
        return self.state.carry()

    def restore(self, state: Any, commands: list[OpenCommandState]) -> None:
        """Take what `carry` gave; commands end when they are accepted, so that none is open."""
        self.state.restore(state)

    # ------------------------------------------------------------------ status

    def _refresh(self, now: Moment) -> None:
        state, before = self.state, self._status
        reporters = len(self._connections.devices)
        unit_state, reason = self._state_and_reason(reporters)
        status = TableStatus(
            unit_state,
            reason,
            reporters > 0,
            before.since if unit_state is before.state else now.utc,
            state.maintenance.on,
            color_of(state, self._settings, reporters, bool(self._wrong)),
            state.alarms.open_count,
            state.maintenance.on,
            reporters,
            simulated=self._settings.simulated,
        )
        if status != before:
            self._status = status

    def _state_and_reason(self, reporters: int) -> tuple[UnitState, str]:
        if reporters:
            return UnitState.LIVE, "1 reporter" if reporters == 1 else f"{reporters} reporters"
        known = list(self.state.reporters)
        if not known:
            return UnitState.WAITING, "nobody has reported yet"
        gone = [one for one in known if not one.present]
        if not gone:
            return UnitState.AWAY, "the last reporter has left"
        return UnitState.AWAY, f"{gone[-1].device or 'the reporter'} left: {gone[-1].reason}"


def _changes_nothing(event: Event) -> bool:
    return type(event) is StatusRepeated and not event.taken
