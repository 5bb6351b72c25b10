"""What a simulator saw of its host: counted while it runs, told at its end."""

from __future__ import annotations

from dataclasses import dataclass, field


@dataclass(slots=True)
class SimulatorReport:
    """The controller's own books. A host that keeps its promises leaves the lines marked * at zero.

    Attributes:
        frames_sent: information frames that left, repetitions included.
        payloads: different payloads put into the queues.
        acked: payloads whose ACK came with the right N(R).
        retransmitted: sendings beyond the first of a payload.
        never_acked: * payloads that were sent to a host, were not acknowledged, and were pushed out of a full queue or
            left over at the end.
        never_heard: payloads pushed out or left over before a host was there to hear them.
        acks_ignored: ACKs whose N(R) was not the one that the head of the queue waits for.
        nacks_received: * NACKs by the host.
        bad_frames: * pieces from the host that are no frame: bad checksum, junk, overlong.
        unusable_frames: * frames with a good checksum and a content that this version does not have.
        orders: command frames with a good checksum, by name; ``other`` are those that the firmware ignores.
        orders_nacked: command frames that the fault ``nack`` refused.
        wait_s_max: longest time from a payload's first sending to a host to its ACK.
        passes: times a recording was played to its end.
        faults: what was done to the line on request, by name.
        bytes_dropped: bytes sent while nobody was at the other end.
    """

    frames_sent: int = 0
    payloads: int = 0
    acked: int = 0
    retransmitted: int = 0
    never_acked: int = 0
    never_heard: int = 0
    acks_ignored: int = 0
    nacks_received: int = 0
    bad_frames: int = 0
    unusable_frames: int = 0
    orders: dict[str, int] = field(default_factory=dict)
    orders_nacked: int = 0
    wait_s_max: float = 0.0
    passes: int = 0
    faults: dict[str, int] = field(default_factory=dict)
    bytes_dropped: int = 0

    @property
    def order_count(self) -> int:
        """Command frames received in all."""
        return sum(self.orders.values())

    def count_order(self, name: str) -> None:
        """One more command frame."""
        self.orders[name] = self.orders.get(name, 0) + 1

    def count_fault(self, name: str) -> None:
        """One more fault done to the line."""
        self.faults[name] = self.faults.get(name, 0) + 1

    def __str__(self) -> str:
        rows = [
            ("frames sent", f"{self.frames_sent} ({self.payloads} payloads, {self.retransmitted} repetitions)"),
            ("acknowledged", f"{self.acked}, longest wait {self.wait_s_max * 1000:.1f} ms"),
            ("never acknowledged", f"{self.never_acked} (and {self.never_heard} that no host could hear)"),
            ("NACKs by the host", str(self.nacks_received)),
            ("bad frames by the host", f"{self.bad_frames} (and {self.unusable_frames} unusable)"),
            ("ACKs out of place", str(self.acks_ignored)),
            ("orders received", f"{self.order_count}{_listed(self.orders)}"),
        ]
        if self.orders_nacked:
            rows.append(("orders refused on request", str(self.orders_nacked)))
        if self.passes:
            rows.append(("recording played", f"{self.passes} times"))
        if self.faults:
            rows.append(("faults on request", _listed(self.faults).strip(" ()")))
        if self.bytes_dropped:
            rows.append(("bytes into the air", str(self.bytes_dropped)))
        return "\n".join(f"{name + ':':26} {value}" for name, value in rows)


def _listed(counts: dict[str, int]) -> str:
    return f" ({', '.join(f'{name} {count}' for name, count in sorted(counts.items()))})" if counts else ""
