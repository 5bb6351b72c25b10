"""What lineside decides and remembers about a locker board. Pure: no I/O, no clock, no log; randomness is handed in."""

from lineside.lockers.model.board import Board
from lineside.lockers.model.cells import CellPhase, Phase
from lineside.lockers.model.commands import COMMANDS
from lineside.lockers.model.events import EVENTS
from lineside.lockers.model.messages import Report
from lineside.lockers.model.settings import BoardSettings, MinutesMode, UnknownPolicy
from lineside.lockers.model.shown import BoardStatus, BoardView, CellView, HeardView

__all__ = [
    "COMMANDS",
    "EVENTS",
    "Board",
    "BoardSettings",
    "BoardStatus",
    "BoardView",
    "CellPhase",
    "CellView",
    "HeardView",
    "MinutesMode",
    "Phase",
    "Report",
    "UnknownPolicy",
]
