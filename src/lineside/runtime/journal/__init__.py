"""The journal: durable ordered events. What has been acknowledged is on disk.

`Journal` is the face; the other names are what goes in and comes out of it, and the tools that work on a closed one.
"""

from lineside.runtime.journal.append import Append, Appended
from lineside.runtime.journal.catalogue import Catalogue
from lineside.runtime.journal.cursors import Cursor, Parked, SinkMark
from lineside.runtime.journal.events import EVENTS, Carried, EraOpened, Gap, HistoryLost, PersonErased
from lineside.runtime.journal.health import HealthState, JournalHealth
from lineside.runtime.journal.journal import Journal
from lineside.runtime.journal.keys import Keys
from lineside.runtime.journal.reader import StreamHead
from lineside.runtime.journal.recorded import Recorded
from lineside.runtime.journal.recording import Commit
from lineside.runtime.journal.schema import Connect, sqlite3_connect
from lineside.runtime.journal.settings import JournalSettings

__all__ = [
    "EVENTS",
    "Append",
    "Appended",
    "Carried",
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
    "Keys",
    "Parked",
    "PersonErased",
    "Recorded",
    "SinkMark",
    "StreamHead",
    "sqlite3_connect",
]
