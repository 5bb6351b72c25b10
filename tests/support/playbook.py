"""Plays a story to a model and performs its steps by hand: what happened, which Step came, what is shown after."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from typing import Any

from lineside.errors import JournalError
from lineside.runtime.clock import ManualClock
from lineside.runtime.command import (
    Command,
    CommandAccepted,
    CommandClass,
    CommandEnded,
    CommandSent,
    CommandUnknown,
)
from lineside.runtime.model import LiveTimed, Model
from lineside.runtime.step import Elsewhere, End, Event, Show, Step


class Playbook:
    """A model, a clock that stands still, and everything that would have left the house.

    Attributes:
        writable: False makes every record fail, as a full disk does.
    """

    def __init__(self, model: Model, clock: ManualClock) -> None:
        self.model = model
        self.clock = clock
        self.writable = True
        self.recorded: list[Event] = []
        self.sent: list[Any] = []
        self.shown: list[Show] = []
        self.ended: dict[str, Any] = {}
        self._commands = 0
        self._not_before = 0.0

    def opens(self, link: str = "line") -> Step:
        return self._perform(self.model.on_open(link, self.clock.now()))

    def closes(self, reason: str, link: str = "line") -> Step:
        return self._perform(self.model.on_close(link, reason, self.clock.now()))

    def hears(self, message: Any, link: str = "line") -> Step:
        """A message comes in: on_live first, as the driver does."""
        now = self.clock.now()
        live = self.model.on_live(link, message, now)
        if live is not None:
            return self._perform_live(live)
        return self._perform(self.model.on_message(link, message, now))

    def asks(self, name: str, /, *, actor: str = "operator anna", expires_s: float = 15.0, **params: Any) -> str:
        """A command is asked for; returns its id."""
        self._commands += 1
        now = self.clock.now()
        command = Command(
            f"c{self._commands}",
            "ward/1",
            name,
            params,
            actor,
            "",
            CommandClass.LIVE,
            now.utc + timedelta(seconds=expires_s),
        )
        self._perform(self.model.on_command(command, now), CommandAccepted(command))
        return command.id

    def waits(self, seconds: float) -> list[Step]:
        """Time passes; the model is called at each deadline on the way. Returns the Steps of `on_time`."""
        end = self.clock.mono + seconds
        steps: list[Step] = []
        turns = 0
        while (due := self._next_deadline()) <= end:
            turns += 1
            assert turns < 100_000, "the model asks for the same moment again and again"
            self.clock.advance(max(0.0, due - self.clock.mono))
            live = self.model.live_deadline() if isinstance(self.model, LiveTimed) else None
            if live is not None and live <= self.clock.mono:
                self._perform_live(self.model.on_live_time(self.clock.now()))  # type: ignore[attr-defined]
            else:
                steps.append(self._perform(self.model.on_time(self.clock.now())))
                if not self.writable:
                    self._not_before = self.clock.mono + 1.0  # the driver's pause after a refused record
        self.clock.advance(max(0.0, end - self.clock.mono))
        return steps

    def _next_deadline(self) -> float:
        live = self.model.live_deadline() if isinstance(self.model, LiveTimed) else None
        decision = self.model.deadline()
        dues = [] if live is None else [live]
        dues += [] if decision is None else [max(decision, self._not_before)]
        return max(min(dues, default=float("inf")), self.clock.mono)

    def expires(self, command_id: str) -> Step:
        """The driver says that a sent command's time is over."""
        command = next(
            e.command for e in self.recorded if isinstance(e, CommandAccepted) and e.command.id == command_id
        )
        return self._perform(self.model.on_expiry(command, self.clock.now()))

    def latest(self, aspect: str) -> Any:
        """The last value shown under an aspect."""
        return next(show.value for show in reversed(self.shown) if show.aspect == aspect)

    def forget(self) -> None:
        """Begin a new page: what left so far is not looked at again."""
        self.sent.clear()
        self.shown.clear()

    def replayed_by(self, fresh: Callable[[], Model]) -> Model:
        """A new model that got the recorded events and nothing else."""
        model = fresh()
        for event in self.recorded:
            model.apply(event, self.clock.utc)
        return model

    def _perform_live(self, step: Step) -> Step:
        assert (*step.record, *step.claims, *step.end, *step.sent) == (), "a live step never records"
        return self._perform(step)

    def _perform(self, step: Step, *first: Event) -> Step:
        now = self.clock.now()
        self.shown.extend(step.show_now)
        events = list(first)
        events += [e.event if isinstance(e, Elsewhere) else e for e in step.record]
        events += [CommandSent(command_id) for command_id in step.sent]
        for end in step.end:
            events.append(
                CommandEnded(end.command_id, end.outcome)
                if isinstance(end, End)
                else CommandUnknown(end.command_id, end.reason)
            )
        if events and not self.writable:
            refused = self.model.on_refused(step, JournalError("no room"), now)
            assert not refused.record
            assert not refused.send
            self.shown.extend(refused.show)
            return step
        for event in events:
            self.model.apply(event, now.utc)
            if isinstance(event, CommandEnded):
                assert event.id not in self.ended, "a command ends once"
                self.ended[event.id] = event.outcome
        self.recorded.extend(events)
        self.sent.extend(send.message for send in step.send)
        self.shown.extend(step.show)
        if events:
            self.shown.extend(self.model.on_applied(tuple(events), now))
        return step
