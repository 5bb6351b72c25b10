"""A table and its reporters, told as a story."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

from lineside.runtime.clock import ManualClock
from lineside.runtime.step import Event, Step
from lineside.studio.model import Joined, Table, TableSettings
from lineside.studio.model.events import ReporterLost, TableAlarmRaised
from lineside.studio.wire import Dialect, ErrorReply, TableWire, closed_by_peer
from tests.support.playbook import Playbook

CLEAN = closed_by_peer(1000)
CUT = "the connection was cut"


class Story(Playbook):
    """One table; reporters are named by their device, which is the name of their link too.

    Attributes:
        told: events with the moment of their record.
    """

    model: Table

    def __init__(self, table: Callable[..., Table] = Table, **settings: Any) -> None:
        clock = ManualClock(utc=datetime(2026, 1, 1, 12, tzinfo=UTC))
        settings.setdefault("zone", UTC)
        self.settings = TableSettings(**settings)
        self.make = table
        self.told: list[tuple[Event, datetime]] = []
        self.dialects: dict[str, Dialect] = {}
        super().__init__(self._made(clock), clock)

    def _made(self, clock: ManualClock) -> Table:
        table = self.make("ARO-001", self.settings, clock.now())
        apply = table.apply

        def applied(event: Event, at: datetime) -> None:
            self.told.append((event, at))
            apply(event, at)

        table.apply = applied  # type: ignore[method-assign]
        return table

    # ------------------------------------------------------------------ what reporters do

    def joins(self, device: str = "dealerPC", dialect: Dialect = Dialect.A, link: str | None = None) -> Step:
        """A connection that says who it is; what follows at once (its record) is done."""
        link = link or device
        self.dialects[link] = dialect
        self.opens(link)
        step = self.hears(Joined(device, dialect, "10.0.0.1:5000", dialect in "ab", "floor"), link)
        self.waits(0)
        return step

    def says(self, value: dict[str, Any] | str, link: str = "dealerPC") -> Step:
        """A frame of a reporter."""
        text = value if isinstance(value, str) else json.dumps(value)
        wire = TableWire(self.dialects.get(link, Dialect.A), "ARO-001", self.settings.status_values)
        return self.hears(wire.read(text), link)

    def leaves(self, link: str = "dealerPC", reason: str = CUT) -> Step:
        step = self.closes(reason, link)
        self.waits(0)
        return step

    def restarts(self) -> None:
        """The process ends without a word and begins again: the journal is all that is left."""
        told, self.told = list(self.told), []
        self.model = self._made(self.clock)
        for event, at in told:
            self.model.apply(event, at)
        self.forget()
        self.shown.extend(self.model.on_applied((), self.clock.now()))

    # ------------------------------------------------------------------ what is seen

    def value(self, key: str) -> str:
        return self.model.state.fields[key].value

    def kinds(self) -> list[str]:
        return [type(event).__name__ for event in self.recorded]

    def events(self, kind: type[Any]) -> list[Any]:
        return [event for event in self.recorded if type(event) is kind]

    @property
    def stale(self) -> list[str]:
        return [field.key for field in self.model.table_view(self.clock.now()).fields if field.stale]

    @property
    def open_alarms(self) -> list[str]:
        return [alarm.id for alarm in self.model.alarms_view().alarms if alarm.state == "open"]

    @property
    def raised(self) -> list[str]:
        return [event.alarm for event in self.events(TableAlarmRaised)]

    @property
    def lost(self) -> list[str]:
        return [event.device for event in self.events(ReporterLost)]

    @property
    def color(self) -> str:
        return str(self.model.status.color)

    @property
    def uptime(self) -> int:
        return self.model.snapshot(self.clock.now()).uptime

    def watched(self, kind: type[Any]) -> list[Any]:
        return [show.value for show in self.shown if show.aspect == "watch" and isinstance(show.value, kind)]


def error_of(step: Step) -> str:
    """The text of a refusal; the Step holds nothing else."""
    (send,) = step.send
    assert isinstance(send.message, ErrorReply), step
    assert not step.record
    return send.message.text
