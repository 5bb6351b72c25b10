"""Every limit of the journal, with its reason."""

from __future__ import annotations

from typing import Annotated

import msgspec

Positive = Annotated[int, msgspec.Meta(ge=1)]
Seconds = Annotated[float, msgspec.Meta(gt=0)]

MIB = 1024 * 1024


class JournalSettings(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """Bounds of the journal; the defaults suit a mini-PC and a floor of machines alike."""

    # Days before an event may be pruned, unless its kind has a rule of its own. A quarter covers most disputes.
    keep_days: Positive = 90
    # A batch closes here at the latest: about 100 kB of WAL, which one sync writes without a visible pause.
    batch_events_max: Positive = 256
    # Events of one append. It is one transaction and one promise; more than this is a design that wants a snapshot.
    append_events_max: Positive = 1000
    # One event, encoded. Beyond it a value is a recording or a file, which belong beside the journal.
    event_bytes_max: Positive = MIB
    # Events that wait for the writer. Two seconds of the slowest disk we measured; more would only hide a stuck one.
    queue_events_max: Positive = 20_000
    # The same bound in bytes, because a few long events weigh as much as many short ones.
    queue_bytes_max: Positive = 64 * MIB
    # Seconds between signed checkpoints: what an attacker with the disk but without the keys could rewrite unseen.
    checkpoint_s: Seconds = 300.0
    # Streams changed since the last checkpoint that bring the next one early, so that its body stays near 1 MB.
    checkpoint_streams_max: Positive = 10_000
    # WAL pages (4 KiB) before they are carried into the database: 16 MiB, read back in about 50 ms after a crash.
    wal_pages_max: Positive = 4000
    # Heads of streams held in memory, about 300 bytes each; others are looked up when they are needed.
    heads_max: Positive = 20_000
    # Person keys held in memory; others are looked up and opened when they are needed.
    people_max: Positive = 1000
    # Newest events that the stream index may lack; a read scans them, in well under a millisecond.
    index_lag_events_max: Positive = 2048
    # Rows of one read, and their bytes, so that no reader holds a transaction or memory for long.
    read_events_max: Positive = 10_000
    read_bytes_max: Positive = 8 * MIB
    # Events looked at in one transaction while searching for a kind or a gateway: some 10 ms.
    scan_events_max: Positive = 20_000
    # Events handed to a follower at once; it may be slow and should be able to stop between two.
    tail_events_max: Positive = 256
    # At start this many of the newest events are hashed again, for at most so many seconds: a start stays fast.
    open_check_events_max: Positive = 2000
    open_check_s_max: Seconds = 0.5
    # A database up to this size gets SQLite's quick_check at start (about 0.2 s); a larger one is for `verify`.
    open_check_bytes_max: Positive = 32 * MIB
    # Pause between two attempts to write again; doubles from the first to the second. An append also tries at once.
    retry_s_min: Seconds = 0.5
    retry_s_max: Seconds = 30.0
    # Room that must be there before a full journal counts as well again, so that it does not flap at the edge.
    probe_bytes: Positive = 64 * 1024
    # One snapshot. Beyond it a model should keep less state, or several streams.
    snapshot_bytes_max: Positive = 16 * MIB
    # Events done above a sink's lowest open one; more means that one lane hangs, and the sink should wait for it.
    cursor_done_max: Positive = 100_000
    # Rows deleted in one transaction while pruning, so that appends wait for it some milliseconds at most.
    prune_events_max: Positive = 2000
    # Gaps that one Carried event names; what is left is pruned at the next run.
    carried_gaps_max: Positive = 5000
    # Pages (4 KiB) copied between two looks at the queue while a backup runs.
    backup_pages_max: Positive = 512
