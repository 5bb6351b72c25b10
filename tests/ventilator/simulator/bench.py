"""A controller and a host that speaks `DeviceWire`, joined in virtual time."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from lineside.ventilator.simulator import VentilatorController
from lineside.ventilator.wire import (
    Acknowledge,
    Alarm,
    Data,
    DeviceWire,
    Inbound,
    Nacked,
    Noise,
    Order,
    Payload,
    Refuse,
    Unusable,
)


class Host:
    """Acknowledges what it understands, refuses what it does not, and remembers everything but repetitions."""

    def __init__(self, wire: DeviceWire) -> None:
        self.wire = wire
        self.payloads: list[Payload] = []
        self.told: list[Inbound] = []
        self.is_deaf = False

    def hear(self, data: bytes, now: float) -> bytes:
        """Take bytes; the answers."""
        if self.is_deaf:
            return b""
        answers = b""
        for message in self.wire.receive(data, now):
            match message:
                case Payload(repeated=repeated):
                    answers += self.wire.send(Acknowledge(message.address, message.sequence))
                    if not repeated:
                        self.payloads.append(message)
                case Unusable():
                    answers += self.wire.send(Refuse(message.address, message.sequence))
                    self.told.append(message)
                case _:
                    self.told.append(message)
        return answers + self.wire.outgoing(now)

    def contents(self, kind: type[Any]) -> list[Any]:
        return [payload.content for payload in self.payloads if isinstance(payload.content, kind)]

    @property
    def states(self) -> list[int]:
        """fsm_state of each sample, neighbours merged."""
        states = [sample.fsm_state for sample in self.contents(Data)]
        return [state for index, state in enumerate(states) if index == 0 or states[index - 1] != state]

    @property
    def alarm_codes(self) -> list[int]:
        return [alarm.code for alarm in self.contents(Alarm)]

    def count(self, kind: type[Nacked] | type[Noise] | type[Unusable]) -> int:
        return sum(isinstance(message, kind) for message in self.told)


class Bench:
    """Turns the controller's loop by hand."""

    def __init__(self, controller: VentilatorController, host: Host | None = None) -> None:
        self.controller = controller
        self.host = host or Host(DeviceWire(controller.profile))
        self.now = 1000.0

    def order(self, cmd: str, cmdtype: str = "GENERAL") -> None:
        data = self.host.wire.send(Order(f"{cmd} {self.now}", cmdtype, cmd))
        self._carry(self.controller.receive(data, self.now))

    def run(self, seconds: float, until: Callable[[], object] = lambda: False) -> None:
        """Let time pass, or less of it if ``until`` comes true."""
        end = self.now + seconds
        while self.now < end and not until():
            self._carry(self.controller.turn(self.now))
            self.host.told += self.host.wire.on_time(self.now)
            if data := self.host.wire.outgoing(self.now):
                self._carry(self.controller.receive(data, self.now))
            self.now += self.controller.pace.loop_s

    def _carry(self, frames: list[bytes]) -> None:
        while frames:
            answers = self.host.hear(b"".join(frames), self.now)
            frames = self.controller.receive(answers, self.now) if answers else []
