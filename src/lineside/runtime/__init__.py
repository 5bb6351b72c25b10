"""The foundation: durability, fan-out, commands, guarding, supervision, paths for bytes. Knows no machine."""

import sys


def _import_structlog_alone() -> None:
    """Import structlog as if rich were absent.

    It looks for rich to draw tracebacks that nobody asks for here; typer brings rich. Not finding it saves 3 MB of a
    server's memory and a tenth of its start.
    """
    if "structlog" in sys.modules or "rich" in sys.modules:
        return
    sys.modules["rich"] = None  # type: ignore[assignment]
    try:
        import structlog  # noqa: F401
    finally:
        del sys.modules["rich"]


_import_structlog_alone()
