"""The studio gateway: reporters and watchers in on one port, tables made as they are named, HTTP calls beside them."""

from lineside.studio.gateway.config import Config, DuplicatePolicy, ReporterToken, WatchToken
from lineside.studio.gateway.run import run

__all__ = ["Config", "DuplicatePolicy", "ReporterToken", "WatchToken", "run"]
