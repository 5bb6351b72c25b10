"""A simulated controller on a real pseudo-terminal, with a witness of every alarm that its host acknowledged."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from pathlib import Path

from lineside.adapters.pseudo_terminal import PseudoTerminal
from lineside.runtime.line import LineSettings
from lineside.ventilator.simulator.controller import VentilatorController
from lineside.ventilator.simulator.run import make_controller
from lineside.ventilator.simulator.settings import SimulatorSettings
from lineside.ventilator.wire import CLASS_ALARM, Alarm, FrameReader

TURN_S = 0.01
ACK = 1


class ControllerOnPty:
    """Plays `VentilatorController` on ``path`` until cancelled; survives any number of hosts.

    Attributes:
        acknowledged: names of alarms whose frame the host acknowledged, in order.
    """

    def __init__(self, path: Path, settings: SimulatorSettings) -> None:
        self.controller: VentilatorController = make_controller(settings)
        self.terminal = PseudoTerminal(str(path), LineSettings())
        self.acknowledged: list[str] = []
        self.on_acknowledged: Callable[[str], None] = lambda name: None
        self._alarms: dict[int, str] = {}
        self._reader = FrameReader()

    async def run(self) -> None:
        """Open the terminal and play."""
        self.terminal.start(self)
        try:
            while True:
                for frame in self.controller.turn(time.monotonic()):
                    self._note(frame)
                    self.terminal.send(frame)
                await asyncio.sleep(TURN_S)
        finally:
            self.terminal.close("the test ends")

    def on_data(self, data: bytes) -> None:
        for body in self._reader.receive(data):
            if isinstance(body, bytes) and body[0] == CLASS_ALARM and body[2] == ACK:
                name = self._alarms.get(((body[1] >> 1) - 1) % 128, "?")
                self.acknowledged.append(name)
                self.on_acknowledged(name)
        for frame in self.controller.receive(data, time.monotonic()):
            self.terminal.send(frame)

    def on_closed(self, reason: str) -> None:
        pass

    def _note(self, frame: bytes) -> None:
        for body in FrameReader().receive(frame):
            if isinstance(body, bytes) and body[0] == CLASS_ALARM and not body[2] & ACK:
                content = self.controller.profile.decode(body[0], body[3:-2])
                assert isinstance(content, Alarm)
                self._alarms[body[2] >> 1] = str(content.name)
