"""Two links joined in memory, with the faults of a real cable, drawn from a seed so that a failure can be repeated.

Driven by the loop, bytes arrive in a later turn of it, or after a delay. Driven by hand, nothing moves until `pump`
is called with the present time::

    pair = memory_pair(Faults(lost=0.02, flipped=0.05), seed=7, by_hand=True)
    pair.left.send(b"hello")
    pair.pump(clock.now().mono)
"""

from __future__ import annotations

import asyncio
import random
from collections import Counter, deque
from collections.abc import Iterator
from dataclasses import dataclass, fields

from lineside.errors import LinkClosed
from lineside.runtime.link import Receiver

# As a TCP link: beyond it the peer does not read.
SEND_BYTES_MAX = 1_048_576

DOES_NOT_READ = "peer does not read"


@dataclass(frozen=True, slots=True)
class Faults:
    """What may happen to the bytes of one `send`; each a chance from 0 to 1, drawn for each `send`.

    Attributes:
        lost: they never arrive.
        cut: a part at the end never arrives.
        doubled: they arrive twice.
        late: they, and all that follow them, wait for up to ``late_s``.
        flipped: one bit of one byte changes.
        split: they arrive in pieces.
        merged: they arrive in one piece with the next ones (or after ``late_s``).
        late_s: longest wait in seconds.
    """

    lost: float = 0.0
    cut: float = 0.0
    doubled: float = 0.0
    late: float = 0.0
    flipped: float = 0.0
    split: float = 0.0
    merged: float = 0.0
    late_s: float = 0.05

    def __post_init__(self) -> None:
        for field in fields(self):
            chance = getattr(self, field.name)
            assert field.name == "late_s" or 0.0 <= chance <= 1.0, f"{field.name}={chance} is not a chance"


NO_FAULTS = Faults()


@dataclass(slots=True)
class _Chunk:
    """Bytes on the cable, delivered at ``due`` (monotonic seconds); while ``is_open`` the next ones join them."""

    data: bytes
    due: float
    is_open: bool = False


class MemoryLink:
    """One end of a `MemoryPair`; a `lineside.runtime.link.Link`."""

    def __init__(self, pair: MemoryPair, name: str) -> None:
        self.name = name
        self.peer: MemoryLink = self
        self.faults = NO_FAULTS
        self._pair = pair
        self._receiver: Receiver | None = None
        self._is_held = False
        self._reason: str | None = None
        self._is_told = False
        self._cable: deque[_Chunk] = deque()  # from here to the peer
        self._cable_bytes = 0
        self._due = 0.0

    @property
    def is_open(self) -> bool:
        """Whether `send` still takes bytes."""
        return self._reason is None

    def start(self, receiver: Receiver) -> None:
        """Begin to deliver; what came earlier first, when the pair moves next."""
        assert self._receiver is None, f"link {self.name} was started twice"
        self._receiver = receiver
        self._pair.wake()

    def send(self, data: bytes) -> None:
        """Put bytes on the cable, with the faults drawn for them."""
        if self._reason is not None:
            raise LinkClosed(f"{self.name}: {self._reason}")
        for piece, late_s, is_open in self._pair.draw(self.faults, bytes(data)):
            self._put(piece, late_s, is_open)
        if self._cable_bytes > self._pair.send_bytes_max:
            self._pair.unplug(DOES_NOT_READ)
        self._pair.wake()

    def send_or_close(self, data: bytes) -> bool:
        """As `send`, where a link that has ended is no news; False when nothing was queued."""
        if self._reason is not None:
            return False
        self.send(data)
        return self._reason is None

    def unsent(self) -> int:
        """Bytes that the other end has not taken."""
        return self._cable_bytes

    def hold(self, held: bool) -> None:
        """Stop or go on reading."""
        self._is_held = held
        self._pair.wake()

    def close(self, reason: str) -> None:
        """End both ends. What was sent from here is still delivered, what comes here is dropped."""
        if self._reason is None:
            self.peer.drop_cable()
            self._pair.end(reason)

    # What the pair does with an end.

    def finish(self, reason: str) -> None:
        """No more bytes from here; `on_closed` follows behind the bytes that are on their way."""
        if self._reason is None:
            self._reason = reason

    def drop_cable(self) -> None:
        """What is on the way from here is gone."""
        self._cable.clear()
        self._cable_bytes = 0

    def next_due(self) -> float | None:
        """When the next bytes, or the end, are due here; None when nothing is on its way or nobody listens."""
        if self._receiver is None or self._is_told:
            return None
        incoming = self.peer._cable
        if incoming:
            return None if self._is_held else incoming[0].due
        return 0.0 if self._reason is not None else None

    def take(self, now: float) -> bool:
        """Deliver one chunk or the end, if one is due."""
        due = self.next_due()
        if due is None or due > now or self._receiver is None:
            return False
        if self.peer._cable:
            data = self.peer._cable.popleft().data
            self.peer._cable_bytes -= len(data)
            self._receiver.on_data(data)
        else:
            self._is_told = True
            self._receiver.on_closed(self._reason or "")
        return True

    def _put(self, data: bytes, late_s: float, is_open: bool) -> None:
        due = max(self._due, self._pair.now() + late_s)  # bytes on a cable never overtake each other
        if not is_open:
            self._due = due
        self._cable_bytes += len(data)
        last = self._cable[-1] if self._cable else None
        if last is not None and last.is_open:
            last.data, last.due, last.is_open = last.data + data, due, is_open
        else:
            self._cable.append(_Chunk(data, due, is_open))


class MemoryPair:
    """Two ends and the cable between them; unpacks to ``left, right``.

    Attributes:
        left, right: the ends.
        done: how often each fault happened, by its name in `Faults`.
        send_bytes_max: bytes on the cable that one end may not take before the link is closed.
    """

    def __init__(self, seed: int, by_hand: bool, send_bytes_max: int) -> None:
        self.left = MemoryLink(self, "memory left")
        self.right = MemoryLink(self, "memory right")
        self.left.peer, self.right.peer = self.right, self.left
        self.done: Counter[str] = Counter()
        self.send_bytes_max = send_bytes_max
        self._chance = random.Random(seed)
        self._by_hand = by_hand
        self._now = 0.0
        self._timer: asyncio.Handle | None = None
        self._timer_at = float("inf")

    def __iter__(self) -> Iterator[MemoryLink]:
        return iter((self.left, self.right))

    def pump(self, now: float | None = None) -> int:
        """Deliver all that is due, and what that causes; by hand only.

        Args:
            now: monotonic seconds; never goes back. None: as late as needed for everything to arrive.

        Returns:
            How many times a receiver was called.
        """
        assert self._by_hand, "this pair is driven by the loop"
        self._now = max(self._now, now if now is not None else self._now)
        return self._deliver(float("inf") if now is None else self._now)

    def unplug(self, reason: str = "cable pulled") -> None:
        """Both ends close; what was on the cable is gone."""
        self.left.drop_cable()
        self.right.drop_cable()
        self.end(reason)

    # What the ends ask of the pair.

    def now(self) -> float:
        """The time that delays are counted from."""
        return self._now if self._by_hand else asyncio.get_running_loop().time()

    def end(self, reason: str) -> None:
        """Both ends are over, for ``reason``."""
        self.left.finish(reason)
        self.right.finish(reason)
        self.wake()

    def wake(self) -> None:
        """Something is on the cable: with the loop, see to its delivery."""
        if self._by_hand:
            return
        dues = [due for due in (self.left.next_due(), self.right.next_due()) if due is not None]
        if not dues or (self._timer is not None and self._timer_at <= min(dues)):
            return
        if self._timer is not None:
            self._timer.cancel()
        loop = asyncio.get_running_loop()
        self._timer_at = min(dues)
        is_due = self._timer_at <= loop.time()
        self._timer = loop.call_soon(self._on_timer) if is_due else loop.call_at(self._timer_at, self._on_timer)

    def draw(self, faults: Faults, data: bytes) -> list[tuple[bytes, float, bool]]:
        """Decide the fate of the bytes of one send: pieces with their delay and whether the next ones join them."""
        if faults is NO_FAULTS or not data:
            return [(data, 0.0, False)] if data else []
        if self._happens("lost", faults.lost):
            return []
        if self._happens("cut", faults.cut):
            data = data[: self._chance.randrange(len(data))]
        if data and self._happens("flipped", faults.flipped):
            data = self._flip(data)
        if self._happens("doubled", faults.doubled):
            data += data
        late_s = self._chance.uniform(0, faults.late_s) if self._happens("late", faults.late) else 0.0
        pieces = self._split(data) if len(data) > 1 and self._happens("split", faults.split) else [data]
        drawn = [(piece, late_s, False) for piece in pieces if piece]
        if drawn and self._happens("merged", faults.merged):
            drawn[-1] = (drawn[-1][0], max(late_s, faults.late_s), True)
        return drawn

    def _on_timer(self) -> None:
        self._timer = None
        self._timer_at = float("inf")
        try:
            self._deliver(asyncio.get_running_loop().time())
        finally:
            self.wake()

    def _deliver(self, now: float) -> int:
        calls = 0
        while self.left.take(now) or self.right.take(now):
            calls += 1
            if not self._by_hand and calls >= 100:
                break  # the loop has other work; `wake` comes back
        return calls

    def _happens(self, name: str, chance: float) -> bool:
        happens = self._chance.random() < chance
        self.done[name] += happens
        return happens

    def _flip(self, data: bytes) -> bytes:
        index = self._chance.randrange(len(data))
        return data[:index] + bytes((data[index] ^ (1 << self._chance.randrange(8)),)) + data[index + 1 :]

    def _split(self, data: bytes) -> list[bytes]:
        count = self._chance.randint(1, min(8, len(data) - 1))
        places = sorted(self._chance.sample(range(1, len(data)), count))
        return [data[start:end] for start, end in zip([0, *places], [*places, len(data)], strict=True)]


def memory_pair(
    faults: Faults | None = None,
    seed: int = 0,
    *,
    back: Faults | None = None,
    by_hand: bool = False,
    send_bytes_max: int = SEND_BYTES_MAX,
) -> MemoryPair:
    """Two joined links; ``left, right = memory_pair()`` gives just these.

    Args:
        faults: of what ``left`` sends, and of what ``right`` sends unless ``back`` is given.
        seed: repeats the same faults for the same sends.
        by_hand: nothing moves but by `MemoryPair.pump`.
    """
    pair = MemoryPair(seed, by_hand, send_bytes_max)
    pair.left.faults = faults or NO_FAULTS
    pair.right.faults = back if back is not None else pair.left.faults
    return pair
