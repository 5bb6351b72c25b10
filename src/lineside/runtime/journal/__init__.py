"""The journal: durable ordered events. What has been acknowledged is on disk.

`Journal` is the face; the other names are what goes in and comes out of it, and the tools that work on a closed one.
"""

from lineside.runtime.journal.append import Append, Appended, Receipt
from lineside.runtime.journal.backup import RestoreReport, restore
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.cursors import Cursor, Parked, SinkMark
from lineside.runtime.journal.events import EVENTS, Carried, EraOpened, Gap, HistoryLost, PersonErased
from lineside.runtime.journal.health import HealthState, JournalHealth
from lineside.runtime.journal.journal import Journal
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.reader import StreamHead
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.recording import Commit
from lineside.runtime.journal.repair import RepairReport, repair
from lineside.runtime.journal.retention import Carry, KeepRules, PruneReport
from lineside.runtime.journal.salvage import LostEvents
from lineside.runtime.journal.schema import Connect, sqlite3_connect
from lineside.runtime.journal.settings import JournalSettings
from lineside.runtime.journal.snapshots import Snapshot
from lineside.runtime.journal.verify import Problem, VerifyReport, verify

__all__ = [
    "EVENTS",
    "Append",
    "Appended",
    "Carried",
    "Carry",
    "Catalogue",
    "Commit",
    "Connect",
    "Cursor",
    "EraOpened",
    "Gap",
    "HealthState",
    "HistoryLost",
    "Journal",
    "JournalHealth",
    "JournalSettings",
    "KeepRules",
    "Keys",
    "LostEvents",
    "Parked",
    "PersonErased",
    "Problem",
    "PruneReport",
    "Receipt",
    "Recorded",
    "RepairReport",
    "RestoreReport",
    "SinkMark",
    "Snapshot",
    "StreamHead",
    "VerifyReport",
    "repair",
    "restore",
    "sqlite3_connect",
    "verify",
]
