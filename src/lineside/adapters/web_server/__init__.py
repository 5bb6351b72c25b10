"""HTTP and WebSocket on aiohttp: the adapter under `lineside.runtime.routes`."""

from lineside.adapters.control_socket import control_socket_path
from lineside.adapters.web_server.server import WebServer
from lineside.adapters.web_server.settings import WebLimits
from lineside.adapters.web_server.tls import server_context

__all__ = ["WebLimits", "WebServer", "control_socket_path", "server_context"]
