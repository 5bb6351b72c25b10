"""The named limits of the hub, each with its reason."""

from __future__ import annotations

from typing import Annotated

import msgspec
from msgspec import Meta

Count = Annotated[int, Meta(ge=1)]
Milliseconds = Annotated[float, Meta(ge=1, le=1000)]
Seconds = Annotated[float, Meta(gt=0)]


class HubSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Bounds of the live values.

    Attributes:
        pulse_ms: one write per subscriber at most this often. 20 ms puts four values of 200 Hz into one write, and
            the eye sees 50 pictures a second.
        pulse_ms_max: a pulse stretches up to here when writing takes more than its share. With 30 ms, three values
            of 100 Hz share a write and all is told within the 40 ms that a waveform forgives (bench/fanout.py).
        pulse_share_max: the part of the loop's time that pulses may take before they stretch. At a third the
            commands, the journal's futures and the serial lines keep the larger half.
        beat_readers_max: readers that are written to in one go, 10 µs each, before others get a beat of their own.
        beats_max: beats in a pulse; more would only cost more timers.
        subscriber_bytes_max: unsent bytes of one subscriber; over it states coalesce and feeds skip. 1 MiB is half a
            minute of one waveform.
        subscriber_slow_s_max: a subscriber over its budget for longer is closed; it reconnects and gets a snapshot.
        look_bytes: unsent bytes are looked at once per so many bytes written, not at every write, since the look
            costs time at 1,000 subscribers; the budget may be passed by this much.
        ring_values_max: values of one feed kept for resume: 10 s of 200 Hz.
        ring_bytes_max: the same bound in bytes, for feeds with large values.
        rings_bytes_max: all rings together; the feed that would pass it keeps its newest value only.
        value_bytes_max: one value, encoded; a larger one is refused and counted, since it would eat every budget.
        topics_max: topics of this process; a runaway maker of names is refused here and told in the log.
        topics_per_subscriber_max: topics that one subscriber's patterns may match; bounds its snapshot.
        patterns_per_subscriber_max: patterns of one subscriber; bounds the matching when a topic appears.
        requests_waiting_max: requests of one subscriber that wait for the next pulse, or for it to read.
        subscribers_max: outlets attached at once; the listener's guard counts connections, this counts readers.
    """

    pulse_ms: Milliseconds = 20.0
    pulse_ms_max: Milliseconds = 30.0
    pulse_share_max: Annotated[float, Meta(gt=0, le=1)] = 0.33
    beat_readers_max: Count = 128
    beats_max: Annotated[int, Meta(ge=1, le=64)] = 8
    subscriber_bytes_max: Count = 1_048_576
    subscriber_slow_s_max: Seconds = 10.0
    look_bytes: Count = 65_536
    ring_values_max: Count = 2_048
    ring_bytes_max: Count = 524_288
    rings_bytes_max: Count = 134_217_728
    value_bytes_max: Count = 262_144
    topics_max: Count = 20_000
    topics_per_subscriber_max: Count = 2_000
    patterns_per_subscriber_max: Count = 256
    requests_waiting_max: Count = 32
    subscribers_max: Count = 4_000
