"""``/metrics`` for Prometheus. Labels have few values: gateways and states, never units, paths or addresses."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from prometheus_client import CollectorRegistry, Counter, Histogram, generate_latest
from prometheus_client.exposition import CONTENT_TYPE_LATEST
from prometheus_client.metrics_core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.platform_collector import PlatformCollector
from prometheus_client.process_collector import ProcessCollector
from prometheus_client.registry import Collector

from lineside.runtime.command import Role
from lineside.runtime.routes import Request, Response, Route, RouteDoc

# A method is a word of the client's own choice; any other than these would be a label value of their choice too.
_METHODS = frozenset({"GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"})

Values = Mapping[tuple[str, ...], float]


@dataclass(frozen=True, slots=True)
class _Source:
    name: str
    what: str
    labels: tuple[str, ...]
    is_counter: bool
    read: Callable[[], Values]


class Metrics(Collector):
    """All numbers of this process. What others count is read when somebody asks for it."""

    def __init__(self) -> None:
        self.registry = CollectorRegistry(auto_describe=False)
        self._sources: list[_Source] = []
        ProcessCollector(registry=self.registry)
        PlatformCollector(registry=self.registry)
        self.registry.register(self)
        self._requests = Counter(
            "lineside_http_requests", "Answered requests.", ("method", "route", "status"), registry=self.registry
        )
        self._seconds = Histogram(
            "lineside_http_answer_seconds",
            "Time from the request's headers to its answer, waits on request included.",
            ("route",),
            registry=self.registry,
            buckets=(0.001, 0.005, 0.02, 0.1, 0.5, 2.0, 10.0, 60.0),
        )

    def routes(self) -> list[Route]:
        """For viewers and this machine."""
        doc = RouteDoc("Numbers for Prometheus.", content_type="text/plain")
        return [Route("GET", "/metrics", self._show, Role.VIEWER, doc, loopback=True)]

    def on_answer(self, method: str, route: str, status: int, seconds: float) -> None:
        """Count one answered request; ``route`` is the pattern, not the path."""
        self._requests.labels(method if method in _METHODS else "other", route, str(status)).inc()
        self._seconds.labels(route).observe(seconds)

    def gauge(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Show a number that goes up and down; ``read`` is called at each scrape and must be quick."""
        self.gauges(name, what, (), lambda: {(): read()})

    def gauges(self, name: str, what: str, labels: tuple[str, ...], read: Callable[[], Values]) -> None:
        """The same with labels: ``read`` gives a number per tuple of label values."""
        self._sources.append(_Source(name, what, labels, is_counter=False, read=read))

    def counter(self, name: str, what: str, read: Callable[[], float]) -> None:
        """Show a number that only goes up; its name in the answer ends in ``_total``."""
        self.counters(name, what, (), lambda: {(): read()})

    def counters(self, name: str, what: str, labels: tuple[str, ...], read: Callable[[], Values]) -> None:
        """The same with labels."""
        self._sources.append(_Source(name, what, labels, is_counter=True, read=read))

    def collect(self) -> Iterable[Metric]:
        """Read all sources."""
        for source in self._sources:
            yield from _family(source)

    async def _show(self, request: Request) -> Response:
        return Response(200, generate_latest(self.registry), CONTENT_TYPE_LATEST)


def _family(source: _Source) -> Iterator[Metric]:
    kind = CounterMetricFamily if source.is_counter else GaugeMetricFamily
    family = kind(source.name, source.what, labels=source.labels)
    for labels, value in source.read().items():
        family.add_metric(labels, value)
    yield family
