"""A TCP listener for tests, whose links are kept, each with its ear."""

from __future__ import annotations

from collections.abc import Callable

from lineside.runtime.guard import Guard, Limits
from lineside.runtime.tcp import Listener, TcpLink, connect_tcp, listen_tcp
from tests.support.both_loops import Ear
from tests.support.wait import until

ROOMY = Limits(connections_max=5000, connections_per_address_max=5000)


class Echo(Ear):
    """Sends back what it hears."""

    def __init__(self, link: TcpLink) -> None:
        super().__init__()
        self.link = link

    def on_data(self, data: bytes) -> None:
        super().on_data(data)
        self.link.ticket.heard_message()
        self.link.send(data)


class Server:
    """A listener whose links are kept, each with its ear."""

    def __init__(self, make_ear: Callable[[TcpLink], Ear] = lambda _: Ear()) -> None:
        self.links: list[TcpLink] = []
        self.ears: list[Ear] = []
        self._make_ear = make_ear

    async def open(self, limits: Limits = ROOMY, address: str = "127.0.0.1:0") -> Listener:
        self.guard = Guard(limits, "test")
        self.listener = await listen_tcp(address, self.guard, self._on_link)
        return self.listener

    def _on_link(self, link: TcpLink) -> None:
        ear = self._make_ear(link)
        self.links.append(link)
        self.ears.append(ear)
        link.start(ear)

    async def connected(self) -> tuple[TcpLink, Ear]:
        link = await connect_tcp("127.0.0.1", self.listener.port)
        ear = Ear()
        link.start(ear)
        return link, ear

    async def close(self) -> None:
        await self.listener.close()
        self.guard.stop()
        await until(lambda: all(ear.ends for ear in self.ears))
