from __future__ import annotations

import asyncio
import random
from collections.abc import Awaitable, Callable

import pytest

from lineside.errors import ConfigError, LinkError
from lineside.runtime.backoff import BackoffSettings
from lineside.runtime.supervise import PartPhase, PartState, Supervisor, SupervisorSettings
from tests.support.wait import until

QUICK = SupervisorSettings(backoff=BackoffSettings(first_s=0.01, cap_s=0.04), healthy_s=60.0, settle_s=0.05, stop_s=0.3)


class Site:
    """A supervisor that runs, with the story of every part."""

    def __init__(self, settings: SupervisorSettings = QUICK) -> None:
        self.story: list[tuple[str, str, str]] = []
        self.supervisor = Supervisor(settings, chance=random.Random(1), on_change=self.note)
        self.task: asyncio.Task[None] | None = None

    def note(self, state: PartState) -> None:
        self.story.append((state.name, str(state.state), state.reason))

    def add(self, name: str, run: Callable[[], Awaitable[None]]) -> None:
        self.supervisor.add(name, "kind", run)

    def start(self) -> None:
        self.task = asyncio.create_task(self.supervisor.run())

    def state(self, name: str) -> PartState:
        state = self.supervisor.part(name)
        assert state is not None
        return state

    async def stop(self) -> list[str]:
        stuck = await self.supervisor.stop()
        assert self.task is not None
        await self.task
        return stuck


async def for_ever() -> None:
    await asyncio.Event().wait()


class Failing:
    """Fails the first ``times`` times that it is run."""

    def __init__(self, error: BaseException | None, times: int = 10**9) -> None:
        self.error = error
        self.times = times
        self.runs = 0

    async def __call__(self) -> None:
        self.runs += 1
        if self.runs > self.times:
            await for_ever()
        if self.error is not None:
            raise self.error


async def test_failing_part_is_started_again_while_the_others_run() -> None:
    site = Site()
    failing = Failing(LinkError("no device at /dev/ttyUSB0"), times=3)
    site.add("good", for_ever)
    site.add("ward", failing)
    site.start()
    await until(lambda: site.state("ward").reason == "running again")
    assert failing.runs == 4
    assert site.state("ward").restarts == 3
    assert site.state("ward").next_attempt is None
    assert [line for line in site.story if line[0] == "good"] == [("good", "running", "started")]
    assert [line[1:] for line in site.story if line[0] == "ward"] == [
        ("running", "started"),
        *[("waiting", "no device at /dev/ttyUSB0")] * 3,
        ("running", "running again"),
    ]
    assert await site.stop() == []
    assert [state.state for state in site.supervisor.parts()] == [PartPhase.STOPPED] * 2


async def test_next_attempt_is_told() -> None:
    site = Site(SupervisorSettings(backoff=BackoffSettings(first_s=30, cap_s=30, jitter=0)))
    site.add("ward", Failing(LinkError("away")))
    site.start()
    await until(
        lambda: site.supervisor.parts()[0].state is PartPhase.WAITING and site.supervisor.parts()[0].next_attempt
    )
    state = site.state("ward")
    assert state.next_attempt is not None
    assert (state.next_attempt - state.since).total_seconds() == pytest.approx(30, abs=0.1)
    await site.stop()


async def test_part_that_fails_at_once_never_spins() -> None:
    """The waits double to the cap; nothing makes them shorter."""
    waits: list[float] = []
    site = Site()
    failing = Failing(RuntimeError("bug"))
    site.add("ward", failing)
    right = site.supervisor._set

    def note(part: object, state: PartPhase, reason: str, next_attempt_s: float | None = None) -> None:
        if next_attempt_s is not None:
            waits.append(next_attempt_s)
        right(part, state, reason, next_attempt_s)  # type: ignore[arg-type]

    site.supervisor._set = note  # type: ignore[method-assign]
    site.start()
    await until(lambda: failing.runs >= 8)
    assert all(0.008 <= waits[0] <= 0.012 for _ in waits)
    assert min(waits[3:]) >= 0.04 * 0.8
    assert site.state("ward").state is PartPhase.WAITING, "it is never shown as running between"
    await site.stop()


async def test_same_failure_is_logged_once(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site()
    failing = Failing(LinkError("away"))
    site.add("ward", failing)
    site.start()
    await until(lambda: failing.runs >= 5)
    await site.stop()
    assert capsys.readouterr().err.count("part failed") == 1


@pytest.mark.parametrize(
    ("error", "reason"),
    [
        (None, "ended by itself"),
        (asyncio.CancelledError(), "cancelled itself"),
        (RuntimeError("bug"), "RuntimeError: bug"),
        (KeyError(), "KeyError"),
        (ExceptionGroup("x", [OSError("a"), ExceptionGroup("y", [LinkError("b")])]), "OSError: a; b"),
        (ExceptionGroup("x", [OSError(str(n)) for n in range(5)]), "OSError: 0; OSError: 1; OSError: 2; and 2 more"),
    ],
)
async def test_every_kind_of_end_is_a_reason(error: BaseException | None, reason: str) -> None:
    site = Site()
    failing = Failing(error)
    site.add("ward", failing)
    site.start()
    await until(lambda: failing.runs >= 2)
    assert ("ward", "waiting", reason) in site.story
    await site.stop()


async def test_wrong_settings_are_not_tried_again_until_asked() -> None:
    site = Site()
    failing = Failing(ConfigError("no such file", "web.cert"), times=1)
    site.add("web", failing)
    site.start()
    await until(lambda: site.state("web").state is PartPhase.FAILED)
    assert site.state("web").reason == "web.cert: no such file"
    await asyncio.sleep(0.1)
    assert failing.runs == 1
    site.supervisor.restart("web")
    await until(lambda: site.state("web").state is PartPhase.RUNNING)
    await site.stop()


async def test_part_tells_its_own_state() -> None:
    site = Site()
    site.add("ward", for_ever)
    site.start()
    await until(lambda: site.state("ward").state is PartPhase.RUNNING)
    report = site.supervisor.reporter("ward")
    report("waiting", "no device", 5.0)
    state = site.state("ward")
    assert (state.state, state.reason) == (PartPhase.WAITING, "no device")
    assert state.next_attempt is not None
    since = state.since
    report("waiting", "still no device")
    assert site.state("ward").since == since, "the state is as old as its first report"
    assert site.state("ward").next_attempt is None
    site.supervisor.report("nobody", "running", "nothing")
    assert site.supervisor.part("nobody") is None
    await site.stop()


async def test_report_of_a_part_that_was_started_again_stands() -> None:
    site = Site()
    failing = Failing(LinkError("away"), times=1)

    async def run() -> None:
        if failing.runs:
            site.supervisor.report("ward", "waiting", "looking for the device")
        await failing()

    site.add("ward", run)
    site.start()
    await until(lambda: site.state("ward").reason == "looking for the device")
    await asyncio.sleep(0.1)
    assert site.state("ward").reason == "looking for the device"
    await site.stop()


async def test_parts_come_and_go_while_others_run() -> None:
    site = Site()
    ended: list[str] = []
    begun: list[str] = []

    async def tidy() -> None:
        begun.append("tidy")
        try:
            await for_ever()
        finally:
            await asyncio.sleep(0)
            ended.append("tidy")

    site.add("good", for_ever)
    site.start()
    await asyncio.sleep(0)
    site.add("tidy", tidy)
    await until(lambda: begun)
    assert await site.supervisor.remove("tidy")
    assert ended == ["tidy"]
    assert [state.name for state in site.supervisor.parts()] == ["good"]
    site.add("tidy", tidy)
    with pytest.raises(AssertionError, match="there already"):
        site.add("tidy", tidy)
    await until(lambda: len(begun) == 2)
    await site.stop()
    assert ended == ["tidy", "tidy"]


async def test_part_that_waits_can_be_removed() -> None:
    site = Site(SupervisorSettings(backoff=BackoffSettings(first_s=30, cap_s=30)))
    site.add("ward", Failing(LinkError("away")))
    site.start()
    await until(lambda: site.state("ward").state is PartPhase.WAITING and site.state("ward").reason == "away")
    assert await site.supervisor.remove("ward")
    await site.stop()


async def test_stop_ends_within_its_limit_and_names_what_did_not(capsys: pytest.CaptureFixture[str]) -> None:
    site = Site()
    let_go = asyncio.Event()

    started: list[str] = []

    async def stubborn() -> None:
        started.append("stubborn")
        while not let_go.is_set():
            try:
                await let_go.wait()
            except asyncio.CancelledError:
                continue

    async def fails_at_the_end() -> None:
        started.append("sloppy")
        try:
            await for_ever()
        finally:
            raise OSError("disk")

    site.add("good", for_ever)
    site.add("stubborn", stubborn)
    site.add("sloppy", fails_at_the_end)
    site.start()
    await until(lambda: len(started) == 2)
    try:
        assert await site.stop() == ["stubborn"]
        assert await site.supervisor.stop() == ["stubborn"]
    finally:
        let_go.set()
    err = capsys.readouterr().err
    assert "part does not stop" in err
    assert "test_supervise.py" in err
    assert "part failed while stopping" in err


async def test_cancelling_the_supervisor_cancels_the_parts() -> None:
    site = Site()
    cancelled: list[str] = []
    running: list[str] = []

    async def part() -> None:
        running.append("part")
        try:
            await for_ever()
        except asyncio.CancelledError:
            cancelled.append("part")
            raise

    site.add("part", part)
    site.start()
    await until(lambda: running)
    assert site.task is not None
    site.task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await site.task
    assert cancelled == ["part"]


async def test_listener_that_raises_ends_nothing() -> None:
    def fail(_: PartState) -> None:
        raise RuntimeError("page is broken")

    supervisor = Supervisor(QUICK, on_change=fail)
    supervisor.add("good", "kind", for_ever)
    running = asyncio.create_task(supervisor.run())
    await until(lambda: supervisor.parts()[0].state is PartPhase.RUNNING)
    assert await supervisor.stop() == []
    await running


async def test_stop_before_run_means_that_nothing_stays() -> None:
    site = Site()
    site.add("good", for_ever)
    assert await site.supervisor.stop() == []
    site.start()
    assert site.task is not None
    await site.task


async def test_waits_begin_anew_after_a_healthy_time() -> None:
    site = Site(
        SupervisorSettings(backoff=BackoffSettings(first_s=0.01, cap_s=10.0, jitter=0), healthy_s=0.001, settle_s=0.01)
    )
    runs = 0

    async def run() -> None:
        nonlocal runs
        runs += 1
        await asyncio.sleep(0.005)
        raise LinkError("away")

    site.add("ward", run)
    site.start()
    await until(lambda: runs >= 12, seconds=5)
    await site.stop()


class Abort(BaseException):
    """As KeyboardInterrupt and SystemExit: not a failure of a part."""


async def test_what_is_no_failure_ends_the_supervisor_and_cancels_the_others() -> None:
    site = Site()
    site.add("good", for_ever)
    site.add("abort", Failing(Abort()))
    site.start()
    assert site.task is not None
    with pytest.raises(BaseExceptionGroup) as caught:
        await site.task
    assert caught.group_contains(Abort)
    assert site.state("good").state is PartPhase.STOPPED


async def test_part_that_was_never_started_can_be_removed_and_none_starts_after_the_stop() -> None:
    site = Site()
    site.add("early", for_ever)
    assert await site.supervisor.remove("early")
    assert site.supervisor.parts() == []
    site.add("good", for_ever)
    site.start()
    await until(lambda: site.state("good").state is PartPhase.RUNNING)
    await site.stop()
    site.add("late", for_ever)
    await asyncio.sleep(0)
    assert site.state("late").reason == "not started yet"
