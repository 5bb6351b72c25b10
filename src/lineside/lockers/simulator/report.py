"""What simulated boards saw of their server: counted while they run, told at the end."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field


@dataclass(slots=True)
class SimulatorReport:
    """The books of all boards of a run. A server that keeps its promises leaves the lines marked * at zero.

    Attributes:
        requests: that left, or should have: faults included.
        replies: taken by a board.
        late_replies: dropped by a board, since they answer an older request.
        timeouts: requests without a reply in the board's own time.
        errors: ``ERROR`` lines of the server, by reason.
        bad_replies: * answers that no board can read.
        foreign_replies: * replies with the ID of another board, or a SEND that was never sent.
        connects: connections made.
        losses: connections lost that the board did not end itself.
        opened: cells opened with a code.
        wrong_codes: codes that opened nothing.
        reboots: asked for by the server, by chance, or by hand.
        wait_s_max: the longest from a request to its reply.
        faults: done on request, by name.
    """

    requests: int = 0
    replies: int = 0
    late_replies: int = 0
    timeouts: int = 0
    errors: Counter[str] = field(default_factory=Counter)
    bad_replies: int = 0
    foreign_replies: int = 0
    connects: int = 0
    losses: int = 0
    opened: int = 0
    wrong_codes: int = 0
    reboots: int = 0
    wait_s_max: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)

    def __str__(self) -> str:
        rows = [
            ("requests", f"{self.requests} ({self.timeouts} without an answer in time)"),
            ("replies", f"{self.replies}, longest wait {self.wait_s_max * 1000:.1f} ms"),
            ("replies that came late", str(self.late_replies)),
            ("replies that are none", f"{self.bad_replies} (and {self.foreign_replies} for somebody else)"),
            ("errors by the server", f"{self.errors.total()}{_listed(self.errors)}"),
            ("connections", f"{self.connects} ({self.losses} lost)"),
            ("cells opened", f"{self.opened} ({self.wrong_codes} wrong codes)"),
            ("reboots", str(self.reboots)),
        ]
        if self.faults:
            rows.append(("faults on request", _listed(self.faults).strip(" ()")))
        return "\n".join(f"{name + ':':26} {value}" for name, value in rows)


def _listed(counts: Counter[str]) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in sorted(counts.items()))})" if counts else ""
