"""LP 72 as a host sends it."""

from __future__ import annotations

from tests.slots.simulator.bench import Bench


def order(
    name: str = "TX000001",
    *,
    kind: int = 0x00,
    code: int = 0x00,
    cents: tuple[int, int, int] = (1500, 0, 0),
    asset: int = 1,
    flags: int = 0,
    index: int = 0,
    key: str = "00" * 20,
    pool: str = "0000",
    raw_amount: str = "",
) -> str:
    """The frame as hex text, without its check value."""
    amounts = raw_amount or "".join(f"{amount:010d}" for amount in cents)
    body = (
        bytes((code, index, kind))
        + bytes.fromhex(amounts)
        + bytes((flags,))
        + asset.to_bytes(4, "little")
        + bytes.fromhex(key)
        + bytes((len(name),))
        + name.encode("latin-1")
        + bytes(4)
        + bytes.fromhex(pool)
        + b"\x00"
    )
    return f"01 72 {len(body):02X} {body.hex()}"


def transfer(bench: Bench, text: str) -> bytes:
    """Send an order, wait, and ask for its end as a host does; the final answer's data from the position on."""
    first = bench.body(text)[1:]
    if first[1] != 0x40:
        return first
    bench.wait(1)
    return bench.body("01 72 02 FF 00")[1:]
