"""One machine on its line: its memory's file, its faults, the checks on its host, its power.

The order of one poll: checks, answer, memory to the file, then the answer leaves. When the file cannot be written, the
machine stays silent: what it said is always what it will still know.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from typing import Any

from lineside.runtime.step import Moment
from lineside.slots.simulator.acts import perform
from lineside.slots.simulator.checks import HostChecks
from lineside.slots.simulator.faults import Faults, Piece
from lineside.slots.simulator.machine import Asked, Machine
from lineside.slots.simulator.memory import MachineState
from lineside.slots.simulator.report import SimulatorReport
from lineside.slots.simulator.settings import FaultSettings, MachineSettings
from lineside.slots.simulator.store import Store


class Seat:
    """A machine with all that surrounds it.

    Args:
        name: for people and the report.
        address: on its line.
        settings: what the machine is.
        faults: chances of faults.
        store: its memory's file; None keeps it in this object alone.
        report: shared books.
        now: when the power comes on.
        seed: of its games and faults.
        tolerance_s: for the check of periods.
        character_s: a byte of an answer occupies the line so long; 0 where the line is as fast as it likes.
        moment: the clock, for acts of people.

    Attributes:
        machine: the machine as of its newest power-up.
        on_act: called after each act, so that whoever waits for a deadline looks again.
    """

    def __init__(
        self,
        name: str,
        address: int,
        settings: MachineSettings,
        *,
        moment: Callable[[], Moment],
        report: SimulatorReport,
        faults: FaultSettings | None = None,
        store: Store | None = None,
        seed: str = "1",
        tolerance_s: float = 0.01,
        character_s: float = 0.0,
    ) -> None:
        self.name = name
        self.address = address
        self.settings = settings
        self.report = report
        self.on_act: Callable[[], None] = lambda: None
        self._moment = moment
        self._character_s = character_s
        self._store = store
        self._chance = random.Random(f"{seed} games")
        chance = random.Random(f"{seed} faults")
        self.faults = Faults(faults or FaultSettings(), settings.profile, chance, report)
        self.checks = HostChecks(name, report, fast=settings.fast, tolerance_s=tolerance_s)
        state = (store.load() if store is not None else None) or MachineState()
        self._acked = self._downs = 0
        self._lost, self._games = state.lost_count, state.meters.get(0x05, 0)
        self.machine = self._power_up(state, ())

    @property
    def state(self) -> MachineState:
        """The machine's memory."""
        return self.machine.state

    def _power_up(self, state: MachineState, opened: tuple[str, ...]) -> Machine:
        machine = Machine(self.address, self.settings, state, self._moment(), self._chance, opened)
        if self._store is not None:
            self._store.save(state)
        return machine

    # -- the line --------------------------------------------------------------------------------------------------

    def on_poll(self, asked: Asked, now: Moment) -> list[Piece]:
        """A poll on the line, to whomever; what leaves."""
        machine = self.machine
        if asked.address != self.address:
            self.checks.on_other()
            machine.on_poll(asked, now)
            self._keep()
            return []
        self.checks.on_poll(asked, machine.state, now.mono)
        self._count(asked)
        held = machine.link.held
        repeats = held is not None and held.command == asked.command
        instead = None if repeats else self.faults.instead(asked, rte=machine.state.switches.rte)
        answer = machine.on_poll(asked, now, instead)
        self.report.repeated += machine.link.held is not None and machine.link.held is held
        if not self._keep() or not answer:
            self.checks.on_answer(asked.command, now.mono, now.mono, is_good=False)
            return []
        pieces, good = self.faults.spoil(answer, asked, machine)
        self.report.answers += 1
        ends_at = now.mono + self._character_s * len(answer)
        self.checks.on_answer(asked.command, now.mono, ends_at, is_good=good and instead is None)
        return pieces

    def on_bad_poll(self, frame: bytes, now: Moment, *, is_ours: bool) -> list[Piece]:
        """A poll with a wrong check value."""
        if is_ours:
            self.report.bad_polls += 1
            self.checks.on_bad_check_value(frame)
        answer = self.machine.on_bad_poll(now, is_ours=is_ours)
        return [Piece(answer)] if answer and self._keep() else []

    def on_time(self, now: Moment) -> bool:
        """Let time pass; True when a chirp is to be sent."""
        chirps = self.machine.on_time(now)
        return self._keep() and chirps

    def deadline(self, now: float) -> float:
        """When `on_time` is wanted."""
        return self.machine.deadline(now)

    def _count(self, asked: Asked) -> None:
        if asked.command is None:
            self.report.general_polls += 1
        else:
            self.report.long_polls += 1

    # -- people ----------------------------------------------------------------------------------------------------

    def do(self, act: str, **params: Any) -> Mapping[str, Any]:
        """Do something at the machine, by the names of `acts.ACTS`; what it shows then.

        Raises:
            Refused: it cannot be done now; the text says why.
        """
        if act == "power":
            opened = params.get("opened", ())
            self.cut_power((opened,) if isinstance(opened, str) else tuple(opened))
        elif act == "fault":
            self.faults.ask(machine=self.machine, **params)
        else:
            self.machine.act(self._moment())
            perform(self.machine, act, params)
            self.machine.act(self._moment())
        self._keep()
        self.on_act()
        return self.show()

    def cut_power(self, opened: tuple[str, ...] = ()) -> None:
        """Cut the power and bring it back: the memory stays, the link begins anew."""
        self.report.power_cuts += 1
        self._books()
        self._acked = self._downs = 0
        self.machine = self._power_up(self.machine.state, opened)

    def show(self) -> dict[str, Any]:
        """What a person in front of it sees."""
        state = self.machine.state
        return {
            "machine": self.name,
            "credits": state.credits,
            "game": state.selected_game,
            "playing": state.round is not None,
            "handpay_cents": state.handpay.cents if state.handpay is not None else 0,
            "doors": list(state.open_doors),
            "tilts": [f"{code:02X}" for code in state.tilts],
            "trouble": self.machine.works.trouble(),
            "enabled": state.switches.is_enabled,
            "waiting": len(self.machine.works.exceptions),
            "link": "down" if self.machine.link.is_down else "up" if self.machine.link.is_in_sync else "no sync",
        }

    # --------------------------------------------------------------------------------------------------------------

    def _keep(self) -> bool:
        """Write what has changed; False when it cannot be."""
        self._books()
        told, self.machine.told = self.machine.told, []
        self.report.told += len(told)
        if self._store is None:
            return True
        try:
            self._store.tell(told, self._moment().utc.isoformat())
            self._store.save(self.machine.state)
        except OSError:
            self.report.count_fault("memory not written")
            return False
        return True

    def _books(self) -> None:
        """Carry the machine's own counts into the report."""
        link, state = self.machine.link, self.machine.state
        self.report.acknowledged += link.acked_count - self._acked
        self.report.link_downs += link.down_count - self._downs
        self.report.lost += state.lost_count - self._lost
        self._acked, self._downs, self._lost = link.acked_count, link.down_count, state.lost_count
        games = state.meters.get(0x05, 0)
        self.report.games += max(0, games - self._games)
        self._games = games

    def close(self) -> None:
        """Let go of the file."""
        if self._store is not None:
            self._store.close()
