"""The document tells the truth: a stranger who believes it word by word finds no fault (schemathesis)."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import schemathesis
from hypothesis import HealthCheck, given, settings
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    ignored_auth,
    negative_data_rejection,
    response_headers_conformance,
    response_schema_conformance,
    status_code_conformance,
    unsupported_method,
)

from lineside.console.sessions import AccessSettings
from tests.console.test_admin_api import Bench
from tests.support.console import console

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_headers_conformance,
    response_schema_conformance,
    negative_data_rejection,
    ignored_auth,
    unsupported_method,
]
# A stranger must not sign everybody out, ask for what the disk does, or wait.
LEFT_OUT = ["/api/logout", "/api/journal/backup"]


# It tries hundreds of wrong tokens in a minute.
PATIENT = AccessSettings(wrong_per_minute_max=1_000_000)


class Served:
    """A console in a thread of its own, since the stranger does not know asyncio."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.url = ""
        self.token: dict[str, str] = {}
        self._ready = threading.Event()
        self._stop: asyncio.Event
        self._loop: asyncio.AbstractEventLoop
        self._thread = threading.Thread(target=lambda: asyncio.run(self._serve()), name="console under test")

    async def _serve(self) -> None:
        self._loop, self._stop = asyncio.get_running_loop(), asyncio.Event()
        async with console(self.folder, tools=Bench().tools(), access_settings=PATIENT) as rig:
            self.url = rig.server.url
            self.token = await rig.token("admin")
            self._ready.set()
            await self._stop.wait()

    def start(self) -> None:
        self._thread.start()
        assert self._ready.wait(10)

    def stop(self) -> None:
        self._loop.call_soon_threadsafe(self._stop.set)
        self._thread.join(10)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Served]:
    made = Served(tmp_path_factory.mktemp("console"))
    made.start()
    yield made
    made.stop()


@pytest.mark.parametrize("mode", [GenerationMode.POSITIVE, GenerationMode.NEGATIVE])
def test_stranger_who_believes_the_document_finds_no_fault(served: Served, mode: GenerationMode) -> None:
    described = schemathesis.openapi.from_url(f"{served.url}/api/openapi.json", headers=served.token)
    operations = [found.ok() for found in described.exclude(path=LEFT_OUT).get_all_operations()]
    assert len(operations) > 15
    for operation in operations:
        try_operation(operation, mode, served.token)


def try_operation(operation: Any, mode: GenerationMode, token: dict[str, str]) -> None:
    if mode is GenerationMode.NEGATIVE and not (operation.query or operation.body or operation.headers):
        return  # nothing in it can be wrong

    @given(case=operation.as_strategy(generation_mode=mode))
    @settings(max_examples=4, deadline=None, derandomize=True, database=None, suppress_health_check=list(HealthCheck))
    def ask(case: Any) -> None:
        if isinstance(case.query, dict) and "wait" in case.query:
            case.query["wait"] = 0
        case.call_and_validate(headers=token, checks=CHECKS)

    ask()


async def test_document_tells_of_every_call_and_of_errors(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        document = await rig.get("/api/openapi.json")
        assert document["openapi"] == "3.1.0"
        assert {"/api/units", "/api/commands", "/api/commands/signed", "/healthz", "/metrics", "/login"} <= set(
            document["paths"]
        )
        events = document["paths"]["/api/events"]["get"]
        assert {one["name"] for one in events["parameters"]} == {
            "after", "before", "limit", "gateway", "unit", "kind", "newest", "wait", "routine",
        }  # fmt: skip
        refused = events["responses"]["400"]["content"]["application/json"]["schema"]
        assert refused == {"$ref": "#/components/schemas/ErrorAnswer"}
        signed = document["paths"]["/api/commands/signed"]["post"]
        assert signed["security"] == []
        assert {one["name"] for one in signed["parameters"]} >= {"webhook-id", "webhook-signature"}


async def test_every_reference_in_the_document_leads_somewhere(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        document = await rig.get("/api/openapi.json")
        text = json.dumps(document)
        names = {part.split('"')[0] for part in text.split("#/components/schemas/")[1:]}
        assert names <= set(document["components"]["schemas"])


async def test_document_is_for_viewers_and_this_machine(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        proxied = {"X-Forwarded-For": "10.0.0.7"}
        assert await rig.error("GET", "/api/openapi.json", headers=proxied) == (401, "not_signed_in")
        await rig.get("/api/openapi.json", headers={**proxied, **await rig.token("viewer")})


async def test_metrics_show_the_foundation(tmp_path: Path) -> None:
    async with console(tmp_path) as rig:
        await rig.get("/api/me", headers=await rig.token("viewer"))
        text = await (await rig.ask.get("/metrics")).text()
        for line in (
            'lineside_journal_state{state="ok"} 1.0',
            'lineside_units{gateway="ward",state="live"} 2.0',
            'lineside_gateway_state{gateway="hall",state="running"} 1.0',
            'lineside_http_requests_total{method="GET",route="/api/me",status="200"} 1.0',
            "lineside_hub_subscribers 0.0",
            "lineside_sessions 0.0",
        ):
            assert line in text
        assert "ward/1" not in text
