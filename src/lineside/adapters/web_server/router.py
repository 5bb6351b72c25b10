"""Finds the route of a path."""

from __future__ import annotations

from collections.abc import Iterable
from urllib.parse import unquote

from lineside.runtime.routes import BadRequest, NotFound, Route, SocketRoute, WrongMethod

AnyRoute = Route | SocketRoute


class Router:
    """Routes by path and method. A literal part wins over a part in braces; two routes of one place are a mistake."""

    def __init__(self, routes: Iterable[AnyRoute]) -> None:
        self._by_size: dict[int, list[tuple[tuple[str, ...], dict[str, AnyRoute]]]] = {}
        for route in routes:
            self.add(route)

    def add(self, route: AnyRoute) -> None:
        """Make a route known."""
        pattern = tuple(route.path.strip("/").split("/"))
        same_size = self._by_size.setdefault(len(pattern), [])
        methods = next((methods for parts, methods in same_size if parts == pattern), None)
        if methods is None:
            methods = {}
            same_size.append((pattern, methods))
            same_size.sort(key=lambda entry: [part.startswith("{") for part in entry[0]])
        method = "GET" if isinstance(route, SocketRoute) else route.method
        assert method not in methods, f"{method} {route.path} is there twice"
        methods[method] = route

    def find(self, method: str, raw_path: str) -> tuple[AnyRoute, dict[str, str]]:
        """The route and the named parts of a path that is still percent-encoded.

        Raises:
            NotFound: no route has this path.
            WrongMethod: routes of this path take other methods.
        """
        parts = split_path(raw_path)
        for pattern, methods in self._by_size.get(len(parts), ()):
            match = _match(pattern, parts)
            if match is not None:
                route = methods.get("GET" if method == "HEAD" else method)
                if route is None:
                    raise WrongMethod(sorted(methods.keys() | ({"HEAD"} if "GET" in methods else set())))
                return route, match
        raise NotFound(f"nothing is at /{'/'.join(parts)[:200]}")


def split_path(raw_path: str) -> list[str]:
    """The parts of a percent-encoded path, decoded one by one, so that ``%2F`` stays inside its part.

    Raises:
        BadRequest: bytes that are not UTF-8.
    """
    try:
        return [unquote(part, errors="strict") for part in raw_path.strip("/").split("/")]
    except UnicodeDecodeError as error:
        raise BadRequest("the path is not UTF-8") from error


def _match(pattern: tuple[str, ...], parts: list[str]) -> dict[str, str] | None:
    match: dict[str, str] = {}
    for wanted, part in zip(pattern, parts, strict=True):
        if wanted.startswith("{"):
            if not part:
                return None
            match[wanted.strip("{}")] = part
        elif wanted != part:
            return None
    return match
