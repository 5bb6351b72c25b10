"""What a simulator saw of its hosts: counted while it runs, told at its end."""

from __future__ import annotations

from dataclasses import dataclass, field

HOST_FAULTS_SHOWN = 10
"""Of each kind the first few are told in words; the rest is counted."""


@dataclass(slots=True)
class SimulatorReport:
    """The machines' own books. A host that keeps the rules leaves ``host_faults`` empty.

    Attributes:
        general_polls, long_polls: that were for a machine of ours, repetitions included.
        answers: that left, faults or not.
        repeated: polls that came again and were answered as before. Not a fault by itself: an answer may get lost.
        bad_polls: polls with a wrong check value.
        noise: pieces that are no poll.
        acknowledged: answers that an implied ACK ended.
        told: exceptions that were acknowledged.
        lost: exceptions that fell out of a full queue: the host was too slow or away.
        link_downs: loop breaks that a machine noticed.
        power_cuts: of our own doing.
        games: that were played.
        faults: done on request, by name.
        host_faults: broken rules, by rule; ``examples`` tells the first of each.
        period_s_min: shortest time between two general polls to one machine; infinite without two.
    """

    general_polls: int = 0
    long_polls: int = 0
    answers: int = 0
    repeated: int = 0
    bad_polls: int = 0
    noise: int = 0
    acknowledged: int = 0
    told: int = 0
    lost: int = 0
    link_downs: int = 0
    power_cuts: int = 0
    games: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    host_faults: dict[str, int] = field(default_factory=dict)
    examples: dict[str, list[str]] = field(default_factory=dict)
    period_s_min: float = float("inf")

    @property
    def host_fault_count(self) -> int:
        """Broken rules in all."""
        return sum(self.host_faults.values())

    def count_fault(self, name: str) -> None:
        """One more fault done on request."""
        self.faults[name] = self.faults.get(name, 0) + 1

    def blame(self, rule: str, what: str) -> None:
        """The host broke a rule."""
        self.host_faults[rule] = self.host_faults.get(rule, 0) + 1
        told = self.examples.setdefault(rule, [])
        if len(told) < HOST_FAULTS_SHOWN:
            told.append(what)

    def __str__(self) -> str:
        period = "none" if self.period_s_min == float("inf") else f"{self.period_s_min * 1000:.1f} ms"
        rows = [
            ("general polls", f"{self.general_polls}, shortest period {period}"),
            ("long polls", str(self.long_polls)),
            ("answers", f"{self.answers} ({self.repeated} repetitions, {self.acknowledged} acknowledged)"),
            ("exceptions acknowledged", f"{self.told} (and {self.lost} lost from a full queue)"),
            ("bad polls by the host", f"{self.bad_polls} (and {self.noise} pieces of noise)"),
            ("loop breaks", str(self.link_downs)),
        ]
        if self.games:
            rows.append(("games played", str(self.games)))
        if self.power_cuts:
            rows.append(("power cuts", str(self.power_cuts)))
        if self.faults:
            rows.append(("faults on request", _listed(self.faults)))
        rows.append(("faults of the host", _listed(self.host_faults) or "none"))
        lines = [f"{name + ':':26} {value}" for name, value in rows]
        return "\n".join(lines + [f"  {rule}: {what}" for rule, told in self.examples.items() for what in told])


def _listed(counts: dict[str, int]) -> str:
    return ", ".join(f"{name} {count}" for name, count in sorted(counts.items()))
