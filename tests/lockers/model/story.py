"""A board in a playbook: what it says, what it is asked, and the replies that it gets."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from lineside.lockers.model import Board, BoardSettings, BoardStatus, Report, UnknownPolicy
from lineside.lockers.wire import CellCode, Reply, Request
from lineside.runtime.clock import ManualClock
from lineside.runtime.step import Event, Outcome, Step, UnitState
from tests.support.playbook import Playbook

HOME = "10.0.0.7"
GRID: dict[str, Any] = {"columns": 8, "rows": 8}


def request(send: int | str, board: str = "1953", **fields: Any) -> Request:
    """A message; lists may be given as lists."""
    values: dict[str, Any] = {key: tuple(value) if isinstance(value, list) else value for key, value in fields.items()}
    return Request(header="ACon_V1.0", board=board, send=str(send), **values)


class Story(Playbook):
    """A board that is let in, unless ``unknown`` says otherwise."""

    def __init__(self, *, clock: ManualClock | None = None, draws: list[int] | None = None, **settings: Any) -> None:
        clock = clock or ManualClock()
        self.outer: dict[str, Any] = {
            key: settings.pop(key) for key in ("era", "known_elsewhere", "clock_floor") if key in settings
        }
        self.settings = BoardSettings(**{"unknown": UnknownPolicy.ACCEPT, **settings})
        self.draws = draws if draws is not None else list(range(1000, 10_000))
        super().__init__(self.fresh(clock), clock)
        self.times: list[datetime] = []  # of the recorded events

    def _perform(self, step: Step, *first: Event) -> Step:
        done = super()._perform(step, *first)
        self.times += [self.clock.utc] * (len(self.recorded) - len(self.times))
        return done

    @property
    def board(self) -> Board:
        assert isinstance(self.model, Board)
        return self.model

    @property
    def status(self) -> BoardStatus:
        status = self.board.status
        assert isinstance(status, BoardStatus)
        return status

    def state(self) -> UnitState:
        """A call, so that nobody takes it for the state of before."""
        return self.status.state

    def fresh(self, clock: ManualClock) -> Board:
        return Board("1953", self.settings, clock.now(), draw=self.draw, **self.outer)

    def draw(self, count: int) -> int:
        return self.draws.pop(0) % count

    def says(self, send: int | str, address: str = HOME, **fields: Any) -> Reply | None:
        """The board sends a message; returns its reply, or None when there is none."""
        before = len(self.sent)
        self.step = self.hears(Report(request(send, **fields), address), "link")
        assert len(self.sent) - before <= 1, "one request, one reply"
        return self.sent[-1] if len(self.sent) > before else None

    def codes(self, send: int | str, **fields: Any) -> list[tuple[int, str, int]]:
        """The codes of the reply."""
        reply = self.says(send, **fields)
        assert reply is not None
        return [(one.cell, one.code, one.minutes) for one in reply.codes]

    def of(self, *kinds: type[Event]) -> list[Any]:
        """Recorded events of these kinds."""
        return [event for event in self.recorded if isinstance(event, kinds)]

    def last_events(self) -> list[Event]:
        """The events of the last message."""
        return [event for event in self.step.record if isinstance(event, Event)]

    def outcome(self, command: str) -> Outcome:
        """How a command has ended."""
        found = self.ended[command]
        assert isinstance(found, Outcome)
        return found

    def cell(self, number: int) -> Any:
        """The cell on the page."""
        return self.latest("board").cells[number - 1]

    def replayed(self) -> Board:
        """A new process that got the recorded events, each with its time, and nothing else."""
        board = self.fresh(self.clock)
        for event, at in zip(self.recorded, self.times, strict=True):
            board.apply(event, at)
        return board

    def restarted(self) -> Story:
        """The same journal in a new process."""
        story = Story.__new__(Story)
        story.__dict__.update(self.__dict__)
        story.sent, story.shown = [], []
        story.model = self.replayed()
        story.shown += story.model.on_applied((), self.clock.now())
        return story


__all__ = ["GRID", "HOME", "CellCode", "Story", "request"]
