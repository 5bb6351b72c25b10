"""The A0 controller's breathing machine over our lung: states, valves, and the 17 fields of a sample.

::

    IDLE ─START─► BUFF_PREFILL ─► BUFF_FILL ─► BUFF_LOADED ─► BUFF_PRE_INHALE ─► INHALE ─► PAUSE
                                                   ▲                                          │
      ▲                                            └──────────── EXHALE ◄── EXHALE_FILL ◄─────┘
      └──────────────── if STOP came meanwhile ────────────────────┘

State numbers and the way through them: `wire/hev.md` §5. Their durations, the pressures and the scales of the ADC are
decided here. Time is the argument, randomness comes seeded: the same seed breathes the same breaths.
"""

from __future__ import annotations

import random
from dataclasses import dataclass
from enum import IntEnum

from lineside.ventilator.simulator.lung import Lung, Patient, Valves

VERSION = 0xA0
MODE_BREATHE = 0  # readback_mode: the lab's cycle mode


class FsmState(IntEnum):
    """``fsm_state`` of A0. BUFF_PURGE (9) and BUFF_FLUSH (10) belong to lab modes that we do not play."""

    IDLE = 0
    BUFF_PREFILL = 1
    BUFF_FILL = 2
    BUFF_LOADED = 3
    BUFF_PRE_INHALE = 4
    INHALE = 5
    PAUSE = 6
    EXHALE_FILL = 7
    EXHALE = 8


_NEXT = {
    FsmState.BUFF_PREFILL: FsmState.BUFF_FILL,
    FsmState.BUFF_FILL: FsmState.BUFF_LOADED,
    FsmState.BUFF_LOADED: FsmState.BUFF_PRE_INHALE,
    FsmState.BUFF_PRE_INHALE: FsmState.INHALE,
    FsmState.INHALE: FsmState.PAUSE,
    FsmState.PAUSE: FsmState.EXHALE_FILL,
    FsmState.EXHALE_FILL: FsmState.EXHALE,
    FsmState.EXHALE: FsmState.BUFF_LOADED,
}

# From BUFF_LOADED to EXHALE these make 4 s: 15 breaths a minute.
_SECONDS = {
    FsmState.BUFF_PREFILL: 0.1,
    FsmState.BUFF_FILL: 0.9,
    FsmState.BUFF_LOADED: 0.06,
    FsmState.BUFF_PRE_INHALE: 0.06,
    FsmState.INHALE: 1.2,
    FsmState.PAUSE: 0.18,
    FsmState.EXHALE_FILL: 1.0,
    FsmState.EXHALE: 1.5,
}
_AT_REST = Valves(exhale=True, purge=True)  # the recording of an idle A0 machine shows purge open
_VALVES = {
    FsmState.IDLE: _AT_REST,
    FsmState.BUFF_PREFILL: Valves(exhale=True),
    FsmState.BUFF_FILL: Valves(air_in=True, o2_in=True, exhale=True),
    FsmState.BUFF_LOADED: Valves(exhale=True),
    FsmState.BUFF_PRE_INHALE: Valves(),
    FsmState.INHALE: Valves(inhale=True),
    FsmState.PAUSE: Valves(),
    FsmState.EXHALE_FILL: Valves(air_in=True, o2_in=True, exhale=True),
    FsmState.EXHALE: Valves(exhale=True),
}

PEEP = 5.0  # mbar
INHALE_PRESSURE = 20.0  # mbar
COUGH_CHANCE = 0.04  # of a breath
SIGH_CHANCE = 0.03
COUGH_S = 0.14
COUGH_PRESSURE = 28.0  # mbar by the muscles
_NO_COUGH = -1.0


@dataclass(frozen=True, slots=True)
class Scale:
    """From a physical value to a 12-bit ADC's count: ``offset + gain * value``, with noise of ``noise`` counts.

    The offset of the pressure sensors is what the idle recording reads: about 145.
    """

    offset: float
    gain: float
    noise: float = 1.0


COUNT_MAX = 4095  # the full scale of a 12-bit ADC (wire/hev.md section 4.4)
_PATIENT = Scale(145.0, 40.0, 1.5)
_INHALE = Scale(145.0, 40.0, 1.5)
_BUFFER = Scale(145.0, 8.0, 2.0)
_SUPPLY = Scale(145.0, 0.8, 2.0)
_REGULATED = Scale(145.0, 8.0, 2.0)
_FLOW = Scale(2048.0, 1.1, 3.0)  # a differential sensor: no flow is in the middle
_TEMPERATURE = Scale(500.0, 10.0, 0.7)
AIR_SUPPLY, O2_SUPPLY = 4000.0, 3600.0  # mbar at the wall
TEMPERATURE_C = 31.0


class BreathingMachine:
    """Breathes on START until STOP; gives samples.

    Args:
        chance: draws breath-to-breath variation, coughs, sighs and sensor noise.
        breathing: as if START had come already.
    """

    def __init__(self, chance: random.Random, *, breathing: bool = False) -> None:
        self.state = FsmState.IDLE
        self.lung = Lung()
        self.breath_count = 0
        self._chance = chance
        self._left_s = 0.0
        self._stopping = False
        self._pace = 1.0
        self._pressure = INHALE_PRESSURE
        self._cough_in_s = _NO_COUGH
        if breathing:
            self.start()

    def start(self) -> None:
        """START: leave IDLE; while a STOP waits for the end of its breath, forget it."""
        self._stopping = False
        if self.state is FsmState.IDLE:
            self._enter(FsmState.BUFF_PREFILL)

    def stop(self) -> None:
        """STOP: go to IDLE after this breath."""
        self._stopping = self.state is not FsmState.IDLE

    def advance(self, seconds: float) -> None:
        """Let ``seconds`` pass, through as many states as they hold."""
        while seconds > 1e-9:
            if self.state is FsmState.IDLE:
                self._step(seconds)
                return
            span = min(seconds, self._left_s)
            self._step(span)
            self._left_s -= span
            seconds -= span
            if self._left_s <= 1e-9:
                self._enter(self._following())

    def _step(self, seconds: float) -> None:
        peep = 0.0 if self.state is FsmState.IDLE else PEEP
        if self._cough_in_s > _NO_COUGH:
            self._cough_in_s -= seconds
            is_now = -COUGH_S < self._cough_in_s <= 0
            self.lung.effort = COUGH_PRESSURE if is_now else 0.0
            if self._cough_in_s <= -COUGH_S:
                self._cough_in_s = _NO_COUGH
        self.lung.step(seconds, _VALVES[self.state], self._pressure, peep)

    def _following(self) -> FsmState:
        if self.state is FsmState.EXHALE and self._stopping:
            self._stopping = False
            return FsmState.IDLE
        return _NEXT[self.state]

    def _enter(self, state: FsmState) -> None:
        self.state = state
        if state is FsmState.BUFF_LOADED:
            self._begin_breath()
        self._left_s = _SECONDS.get(state, 0.0) * self._pace

    def _begin_breath(self) -> None:
        """No breath is like the one before."""
        self.breath_count += 1
        draw = self._chance
        self._pace = min(1.2, max(0.8, draw.gauss(1.0, 0.04)))
        compliance = min(60.0, max(40.0, draw.gauss(50.0, 1.5)))
        self.lung.patient = Patient(compliance, self.lung.patient.resistance)
        is_sigh = draw.random() < SIGH_CHANCE
        self._pressure = INHALE_PRESSURE * (1.35 if is_sigh else draw.gauss(1.0, 0.015))
        if draw.random() < COUGH_CHANCE:
            self._cough_in_s = draw.uniform(1.6, 3.4)

    def sample(self) -> tuple[int, ...]:
        """The 17 values of an A0 DATA payload, in wire order."""
        lung, valves = self.lung, _VALVES[self.state]
        is_filling = valves.air_in
        return (
            VERSION,
            self.state,
            self._count(_SUPPLY, AIR_SUPPLY - (120.0 if is_filling else 0.0)),
            self._count(_REGULATED, lung.supply.wall - (6.0 if is_filling else 0.0)),
            self._count(_SUPPLY, O2_SUPPLY - (100.0 if is_filling else 0.0)),
            self._count(_REGULATED, lung.supply.wall - (5.0 if is_filling else 0.0)),
            self._count(_BUFFER, lung.tank),
            self._count(_INHALE, lung.inlet),
            self._count(_PATIENT, lung.airway),
            self._count(_TEMPERATURE, TEMPERATURE_C),
            self._count(_FLOW, lung.flow),
            int(valves.air_in),
            int(valves.o2_in),
            int(valves.inhale),
            int(valves.exhale),
            int(valves.purge),
            MODE_BREATHE,
        )

    def _count(self, scale: Scale, value: float) -> int:
        count = round(scale.offset + scale.gain * value + self._chance.gauss(0.0, scale.noise))
        return min(COUNT_MAX, max(0, count))
