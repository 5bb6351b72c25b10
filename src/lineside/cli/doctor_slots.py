"""``doctor LINE --slots``: who is on a line of slot machines, and why somebody does not answer.

In this order: does the line open and carry the wake-up bit; who chirps while nothing is sent; who answers a general
poll, by address; what it says of itself. A scan polls one address after another, and that acknowledges: so it stops at
the first machine that tells an exception, and leaves that one with the machine, for the server to record. (What a
machine still holds from before is acknowledged by the first poll: after a server that was killed, start it once.)
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from lineside.cli.doctor import Findings
from lineside.errors import ConfigError, LinkClosed, LinkError
from lineside.runtime.burst import BurstSettings, LineMode

if TYPE_CHECKING:
    from lineside.runtime.burst import BurstLink
    from lineside.slots.wire import HostSide, Poll

ANSWER_S = 0.1
"""A machine begins within 20 ms; adapters and device servers jitter. Source: `wire/sas.md` §4."""

NOBODY_S = 0.02
"""From `80` to the next poll, as hosts in the field do."""

POLL_S = 0.2
"""No machine is polled faster. Source: `wire/sas.md` §4."""

SENDS_MAX = 3
"""As a host: one lost answer is no silence."""

CHIRP_S = 6.0
"""A machine chirps after 5 s without an address byte: shorter listening hears none."""

OTHER_ADAPTER = "try --line-mode even, or another adapter: some take mark parity and do not send it"


@dataclass(slots=True)
class Machine:
    """What one address said."""

    address: int
    exception: int = 0
    text: str = ""
    turn_around_ms: float = 0.0


@dataclass(slots=True)
class Ear:
    """Reads the line for one poll at a time."""

    reader: HostSide
    heard: list[Any] = field(default_factory=list)
    chirps: set[int] = field(default_factory=set)
    byte_count: int = 0
    first: bytes = b""
    first_at: float | None = None
    closed_reason: str = ""

    def on_bytes(self, data: bytes, wakeups: frozenset[int] | None) -> None:
        """Bytes came."""
        now = asyncio.get_running_loop().time()
        self.byte_count += len(data)
        self.first = (self.first + data)[:32]
        self.first_at = now if self.first_at is None else self.first_at
        self.take(self.reader.receive(data, now, wakeups))

    def on_closed(self, reason: str) -> None:
        """The line ended."""
        self.closed_reason = reason

    def take(self, heard: list[Any]) -> None:
        """Keep what was heard; chirps apart."""
        from lineside.slots.wire.heard import Chirp

        self.heard += heard
        self.chirps |= {one.address for one in heard if isinstance(one, Chirp)}


async def examine_slots(
    line: str, mode: LineMode, baud: int, seconds: float, addresses: tuple[int, ...] = ()
) -> Findings:
    """Open a line of slot machines, listen, look for its machines, and say what a technician should look at.

    Args:
        seconds: how long to listen before anything is sent.
        addresses: those to look for; empty: 1 to 127, those that chirp first.
    """
    from lineside.adapters.burst_link import open_burst_line
    from lineside.slots.wire import ADDRESS_MAX, HostSide

    findings = Findings(line)
    try:
        link = await open_burst_line(line, mode, BurstSettings(baud=baud, hear_wakeups=True))
    except (LinkError, ConfigError) as error:
        findings.add("opens", False, str(error))
        findings.verdict = "the line cannot be opened; see above what to do"
        return findings
    findings.add("opens", True, f"{link.name}, {mode.value}")
    findings.add("wake-up bit", not link.trouble, link.trouble or "the driver takes what the mode needs")
    ear = Ear(HostSide())
    link.start(ear)
    try:
        await asyncio.sleep(seconds)
        _judge_silence(findings, ear, seconds)
        wanted = addresses or (*sorted(ear.chirps), *range(1, ADDRESS_MAX + 1))
        machines = await _scan(link, ear, tuple(dict.fromkeys(wanted)))
        for machine in machines:
            if any(found.exception for found in machines):
                break  # one of them holds it: no more polls
            await _introduce(link, ear, machine)
    except LinkClosed as error:
        findings.add("stays open", False, str(error))
        machines = []
    finally:
        link.close("examined")
    _judge(findings, link, ear, machines)
    return findings


def _judge_silence(findings: Findings, ear: Ear, seconds: float) -> None:
    """What came while nothing was sent."""
    ear.take(ear.reader.on_time(asyncio.get_running_loop().time()))
    if ear.chirps:
        listed = ", ".join(map(str, sorted(ear.chirps)))
        findings.add("chirps", True, f"from {listed}: it sends, and has heard no poll for 5 s")
    elif ear.byte_count:
        text = (
            f"{ear.byte_count} bytes, first {ear.first.hex(' ')}: another host polls this line, or the speed is wrong"
        )
        findings.add("chirps", False, text)
    else:
        hint = (
            "" if seconds >= CHIRP_S else f"; machines chirp after 5 s of silence, listen longer: --seconds {CHIRP_S:g}"
        )
        findings.add("chirps", True, f"none in {seconds:g} s{hint}")


async def _scan(link: BurstLink, ear: Ear, addresses: tuple[int, ...]) -> list[Machine]:
    """Poll each address; stop at the first exception, which the next poll would acknowledge."""
    machines: list[Machine] = []
    for address in addresses:
        if ear.closed_reason:
            raise LinkClosed(ear.closed_reason)
        machine = await _find(link, ear, address)
        if machine is not None:
            machines.append(machine)
            if machine.exception:
                break
    return machines


async def _find(link: BurstLink, ear: Ear, address: int) -> Machine | None:
    from lineside.slots.wire import NOBODY, GeneralPoll
    from lineside.slots.wire.heard import Exception_, RealTimeEvent

    await _ask(link, ear, NOBODY, NOBODY_S)  # it synchronises, and nobody on this line holds an answer now
    begun = asyncio.get_running_loop().time()
    for heard in await _ask(link, ear, GeneralPoll(address), ANSWER_S):
        if isinstance(heard, Exception_ | RealTimeEvent) and not getattr(heard, "may_be_chirp", False):
            turn_around_s = (ear.first_at or begun) - begun
            return Machine(address, heard.code, turn_around_ms=turn_around_s * 1000)
    return None


async def _introduce(link: BurstLink, ear: Ear, machine: Machine) -> None:
    """Ask for version and serial number: every machine knows that poll."""
    from lineside.slots.wire import LongPoll
    from lineside.slots.wire.heard import DataAnswer, RealTimeEvent

    await asyncio.sleep(POLL_S)
    for _ in range(SENDS_MAX):
        for heard in await _ask(link, ear, LongPoll(machine.address, 0x54), POLL_S):
            if isinstance(heard, DataAnswer):
                machine.text = f"SAS {heard.decoded.sas_version}, serial {heard.decoded.serial}"
                return
            if isinstance(heard, RealTimeEvent):
                machine.exception = heard.code
                machine.text = "real-time events are on"
                return


async def _ask(link: BurstLink, ear: Ear, poll: Poll, wait_s: float) -> list[Any]:
    """Send one poll and wait; what was heard."""
    from lineside.slots.wire import encode

    loop = asyncio.get_running_loop()
    ear.reader.expect(poll, loop.time())
    ear.reader.on_time(loop.time())
    ear.heard, ear.first_at = [], None
    link.send_burst(*encode(poll))
    await asyncio.sleep(wait_s)
    ear.take(ear.reader.on_time(loop.time()))
    return ear.heard


def _judge(findings: Findings, link: BurstLink, ear: Ear, machines: list[Machine]) -> None:
    from lineside.slots.wire import exception_text

    for machine in machines:
        told = f"exception {machine.exception:02X} {exception_text(machine.exception)}" if machine.exception else "idle"
        said = ", ".join(part for part in (told, machine.text) if part)
        findings.add(f"address {machine.address}", True, f"{said}, answers after {machine.turn_around_ms:.0f} ms")
    if not machines:
        findings.add("answers", False, "nobody answers a general poll")
    findings.verdict = _verdict(link, ear, machines)


def _verdict(link: BurstLink, ear: Ear, machines: list[Machine]) -> str:
    waiting = [machine for machine in machines if machine.exception]
    listed = ", ".join(str(machine.address) for machine in machines)
    if waiting:
        return (
            f"it talks: machines = [{listed}]. Address {waiting[0].address} has an exception to tell; it is left there "
            "for the server, and the search ended, since the next poll would acknowledge it"
        )
    if machines:
        return f"it talks: machines = [{listed}]"
    if ear.chirps:
        heard = ", ".join(map(str, sorted(ear.chirps)))
        return (
            f"machine {heard} is heard and does not hear us: look at the wire from our TX to its RX; then at the "
            f"wake-up bit: {link.trouble or OTHER_ADAPTER}"
        )
    if ear.byte_count:
        return "bytes come and no answer: wrong speed, an echo of our own bytes, or a second host on this line"
    if link.trouble:
        return f"silence, and no wake-up bit: {link.trouble}"
    return (
        "silence: is the machine on and its SAS channel enabled, are RX and TX the right way round, are its levels "
        "RS-232 (TTL needs a converter), does the adapter send mark parity?"
    )
