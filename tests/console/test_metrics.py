"""Numbers for Prometheus."""

from __future__ import annotations

from lineside.console.metrics import Metrics
from lineside.runtime.routes import Request


async def shown(metrics: Metrics) -> str:
    (route,) = metrics.routes()
    answer = await route.handler(Request("GET", "/metrics"))
    assert answer.content_type.startswith("text/plain")
    return answer.body.decode()


async def test_answers_are_counted_by_route_and_status() -> None:
    metrics = Metrics()
    for _ in range(2):
        metrics.on_answer("GET", "/api/units", 200, 0.01)
    metrics.on_answer("BREW", "none", 405, 0.01)
    text = await shown(metrics)
    assert 'lineside_http_requests_total{method="GET",route="/api/units",status="200"} 2.0' in text
    assert 'lineside_http_requests_total{method="other",route="none",status="405"} 1.0' in text
    assert 'lineside_http_answer_seconds_count{route="/api/units"} 2.0' in text
    assert "BREW" not in text


async def test_numbers_of_others_are_read_at_each_scrape() -> None:
    metrics = Metrics()
    lags = iter([0.1, 0.2])
    metrics.gauge("lineside_loop_lag_seconds", "Lag.", lambda: next(lags))
    metrics.counters("lineside_cuts", "Cuts.", ("reason",), lambda: {("idle",): 3})
    assert "lineside_loop_lag_seconds 0.1" in await shown(metrics)
    text = await shown(metrics)
    assert "lineside_loop_lag_seconds 0.2" in text
    assert 'lineside_cuts_total{reason="idle"} 3.0' in text


async def test_process_is_shown() -> None:
    assert "process_resident_memory_bytes" in await shown(Metrics())
