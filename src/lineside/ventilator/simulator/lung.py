"""A patient's lung, a ventilator's buffer tank and the gas between them. Pure physics, no randomness, no clock.

One compartment: the airway's pressure drives gas through a resistance R into an elastic bag of compliance C::

    flow = (airway - alveoli) / R          alveoli = volume / C          d volume / dt = flow

so that a breath fills and empties with the time constant R C (half a second here). The inhale valve lets the airway
rise to the pressure that is set, the exhale valve lets it fall to PEEP, and with both shut the airway meets the
alveoli. What is breathed in leaves the tank; the tank is filled from the wall through its two valves.

Units: mbar, ml, ml/s, s. Values of a grown patient. Decided here; nothing of it claims to be medicine.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

STEP_S = 0.005  # a twelfth of the fastest time constant below: the simple integration stays true and stable

RISE_S = 0.06  # the airway follows an opened valve within this time constant
EQUALIZE_S = 0.03  # with both valves shut the airway meets the alveoli
SENSOR_S = 0.15  # how slowly the closed-off piece of pipe before the inhale valve loses its pressure
TANK_FILL_S = 0.45
TANK_VENT_S = 0.3


@dataclass(frozen=True, slots=True)
class Patient:
    """One patient's mechanics.

    Attributes:
        compliance: ml per mbar.
        resistance: mbar per (ml/s).
    """

    compliance: float = 50.0
    resistance: float = 0.010


@dataclass(frozen=True, slots=True)
class Supply:
    """The gas side.

    Attributes:
        wall: pressure of the wall's regulated gas in mbar; the tank is filled up to it.
        tank_compliance: ml per mbar of the 10-litre tank.
    """

    wall: float = 300.0
    tank_compliance: float = 9.9


@dataclass(frozen=True, slots=True)
class Valves:
    """Which valves stand open."""

    air_in: bool = False
    o2_in: bool = False
    inhale: bool = False
    exhale: bool = False
    purge: bool = False


class Lung:
    """The state of lung and tank; `step` lets time pass.

    Attributes:
        airway: pressure at the patient's mouth, mbar above ambient.
        volume: ml of gas above the relaxed volume.
        flow: ml/s into the patient; negative while breathing out.
        tank: pressure in the buffer tank, mbar.
        inlet: pressure before the inhale valve, mbar.
        effort: pressure by the patient's own muscles, mbar; a cough is a short burst of it.
    """

    def __init__(self, patient: Patient | None = None, supply: Supply | None = None) -> None:
        self.patient = patient or Patient()
        self.supply = supply or Supply()
        self.airway = 0.0
        self.volume = 0.0
        self.flow = 0.0
        self.tank = 0.0
        self.inlet = 0.0
        self.effort = 0.0

    @property
    def alveoli(self) -> float:
        """Pressure inside the lung, mbar."""
        return self.volume / self.patient.compliance + self.effort

    def step(self, seconds: float, valves: Valves, inhale: float, peep: float) -> None:
        """Let up to ``seconds`` pass with the valves as they are.

        Args:
            seconds: 0 or more; cut into steps of at most `STEP_S`.
            inhale: pressure behind the inhale valve, mbar.
            peep: pressure that the exhale valve holds, mbar.
        """
        while seconds > 1e-9:
            span = min(seconds, STEP_S)
            self._breathe(span, valves, inhale, peep)
            self._fill(span, valves)
            seconds -= span

    def _breathe(self, span: float, valves: Valves, inhale: float, peep: float) -> None:
        if valves.inhale:
            # An empty tank cannot push; a full one is throttled to the pressure that is set.
            self.airway = _toward(self.airway, min(inhale, self.tank), span, RISE_S)
            self.flow = (self.airway - self.alveoli) / self.patient.resistance
        elif valves.exhale:
            self.airway = _toward(self.airway, peep + 0.3 * self.effort, span, RISE_S)
            self.flow = (self.airway - self.alveoli) / self.patient.resistance
        else:
            self.airway = _toward(self.airway, self.alveoli, span, EQUALIZE_S)
            self.flow = 0.0
        self.volume = max(0.0, self.volume + self.flow * span)
        self.inlet = self.airway + 1.5 if valves.inhale else _toward(self.inlet, 0.0, span, SENSOR_S)

    def _fill(self, span: float, valves: Valves) -> None:
        if valves.inhale:
            self.tank = max(0.0, self.tank - max(0.0, self.flow) * span / self.supply.tank_compliance)
        if valves.air_in or valves.o2_in:
            self.tank = _toward(self.tank, self.supply.wall, span, TANK_FILL_S)
        if valves.purge:
            self.tank = _toward(self.tank, 0.0, span, TANK_VENT_S)


def _toward(value: float, target: float, span: float, time_constant: float) -> float:
    """An exponential approach, exact for any ``span``."""
    return target + (value - target) * math.exp(-span / time_constant)
