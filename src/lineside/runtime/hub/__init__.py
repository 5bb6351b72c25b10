"""Live topics with a last value, and their readers, who are bounded, may skip, and are told. See `hub.py`."""

from lineside.runtime.hub.counts import HubCounts
from lineside.runtime.hub.hub import Hub
from lineside.runtime.hub.settings import HubSettings
from lineside.runtime.hub.subscription import Outlet, Position, Subscription
from lineside.runtime.hub.text import CloseCode, encode_value, frame_text
from lineside.runtime.hub.topic import Kind, TopicInfo

__all__ = [
    "CloseCode",
    "Hub",
    "HubCounts",
    "HubSettings",
    "Kind",
    "Outlet",
    "Position",
    "Subscription",
    "TopicInfo",
    "encode_value",
    "frame_text",
]
