"""The lockers gateway: a TCP port that boards call, and a unit for each of them.

What is decided stands in `model`, what is on the wire in `wire`; here they meet::

    door.py        who is let in and let go          addresses.py   what each address has asked for
    connection.py  bytes → messages → unit → bytes   hall.py        units, rebuilt before they say a word
"""

from __future__ import annotations

from lineside.lockers.gateway.config import BoardEntry, Config
from lineside.lockers.gateway.door import Door
from lineside.lockers.gateway.hall import Hall
from lineside.runtime.gateway import GatewayState, Runtime

__all__ = ["BoardEntry", "Config", "Door", "Hall", "run"]


async def run(config: Config, runtime: Runtime) -> None:
    """Serve the boards of one gateway until cancelled. Never waits for a board or for the journal.

    Raises:
        LinkError: the address cannot be bound; supervision tries again.
        ConfigError: the address cannot be read.
    """
    hall = Hall(config, runtime)
    door = Door(config, hall, runtime)
    try:
        await door.open()
        hall.well = f"listens on {door.address}"
        runtime.report(GatewayState.RUNNING, hall.well)
        await hall.run()
    finally:
        await door.close()
        hall.close()
