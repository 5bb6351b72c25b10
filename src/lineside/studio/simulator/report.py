"""The books of a simulated studio."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SimulatorReport:
    """What was said and what was answered.

    Attributes:
        connected: connections that were made.
        refused_connections: connections that could not be made, or were closed before the snapshot.
        lost: connections that ended without our wish.
        updates: sent; each was confirmed, refused, or is unanswered because its connection ended.
        confirmed: by the server: recorded there.
        refused: updates of ours that the server did not take, by its text.
        signals: error signals that were taken.
        garbage_refused: garbage on request that was refused, as it should be.
        garbage_taken: garbage that was confirmed; should be 0.
        unasked: frames that answered nothing.
        answer_s_max: the longest wait for an answer.
        faults: what was done on request, by name.
    """

    connected: int = 0
    refused_connections: int = 0
    lost: int = 0
    updates: int = 0
    confirmed: int = 0
    refused: dict[str, int] = field(default_factory=dict)
    signals: int = 0
    garbage_refused: int = 0
    garbage_taken: int = 0
    unasked: int = 0
    answer_s_max: float = 0.0
    faults: dict[str, int] = field(default_factory=dict)

    @property
    def unanswered(self) -> int:
        """Updates of which nobody knows: their connection ended first."""
        return self.updates - self.confirmed - sum(self.refused.values())

    def count_fault(self, name: str) -> None:
        """One more fault on request."""
        self.faults[name] = self.faults.get(name, 0) + 1

    def count_refused(self, text: str) -> None:
        """One more update that was not taken."""
        self.refused[text] = self.refused.get(text, 0) + 1

    def __str__(self) -> str:
        rows = [
            ("connections", f"{self.connected} (lost {self.lost}, not made {self.refused_connections})"),
            (
                "updates confirmed",
                f"{self.confirmed} of {self.updates}, longest wait {self.answer_s_max * 1000:.1f} ms",
            ),
            ("updates unanswered", str(self.unanswered)),
            ("error signals", str(self.signals)),
        ]
        rows += [("updates refused", f"{count}: {text}") for text, count in sorted(self.refused.items())]
        if self.garbage_refused or self.garbage_taken:
            rows.append(("garbage refused", f"{self.garbage_refused} (taken {self.garbage_taken})"))
        if self.faults:
            told = ", ".join(f"{name} {count}" for name, count in sorted(self.faults.items()))
            rows.append(("faults on request", told))
        return "\n".join(f"{name + ':':26} {value}" for name, value in rows)
