"""What happens at one table: it opens, has its incidents, is worked on, and opens again. Seeded, driven by ``now``.

::

    opening ──► open ◄──► incident (a device drops, the SDP stumbles, a broker is lost, a ball is not found …)
       ▲          │
       └──────────┴──► maintenance

Each act is a list of scenes, a pause before each. Pauses are counted in the settings' ``period_s``. The acts are made
up after the incidents that the vendor's logs tell of (wire/studio.md sections 8 and 9).
"""

from __future__ import annotations

import random
from collections import deque
from dataclasses import dataclass, field
from typing import Any

from lineside.studio.simulator.settings import SimulatorSettings
from lineside.studio.wire.vocabulary import FIELDS, ignored_by_game

NO_BALL = ("ROULETTE_NO_BALL_DETECT", "no ball detected")
STUCK = ("SICBO_NO_SHAKE", "the shaker did not shake")
CARD = ("BACCARAT_INVALID_RESULT", "the result was not read")
SIGNALS = {"ARO-": NO_BALL, "SBO-": STUCK, "BAC-": CARD}


@dataclass(frozen=True, slots=True)
class Scene:
    """One thing that is reported.

    Attributes:
        pause: before it, in periods.
        fields: what changes, by the names that clients write; values of the protocol.
        signal: an error signal in place of fields: id, text, ``warn`` or ``error``.
    """

    pause: float
    fields: dict[str, Any] = field(default_factory=dict)
    signal: tuple[str, str, str] | None = None


class Story:
    """One table's day.

    Args:
        table: its name; the prefix tells which devices it has.
        settings: pauses and maintenance.
        chance: every choice; one per table.
    """

    def __init__(self, table: str, settings: SimulatorSettings, chance: random.Random) -> None:
        self.table = table
        ignored = ignored_by_game(table)
        self.services = [name for name in ("idp", "sdp") if name.upper() not in ignored]
        self.devices = [f.name for key, f in FIELDS.items() if f.kind == "device" and key not in ignored]
        self._settings = settings
        self._chance = chance
        self._scenes: deque[Scene] = deque()
        self._next_at: float | None = None
        self._maintenance_at: float | None = None
        self._round = 0

    def due(self, now: float) -> list[Scene]:
        """What happens by now, in order. The first call begins the day."""
        if self._next_at is None:
            self._begin(now)
        found: list[Scene] = []
        while self._next_at is not None and self._next_at <= now:
            found.append(self._scenes.popleft())
            if not self._scenes:
                self._scenes.extend(self._next_act(now))
            # A loop that was late does not make up for what it missed: the day goes on from here.
            self._next_at = max(self._next_at, now - self._settings.period_s) + self._pause(self._scenes[0])
        return found

    def next_at(self) -> float:
        """When `due` has something to tell; call it first."""
        assert self._next_at is not None, "due() comes first"
        return self._next_at

    def _begin(self, now: float) -> None:
        self._scenes.extend(self._opening())
        # Tables do not open in step.
        self._next_at = now + self._chance.uniform(0, min(self._settings.period_s, 2.0))
        self._plan_maintenance(now)

    def _plan_maintenance(self, now: float) -> None:
        every_s = self._settings.maintenance_every_s
        self._maintenance_at = now + every_s * self._chance.uniform(0.5, 1.5) if every_s else None

    def _pause(self, scene: Scene) -> float:
        return scene.pause * self._settings.period_s * self._chance.uniform(0.6, 1.4)

    # ------------------------------------------------------------------ acts

    def _next_act(self, now: float) -> list[Scene]:
        if self._maintenance_at is not None and now >= self._maintenance_at:
            self._plan_maintenance(now)
            return self._maintenance()
        acts = (self._beat, self._round_played, self._device_drops, self._sdp_stumbles, self._outage, self._signal)
        # Most of a day nothing happens.
        act = self._chance.choices(acts, (8, 4, 4, 2, 1, 1))[0]
        return act()

    def _opening(self) -> list[Scene]:
        """Devices come up one by one, then the services."""
        first, *others = self.devices
        scenes = [Scene(0.0, {first: "up"}), *(Scene(0.1, {name: "up"}) for name in others)]
        if "idp" in self.services:
            scenes += [Scene(0.1, {"idp": "standby"}), Scene(0.3, {"idp": "up"})]
        return [*scenes, Scene(0.1, {"sdp": "calibration"}), Scene(0.5, {"sdp": "up"})]

    def _beat(self) -> list[Scene]:
        """A report that changes nothing: it says that somebody is there."""
        return [Scene(0.5, {"sdp": "up"})]

    def _round_played(self) -> list[Scene]:
        """Something of the vendor's own, in custom fields."""
        self._round += 1
        return [Scene(0.7, {"round": self._round, "Dealer": self._chance.choice(("Ana", "Ben", "Chloé", "Dee"))})]

    def _device_drops(self) -> list[Scene]:
        """A device is away for a while."""
        name = self._chance.choice(self.devices)
        return [Scene(1.0, {name: "down"}), Scene(self._chance.uniform(0.3, 2.0), {name: "up"})]

    def _sdp_stumbles(self) -> list[Scene]:
        """The service meets an exception, calibrates and goes on."""
        return [Scene(1.0, {"sdp": "exception"}), Scene(0.6, {"sdp": "calibration"}), Scene(0.8, {"sdp": "up"})]

    def _outage(self) -> list[Scene]:
        """Several things fall at once, as when a switch dies, and come back one by one."""
        fallen = self._chance.sample(self.devices, min(2, len(self.devices)))
        scenes = [Scene(1.5, {"sdp": "down", **dict.fromkeys(fallen, "down")})]
        scenes += [Scene(0.6, {name: "up"}) for name in fallen]
        return [*scenes, Scene(0.3, {"sdp": "calibration"}), Scene(0.5, {"sdp": "up"})]

    def _signal(self) -> list[Scene]:
        """The machine complains, complains again, and is put right."""
        msg_id, text = SIGNALS.get(self.table[:4], NO_BALL)
        return [
            Scene(1.0, signal=(msg_id, text, "warn")),
            Scene(0.4, signal=(msg_id, text, "error")),
            Scene(0.4, {"sdp": "exception"}),
            Scene(1.0, {"sdp": "up"}),
        ]

    def _maintenance(self) -> list[Scene]:
        """People come, take everything down, leave it running, and go."""
        lasting = self._settings.maintenance_for_s / self._settings.period_s
        down = dict.fromkeys(self.devices, "down")
        return [
            Scene(0.2, {"maintenance": True}),
            Scene(0.2, {"sdp": "down", **down}),
            Scene(lasting, {"maintenance": False}),
            *self._opening(),
        ]
